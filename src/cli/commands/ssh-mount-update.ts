import { findLocal } from '../../app/find-local.ts';
import { updateMount } from '../../app/save-mounts.ts';
import { UsageError } from '../../core/errors.ts';
import { type CommandContext, defineCommand, type ParsedInput } from '../define-command.ts';
import { addMountOptions, flagsOf, noteMount, patternsOf } from '../mount-options.ts';
import { namedWords, requireWord } from '../named-words.ts';

export const sshMountUpdate = defineCommand({
  name: 'ssh mount update',
  summary: 'Change a mount of a profile; no file is touched',
  examples: [
    'srunx ssh mount update dgx code --gitignore --snapshot',
    "srunx ssh mount update dgx data --remote /scratch/ada/data2 --exclude '*.ckpt' --exclude .venv",
    'srunx ssh mount update dgx data --no-exclude',
  ],
  configure(command) {
    addMountOptions(command)
      .option('--no-exclude', 'leave out nothing of the own patterns; with --exclude they are all replaced')
      .option('--local <directory>', 'another directory here')
      .option('--remote <directory>', 'another directory there, with its full path')
      .option('-q, --quiet', 'no remarks on standard error');
  },
  async run(input, context) {
    const words = namedWords(['profile', 'mount'], input);
    const [profile, name] = [requireWord(words, 'profile'), requireWord(words, 'mount')];
    const [change, options] = [changeOf(input, context), flagsOf(input.options)];
    if (Object.keys({ ...change, ...options }).length === 0) {
      throw new UsageError('nothing was given to change', {
        code: 'usage.nothing_to_do',
        hint: 'Give an option, such as --gitignore; `srunx ssh mount update --help` lists them.',
      });
    }
    noteMount(updateMount(context.app, { profile, name, change, options }), profile, context);
    return 0;
  },
});

function changeOf({ options }: ParsedInput, { app }: Pick<CommandContext, 'app'>) {
  const { local, remote } = options;
  const patterns = (options['exclude'] as unknown) === false ? [] : patternsOf(options);
  return {
    ...(local === undefined ? {} : { local: findLocal(app, String(local)) }),
    ...(remote === undefined ? {} : { remote: String(remote) }),
    ...(patterns === undefined ? {} : { exclude_patterns: patterns }),
  };
}
