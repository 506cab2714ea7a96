import { chosenConnection } from '../chosen-profile.ts';
import { defineCommand } from '../define-command.ts';
import { addProfileArgument } from '../profile-argument.ts';

export const sshLogout = defineCommand({
  name: 'ssh logout',
  summary: 'Close the connection to an account',
  examples: ['srunx ssh logout dgx', 'srunx ssh logout --profile dgx'],
  configure: addProfileArgument,
  async run(input, context) {
    const connection = chosenConnection(input, context);
    const wasOpen = await connection.close();
    context.out.note(`srunx: ${connection.profile} ${wasOpen ? 'is logged out' : 'was not logged in'}`);
    return 0;
  },
});
