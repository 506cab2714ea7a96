import { loadConfig } from '../../app/load-config.ts';
import { requireKey } from '../../app/save-config.ts';
import { formatKey } from '../../core/config/config-schema.ts';
import { NotFoundError } from '../../core/errors.ts';
import { addTargetOptions, silentTargetOf } from '../common-options.ts';
import { maskedText } from '../config-report.ts';
import { defineCommand } from '../define-command.ts';
import { addRecordOptions, showRecord } from '../record.ts';

export const configGet = defineCommand({
  name: 'config get',
  summary: 'Print the value of one key of the configuration',
  examples: ['srunx config get resources.partition', 'srunx config get environment.container.mounts --json'],
  configure(command) {
    addRecordOptions(addTargetOptions(command.argument('<key>', 'a key, such as resources.partition')));
  },
  async run({ args, options }, context) {
    const { path, leaf } = requireKey(String(args[0]));
    const entry = loadConfig(context.app, { target: silentTargetOf(context) }).entries.get(formatKey(path));
    if (entry === undefined) {
      throw new NotFoundError(`${formatKey(path)} is not configured`, {
        code: 'config.not_set',
        hint: `Set it with \`srunx config set ${formatKey(path)} VALUE\`.`,
      });
    }
    const data = leaf.kind === 'secret' ? maskedText : entry.value;
    const text = Array.isArray(data) ? data.join('\n') : String(data ?? '');
    await showRecord({ data: () => data, text: () => text }, { options, context });
    return 0;
  },
});
