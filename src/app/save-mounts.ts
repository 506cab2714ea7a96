import { BugError } from '../core/errors.ts';
import {
  type MountChange,
  planMount,
  planMountChange,
  requireMountName,
  withoutMount,
} from '../core/remote/plan-mount.ts';
import { type Mount, type MountOptions, mountOptions, type Profile } from '../core/remote/profile.ts';
import { changeProfiles, type Known, type Places, type Saved } from './change-profiles.ts';
import type { ConfigEdit } from './edit-config-text.ts';
import { resolveLocal } from './find-local.ts';
import { requireSound } from './load-config.ts';
import { requiredEdits, requireProfile } from './save-profile.ts';

/** What becomes another one of that which older tools do not know. */
type OptionChange = Readonly<Partial<MountOptions>>;

export interface NewMount {
  readonly profile: string;
  /** Its `local` is resolved and exists. */
  readonly mount: Mount;
  readonly options: OptionChange;
}

export type SavedMount = Saved & { readonly mount: Mount; readonly warnings: readonly string[] };

export function addMount(context: Places, { profile, mount, options }: NewMount): SavedMount {
  return saveMount(context, profile, (before) => {
    const planned = planMount(before, { wanted: mount, resolveLocal: (local) => resolveLocal(context, local) });
    return { ...planned, options };
  });
}

export interface ChangedMount extends Omit<MountChange, 'resolveLocal'> {
  readonly profile: string;
  readonly options: OptionChange;
}

/** Changes what is given alone. */
export function updateMount(context: Places, { profile, options, ...change }: ChangedMount): SavedMount {
  return saveMount(context, profile, (before) => {
    const planned = planMountChange(before, { ...change, resolveLocal: (local) => resolveLocal(context, local) });
    return { ...planned, options };
  });
}

type Planned = ReturnType<typeof planMount> & { readonly options: OptionChange };

function saveMount(context: Places, profile: string, plan: (before: Profile) => Planned): SavedMount {
  let planned: Planned | undefined;
  const saved = changeProfiles(context, (known) => {
    const before = requireProfile(known, profile);
    planned = plan(before);
    const { added, mounts, options } = planned;
    const isOther = JSON.stringify(mounts) !== JSON.stringify(before.mounts);
    return [
      ...(isOther ? mountEdits(before, { mounts, known }) : []),
      ...optionEdits(before, { mount: added.name, options, known }),
    ];
  });
  if (planned === undefined) throw new BugError('nothing was planned', { code: 'bug.mount_plan' });
  return { ...saved, mount: planned.added, warnings: planned.warnings };
}

export function removeMount(
  context: Places,
  { profile, name }: { readonly profile: string; readonly name: string },
): Saved {
  return changeProfiles(context, (known) => {
    const before = requireProfile(known, profile);
    const edits = mountEdits(before, { mounts: withoutMount(before, name), known });
    const { [name]: said, ...others } = before.mountOptions ?? {};
    if (said === undefined) return edits;
    const path = ['profiles', profile, 'mount_options', ...(Object.keys(others).length === 0 ? [] : [name])];
    return [...edits, { path, value: undefined }];
  });
}

/** Throws a ConfigError where what stands there cannot be read: it would be lost. */
function mountEdits(
  profile: Profile,
  { mounts, known }: { readonly mounts: readonly Mount[]; readonly known: Known },
): readonly ConfigEdit[] {
  const path = ['profiles', profile.name, 'mounts'];
  requireSound(known.config, [path]);
  return [...requiredEdits(profile, profile.name, known), { path, value: mounts }];
}

interface OptionEdits {
  readonly mount: string;
  readonly options: OptionChange;
  readonly known: Known;
}

function optionEdits(profile: Profile, { mount, options, known }: OptionEdits): readonly ConfigEdit[] {
  const before = mountOptions(profile, mount);
  const changed = (['snapshot', 'gitignore'] as const).filter((key) => (options[key] ?? before[key]) !== before[key]);
  if (changed.length === 0) return [];
  requireMountName(mount);
  const path = ['profiles', profile.name, 'mount_options', mount];
  requireSound(known.config, [path]);
  return changed.map((key) => ({ path: [...path, key], value: options[key] }));
}
