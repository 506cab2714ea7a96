/** What srunx draws with of its own. Texts of users, such as the names of jobs, stay as they are everywhere. */
export interface Signs {
  /** The end of a text that was cut, one cell wide. */
  readonly cut: string;
  /** Something is left out here. */
  readonly more: string;
  /** Between a beginning and an end. */
  readonly span: string;
  /** Sorted by this column, the greatest first or last; one cell wide. */
  readonly down: string;
  readonly up: string;
}

export const unicodeSigns: Signs = { cut: '…', more: '…', span: '–', down: '↓', up: '↑' };

/** A cut text ends as it does in Slurm's own `sacct`. */
export const asciiSigns: Signs = { cut: '+', more: '...', span: '-', down: 'v', up: '^' };

/**
 * The signs that a terminal can show: by SRUNX_ASCII (`1` for ASCII, `0` for all there are), else by the locale. As POSIX has it,
 * the first of three variables that is not empty names that, and without any it is `C`.
 */
export function signsFor(env: Readonly<Record<string, string | undefined>>): Signs {
  const wish = env['SRUNX_ASCII'] ?? '';
  if (wish !== '') return wish === '0' ? unicodeSigns : asciiSigns;
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || 'C';
  return /(?:^|\.)utf-?8(?:@|$)/i.test(locale) ? unicodeSigns : asciiSigns;
}
