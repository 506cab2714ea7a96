import { findLeaf } from '../core/config/config-schema.ts';
import { RefusedError } from '../core/errors.ts';
import { changedFields, type ProfileChange } from '../core/remote/change-profile.ts';
import { noSuchProfile, profileExists, requireProfileName } from '../core/remote/check-profile.ts';
import {
  currentProfile,
  findProfile,
  type Profile,
  type ProfileFields,
  profileKeys,
  profileNames,
} from '../core/remote/profile.ts';
import { changeProfiles, type Known, type Places, type Saved } from './change-profiles.ts';
import type { ConfigEdit } from './edit-config-text.ts';

/** What older tools want to be text, and to be there. */
const requiredKeys: readonly string[] = ['hostname', 'username', 'key_filename'];

/** New profiles: all of them, or none. */
export function addProfiles(
  context: Places,
  profiles: readonly { readonly name: string; readonly fields: ProfileFields }[],
): Saved {
  return changeProfiles(context, (known) =>
    profiles.flatMap(({ name, fields }) => {
      requireProfileName(name);
      if (profileNames(known.config).includes(name)) throw profileExists(name);
      const after = changedFields(undefined, { set: fields, unset: [] });
      return fieldEdits({ name, mounts: [] }, { after, known });
    }),
  );
}

export function updateProfile(context: Places, { name, ...change }: ProfileChange & { readonly name: string }): Saved {
  return changeProfiles(context, (known) => {
    const profile = requireProfile(known, name);
    return fieldEdits(profile, { after: changedFields(profile, change), known, unset: change.unset });
  });
}

interface Change {
  readonly after: ProfileFields;
  readonly known: Known;
  /** Cleared even where nothing could be read: the value may be the fault. */
  readonly unset?: readonly string[];
}

function fieldEdits(before: Profile, { after, known, unset = [] }: Change): readonly ConfigEdit[] {
  const { name } = before;
  const edits = profileKeys.flatMap((key): readonly ConfigEdit[] => {
    const path = ['profiles', name, key];
    if (after[key] === before[key] && !unset.includes(key)) return [];
    return [{ path, value: after[key] ?? (requiredKeys.includes(key) ? '' : undefined) }];
  });
  const isPlain = edits.some(({ path }) => findLeaf(path)?.extra !== true);
  return isPlain ? [...requiredEdits(after, name, known), ...edits] : edits;
}

/** A profile that stands in another file, or is new, is one for older tools only with these. */
export function requiredEdits(fields: ProfileFields, name: string, { own }: Known): readonly ConfigEdit[] {
  const values = valuesAt(own, name);
  const said = fields as Readonly<Record<string, unknown>>;
  return requiredKeys.flatMap((key) =>
    values?.[key] === undefined || values[key] === null
      ? [{ path: ['profiles', name, key], value: said[key] ?? '' }]
      : [],
  );
}

function valuesAt(content: Readonly<Record<string, unknown>>, name: string): Record<string, unknown> | undefined {
  const profiles = content['profiles'];
  if (typeof profiles !== 'object' || profiles === null || !Object.hasOwn(profiles, name)) return undefined;
  const values = (profiles as Record<string, unknown>)[name];
  return typeof values === 'object' && values !== null ? (values as Record<string, unknown>) : {};
}

export function requireProfile({ config }: Known, name: string): Profile {
  const profile = findProfile(config, name);
  if (profile === undefined) throw noSuchProfile(name, profileNames(config));
  return profile;
}

/** Keeps all that stands there, also what nobody here knows. */
export function renameProfile(context: Places, { from, to }: { readonly from: string; readonly to: string }): Saved {
  return changeProfiles(context, (known) => {
    requireOwn(known, from);
    requireProfileName(to);
    const taken = valuesAt(known.own, to) ?? valuesAt(known.extra, to);
    if (taken !== undefined || profileNames(known.config).includes(to)) throw profileExists(to);
    const renamed: ConfigEdit = { path: ['profiles', from], rename: to };
    return [renamed, ...(isCurrent(known, from) ? [{ path: ['current_profile'], value: to }] : [])];
  });
}

/** `wasCurrent`: nothing is, now. */
export function removeProfile(context: Places, name: string): Saved & { readonly wasCurrent: boolean } {
  let wasCurrent = false;
  const saved = changeProfiles(context, (known) => {
    requireOwn(known, name);
    wasCurrent = isCurrent(known, name);
    const removed: ConfigEdit = { path: ['profiles', name], value: undefined };
    return [removed, ...(wasCurrent ? [{ path: ['current_profile'], value: null }] : [])];
  });
  return { ...saved, wasCurrent };
}

/** By the user's own file too, where another one counts. */
function isCurrent({ config, own }: Known, name: string): boolean {
  return currentProfile(config) === name || own['current_profile'] === name;
}

function requireOwn(known: Known, name: string): void {
  const isOwn = [known.own, known.extra].some((content) => valuesAt(content, name) !== undefined);
  if (!profileNames(known.config).includes(name)) throw noSuchProfile(name, profileNames(known.config));
  if (isOwn) return;
  throw new RefusedError(`the profile ${name} does not stand in your own configuration`, {
    code: 'ssh.profile_not_own',
    hint: '`srunx config show --origin` says in which file it does.',
  });
}

/** `undefined`: none is current from now on. */
export function useProfile(context: Places, name: string | undefined): Saved {
  return changeProfiles(context, (known) => {
    if (name !== undefined) requireProfile(known, name);
    return [{ path: ['current_profile'], value: name ?? null }];
  });
}
