import { trustProject } from '../../app/save-config.ts';
import { defineCommand } from '../define-command.ts';

export const configTrust = defineCommand({
  name: 'config trust',
  summary: "Let this project's srunx.json set environments, containers and sync switches",
  examples: ['srunx config trust', 'srunx config trust && srunx config show --origin'],
  configure() {},
  async run(_, { app, out }) {
    out.note(`srunx: ${trustProject(app)} is trusted as it is now`);
    return 0;
  },
});
