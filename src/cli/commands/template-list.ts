import { listTemplates, type TemplateRow } from '../../app/find-template.ts';
import { defineCommand } from '../define-command.ts';
import type { Listing } from '../field.ts';
import { addListingOptions, openListing } from '../listing.ts';

const listing: Listing<TemplateRow> = {
  fields: [
    { key: 'name', title: 'NAME', json: ({ name }) => name },
    { key: 'origin', title: 'ORIGIN', json: ({ origin }) => origin, drop: 2 },
    { key: 'description', title: 'DESCRIPTION', json: ({ description }) => description, elastic: true },
    { key: 'use_case', title: 'USE CASE', json: ({ useCase }) => useCase, elastic: true, drop: 1 },
    { key: 'path', title: 'PATH', json: ({ path }) => path ?? null },
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
    await view.show(listTemplates(context.app));
    return 0;
  },
});
