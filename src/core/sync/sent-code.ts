import { isWithin } from '../remote/remote-path.ts';

/** A mount, as it was when the run was submitted. */
export interface SentCode {
  readonly mount: string;
  readonly local: string;
  /** Its directory on the cluster. */
  readonly remote: string;
  /** Where the jobs find the code: there, or in the copy that was made for the run. */
  readonly root: string;
  /** SHA-256 of all names, modes and contents in the copy; absent where there is none. */
  readonly snapshot?: string;
}

/** What of the mount the jobs run, wherever the copies of it lie. */
export function codeWords({ snapshot, remote }: SentCode): string {
  return snapshot === undefined ? `${remote} as it is when the job starts` : `copy ${snapshot.slice(0, 12)}`;
}

type Place = Pick<SentCode, 'remote' | 'root'>;

/** A path in the mount of the cluster as the jobs of a run find it: in the copy, where one was made. */
export function inRoot(path: string, code: readonly Place[]): string {
  return moved(path, code, (one) => [one.remote, one.root]);
}

/** The same the other way round: what lies in the copy of a run, as every other run would find it. */
export function inMount(path: string, code: readonly Place[]): string {
  return moved(path, code, (one) => [one.root, one.remote]);
}

/** Of several directories that it lies in, the innermost counts. */
function moved(path: string, code: readonly Place[], endsOf: (one: Place) => readonly [string, string]): string {
  const around = code.map(endsOf).filter(([from]) => isWithin(path, from));
  const [from, to] = around.reduce((best, one) => (one[0].length > best[0].length ? one : best), ['', '']);
  return from === '' ? path : `${to}${path.slice(from.length)}`;
}
