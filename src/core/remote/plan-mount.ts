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
  if (!isName(name)) {
    throw new UsageError(`\`${name}\` is no name for a mount`, { code: 'usage.mount_name', hint: nameRule });
  }
  const remote = checkedRemote(wanted.remote, profile.username);
  refuseTwice(profile, { wanted, resolveLocal });
  const patternFault = exclude_patterns.find((pattern) => pattern === '' || /\p{Cc}/u.test(pattern));
  if (patternFault !== undefined) {
    throw new UsageError(`\`${patternFault}\` is no pattern of what to leave out`, {
      code: 'usage.exclude',
      hint: "Write a pattern of rsync, such as --exclude '*.ckpt'.",
    });
  }
  const added: Mount = { name, local, remote, exclude_patterns };
  return { added, mounts: [...profile.mounts, added], warnings: overlaps(profile.mounts, added) };
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

function refuseTwice({ name: profile, mounts }: Profile, { wanted, resolveLocal }: WantedMount): void {
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
