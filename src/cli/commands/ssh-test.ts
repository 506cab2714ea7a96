import { connectToHost } from '../../app/connect-to-host.ts';
import { UsageError } from '../../core/errors.ts';
import { chosenConnection } from '../chosen-profile.ts';
import { type CommandContext, defineCommand, type ParsedInput } from '../define-command.ts';
import { addProfileArgument } from '../profile-argument.ts';
import { addRecordOptions, showRecord } from '../record.ts';
import { printable } from '../table.ts';

export const sshTest = defineCommand({
  name: 'ssh test',
  summary: 'Connect to an account, and say who and where it is',
  examples: ['srunx ssh test dgx', 'srunx ssh test --profile dgx --json', 'srunx ssh test --host dgx'],
  configure(command) {
    addProfileArgument(command)
      .option('--host <host>', 'a host of your configuration of ssh, which need not be a profile')
      .option('--ssh-config <file>', 'with --host: a configuration of ssh, in place of ~/.ssh/config');
    addRecordOptions(command);
  },
  async run(input, context) {
    const { name, profile, adding, facts } = wayOf(input, context);
    const startedAt = context.app.monotonicNow();
    const { user, host, home, shell, missing } = await facts();
    const ms = Math.round(context.app.monotonicNow() - startedAt);
    const data = () => ({ profile, user, host, home, shell, missing_tools: missing, ms });
    const text = () => printable(`${name}: ${user} on ${host}, home ${home}, ${ms} ms`);
    await showRecord({ data, text }, { options: input.options, context });
    if (adding !== undefined) context.out.note(`srunx: \`${printable(adding)}\` makes it a profile`);
    return 0;
  },
});

function wayOf(input: ParsedInput, context: CommandContext) {
  const { args, options } = input;
  const word = (args[0] ?? options['profile']) as string | undefined;
  const [host, sshConfig] = [options['host'], options['sshConfig']] as (string | undefined)[];
  if (host === undefined && sshConfig === undefined) {
    const { profile, facts } = chosenConnection(input, context);
    return { name: profile, profile, adding: undefined, facts };
  }
  if (host === undefined) {
    throw new UsageError('--ssh-config says nothing without --host', {
      code: 'usage.option_conflict',
      hint: 'Name a host of that configuration with --host; a profile has its own.',
    });
  }
  if (word !== undefined) {
    throw new UsageError('a profile and --host cannot be given together', {
      code: 'usage.option_conflict',
      hint: 'Keep the one you mean.',
    });
  }
  const { adding, facts } = connectToHost(context.app, { host, sshConfig });
  return { name: host, profile: null, adding, facts };
}
