import { removeTemplate, requireOwnTemplate } from '../../app/save-template.ts';
import { RefusedError } from '../../core/errors.ts';
import { type CommandContext, defineCommand } from '../define-command.ts';
import { isYes } from '../is-yes.ts';
import { printable } from '../table.ts';

export const templateRemove = defineCommand({
  name: 'template remove',
  summary: 'Remove a template of your own',
  examples: ['srunx template remove finetune', 'srunx template remove finetune --yes'],
  configure(command) {
    command
      .argument('<template>', 'its name')
      .option('-y, --yes', 'do not ask')
      .option('-q, --quiet', 'no remarks on standard error');
  },
  async run({ args, options }, context) {
    const name = String(args[0]);
    const file = requireOwnTemplate(context.app, name);
    if (options['yes'] !== true) await confirm(file, context);
    context.out.note(`srunx: ${printable(removeTemplate(context.app, name))} is gone`);
    return 0;
  },
});

async function confirm(file: string, { ask }: CommandContext): Promise<void> {
  const answer = await ask(`Remove ${printable(file)}? [y/N] `);
  if (answer === undefined) {
    throw new RefusedError(`${file} was not removed: there is no terminal to ask at`, {
      code: 'template.not_confirmed',
      hint: 'Add --yes to remove it without a question.',
    });
  }
  if (isYes(answer)) return;
  throw new RefusedError(`${file} was not removed`, { code: 'template.not_confirmed', hint: 'Answer y to remove it.' });
}
