import { checkConnection } from '../../app/check-connection.ts';
import { chooseConnection } from '../../app/choose-connection.ts';
import { defineCommand } from '../define-command.ts';
import { showChecks } from '../health-report.ts';
import { addProfileArgument } from '../profile-argument.ts';
import { addRecordOptions } from '../record.ts';

export const sshDoctor = defineCommand({
  name: 'ssh doctor',
  summary: 'Check each step of the way to a cluster, and what is at its end',
  examples: ['srunx ssh doctor dgx', 'srunx ssh doctor --profile dgx --json'],
  configure(command) {
    addRecordOptions(addProfileArgument(command));
  },
  async run({ args, options }, context) {
    const connection = chooseConnection(context.app, args[0] as string | undefined);
    const checks = await checkConnection(context.app, connection);
    return showChecks({ target: connection.profile, checks }, { options, context });
  },
});
