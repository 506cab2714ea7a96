import { askSsh } from '../../app/ask-ssh.ts';
import { loadConfig } from '../../app/load-config.ts';
import { showProfile } from '../../app/show-profile.ts';
import { chosenProfile } from '../chosen-profile.ts';
import { defineCommand } from '../define-command.ts';
import { profileJson, profileText } from '../profile-report.ts';
import { addRecordOptions, showRecord } from '../record.ts';

export const sshShow = defineCommand({
  name: 'ssh show',
  summary: 'Show a profile, its mounts, and where ssh says that it leads',
  examples: ['srunx ssh show', 'srunx ssh show dgx --json'],
  configure(command) {
    command
      .argument('[profile]', 'its name; without one, the one in use')
      .option('--profile <name>', 'the same as the name by its place');
    addRecordOptions(command);
  },
  async run(input, context) {
    const config = loadConfig(context.app);
    const shown = showProfile(config, chosenProfile(input, context));
    // What is wrong may be something that ssh takes for an option.
    const isSound = shown.problems.length === 0;
    const view = { ...shown, settings: isSound ? await askSsh(context.app, shown.profile) : undefined };
    const record = { data: () => profileJson(view), text: () => profileText(view) };
    await showRecord(record, { options: input.options, context });
    return 0;
  },
});
