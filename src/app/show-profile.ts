import type { Config } from '../core/config/config.ts';
import { checkProfile, noSuchProfile } from '../core/remote/check-profile.ts';
import { currentProfile, findProfile, type Profile, profileNames } from '../core/remote/profile.ts';

export interface ShownProfile {
  readonly profile: Profile;
  readonly isCurrent: boolean;
  /** What cannot be used, in words; the rest is shown all the same. */
  readonly problems: readonly string[];
}

/** All of them; something wrong with one is nothing to the others. */
export function listProfiles(config: Config): readonly ShownProfile[] {
  return profileNames(config).map((name) => showProfile(config, name));
}

export function showProfile(config: Config, name: string): ShownProfile {
  const profile = findProfile(config, name);
  if (profile === undefined) throw noSuchProfile(name, profileNames(config));
  return { profile, isCurrent: currentProfile(config) === name, problems: problemsWith(config, profile) };
}

/** First what could not be read at all, with its place. What follows from that alone is not said. */
function problemsWith(config: Config, profile: Profile): readonly string[] {
  const unread = config.problems.filter(
    ({ severity, path = [] }) =>
      severity === 'error' && path[0] === 'profiles' && path[1] === profile.name && path[2] !== 'defaults',
  );
  const keys = unread.flatMap(({ path = [] }) => path[2] ?? ['hostname', 'name']);
  const others = checkProfile(profile).filter(({ key }) => !keys.includes(key));
  return [...unread.map(({ place, message }) => `${message} (${place})`), ...others.map(({ message }) => message)];
}
