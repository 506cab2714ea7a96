import type { Connection, SshHost } from '../app/app-context.ts';
import { showProfile } from '../app/show-profile.ts';
import { isRemote } from '../app/target-name.ts';
import type { Config } from '../core/config/config.ts';
import { ConfigError } from '../core/errors.ts';
import { addressText } from '../core/remote/address-text.ts';
import { accountOf, type Profile, profileNames } from '../core/remote/profile.ts';
import { hostKeyPolicies, type SshAccount } from '../core/remote/ssh-words.ts';
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
  connection(way: string | SshHost, signal: AbortSignal): Connection;
  place(name: string, signal: AbortSignal): Promise<{ readonly cwd: string; readonly runRoot: string }>;
}

/** Ten minutes without a command, and the next one logs in again. */
const persistSeconds = 600;

export function createAccounts({ env, home, config }: Surroundings): Accounts {
  const shells = new Map<string, SshShell>();
  const has = (name: string) => profileNames(config()).includes(name);
  const profile = (name: string): Profile => {
    const { profile: found, problems } = showProfile(config(), name);
    const [first, ...others] = problems;
    if (first === undefined) return found;
    throw new ConfigError(`the profile ${name} cannot be used: ${first}`, {
      code: 'profile.invalid',
      detail: others.join('\n'),
      hint: `Correct it with \`srunx ssh update ${name}\`.`,
    });
  };
  const open = (name: string, account: SshAccount) => {
    const word = env['SRUNX_SSH_HOST_KEY_POLICY'];
    const hostKeys = hostKeyPolicies.find((known) => known === word) ?? 'reject';
    return new SshShell({ name, account, env, home, hostKeys, persist: persistSeconds, leavesSession: true });
  };
  const shell = (name: string) => {
    const account = accountOf(profile(name));
    const known = shells.get(name) ?? open(name, account);
    shells.set(name, known);
    return known;
  };
  return {
    names: () => profileNames(config()).filter(isRemote),
    has,
    shell,
    isConnected: (name) => has(name) && showProfile(config(), name).problems.length === 0 && shell(name).master.isThere,
    describe(name) {
      const { master } = shell(name);
      const { settings } = master;
      return describeWay(settings === undefined ? accountOf(profile(name)) : { ...settings, host: settings.hostname });
    },
    connection(way, signal) {
      const there = typeof way === 'string' ? shell(way) : open(way.host, way);
      const { master } = there;
      return {
        isOpen: () => master.check(),
        open: () => master.open(signal),
        logIn: (seconds) => master.openInteractively(seconds),
        close: () => master.exit(),
        facts: () => there.facts(signal),
      };
    },
    async place(name, signal) {
      const { run_dir: runDir } = profile(name);
      const facts = await shell(name).facts(signal);
      const runRoot = runDir === undefined ? `${facts.home}/.local/share/srunx/runs` : runDir;
      return { cwd: facts.home, runRoot };
    },
  };
}

function describeWay({ host, user, port, proxyJump }: SshAccount): string {
  const address = addressText({ hostname: host, user, port });
  return proxyJump === undefined ? address : `${address} via ${proxyJump}`;
}
