import { findRequeueNotice, formatRequeueNotice } from '../core/slurm/requeue-notice.ts';

const newline = 0x0a;

/** What a notice begins with. */
const beginnings = ['slurmstepd', 'srunx: error: '].map((text) => Buffer.from(text));

/** No notice is longer, whatever a line begins with. */
const longestNotice = 512;

export interface RequeueLabels {
  /** What of the bytes so far can be shown. Only what may become a notice is held back, so that nothing else is late. */
  readonly push: (bytes: Uint8Array) => Uint8Array;
  /** What was held back: it has become none. */
  readonly flush: () => Uint8Array;
}

/** Puts a readable line in the place of each of Slurm's notices of a requeue; all other bytes pass as they are. */
export function createRequeueLabels(): RequeueLabels {
  let held = Buffer.alloc(0);
  let endsLine = true;
  let before = '';
  const take = (out: Buffer[], bytes: Buffer) => {
    if (bytes.length === 0) return;
    out.push(bytes);
    endsLine = bytes.at(-1) === newline;
    before = '';
  };
  const label = (out: Buffer[], text: string) => {
    // Slurm tells the same of the job and of each of its steps.
    if (text === before) return;
    take(out, Buffer.from(`${endsLine ? '' : '\n'}${text}\n`));
    before = text;
  };
  return {
    push(bytes) {
      const text = Buffer.concat([held, bytes]);
      const out: Buffer[] = [];
      held = Buffer.alloc(0);
      for (let from = 0; from < text.length; ) {
        const start = startOfNotice(text, from);
        const end = text.indexOf(newline, start);
        if (end < 0) {
          const isTooLong = text.length - start > longestNotice;
          take(out, text.subarray(from, isTooLong ? text.length : start));
          if (!isTooLong) held = Buffer.from(text.subarray(start));
          break;
        }
        const found = findRequeueNotice(text.toString('latin1', start, end));
        take(out, text.subarray(from, found === undefined ? end + 1 : start + found.index));
        if (found !== undefined) label(out, formatRequeueNotice(found.notice));
        from = end + 1;
      }
      return Buffer.concat(out);
    },
    flush() {
      const rest = held;
      held = Buffer.alloc(0);
      endsLine = rest.length === 0 ? endsLine : false;
      return rest;
    },
  };
}

/** Where a notice may begin; the end of the text where none does. */
function startOfNotice(text: Buffer, from: number): number {
  const starts = beginnings.flatMap((beginning) => {
    const index = text.indexOf(beginning, from);
    return index < 0 ? [] : [index];
  });
  return starts.length > 0 ? Math.min(...starts) : text.length - beginningAtEnd(text.subarray(from));
}

/** How many bytes at the end may be the first ones of a notice. */
function beginningAtEnd(text: Buffer): number {
  const longest = Math.max(...beginnings.map(({ length }) => length)) - 1;
  for (let length = Math.min(longest, text.length); length > 0; length -= 1) {
    const end = text.subarray(text.length - length);
    if (beginnings.some((beginning) => beginning.length > length && beginning.subarray(0, length).equals(end)))
      return length;
  }
  return 0;
}
