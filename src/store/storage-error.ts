import { StorageError } from '../core/errors.ts';

/** SQLITE_BUSY, SQLITE_LOCKED: somebody else writes at this moment. */
const busyCodes = new Set([5, 6]);

export function isBusy(error: unknown): boolean {
  return busyCodes.has(codeOf(error));
}

/** The kind of an SQLite error; 0 for every other error. */
function codeOf(error: unknown): number {
  return error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : 0;
}

interface Meaning {
  readonly code: string;
  readonly what: string;
  readonly hint: string;
}

const full: Meaning = {
  code: 'store.full',
  what: 'no space left for the database',
  hint: 'Free some space, then run the command again.',
};
const readOnly: Meaning = {
  code: 'store.readonly',
  what: 'cannot write the database',
  hint: 'Make the directory writable, or point XDG_STATE_HOME to another one.',
};
const damaged: Meaning = {
  code: 'store.corrupt',
  what: 'there is damage in the database',
  hint: 'Move the file away; runs are read again from their plan directories.',
};
const locked: Meaning = {
  code: 'store.locked',
  what: 'another process holds the database',
  hint: 'Another srunx process holds it; try again in a moment.',
};
// An exceeded quota, too, and a full disk on which the file shared between processes cannot grow.
const failing: Meaning = {
  code: 'store.io',
  what: 'the disk does not serve the database',
  hint: 'Check free space and quota of the disk, then run the command again.',
};

const bySqliteCode: Readonly<Record<number, Meaning>> = {
  5: locked,
  6: locked,
  8: readOnly,
  10: failing,
  11: damaged,
  13: full,
  14: readOnly,
  26: damaged,
};
const bySystemCode: Readonly<Record<string, Meaning>> = {
  ENOSPC: full,
  EDQUOT: full,
  EACCES: readOnly,
  EPERM: readOnly,
  EROFS: readOnly,
  // The directory is a symbolic link to nowhere.
  ENOENT: readOnly,
  ENOTDIR: readOnly,
  EEXIST: readOnly,
};

/** What a failing database means for the user. Errors of our own pass unchanged. */
export function toStorageError(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || error instanceof StorageError || !('code' in error)) return error;
  const meaning = bySqliteCode[codeOf(error)] ?? bySystemCode[String(error.code)];
  if (meaning === undefined) return error;
  const { code, what, hint } = meaning;
  return new StorageError(`${what} ${path}`, { code, hint, detail: error.message, cause: error });
}
