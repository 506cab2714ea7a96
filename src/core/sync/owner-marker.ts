/**
 * Who syncs a directory of the cluster, kept beside its files. Everybody there may read it. Older tools read and write it too: they
 * know the name of the machine, the mount and the time.
 */
export const ownerMarkerName = '.srunx-owner.json';

export const ownerMarkerMode = '644';

/** The machine, the account and the directory that a project is synced from. */
export interface Syncer {
  readonly hostname: string;
  /** Stays the same when the name of the machine changes; absent where there is none. */
  readonly machineId?: string | undefined;
  readonly user?: string | undefined;
  readonly local?: string | undefined;
}

export interface Owner extends Syncer {
  readonly mountName: string;
  /** ISO 8601. */
  readonly lastSyncAt: string;
  readonly profile?: string | undefined;
  /** Of srunx. */
  readonly version?: string | undefined;
}

export type OwnerMarker =
  | { readonly kind: 'absent' }
  /** Nobody owns it by that; worth a warning. */
  | { readonly kind: 'unreadable'; readonly reason: string }
  | { readonly kind: 'owner'; readonly owner: Owner };

const keys = {
  hostname: 'hostname',
  machineId: 'machine_id',
  user: 'user',
  local: 'local',
  mountName: 'mount_name',
  lastSyncAt: 'last_sync_at',
  profile: 'profile',
  version: 'version',
} as const satisfies Readonly<Record<keyof Owner, string>>;

/** @param text - `undefined`: there is no such file */
export function parseOwnerMarker(text: string | undefined): OwnerMarker {
  if (text === undefined) return { kind: 'absent' };
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return { kind: 'unreadable', reason: 'it is no JSON' };
  }
  if (typeof content !== 'object' || content === null) return { kind: 'unreadable', reason: 'it is no JSON object' };
  const values = content as Readonly<Record<string, unknown>>;
  // What is not text is as good as not there.
  const texts = Object.entries(keys).flatMap(([field, key]) =>
    typeof values[key] === 'string' ? [[field, values[key]]] : [],
  );
  const owner = Object.fromEntries(texts) as Partial<Owner>;
  const { hostname, mountName, lastSyncAt } = owner;
  if (hostname === undefined || mountName === undefined || lastSyncAt === undefined) {
    return { kind: 'unreadable', reason: 'something in it is missing or of another kind' };
  }
  return { kind: 'owner', owner: { ...owner, hostname, mountName, lastSyncAt } };
}

export function renderOwnerMarker(owner: Owner): string {
  const said = { ...owner, lastSyncAt: utcText(owner.lastSyncAt) };
  const entries = Object.entries(keys).flatMap(([field, key]) => {
    const value = said[field as keyof Owner];
    return value === undefined ? [] : [[key, value] as const];
  });
  entries.sort(([one], [other]) => (one < other ? -1 : 1));
  return `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`;
}

/** As Python writes it: `2026-04-23T10:00:00.123000+00:00`. */
function utcText(at: string): string {
  const [, second, digits = ''] = /^(.{19})(?:\.(\d+))?Z$/.exec(at) ?? [];
  return second === undefined ? at : `${second}.${digits.padEnd(6, '0')}+00:00`;
}

export interface Stranger {
  readonly kind: 'machine' | 'account' | 'directory';
  /** Who it is. */
  readonly words: string;
}

/** Who else syncs to a directory; `undefined`: nobody that is known of. */
export function findStranger(marker: OwnerMarker, me: Syncer): Stranger | undefined {
  if (marker.kind !== 'owner') return undefined;
  const { hostname, machineId, user, local } = marker.owner;
  const isHere =
    machineId === undefined || me.machineId === undefined ? hostname === me.hostname : machineId === me.machineId;
  if (!isHere) return { kind: 'machine', words: user === undefined ? hostname : `${user} on ${hostname}` };
  if (differ(user, me.user)) return { kind: 'account', words: `${user}, another account of this machine` };
  return differ(local, me.local)
    ? { kind: 'directory', words: `${local}, another directory of this machine` }
    : undefined;
}

function differ(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && one !== other;
}
