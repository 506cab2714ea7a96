import { findTemplate } from '../../app/find-template.ts';
import { defineCommand } from '../define-command.ts';
import { addRecordOptions, showRecord } from '../record.ts';

export const templateShow = defineCommand({
  name: 'template show',
  summary: 'Print a template as it is',
  examples: ['srunx template show gpu', 'srunx template show gpu > mine.slurm.jinja'],
  configure(command) {
    addRecordOptions(command.argument('<template>', 'a name, or a path with a /'));
  },
  async run({ args, options }, context) {
    const { name, description, useCase, text, origin, path } = findTemplate(context.app, String(args[0]));
    const data = { name, description, use_case: useCase, origin, path: path ?? null, content: text };
    await showRecord({ data: () => data, text: () => text.replace(/\n$/, '') }, { options, context });
    return 0;
  },
});
