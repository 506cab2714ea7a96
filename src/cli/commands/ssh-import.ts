import { resolve } from 'node:path';
import { type Imported, importHosts, isPattern, listNewHosts, type NewHost } from '../../app/import-hosts.ts';
import { countOf } from '../../core/count-of.ts';
import { UsageError } from '../../core/errors.ts';
import { listOf } from '../common-options.ts';
import { type CommandContext, defineCommand, type ParsedInput } from '../define-command.ts';
import type { Listing } from '../field.ts';
import { addListingOptions, openListing } from '../listing.ts';
import { printable } from '../table.ts';

const listing: Listing<NewHost> = {
  fields: [
    { key: 'host', title: 'HOST', json: ({ host }) => host },
    { key: 'hostname', title: 'MACHINE', json: ({ settings }) => settings?.hostname, elastic: true },
    { key: 'username', title: 'ACCOUNT', json: ({ settings }) => settings?.user, drop: 1 },
    { key: 'port', title: 'PORT', json: ({ settings }) => settings?.port, align: 'right', drop: 3 },
    { key: 'proxy_jump', title: 'JUMP', json: ({ settings }) => settings?.proxyJump, drop: 2 },
  ],
  table: ['host', 'hostname', 'username', 'port', 'proxy_jump'],
  id: ({ host }) => host,
};

export const sshImport = defineCommand({
  name: 'ssh import',
  summary: 'Make profiles of hosts in your configuration of ssh',
  examples: [
    'srunx ssh import',
    "srunx ssh import 'dgx*'",
    'srunx ssh import dgx1 dgx2',
    "srunx ssh import --all 'dgx*'",
  ],
  configure(command) {
    command
      .argument('[hosts...]', 'names to add, or patterns of what to list')
      .option('--all', 'add all that would be listed')
      .option('--ssh-config <file>', 'a configuration of ssh, in place of ~/.ssh/config')
      .option('-q, --quiet', 'no remarks on standard error');
    addListingOptions(command);
  },
  async run({ args, options }, context) {
    const words = listOf(args[0]);
    const file =
      options['sshConfig'] === undefined ? undefined : resolve(context.app.cwd, String(options['sshConfig']));
    const choice = { words, sshConfig: file };
    const view = openListing(listing, { options, context });
    if (adds(words, options)) {
      const imported = await importHosts(context.app, choice);
      noteImported(imported, context);
      await view.show(imported.added);
      return 0;
    }
    const hosts = await listNewHosts(context.app, choice);
    const rest = words.length === 0 ? '' : ' of these names';
    if (hosts.length === 0) context.out.note(`There is no host${rest} without a profile`);
    else context.out.note('`srunx ssh import NAME` makes a profile of one, --all of all of them');
    await view.show(hosts);
    return 0;
  },
});

/** Names are to be added, patterns listed: whoever means all that a pattern finds says so. */
function adds(words: readonly string[], options: ParsedInput['options']): boolean {
  if (options['all'] === true) return true;
  const patterns = words.filter(isPattern);
  if (patterns.length === 0 || patterns.length === words.length) return words.length > patterns.length;
  throw new UsageError('names are added, and patterns listed', {
    code: 'usage.option_conflict',
    hint: 'Add --all to add all of them.',
  });
}

function noteImported({ file, added, unfit }: Imported, { out }: CommandContext): void {
  for (const host of unfit) {
    out.note(
      `srunx: no profile can be called ${printable(host)}: \`srunx ssh add NAME --ssh-host HOST\` gives it another name`,
    );
  }
  if (file === undefined) out.note('srunx: nothing was added: every host has a profile');
  else out.note(`srunx: ${printable(file)} has ${countOf(added.length, 'profile')} more`);
}
