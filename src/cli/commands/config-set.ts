import { setConfig } from '../../app/save-config.ts';
import { addScopeOptions, scopeOf } from '../config-report.ts';
import { defineCommand } from '../define-command.ts';

export const configSet = defineCommand({
  name: 'config set',
  summary: 'Set one key of the configuration',
  examples: [
    'srunx config set resources.partition gpu',
    'srunx config set environment.env_vars.WANDB_MODE offline --project',
  ],
  configure(command) {
    addScopeOptions(
      command
        .argument('<key>', 'a key, such as resources.partition')
        .argument('<value>', 'its value; a list with commas, `null` for none whatever lower files say'),
    );
  },
  async run({ args, options }, { app, out }) {
    const file = setConfig(app, { key: String(args[0]), text: String(args[1]), scope: scopeOf(options) });
    out.note(`srunx: ${String(args[0])} is set in ${file}`);
    return 0;
  },
});
