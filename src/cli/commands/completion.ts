import { UsageError } from '../../core/errors.ts';
import { didYouMean } from '../../core/suggest.ts';
import { shellScript, shells } from '../completion/shell-script.ts';
import { defineCommand } from '../define-command.ts';

export const completion = defineCommand({
  name: 'completion',
  summary: 'Print the script that completes srunx commands in your shell',
  examples: ['eval "$(srunx completion bash)"', 'srunx completion fish > ~/.config/fish/completions/srunx.fish'],
  configure(command) {
    command.argument('<shell>', `${shells.join(', ')}`);
  },
  async run({ args }, { out }) {
    const word = String(args[0]);
    const shell = shells.find((known) => known === word);
    if (shell === undefined) {
      throw new UsageError(`there is no completion for \`${word}\``, {
        code: 'usage.shell',
        hint: didYouMean(word, shells) ?? `There are: ${shells.join(', ')}.`,
      });
    }
    out.line(shellScript(shell).trimEnd());
    return 0;
  },
});
