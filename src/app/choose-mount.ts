import { NotFoundError, UsageError } from '../core/errors.ts';
import { type Mount, type MountOptions, mountOptions, type Profile } from '../core/remote/profile.ts';
import { didYouMean } from '../core/suggest.ts';
import { mountOf } from '../core/sync/mount-path.ts';
import { resolvePath } from '../sync/resolve-path.ts';
import type { AppContext } from './app-context.ts';
import { loadConfig } from './load-config.ts';
import { showProfile } from './show-profile.ts';

/** A mount with the local end resolved. */
export interface ChosenMount {
  readonly profile: Profile;
  readonly mount: Mount & MountOptions;
}

/** The mounts of a profile, their local ends without links. */
export function mountsOf(
  context: Pick<AppContext, 'cwd' | 'env' | 'configDir'>,
  profileName: string,
): readonly ChosenMount[] {
  const { profile } = showProfile(loadConfig(context), profileName);
  return profile.mounts.map((mount) => ({
    profile,
    mount: { ...mount, ...mountOptions(profile, mount.name), local: resolvePath(mount.local) },
  }));
}

/** The one that a local path lies in, the innermost. */
export function mountAround(mounts: readonly ChosenMount[], path: string): ChosenMount | undefined {
  const found = mountOf(
    mounts.map(({ mount }) => mount),
    resolvePath(path),
  );
  return mounts.find(({ mount }) => mount === found);
}

/** The one of that name, else the one that we are in, else the only one. */
export function chooseMount(context: AppContext, profileName: string, name: string | undefined): ChosenMount {
  const mounts = mountsOf(context, profileName);
  const names = mounts.map(({ mount }) => mount.name);
  if (name !== undefined) {
    const named = mounts.find(({ mount }) => mount.name === name);
    if (named !== undefined) return named;
    throw new NotFoundError(`the profile ${profileName} has no mount \`${name}\``, {
      code: 'ssh.no_mount',
      hint: didYouMean(name, names) ?? (names.length === 0 ? howToAdd(profileName) : `There are: ${names.join(', ')}.`),
    });
  }
  const [first, ...others] = mounts;
  if (first === undefined) {
    throw new NotFoundError(`the profile ${profileName} has no mounts`, {
      code: 'ssh.no_mount',
      hint: howToAdd(profileName),
    });
  }
  const around = mountAround(mounts, context.cwd) ?? (others.length === 0 ? first : undefined);
  if (around !== undefined) return around;
  throw new UsageError(`${context.cwd} is in none of the mounts of ${profileName}`, {
    code: 'usage.mount',
    hint: `Name one with --mount: ${names.join(', ')}.`,
  });
}

function howToAdd(profile: string): string {
  return `\`srunx ssh mount add NAME --profile ${profile} --local DIR --remote DIR\` makes one.`;
}
