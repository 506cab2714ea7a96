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
