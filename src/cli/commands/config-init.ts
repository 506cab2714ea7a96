import { initConfig } from '../../app/save-config.ts';
import { addScopeOptions, scopeOf } from '../config-report.ts';
import { defineCommand } from '../define-command.ts';

export const configInit = defineCommand({
  name: 'config init',
  summary: 'Write a configuration file that names every key and sets none',
  examples: ['srunx config init', 'srunx config init --project'],
  configure(command) {
    addScopeOptions(command.option('--force', 'write an existing file anew'));
  },
  async run({ options }, { app, out }) {
    const file = initConfig(app, { scope: scopeOf(options), force: options['force'] === true });
    out.line(file);
    return 0;
  },
});
