import { removeMount } from '../../app/save-mounts.ts';
import { defineCommand } from '../define-command.ts';
import { namedWords, requireWord } from '../named-words.ts';
import { noteOverruled } from '../profile-options.ts';

export const sshMountRemove = defineCommand({
  name: 'ssh mount remove',
  summary: 'Forget a mount; no file is touched',
  examples: ['srunx ssh mount remove dgx data', 'srunx ssh mount remove --profile dgx --mount data'],
  configure(command) {
    command
      .argument('[profile]', 'the profile')
      .argument('[mount]', 'the name of the mount')
      .option('--profile <name>', 'the same as the first name by its place')
      .option('--mount <name>', 'the same as the second one')
      .option('-q, --quiet', 'no remarks on standard error');
  },
  async run(input, context) {
    const words = namedWords(['profile', 'mount'], input);
    const [profile, name] = [requireWord(words, 'profile'), requireWord(words, 'mount')];
    const saved = removeMount(context.app, { profile, name });
    context.out.note(`srunx: the mount ${name} of ${profile} is forgotten; its files are where they were`);
    noteOverruled(saved, context);
    return 0;
  },
});
