import { requireAccount, unsetSecrets } from '../../app/account-secrets.ts';
import { requireSecretName } from '../../core/remote/secret.ts';
import { targetOf } from '../common-options.ts';
import { defineCommand } from '../define-command.ts';
import { addProfileOption } from '../profile-argument.ts';

export const sshSecretUnset = defineCommand({
  name: 'ssh secret unset',
  summary: 'Remove secrets from the cluster',
  examples: ['srunx ssh secret unset HF_TOKEN', 'srunx ssh secret unset HF_TOKEN WANDB_API_KEY --profile dgx'],
  configure(command) {
    addProfileOption(command.argument('<names...>', 'of the variables'));
  },
  async run({ args }, context) {
    const names = [...new Set((args[0] as readonly string[]).map(requireSecretName))];
    const target = requireAccount(targetOf(context));
    const removed = await unsetSecrets(context.app, { target, names });
    const others = names.filter((name) => !removed.includes(name));
    const { out } = context;
    if (removed.length > 0) out.note(`srunx: ${removed.join(', ')} removed on ${target}; jobs in the queue keep it`);
    if (others.length > 0) out.note(`srunx: ${others.join(', ')} was not set on ${target}`);
    return 0;
  },
});
