import { resolve } from 'node:path';
import { ConnectionError } from '../core/errors.ts';
import { quoteWord } from '../core/quote.ts';
import { checkFields, requireSoundFields } from '../core/remote/check-profile.ts';
import type { AppContext, Connection } from './app-context.ts';
import { expandHome } from './ssh-hosts.ts';

export interface HostConnection extends Pick<Connection, 'facts'> {
  /** The command that makes it a profile. */
  readonly adding: string;
}

/** To a host of ssh's configuration that is no profile. Throws a UsageError for a name that cannot be one. */
export function connectToHost(
  context: AppContext,
  { host, sshConfig }: { readonly host: string; readonly sshConfig: string | undefined },
): HostConnection {
  const configFile = sshConfig && resolve(context.cwd, expandHome(sshConfig, context.env['HOME'] ?? ''));
  requireSoundFields(checkFields({ ssh_host: host, ssh_config: configFile }));
  const { facts } = context.connection({ host, configFile });
  const option = sshConfig === undefined ? '' : ` --ssh-config ${quoteWord(sshConfig)}`;
  const adding = `srunx ssh add NAME --ssh-host ${quoteWord(host)}${option}`;
  return {
    adding,
    async facts() {
      try {
        return await facts();
      } catch (error) {
        throw error instanceof ConnectionError ? withoutProfile(error, { host, adding }) : error;
      }
    },
  };
}

/** What else helps is told of profiles alone. */
function withoutProfile(error: ConnectionError, { host, adding }: { readonly host: string; readonly adding: string }) {
  if (!error.hint?.includes('srunx ssh')) return error;
  return new ConnectionError(error.message, {
    ...{ code: error.code, cause: error },
    ...(error.detail === undefined ? {} : { detail: error.detail }),
    hint: `See what \`ssh ${host}\` asks; a profile (\`${adding}\`) has \`srunx ssh login\` and \`srunx ssh doctor\` for it.`,
  });
}
