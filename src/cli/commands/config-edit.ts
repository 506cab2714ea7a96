import { editConfig } from '../../app/edit-config.ts';
import { addScopeOptions, scopeOf } from '../config-report.ts';
import { defineCommand } from '../define-command.ts';

export const configEdit = defineCommand({
  name: 'config edit',
  summary: 'Open the configuration in $VISUAL or $EDITOR, and check it before it counts',
  examples: ['srunx config edit', 'EDITOR=vi srunx config edit --project'],
  configure(command) {
    addScopeOptions(command);
  },
  async run({ options }, { app, out }) {
    const { file, changed } = await editConfig(app, scopeOf(options));
    out.note(changed ? `srunx: ${file} is changed` : `srunx: ${file} is as it was`);
    return 0;
  },
});
