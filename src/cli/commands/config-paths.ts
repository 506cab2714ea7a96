import { existsSync } from 'node:fs';
import { type ConfigFile, configFiles } from '../../app/config-files.ts';
import { defineCommand } from '../define-command.ts';
import type { Listing } from '../field.ts';
import { addListingOptions, openListing } from '../listing.ts';

const listing: Listing<ConfigFile> = {
  fields: [
    { key: 'scope', title: 'SCOPE', json: ({ scope }) => scope },
    { key: 'exists', title: 'EXISTS', json: ({ path }) => existsSync(path) },
    { key: 'path', title: 'PATH', json: ({ path }) => path },
  ],
  table: ['scope', 'exists', 'path'],
  id: ({ path }) => path,
};

export const configPaths = defineCommand({
  name: 'config paths',
  summary: 'List the files of the configuration, the strongest last',
  examples: ['srunx config paths', 'srunx config paths -f ids'],
  configure(command) {
    addListingOptions(command);
  },
  async run({ options }, context) {
    const view = openListing(listing, { options, context });
    await view.show(configFiles(context.app));
    return 0;
  },
});
