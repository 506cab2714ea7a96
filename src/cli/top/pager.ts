import { printable } from '../table.ts';
import { wrapText } from '../wrap-text.ts';
import type { Key } from './parse-keys.ts';
import type { Size } from './top-state.ts';

/** A text over the whole screen: the details of a job, its log, the help. */
export interface Pager {
  readonly what: 'details' | 'log' | 'help';
  /** Empty for the help. */
  readonly jobId: string;
  /** Without colours. */
  readonly lines: readonly string[];
  /** The same, broken to the width of the screen. */
  readonly wrapped: readonly string[];
  /** The first line on the screen. */
  readonly first: number;
  /** Stays at the end of what grows. */
  readonly follows: boolean;
  /** How it stands: `asking`, `RUNNING`. */
  readonly remark: string;
}

export function openPager(opened: Pick<Pager, 'what' | 'jobId' | 'lines' | 'remark'>, size: Size): Pager {
  return fillPager({ ...opened, wrapped: [], first: 0, follows: opened.what === 'log' }, opened, size);
}

/** With other lines. */
export function fillPager(pager: Pager, { lines, remark }: Pick<Pager, 'lines' | 'remark'>, size: Size): Pager {
  return resizePager({ ...pager, lines, remark }, size);
}

export function resizePager(pager: Pager, size: Size): Pager {
  const words = pager.what !== 'log';
  const wrapped = pager.lines.flatMap((line) => wrapText(printable(line), { columns: size.columns, words }));
  return scrollTo({ ...pager, wrapped }, pager.follows ? Number.POSITIVE_INFINITY : pager.first, size);
}

/** A title and a line of keys stand around the text. */
export function pagerHeight({ rows }: Size): number {
  return Math.max(1, rows - 2);
}

function scrollTo(pager: Pager, line: number, size: Size): Pager {
  const last = Math.max(0, pager.wrapped.length - pagerHeight(size));
  return { ...pager, first: Math.max(0, Math.min(line, last)) };
}

/** `undefined`: the key closes it. */
export function pressInPager(pager: Pager, key: Key, size: Size): Pager | undefined {
  const height = pagerHeight(size);
  const move = (line: number): Pager => {
    const moved = scrollTo(pager, line, size);
    // Who goes back to the end of a log follows it again.
    return { ...moved, follows: pager.what === 'log' && moved.first + height >= pager.wrapped.length };
  };
  switch (key) {
    case 'q':
    case 'escape':
    case 'left':
      return undefined;
    case 'up':
    case 'k':
      return move(pager.first - 1);
    case 'down':
    case 'j':
    case 'enter':
      return move(pager.first + 1);
    case 'pageup':
    case 'b':
      return move(pager.first - height);
    case 'pagedown':
    case ' ':
      return move(pager.first + height);
    case 'home':
    case 'g':
      return move(0);
    case 'end':
    case 'G':
      return move(Number.POSITIVE_INFINITY);
    default:
      return pager;
  }
}
