import { useProfile } from '../../app/save-profile.ts';
import { UsageError } from '../../core/errors.ts';
import { defineCommand } from '../define-command.ts';
import { namedWords, requireWord } from '../named-words.ts';
import { noteOverruled } from '../profile-options.ts';

export const sshUse = defineCommand({
  name: 'ssh use',
  summary: 'Choose the profile that counts where none is named',
  examples: ['srunx ssh use dgx', 'srunx ssh use --none'],
  configure(command) {
    command
      .argument('[profile]', 'its name')
      .option('--profile <name>', 'the same as the name by its place')
      .option('--none', 'no profile: this machine')
      .option('-q, --quiet', 'no remarks on standard error');
  },
  async run(input, context) {
    const words = namedWords(['profile'], input);
    const isNone = input.options['none'] === true;
    if (isNone && words.profile !== undefined) {
      throw new UsageError('a profile and --none cannot be used together', {
        code: 'usage.option_conflict',
        hint: 'Keep the one you mean.',
      });
    }
    const name = isNone ? undefined : requireWord(words, 'profile');
    const saved = useProfile(context.app, name);
    context.out.note(
      name === undefined ? 'srunx: no profile is current now' : `srunx: ${name} is the current profile now`,
    );
    noteOverruled(saved, context);
    return 0;
  },
});
