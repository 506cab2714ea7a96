import { checkConnection } from '../../app/check-connection.ts';
import { chosenConnection } from '../chosen-profile.ts';
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
  async run(input, context) {
    const connection = chosenConnection(input, context);
    const checks = await checkConnection(context.app, connection);
    return showChecks({ target: connection.profile, checks }, { options: input.options, context });
  },
});
