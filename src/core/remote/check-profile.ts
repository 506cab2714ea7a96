import { NotFoundError, RefusedError, UsageError } from '../errors.ts';
import { didYouMean } from '../suggest.ts';
import type { Profile, ProfileFields, ProfileKey } from './profile.ts';
import { absolutePathProblem, dangerOf } from './remote-path.ts';

/** Something in a profile that cannot be used. */
export interface ProfileProblem {
  readonly key: ProfileKey | 'name' | 'mounts';
  readonly message: string;
  readonly hint?: string | undefined;
}

/** As `--key-file` and `--unset` have it. */
export function optionOf(key: ProfileKey): string {
  return key === 'key_filename' ? 'key-file' : key.replaceAll('_', '-');
}

const validName = /^[A-Za-z0-9_.-]{1,64}$/;
export const nameRule = 'Use up to 64 letters, digits, `_`, `.` and `-`.';

/** For profiles and mounts: they stand in commands, in paths and in the names of records. */
export function isName(name: string): boolean {
  return validName.test(name) && !name.startsWith('-') && !/^\.+$/.test(name);
}

/** Targets of these names are there already: they are this machine. */
export const reservedNames: readonly string[] = ['local', 'embedded'];

export function profileNameProblem(name: string): ProfileProblem | undefined {
  if (reservedNames.includes(name)) {
    const message = `\`${name}\` is this machine, so no profile can have that name`;
    return { key: 'name', message, hint: 'Choose another name.' };
  }
  return isName(name) ? undefined : { key: 'name', message: `\`${name}\` is no name for a profile`, hint: nameRule };
}

/** Throws a UsageError. */
export function requireProfileName(name: string): void {
  const problem = profileNameProblem(name);
  if (problem !== undefined) throw new UsageError(problem.message, { code: 'usage.profile_name', ...hintOf(problem) });
}

/** All that is wrong with a profile as it stands in the configuration. */
export function checkProfile(profile: Profile): readonly ProfileProblem[] {
  const mounts = profile.mounts.flatMap(({ name, remote }): readonly ProfileProblem[] => {
    const message = absolutePathProblem(remote) ?? dangerOf(remote, profile.username);
    return message === undefined ? [] : [{ key: 'mounts', message: `the mount ${name}: ${message}` }];
  });
  return [
    ...[profileNameProblem(profile.name)].flatMap((problem) => problem ?? []),
    ...checkFields(profile),
    ...mounts,
  ];
}

/** Of these fields alone. */
export function checkFields(fields: ProfileFields): readonly ProfileProblem[] {
  const problems = (Object.keys(checks) as ProfileKey[]).flatMap((key): readonly ProfileProblem[] => {
    const value = fields[key];
    const message = value === undefined ? undefined : checks[key](String(value));
    return message === undefined ? [] : [{ key, message: `${key}: ${message}`, hint: hints[key] }];
  });
  if (fields.ssh_host !== undefined || fields.hostname !== undefined) return problems;
  const hint = 'Give --ssh-host with a host of your ssh configuration, or --hostname.';
  return [...problems, { key: 'hostname', message: 'it names no machine', hint }];
}

const checks: Readonly<Record<ProfileKey, (value: string) => string | undefined>> = {
  ssh_host: hostProblem,
  hostname: machineProblem,
  username: accountProblem,
  port: (value) => (isPort(Number(value)) ? undefined : `\`${value}\` is no port from 1 to 65535`),
  key_filename: lineProblem,
  proxy_jump: (value) =>
    value
      .split(',')
      .map(jumpProblem)
      .find((problem) => problem !== undefined),
  description: lineProblem,
  run_dir: (value) => absolutePathProblem(value) ?? dangerOf(value),
  // It is named in a configuration between quotation marks, which know no escapes.
  ssh_config: (value) =>
    lineProblem(value) ??
    (value.includes('"') ? 'ssh cannot be told of a file with `"` in its path' : undefined) ??
    (/^~?\//.test(value) ? undefined : `\`${value}\` is no full path`),
};

const hints: Readonly<Partial<Record<ProfileKey, string>>> = {
  port: 'Write a number from 1 to 65535.',
  run_dir: 'Name a directory of your own there, with its full path.',
  ssh_host: 'Name a host of your configuration of ssh; `srunx ssh import` lists them.',
  hostname: 'Name the machine alone; the account has --username, the port --port.',
  username: 'Name the account there as `whoami` does.',
  proxy_jump: 'Write [ACCOUNT@]MACHINE[:PORT], with commas between; an IPv6 address stands in brackets.',
};

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65_535;
}

