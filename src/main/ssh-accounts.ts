import type { Connection } from '../app/app-context.ts';
import { isRemote } from '../app/target-name.ts';
import type { Config } from '../core/config/config.ts';
import { NotFoundError } from '../core/errors.ts';
import { accountOf, findProfile, profileNames } from '../core/remote/profile.ts';
import { hostKeyPolicies } from '../core/remote/ssh-words.ts';
import { SshShell } from '../shell/ssh/ssh-shell.ts';

interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly home: string;
  readonly config: () => Config;
}

/** The accounts behind ssh that the configuration names. */
export interface Accounts {
  names(): readonly string[];
  has(name: string): boolean;
  shell(name: string): SshShell;
  isConnected(name: string): boolean;
  describe(name: string): string;
  connection(name: string, signal: AbortSignal): Connection;
  place(name: string, signal: AbortSignal): Promise<{ readonly cwd: string; readonly runRoot: string }>;
}

/** Ten minutes without a command, and the next one logs in again. */
const persistSeconds = 600;

export function createAccounts({ env, home, config }: Surroundings): Accounts {
  const shells = new Map<string, SshShell>();
  const has = (name: string) => profileNames(config()).includes(name);
  const profile = (name: string) => {
    const found = findProfile(config(), name);
    if (found !== undefined) return found;
    throw new NotFoundError(`there is no profile ${name}`, {
      code: 'profile.not_found',
      hint: '`srunx ssh list` shows the profiles, `srunx ssh add` makes one.',
    });
  };
  const shell = (name: string) => {
    const word = env['SRUNX_SSH_HOST_KEY_POLICY'];
    const hostKeys = hostKeyPolicies.find((known) => known === word) ?? 'reject';
    const account = accountOf(profile(name));
    const known = shells.get(name) ?? new SshShell({ name, account, env, home, hostKeys, persist: persistSeconds });
    shells.set(name, known);
    return known;
  };
  return {
    names: () => profileNames(config()).filter(isRemote),
    has,
    shell,
    isConnected: (name) => has(name) && shell(name).master.isThere,
    describe(name) {
      const { host, user, port, proxyJump } = accountOf(profile(name));
      const at = `${user === undefined ? '' : `${user}@`}${host}${port === undefined || port === 22 ? '' : `:${port}`}`;
      return proxyJump === undefined ? at : `${at} via ${proxyJump}`;
    },
    connection(name, signal) {
      const { master } = shell(name);
      return {
        isOpen: () => master.check(),
        open: () => master.open(signal),
        logIn: (seconds) => master.openInteractively(seconds),
        close: () => master.exit(),
        facts: () => shell(name).facts(signal),
      };
    },
    async place(name, signal) {
      const { run_dir: runDir } = profile(name);
      const facts = await shell(name).facts(signal);
      const runRoot = runDir === undefined ? `${facts.home}/.local/share/srunx/runs` : expand(runDir, facts.home);
      return { cwd: facts.home, runRoot };
    },
  };
}

function expand(path: string, home: string): string {
  if (path === '~') return home;
  return path.startsWith('~/') ? `${home}${path.slice(1)}` : path.startsWith('/') ? path : `${home}/${path}`;
}
