import { chooseConnection } from '../../app/choose-connection.ts';
import { defineCommand } from '../define-command.ts';
import { addProfileArgument } from '../profile-argument.ts';
import { addRecordOptions, showRecord } from '../record.ts';
import { printable } from '../table.ts';

export const sshTest = defineCommand({
  name: 'ssh test',
  summary: 'Connect to an account, and say who and where it is',
  examples: ['srunx ssh test dgx', 'srunx ssh test --profile dgx --json'],
  configure(command) {
    addRecordOptions(addProfileArgument(command));
  },
  async run({ args, options }, context) {
    const connection = chooseConnection(context.app, args[0] as string | undefined);
    const startedAt = context.app.monotonicNow();
    const { user, host, home, shell, missing } = await connection.facts();
    const ms = Math.round(context.app.monotonicNow() - startedAt);
    const data = () => ({ profile: connection.profile, user, host, home, shell, missing_tools: missing, ms });
    const text = () => printable(`${connection.profile}: ${user} on ${host}, home ${home}, ${ms} ms`);
    await showRecord({ data, text }, { options, context });
    return 0;
  },
});
