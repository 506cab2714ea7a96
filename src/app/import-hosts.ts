import type { Config } from '../core/config/config.ts';
import { NotFoundError, UsageError } from '../core/errors.ts';
import { profileExists, profileNameProblem } from '../core/remote/check-profile.ts';
import { findProfile, profileNames } from '../core/remote/profile.ts';
import { matchesPattern } from '../core/remote/ssh-host-names.ts';
import type { SshSettings } from '../core/remote/ssh-settings.ts';
import { didYouMean } from '../core/suggest.ts';
import type { AppContext } from './app-context.ts';
import { askSsh } from './ask-ssh.ts';
import { loadConfig } from './load-config.ts';
import { addProfiles } from './save-profile.ts';
import { sshHosts } from './ssh-hosts.ts';

export interface HostChoice {
  /** Names, or patterns of them; none means all. */
  readonly words: readonly string[];
  /** A configuration of ssh in the place of the user's. */
  readonly sshConfig: string | undefined;
}

/** A host of ssh's configuration that no profile leads to. */
export interface NewHost {
  readonly host: string;
  readonly settings: SshSettings | undefined;
}

export function isPattern(word: string): boolean {
  return /[*?]/.test(word);
}

/** What could be imported, with what ssh says of it. */
export async function listNewHosts(context: AppContext, choice: HostChoice): Promise<readonly NewHost[]> {
  return askAll(context, { hosts: newHosts(context, choice), sshConfig: choice.sshConfig });
}

/** One after the other: each is a process, and some configurations have hundreds. */
async function askAll(
  context: AppContext,
  { hosts, sshConfig }: { readonly hosts: readonly string[]; readonly sshConfig: string | undefined },
): Promise<readonly NewHost[]> {
  const found: NewHost[] = [];
  for (const host of hosts) {
    const settings = await askSsh(context, { ssh_host: host, ssh_config: sshConfig });
    found.push({ host, settings });
  }
  return found;
}

export interface Imported {
  /** `undefined`: nothing was added. */
  readonly file: string | undefined;
  readonly added: readonly NewHost[];
  /** Hosts whose names no profile can have. */
  readonly unfit: readonly string[];
}

/** Adds a profile of the same name for each host. What is there already is never changed. */
export async function importHosts(context: AppContext, choice: HostChoice): Promise<Imported> {
  const config = loadConfig(context);
  for (const word of choice.words.filter((name) => !isPattern(name))) requireNew(word, config);
  const hosts = newHosts(context, choice);
  const names = hosts.filter((host) => profileNameProblem(host) === undefined);
  const unfit = hosts.filter((host) => !names.includes(host));
  if (names.length === 0) return { file: undefined, added: [], unfit };
  const profiles = names.map((name) => ({ name, fields: { ssh_host: name, ssh_config: choice.sshConfig } }));
  const { file } = addProfiles(context, profiles);
  return { file, added: await askAll(context, { hosts: names, sshConfig: choice.sshConfig }), unfit };
}

function newHosts(context: AppContext, { words, sshConfig }: HostChoice): readonly string[] {
  const all = sshHosts(context, sshConfig);
  if (all === undefined) {
    throw new NotFoundError(`there is no configuration of ssh at ${sshConfig ?? '~/.ssh/config'}`, {
      code: 'ssh.no_config',
      hint: 'Name one with --ssh-config, or describe the machine with `srunx ssh add --hostname`.',
    });
  }
  const unknown = words.find((word) => !isPattern(word) && !all.includes(word));
  if (unknown !== undefined) {
    throw new NotFoundError(`the configuration of ssh has no host \`${unknown}\``, {
      code: 'ssh.no_host',
      hint: didYouMean(unknown, all) ?? '`srunx ssh import` lists the hosts that can be imported.',
    });
  }
  const known = knownHosts(loadConfig(context), sshConfig);
  const wanted = all.filter((host) => words.length === 0 || words.some((word) => matchesPattern(host, word)));
  return wanted.filter((host) => !known.has(host));
}

/** Names of profiles, and hosts that they lead to. */
function knownHosts(config: Config, sshConfig: string | undefined): ReadonlySet<string> {
  const names = profileNames(config);
  const hosts = names.flatMap((name) => {
    const profile = findProfile(config, name);
    return profile?.ssh_config === sshConfig ? (profile?.ssh_host ?? []) : [];
  });
  return new Set([...names, ...hosts]);
}

/** What somebody names is not passed over in silence. */
function requireNew(name: string, config: Config): void {
  if (profileNames(config).includes(name)) throw profileExists(name);
  const problem = profileNameProblem(name);
  if (problem === undefined) return;
  throw new UsageError(problem.message, {
    code: 'usage.profile_name',
    hint: `Give it a name of your own: \`srunx ssh add NAME --ssh-host ${name}\`.`,
  });
}
