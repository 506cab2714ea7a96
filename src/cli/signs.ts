import type { GraphSigns } from '../core/graph/graph-signs.ts';

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
  /** Of curves, from the lowest to the highest, each one cell wide. */
  readonly levels: string;
  readonly graph: GraphSigns;
}

const round = { corners: '╭╮╰╯', tees: '├┤┬┴┼' };

const unicodeGraph: GraphSigns = {
  lines: {
    afterok: { upright: '│', level: '─', ...round },
    after: { upright: '┊', level: '┈', ...round },
    afterany: { upright: '╎', level: '╌', ...round },
    afternotok: { upright: '║', level: '═', corners: '╔╗╚╝', tees: '╠╣╦╩╬' },
  },
  nodes: {
    ...{ job: '●', handler: '◆', final: '■' },
    ...{ waiting: '○', running: '▶', completed: '✓', failed: '✗', stopped: '⊘', unknown: '?' },
  },
  times: '×',
};

const square = { corners: "..''", tees: '+++++' };

const asciiGraph: GraphSigns = {
  lines: {
    afterok: { upright: '|', level: '-', ...square },
    after: { upright: ';', level: '~', ...square },
    afterany: { upright: ':', level: '.', ...square },
    afternotok: { upright: '!', level: '=', ...square },
  },
  nodes: {
    ...{ job: '*', handler: '#', final: '@' },
    ...{ waiting: 'o', running: '>', completed: 'v', failed: 'x', stopped: '/', unknown: '?' },
  },
  times: 'x',
};

export const unicodeSigns: Signs = {
  ...{ cut: '…', more: '…', span: '–', down: '↓', up: '↑', levels: '▁▂▃▄▅▆▇█' },
  graph: unicodeGraph,
};

/** A cut text ends as it does in Slurm's own `sacct`. */
export const asciiSigns: Signs = {
  ...{ cut: '+', more: '...', span: '-', down: 'v', up: '^', levels: '.:-=+*#@' },
  graph: asciiGraph,
};

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
