import { findLocal } from '../../app/find-local.ts';
import { addMount } from '../../app/save-mounts.ts';
import { defineCommand } from '../define-command.ts';
import { addMountOptions, flagsOf, noteMount, patternsOf } from '../mount-options.ts';
import { namedWords, requireWord } from '../named-words.ts';

export const sshMountAdd = defineCommand({
  name: 'ssh mount add',
  summary: 'Pair a directory here with one on the cluster',
  examples: [
    'srunx ssh mount add dgx code . /home/ada/code --gitignore',
    "srunx ssh mount add dgx data ~/data /scratch/ada/data --exclude '*.ckpt' --exclude .venv",
  ],
  configure(command) {
    addMountOptions(command)
      .argument('[local]', 'the directory here')
      .argument('[remote]', 'the directory there, with its full path')
      .option('--local <directory>', 'the same as the directory here by its place')
      .option('--remote <directory>', 'the same as the directory there')
      .option('-q, --quiet', 'no remarks on standard error');
  },
  async run(input, context) {
    const words = namedWords(['profile', 'mount', 'local', 'remote'], input);
    const profile = requireWord(words, 'profile');
    const mount = {
      name: requireWord(words, 'mount'),
      local: findLocal(context.app, requireWord(words, 'local')),
      remote: requireWord(words, 'remote'),
      exclude_patterns: patternsOf(input.options) ?? [],
    };
    noteMount(addMount(context.app, { profile, mount, options: flagsOf(input.options) }), profile, context);
    return 0;
  },
});
