import { type Config, valuesBelow } from '../config/config.ts';
import type { SshAccount } from './ssh-words.ts';

/** A directory of this machine and its counterpart on the cluster. */
export interface Mount {
  readonly name: string;
  readonly local: string;
  readonly remote: string;
  readonly exclude_patterns: readonly string[];
}

/** What older tools do not know of a mount. */
export interface MountOptions {
  /** Jobs begin in a copy of their own. */
  readonly snapshot: boolean;
  /** What `.gitignore` files name stays here. */
  readonly gitignore: boolean;
}

/** What a profile says of itself, by the keys of the configuration. Empty text counts as absent. */
export interface ProfileFields {
  /** A host of the configuration of ssh; nothing else is then said of the way there. */
  readonly ssh_host?: string | undefined;
  readonly hostname?: string | undefined;
  readonly username?: string | undefined;
  readonly port?: number | undefined;
  readonly key_filename?: string | undefined;
  readonly proxy_jump?: string | undefined;
  readonly description?: string | undefined;
  /** Root of the plan directories on the cluster. */
  readonly run_dir?: string | undefined;
  /** In the place of `~/.ssh/config`. */
  readonly ssh_config?: string | undefined;
}

export type ProfileKey = keyof ProfileFields;

/** A login on another machine, as the configuration describes it. */
export interface Profile extends ProfileFields {
  readonly name: string;
  readonly mounts: readonly Mount[];
  /** By the names of mounts; see {@link mountOptions}. */
  readonly mountOptions?: Readonly<Record<string, Partial<MountOptions>>>;
}

export const profileKeys = [
  ...(['ssh_host', 'hostname', 'username', 'port', 'key_filename', 'proxy_jump'] as const),
  ...(['description', 'run_dir', 'ssh_config'] as const),
] satisfies readonly ProfileKey[];

/** All profiles, those with something wrong too. What only says something of jobs is none. */
export function profileNames(config: Config): readonly string[] {
  const said = [...config.entries.values(), ...config.problems.filter(({ severity }) => severity === 'error')];
  const paths = said.map(({ path = [] }) => path).filter(isOfLogin);
  return [...new Set(paths.flatMap(([, name]) => name ?? []))];
}

const loginKeys: ReadonlySet<string | undefined> = new Set([...profileKeys, 'mounts']);

/** Of something that is no object, only the name is known. */
function isOfLogin([root, name, key]: readonly string[]): boolean {
  return root === 'profiles' && name !== undefined && (key === undefined || loginKeys.has(key));
}

/** As `srunx ssh use` has left it. */
export function currentProfile(config: Config): string | undefined {
  const { current_profile: name } = valuesBelow(config) as { readonly current_profile?: string };
  return name === '' ? undefined : name;
}

/** The profile that counts where none is named: the current one, unless the user wants that said each time. */
export function impliedProfile(config: Config): string | undefined {
  const { use_current_profile: use } = valuesBelow(config, 'cli');
  return use === false ? undefined : currentProfile(config);
}

/** A profile without what cannot be used of it; `undefined` where there is none of this name. */
export function findProfile(config: Config, name: string): Profile | undefined {
  if (!profileNames(config).includes(name)) return undefined;
  const { mounts = [], mount_options: options, ...values } = valuesBelow(config, 'profiles', name);
  const said = profileKeys.flatMap((key) => {
    const value = values[key];
    return value === undefined || value === '' ? [] : [[key, key === 'port' ? Number(value) : value]];
  });
  return {
    ...(Object.fromEntries(said) as ProfileFields),
    name,
    mounts: (mounts as readonly Mount[]).map((mount) => withPatterns(mount)),
    ...(options === undefined ? {} : { mountOptions: options as NonNullable<Profile['mountOptions']> }),
  };
}

/** All that stands there is kept. */
function withPatterns(mount: Partial<Mount> & Omit<Mount, 'exclude_patterns'>): Mount {
  return { exclude_patterns: [], ...mount };
}

/** What is not said is false. */
export function mountOptions({ mountOptions: said = {} }: Profile, mount: string): MountOptions {
  return { snapshot: false, gitignore: false, ...(Object.hasOwn(said, mount) ? said[mount] : {}) };
}

/**
 * Where a profile leads to. `~/` at the beginning of a file is for ssh to replace. A host of ssh's own configuration stands for
 * itself: beside it older tools write a port of 22 and names that nobody meant.
 */
export function accountOf(profile: ProfileFields): SshAccount {
  const { ssh_host: host, hostname, username, port, key_filename: keyFile, proxy_jump: proxyJump } = profile;
  const { ssh_config: configFile } = profile;
  if (host !== undefined) return { host, configFile };
  return { host: hostname ?? '', user: username, port, keyFile, proxyJump, configFile };
}
