import { loadConfig } from '../../app/load-config.ts';
import { showProfile } from '../../app/show-profile.ts';
import { mountOptions } from '../../core/remote/profile.ts';
import { chosenProfile } from '../chosen-profile.ts';
import { defineCommand } from '../define-command.ts';
import { addListingOptions, openListing } from '../listing.ts';
import { mountListing } from '../profile-report.ts';
import { printable } from '../table.ts';

export const sshMountList = defineCommand({
  name: 'ssh mount list',
  summary: 'List the mounts of a profile',
  examples: ['srunx ssh mount list', 'srunx ssh mount list dgx --json'],
  configure(command) {
    command
      .argument('[profile]', 'the profile; the one in use where none is named')
      .option('--profile <name>', 'the same as the name by its place');
    addListingOptions(command);
  },
  async run(input, context) {
    const view = openListing(mountListing, { options: input.options, context });
    const config = loadConfig(context.app);
    const { profile, problems } = showProfile(config, chosenProfile(input, context));
    for (const problem of problems) context.out.note(`srunx: the profile ${printable(`${profile.name}: ${problem}`)}`);
    if (profile.mounts.length === 0)
      context.out.note(`The profile ${profile.name} has no mounts; \`srunx ssh mount add\` makes one`);
    const rows = profile.mounts.map((mount) => ({ mount, options: mountOptions(profile, mount.name) }));
    await view.show(rows.map((row) => ({ ...row, profile: profile.name })));
    return 0;
  },
});
