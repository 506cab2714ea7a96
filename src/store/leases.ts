import { StorageError } from '../core/errors.ts';
import type { Store } from './open-store.ts';
import { transact } from './transaction.ts';

export interface Lease {
  readonly name: string;
  /** Grows with every change of holder: a write made under an old number is refused. */
  readonly fence: number;
}

export interface LeaseRow {
  readonly holder: string;
  readonly fence: number;
  /** Counts renewals; a counter that stands still belongs to a holder that hangs. */
  readonly beat: number;
}

export function readLease(store: Store, name: string): LeaseRow | undefined {
  const row = store.db.prepare('SELECT holder, fence, beat FROM lease WHERE name = ?').get(name);
  return row === undefined
    ? undefined
    : { holder: String(row['holder']), fence: Number(row['fence']), beat: Number(row['beat']) };
}

export interface LeaseRequest {
  readonly name: string;
  readonly holder: string;
  /** Whether the present holder may be replaced: it is dead, or its counter stood still for too long. */
  readonly mayReplace: (current: LeaseRow) => boolean;
}

/** Takes the lease where it is free, ours, or may be replaced; otherwise `undefined`. */
export function acquireLease(store: Store, request: LeaseRequest): Promise<Lease | undefined> {
  const { name, holder } = request;
  return transact(store, () => {
    const current = readLease(store, name);
    const isFree = current === undefined || current.holder === '' || current.holder === holder;
    if (!isFree && !request.mayReplace(current)) return undefined;
    const fence = (current?.fence ?? 0) + 1;
    store.db
      .prepare(
        `INSERT INTO lease (name, holder, fence, beat) VALUES (?, ?, ?, 0)
         ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, fence = excluded.fence, beat = 0`,
      )
      .run(name, holder, fence);
    return { name, fence };
  });
}

/** Shows that the holder lives. False: the lease is lost, or a newer srunx has changed the schema; stop at once. */
export async function renewLease(store: Store, lease: Lease): Promise<boolean> {
  try {
    return await transact(store, () => {
      const result = store.db
        .prepare('UPDATE lease SET beat = beat + 1 WHERE name = ? AND fence = ?')
        .run(lease.name, lease.fence);
      return result.changes === 1;
    });
  } catch (error) {
    if (error instanceof StorageError && error.code === 'store.newer_schema') return false;
    throw error;
  }
}

/** A store that fails now keeps the lease with a holder that will soon be dead, from which anybody may take it. */
export async function releaseLease(store: Store, lease: Lease): Promise<void> {
  try {
    await transact(store, () => {
      // The row stays, so that the next fence is higher than every one before.
      store.db.prepare("UPDATE lease SET holder = '' WHERE name = ? AND fence = ?").run(lease.name, lease.fence);
    });
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
  }
}

export function holdsLease(store: Store, { name, fence }: Lease): boolean {
  return readLease(store, name)?.fence === fence;
}

/**
 * Writes under a lease: not at all (`undefined`) where somebody else has taken it over meanwhile. Test and write are one
 * transaction, so a holder that hung and woke up cannot overwrite what its successor wrote.
 */
export function transactUnder<T>(store: Store, lease: Lease, work: () => T): Promise<T | undefined> {
  return transact(store, () => (holdsLease(store, lease) ? work() : undefined));
}
