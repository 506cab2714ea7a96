import { listSecrets, requireAccount } from '../../app/account-secrets.ts';
import { isDelivered } from '../../core/remote/secret.ts';
import { targetOf } from '../common-options.ts';
import { defineCommand } from '../define-command.ts';
import type { Listing } from '../field.ts';
import { addListingOptions, openListing } from '../listing.ts';
import { addProfileOption } from '../profile-argument.ts';

interface SecretRow {
  readonly name: string;
}

const listing: Listing<SecretRow> = {
  fields: [
    { key: 'name', title: 'NAME', json: ({ name }) => name },
    { key: 'delivered', title: 'DELIVERED', json: ({ name }) => isDelivered(name) },
  ],
  table: ['name'],
  id: ({ name }) => name,
};

export const sshSecretList = defineCommand({
  name: 'ssh secret list',
  summary: 'List the names of the secrets that are kept on the cluster',
  examples: ['srunx ssh secret list', 'srunx ssh secret list --profile dgx --json'],
  configure(command) {
    addListingOptions(addProfileOption(command));
  },
  async run({ options }, context) {
    const view = openListing(listing, { options, context });
    const target = requireAccount(targetOf(context));
    const names = await listSecrets(context.app, target);
    if (names.length === 0) context.out.note(`No secrets on ${target}`);
    const withheld = names.filter((name) => !isDelivered(name));
    if (withheld.length > 0) context.out.note(`srunx: no job gets ${withheld.join(', ')}: reserved names`);
    await view.show(names.map((name) => ({ name })));
    return 0;
  },
});
