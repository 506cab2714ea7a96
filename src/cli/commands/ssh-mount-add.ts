import { findLocal } from '../../app/find-local.ts';
import { addMount } from '../../app/save-profile.ts';
import { defineCommand } from '../define-command.ts';
import { namedWords, requireWord } from '../named-words.ts';
import { noteOverruled } from '../profile-options.ts';
import { printable } from '../table.ts';

export const sshMountAdd = defineCommand({
  name: 'ssh mount add',
  summary: 'Pair a directory here with one on the cluster',
  examples: [
    'srunx ssh mount add dgx code . /home/ada/code',
    "srunx ssh mount add dgx data ~/data /scratch/ada/data --exclude '*.ckpt' --exclude .venv",
  ],
  configure(command) {
    command
      .argument('[profile]', 'the profile')
      .argument('[mount]', 'the name that the mount gets')
      .argument('[local]', 'the directory here')
      .argument('[remote]', 'the directory there, with its full path')
      .option('--profile <name>', 'each of them may be given as an option too')
      .option('--mount <name>', 'see --profile')
      .option('--local <directory>', 'see --profile')
      .option('--remote <directory>', 'see --profile')
      .option('-e, --exclude <pattern>', 'what stays here, as rsync has it; as often as needed', keep)
      .option('-q, --quiet', 'no remarks on standard error');
  },
  async run(input, context) {
    const words = namedWords(['profile', 'mount', 'local', 'remote'], input);
    const profile = requireWord(words, 'profile');
    const mount = {
      name: requireWord(words, 'mount'),
      local: findLocal(context.app, requireWord(words, 'local')),
      remote: requireWord(words, 'remote'),
      exclude_patterns: (input.options['exclude'] ?? []) as readonly string[],
    };
    const saved = addMount(context.app, { profile, mount });
    const { name, local, remote } = saved.added;
    context.out.note(`srunx: the mount ${name} of ${profile} pairs ${printable(`${local} with ${remote}`)}`);
    for (const warning of saved.warnings) context.out.note(`srunx: warning: ${printable(warning)}`);
    noteOverruled(saved, context);
    return 0;
  },
});

/** As it is: a pattern may have commas in it. */
function keep(word: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), word];
}
