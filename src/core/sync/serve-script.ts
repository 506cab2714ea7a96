import { quoteWord } from '../quote.ts';
import { type CloseScript, renderClose, type SentState } from './mount-scripts.ts';

export interface ServeScript extends CloseScript {
  /** Is in front of each line of its answer; a word. */
  readonly mark: string;
  /** True where the lock is held; its last line is a call. */
  readonly keep: string;
  /** What `renderCheck` makes, where that is to be looked at before. */
  readonly check: string | undefined;
  readonly state: SentState;
}

/**
 * Is run in the place of the rsync there, with its words: as soon as everything has arrived, it is recorded, without a question in between. Where
 * something is not there as it was sent, nothing is. Its answer is on standard error, and ends in a line `over` where it was recorded.
 *
 * @param rsync how it is called there
 */
export function renderServe({ mark, keep, check, ...close }: ServeScript, rsync: string): string {
  return [
    `${keep} </dev/null || { echo '${mark} unheld' >&2; exit 1; }`,
    ...(check === undefined ? [] : checkLines(mark, check)),
    `${quoteWord(rsync)} "$@" || exit`,
    '{',
    // The shell that runs it has its own input.
    renderClose(close, true),
    `} </dev/null 2>/dev/null | sed 's/^/${mark} /' >&2`,
    '',
  ].join('\n');
}

// The check has a mask of its own; rsync does not.
function checkLines(mark: string, check: string): readonly string[] {
  return [
    'srunx_said=$( {',
    check,
    `} </dev/null 2>/dev/null | tr '\\0' '\\n')`,
    `if [ "$srunx_said" != over ]; then echo '${mark} stopped' >&2; exit 1; fi`,
  ];
}

export interface ServeAnswer {
  /** For `parseClose`. */
  readonly text: string;
  /** Somebody else has the lock. */
  readonly isUnheld: boolean;
  /** The check has something to tell; nothing was sent. */
  readonly isStopped: boolean;
  /** What the rsync there has said. */
  readonly rest: string;
}

/** Whether rsync was not even called there, for a reason of ours. */
export function isKeptFromRsync(stderr: string): boolean {
  return /^srunx-\w+ (?:unheld|stopped)$/m.test(stderr);
}

/** @param stderr of rsync at this end */
export function parseServe(stderr: string, mark: string): ServeAnswer {
  const lines = stderr.split('\n');
  const own = lines.filter((line) => line.startsWith(`${mark} `)).map((line) => line.slice(mark.length + 1));
  const rest = lines.filter((line) => !line.startsWith(`${mark} `)).join('\n');
  return { text: own.join('\n'), isUnheld: own.includes('unheld'), isStopped: own.includes('stopped'), rest };
}
