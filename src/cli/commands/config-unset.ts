import { unsetConfig } from '../../app/save-config.ts';
import { NotFoundError } from '../../core/errors.ts';
import { addScopeOptions, scopeOf } from '../config-report.ts';
import { defineCommand } from '../define-command.ts';

export const configUnset = defineCommand({
  name: 'config unset',
  summary: 'Take one key out of the configuration',
  examples: ['srunx config unset resources.partition', 'srunx config unset log_dir --project'],
  configure(command) {
    addScopeOptions(command.argument('<key>', 'a key, such as resources.partition'));
  },
  async run({ args, options }, { app, out }) {
    const key = String(args[0]);
    const scope = scopeOf(options);
    const file = unsetConfig(app, { key, scope });
    if (file === undefined) {
      throw new NotFoundError(`${key} is not set in the ${scope}'s file`, {
        code: 'config.not_set',
        hint: '`srunx config show --origin` says where a value comes from.',
      });
    }
    out.note(`srunx: ${key} is gone from ${file}`);
    return 0;
  },
});