/** What begins with `-` would be an option to ssh, and could start anything. */
function wordProblem(value: string): string | undefined {
  if (value === '') return 'it is empty';
  if (value.startsWith('-')) return `\`${value}\` begins with \`-\``;
  return /[\s\p{Cc}]/u.test(value) ? 'it has a blank or a control character in it' : undefined;
}

/** As ssh refuses it, which says so when somebody connects. */
function hostProblem(value: string): string | undefined {
  return wordProblem(value) ?? (/[@/'`"$\\;&<>|(){}]/.test(value) ? `\`${value}\` is no name of a machine` : undefined);
}

function machineProblem(value: string): string | undefined {
  const isAddress = /^[\da-f]*:[\da-f]*:[\da-f:.]*(%[^[\]:]+)?$/i.test(value);
  return (
    hostProblem(value) ?? (/[:[\]]/.test(value) && !isAddress ? `\`${value}\` is no name of a machine` : undefined)
  );
}

function accountProblem(value: string): string | undefined {
  const isRefused = /['`";&<>|(){}]|\\$/.test(value);
  return wordProblem(value) ?? (isRefused ? `\`${value}\` is no name of an account` : undefined);
}

/** One of the machines on the way: as ssh itself reads it, or as an address of the kind `ssh://`. */
function jumpProblem(value: string): string | undefined {
  const problem = wordProblem(value);
  if (problem !== undefined) return problem;
  const [, user, address, name, port] =
    /^(?:ssh:\/\/)?(?:(.*)@)?(?:\[(.*)\]|([^:[\]]*))(?::(\d+))?\/?$/.exec(value) ?? [];
  const machine = address ?? name;
  if (machine === undefined || (port !== undefined && !isPort(Number(port))))
    return `\`${value}\` is no machine to jump over`;
  return machineProblem(machine) ?? (user === undefined ? undefined : accountProblem(user));
}

function lineProblem(value: string): string | undefined {
  return /\p{Cc}/u.test(value) ? 'it has a control character in it' : undefined;
}

/** The first of several, as an error. */
export function requireSoundFields(problems: readonly ProfileProblem[]): void {
  const [first, ...others] = problems;
  if (first === undefined) return;
  const detail = others.map(({ message }) => message).join('\n');
  throw new UsageError(first.message, {
    code: 'usage.profile',
    ...hintOf(first),
    ...(detail === '' ? {} : { detail }),
  });
}

function hintOf({ hint }: ProfileProblem): { readonly hint: string } {
  return { hint: hint ?? '`srunx ssh update --help` explains the options.' };
}

export function noSuchProfile(name: string, names: readonly string[]): NotFoundError {
  return new NotFoundError(`there is no profile \`${name}\``, {
    code: 'ssh.no_profile',
    hint:
      didYouMean(name, names) ??
      (names.length === 0 ? '`srunx ssh add` makes the first one.' : `There are: ${names.join(', ')}.`),
  });
}

export function profileExists(name: string): RefusedError {
  return new RefusedError(`there is a profile \`${name}\` already`, {
    code: 'ssh.profile_exists',
    hint: `Change it with \`srunx ssh update ${name}\`, or choose another name.`,
  });
}
