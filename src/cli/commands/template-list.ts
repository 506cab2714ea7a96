import { listTemplates, type TemplateRow } from '../../app/find-template.ts';
import { readTemplateNotes, templateNotesFile } from '../../app/template-notes.ts';
import { type CommandContext, defineCommand } from '../define-command.ts';
import type { Listing } from '../field.ts';
import { addListingOptions, openListing } from '../listing.ts';
import { printable } from '../table.ts';

const listing: Listing<TemplateRow> = {
  fields: [
    { key: 'name', title: 'NAME', json: ({ name }) => name },
    { key: 'origin', title: 'ORIGIN', json: ({ origin }) => origin, drop: 2 },
    { key: 'description', title: 'DESCRIPTION', json: ({ description }) => description, elastic: true },
    { key: 'use_case', title: 'USE CASE', json: ({ useCase }) => useCase, elastic: true, drop: 1 },
    { key: 'path', title: 'PATH', json: ({ path }) => path ?? null },
    { key: 'problem', title: 'PROBLEM', json: ({ fault }) => fault ?? null },
  ],
  table: ['name', 'origin', 'description', 'use_case'],
  id: ({ name }) => name,
};

export const templateList = defineCommand({
  name: 'template list',
  summary: 'List the templates of batch scripts, built in and your own',
  examples: ['srunx template list', 'srunx template list -f ids'],
  configure(command) {
    addListingOptions(command);
  },
  async run({ options }, context) {
    const view = openListing(listing, { options, context });
    const templates = listTemplates(context.app);
    noteDamage(templates, context);
    await view.show(templates);
    return 0;
  },
});

/** The templates themselves are sound, and are listed. */
function noteDamage(templates: readonly TemplateRow[], { app, out }: CommandContext): void {
  const file = printable(templateNotesFile(app));
  const { fault } = readTemplateNotes(app);
  if (fault !== undefined) {
    out.note(`srunx: ${file} cannot be read, so your templates have no descriptions: ${printable(fault)}`);
    return;
  }
  for (const { name, fault: reason } of templates) {
    if (reason !== undefined) out.note(`srunx: ${file}: what it says of \`${name}\` cannot be read: ${reason}`);
  }
}
