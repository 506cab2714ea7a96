import { removeTemplate } from '../../app/save-template.ts';
import { defineCommand } from '../define-command.ts';

export const templateRemove = defineCommand({
  name: 'template remove',
  summary: 'Remove a template of your own',
  examples: ['srunx template remove finetune', 'srunx template remove finetune -q && srunx template list'],
  configure(command) {
    command.argument('<template>', 'its name').option('-q, --quiet', 'no remarks on standard error');
  },
  async run({ args }, { app, out }) {
    out.note(`srunx: ${removeTemplate(app, String(args[0]))} is gone`);
    return 0;
  },
});
