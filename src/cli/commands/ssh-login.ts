import { ConnectionError } from '../../core/errors.ts';
import { chosenConnection } from '../chosen-profile.ts';
import { positiveNumber } from '../common-options.ts';
import { defineCommand } from '../define-command.ts';
import { addProfileArgument } from '../profile-argument.ts';

const hours = 8;

export const sshLogin = defineCommand({
  name: 'ssh login',
  summary: 'Log in once, with passwords and codes where they are asked for, for all commands that follow',
  examples: ['srunx ssh login dgx', 'srunx ssh login --profile dgx --hours 1'],
  configure(command) {
    addProfileArgument(command).option(
      '--hours <n>',
      `close the connection when nobody has used it for so long (${hours})`,
    );
  },
  async run(input, context) {
    const { out } = context;
    const connection = chosenConnection(input, context);
    const { profile } = connection;
    const kept = positiveNumber(input.options, 'hours') ?? hours;
    if (await connection.isOpen()) {
      out.note(`srunx: ${profile} is logged in already`);
      return 0;
    }
    if (!(await connection.logIn(Math.ceil(kept * 3600)))) {
      throw new ConnectionError(`${profile} did not let us in`, {
        code: 'ssh.login_failed',
        hint: `What ssh says stands above; for a password or a code it needs a terminal. \`srunx ssh doctor ${profile}\` looks at each step.`,
      });
    }
    out.note(
      `srunx: logged in to ${profile}; it stays so for ${kept} h after its last use (\`srunx ssh logout ${profile}\`)`,
    );
    return 0;
  },
});
