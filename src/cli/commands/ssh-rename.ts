import { renameProfileWithRuns } from '../../app/rename-profile.ts';
import { defineCommand } from '../define-command.ts';
import { namedWords, requireWord } from '../named-words.ts';
import { noteOverruled } from '../profile-options.ts';

export const sshRename = defineCommand({
  name: 'ssh rename',
  summary: 'Give a profile another name',
  examples: ['srunx ssh rename dgx dgx-old', 'srunx ssh rename --profile dgx dgx-old'],
  configure(command) {
    command
      .argument('[profile]', 'its name')
      .argument('[name]', 'the name that it gets')
      .option('--profile <name>', 'the same as the first name by its place')
      .option('-q, --quiet', 'no remarks on standard error');
  },
  async run(input, context) {
    const words = namedWords(['profile', 'name'], input);
    const [from, to] = [requireWord(words, 'profile'), requireWord(words, 'name')];
    const saved = await renameProfileWithRuns(context.app, { from, to });
    context.out.note(`srunx: the profile ${from} is called ${to} now`);
    noteOverruled(saved, context);
    return 0;
  },
});
