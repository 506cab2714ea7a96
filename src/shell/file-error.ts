import { RefusedError, StorageError } from '../core/errors.ts';

/** What a failed file operation means for the user. */
export function fileError(error: unknown, { path, shell }: { readonly path: string; readonly shell: string }): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  const facts = { detail: error.message, cause: error };
  switch (error.code) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
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
