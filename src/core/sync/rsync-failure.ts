import { ConnectionError, RefusedError, type SrunxError, StorageError } from '../errors.ts';

export interface FailedRsync {
  readonly returncode: number;
  readonly stderr: string;
}

/**
 * What an rsync that has failed means for people, for those to whom a result is not enough.
 *
 * @param what was attempted, such as `/work/p could not be sent to dgx`
 */
export function rsyncFailure({ returncode, stderr }: FailedRsync, what: string): SrunxError {
  const { kind, code, why, hint } = causes.find(({ fits }) => fits(returncode, stderr)) ?? unknown;
  const words = stderr.trim();
  const detail = words === '' ? `rsync ended with exit code ${returncode}` : words;
  return new kind(`${what}: ${why}`, { code: `rsync.${code}`, detail, hint });
}

interface Cause {
  readonly fits: (returncode: number, stderr: string) => boolean;
  readonly kind: new (message: string, options: ConstructorParameters<typeof SrunxError>[1]) => SrunxError;
  readonly code: string;
  readonly why: string;
  readonly hint: string;
}

const again = 'Run the command again: what has come already is not sent again.';

/** The first one that fits counts. */
const causes: readonly Cause[] = [
  {
    fits: (_, words) => /is your shell clean|protocol version mismatch/i.test(words),
    kind: ConnectionError,
    code: 'noisy_login',
    why: 'the start-up files of the account write something before rsync does',
    hint: 'Let them write only where a person is: `case $- in *i*) ;; *) return ;; esac` at the beginning of ~/.bashrc.',
  },
  {
    fits: (code, words) => code === 127 || /rsync: (?:command )?not found|command not found/i.test(words),
    kind: ConnectionError,
    code: 'missing',
    why: 'the other machine has no rsync',
    hint: 'Ask its administrators for it, or load its module in the start-up files of the account.',
  },
  {
    fits: (_, words) => /No space left on device|quota exceeded/i.test(words),
    kind: StorageError,
    code: 'no_space',
    why: 'no space is left, or the quota is used up',
    hint: 'Free some space on the receiving side, then run the command again.',
  },
  {
    fits: (_, words) => /could not make way|cannot delete non-empty directory/i.test(words),
    kind: StorageError,
    code: 'in_the_way',
    why: 'a directory in which something is stands in the place of a file',
    hint: 'Look what is in it, and move it away; a sync with --delete removes it, and keeps what was in it.',
  },
  {
    fits: (code) => code === 25,
    kind: RefusedError,
    code: 'max_delete',
    why: 'more would be removed than may be',
    hint: 'Look at a preview, then allow more, or remove the rest by hand.',
  },
  {
    fits: (_, words) => /unknown option/i.test(words),
    kind: ConnectionError,
    code: 'too_old',
    why: 'the rsync of the other machine is too old for this',
    hint: 'Install rsync 3 there, or try again: what it can do is asked anew.',
  },
  {
    fits: (code) => code === 255 || code === 12 || code === 30 || code === 10,
    kind: ConnectionError,
    code: 'connection_lost',
    why: 'the connection was lost',
    hint: again,
  },
  {
    fits: (code) => code === 20 || code >= 128,
    kind: ConnectionError,
    code: 'interrupted',
    why: 'rsync was ended from outside',
    hint: again,
  },
  {
    fits: (code) => code === 23 || code === 11 || code === 3,
    kind: StorageError,
    code: 'files',
    why: 'not all files could be read or written',
    hint: 'See which ones, and check their permissions; then run the command again.',
  },
];

const unknown: Omit<Cause, 'fits'> = {
  kind: StorageError,
  code: 'failed',
  why: 'rsync failed',
  hint: 'See what it says, above.',
};
