import { NotFoundError, RefusedError, UsageError } from '../errors.ts';
import { didYouMean } from '../suggest.ts';
import { isName, nameRule } from './check-profile.ts';
import type { Mount, Profile } from './profile.ts';
import { absolutePathProblem, dangerOf, isWithin, normalizePath } from './remote-path.ts';

export interface PlannedMount {
  readonly mounts: readonly Mount[];
  readonly added: Mount;
  /** Sound, but perhaps not what was meant. */
  readonly warnings: readonly string[];
}

export interface WantedMount {
  /** Its `local` is resolved and exists. */
  readonly wanted: Mount;
  /** Resolves what somebody has written into the file by hand. */
  readonly resolveLocal: (local: string) => string;
}

/** One more mount for a profile. */
export function planMount(profile: Profile, { wanted, resolveLocal }: WantedMount): PlannedMount {
  const { name, local, exclude_patterns } = wanted;
  requireMountName(name);
  const remote = checkedRemote(wanted.remote, profile.username);
  refuseTwice(profile, { wanted, resolveLocal });
  requirePatterns(exclude_patterns);
  const added: Mount = { name, local, remote, exclude_patterns };
  return { added, mounts: [...profile.mounts, added], warnings: overlaps(profile.mounts, added) };
}

export interface MountChange {
  readonly name: string;
  /** What of it becomes another one. A `local` is resolved and exists. */
  readonly change: Partial<Omit<Mount, 'name'>>;
  readonly resolveLocal: (local: string) => string;
}

/** A mount as it is after a change, in its place. What was there is not looked at again. */
export function planMountChange(profile: Profile, { name, change, resolveLocal }: MountChange): PlannedMount {
  const others = withoutMount(profile, name);
  const before = profile.mounts.find((mount) => mount.name === name);
  const remote = change.remote === undefined ? {} : { remote: checkedRemote(change.remote, profile.username) };
  if (change.local !== undefined)
    refuseTwice({ ...profile, mounts: others }, { wanted: { name, local: change.local }, resolveLocal });
  requirePatterns(change.exclude_patterns ?? []);
  // What nobody here knows of it is kept.
  const added = { ...before, ...change, ...remote } as Mount;
  const mounts = profile.mounts.map((mount) => (mount.name === name ? added : mount));
  return { added, mounts, warnings: change.remote === undefined ? [] : overlaps(others, added) };
}

/** Throws a UsageError. */
export function requireMountName(name: string): void {
  if (isName(name)) return;
  throw new UsageError(`\`${name}\` is no name for a mount`, { code: 'usage.mount_name', hint: nameRule });
}

function requirePatterns(patterns: readonly string[]): void {
  const fault = patterns.find((pattern) => pattern === '' || /\p{Cc}/u.test(pattern));
  if (fault === undefined) return;
  throw new UsageError(`\`${fault}\` is no pattern of what to leave out`, {
    code: 'usage.exclude',
    hint: "Write a pattern of rsync, such as --exclude '*.ckpt'.",
  });
}

function checkedRemote(remote: string, user: string | undefined): string {
  const problem = absolutePathProblem(remote);
  if (problem !== undefined) {
    throw new UsageError(problem, { code: 'usage.mount_remote', hint: 'Write the full path of a directory there.' });
  }
  const danger = dangerOf(remote, user);
  if (danger === undefined) return normalizePath(remote);
  throw new RefusedError(danger, {
    code: 'ssh.mount_remote',
    hint: 'Name a directory of your own for this project, such as one below your home directory there.',
  });
}

interface Placed {
  readonly wanted: Pick<Mount, 'name' | 'local'>;
  readonly resolveLocal: (local: string) => string;
}

function refuseTwice({ name: profile, mounts }: Profile, { wanted, resolveLocal }: Placed): void {
  const { name, local } = wanted;
  const named = mounts.find((mount) => mount.name === name);
  const placed = mounts.find((mount) => resolveLocal(mount.local) === local);
  if (named === undefined && placed === undefined) return;
  const what = named === undefined ? `${local} is mounted as \`${placed?.name}\`` : `there is a mount \`${name}\``;
  throw new RefusedError(`${what} in the profile ${profile} already`, {
    code: 'ssh.mount_exists',
    hint: `\`srunx ssh mount list ${profile}\` shows all; \`srunx ssh mount remove\` takes one out.`,
  });
}

/** Each of the two would remove or change files of the other. */
function overlaps(mounts: readonly Mount[], added: Mount): readonly string[] {
  return mounts.flatMap(({ name, remote }) => {
    const other = normalizePath(remote);
    if (other === added.remote) return [`the mount ${name} has the same directory there, ${other}`];
    if (isWithin(added.remote, other)) return [`${added.remote} lies within ${other} of the mount ${name}`];
    return isWithin(other, added.remote) ? [`${other} of the mount ${name} lies within ${added.remote}`] : [];
  });
}

/** What is left of the mounts without one. */
export function withoutMount({ name: profile, mounts }: Profile, name: string): readonly Mount[] {
  const left = mounts.filter((mount) => mount.name !== name);
  if (left.length < mounts.length) return left;
  const names = mounts.map((mount) => mount.name);
  throw new NotFoundError(`the profile ${profile} has no mount \`${name}\``, {
    code: 'ssh.no_mount',
    hint: didYouMean(name, names) ?? (names.length === 0 ? 'It has none at all.' : `There are: ${names.join(', ')}.`),
  });
}
