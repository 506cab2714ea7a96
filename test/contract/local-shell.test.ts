import { LocalShell } from '../../src/shell/local-shell.ts';
import { describeShell } from './describe-shell.ts';

describeShell('of this machine', {
  create: async () => new LocalShell({ name: 'local', env: process.env }),
});
