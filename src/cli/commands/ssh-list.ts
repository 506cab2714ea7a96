import { loadConfig } from '../../app/load-config.ts';
import { listProfiles } from '../../app/show-profile.ts';
import { defineCommand } from '../define-command.ts';
import { addListingOptions, openListing } from '../listing.ts';
import { profileListing } from '../profile-report.ts';
import { printable } from '../table.ts';

export const sshList = defineCommand({
  name: 'ssh list',
  summary: 'List the profiles and what is wrong with any',
  examples: ['srunx ssh list', 'srunx ssh list --json'],
  configure(command) {
    addListingOptions(command);
  },
  async run({ options }, context) {
    const view = openListing(profileListing, { options, context });
    const config = loadConfig(context.app);
    const profiles = listProfiles(config);
    // A file that cannot be read at all may hold more of them.
    for (const { place, message, path } of config.problems)
      if (path === undefined) context.out.note(`srunx: ${printable(`${place}: ${message}`)}`);
    for (const { profile, problems } of profiles)
      for (const problem of problems)
        context.out.note(`srunx: the profile ${printable(`${profile.name}: ${problem}`)}`);
    if (profiles.length === 0)
      context.out.note('There is no profile; `srunx ssh add` makes one, `srunx ssh import` many');
    await view.show(profiles);
    return 0;
  },
});
