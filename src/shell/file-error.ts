import { RefusedError, StorageError } from '../core/errors.ts';

interface FailedFile {
  readonly path: string;
  readonly shell: string;
  /**
   * The next step where srunx itself keeps or makes files there. Then no rule of others' is in its way, as with a log that is not
   * for everybody to read, but this machine.
   */
  readonly ifUnwritable?: string;
}

/** What a failed file operation means for the user. */
export function fileError(error: unknown, { path, shell, ifUnwritable }: FailedFile): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  const facts = { detail: error.message, cause: error };
  switch (error.code) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      if (ifUnwritable !== undefined) {
        const denied = { ...facts, code: 'file.denied', hint: ifUnwritable };
        return new StorageError(`${path} on ${shell} cannot be written`, denied);
      }
      return new RefusedError(`${path} on ${shell} may not be used`, {
        ...facts,
        code: 'file.denied',
        hint: 'Change its permissions, or choose another path.',
      });
    case 'ENOSPC':
    case 'EDQUOT':
      return new StorageError(`no space is left for ${path} on ${shell}`, {
        ...facts,
        code: 'file.no_space',
        hint: 'Free some space, or raise the quota, then run the command again.',
      });
    default:
      return new StorageError(`${path} on ${shell} cannot be used`, {
        ...facts,
        code: 'file.failed',
        hint: 'Check the path.',
      });
  }
}
