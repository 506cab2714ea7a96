/** One line of a comparison. */
export interface DiffLine {
  readonly kind: 'same' | 'removed' | 'added';
  readonly text: string;
}

/** What differs more than that is not worth a look, and costs its square. */
const mostChanges = 1_000;

/**
 * How one list of lines becomes another, with as few changes as possible (Myers' greedy algorithm); `undefined` where there are too
 * many.
 */
export function diffLines(before: readonly string[], after: readonly string[]): readonly DiffLine[] | undefined {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head += 1;
  let tail = 0;
  const most = Math.min(before.length, after.length) - head;
  while (tail < most && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
  const middle = walk(before.slice(head, before.length - tail), after.slice(head, after.length - tail));
  if (middle === undefined) return undefined;
  const same = (lines: readonly string[]) => lines.map((text): DiffLine => ({ kind: 'same', text }));
  return [...same(before.slice(0, head)), ...middle, ...same(before.slice(before.length - tail))];
}

/** How far each diagonal is reached with so many changes, one row for each number of them. */
function walk(before: readonly string[], after: readonly string[]): readonly DiffLine[] | undefined {
  const rows: Map<number, number>[] = [];
  const limit = Math.min(before.length + after.length, mostChanges);
  for (let changes = 0; changes <= limit; changes += 1) {
    const last = rows.at(-1);
    const row = new Map<number, number>();
    for (let diagonal = -changes; diagonal <= changes; diagonal += 2) {
      let x = last === undefined ? 0 : reached(last, diagonal);
      while (x < before.length && x - diagonal < after.length && before[x] === after[x - diagonal]) x += 1;
      row.set(diagonal, x);
    }
    rows.push(row);
    const end = row.get(before.length - after.length);
    if (end !== undefined && end >= before.length) return trace(rows, { before, after });
  }
  return undefined;
}

/** By adding a line, which stays at the same line of the old text, or by removing one. */
function reached(last: ReadonlyMap<number, number>, diagonal: number): number {
  return Math.max(last.get(diagonal + 1) ?? -1, (last.get(diagonal - 1) ?? -2) + 1);
}

function trace(
  rows: readonly ReadonlyMap<number, number>[],
  { before, after }: { readonly before: readonly string[]; readonly after: readonly string[] },
): DiffLine[] {
  const lines: DiffLine[] = [];
  let x = before.length;
  let y = after.length;
  for (let changes = rows.length - 1; changes >= 0; changes -= 1) {
    const last = rows[changes - 1];
    const diagonal = x - y;
    const isAdded = last !== undefined && (last.get(diagonal + 1) ?? -1) >= (last.get(diagonal - 1) ?? -2) + 1;
    const start = last === undefined ? 0 : reached(last, diagonal);
    for (; x > start; x -= 1, y -= 1) lines.push({ kind: 'same', text: before[x - 1] ?? '' });
    if (last === undefined) break;
    if (isAdded) lines.push({ kind: 'added', text: after[--y] ?? '' });
    else lines.push({ kind: 'removed', text: before[--x] ?? '' });
  }
  return lines.reverse();
}

/** Around each change so many lines that are the same. */
const context = 3;

/** In the form of `diff -u`, without its head; nothing where both are the same. */
export function unifiedDiff(before: string, after: string): readonly string[] {
  if (before === after) return [];
  const lines = diffLines(linesOf(before), linesOf(after));
  if (lines === undefined) return ['(they differ in too many lines)'];
  const changes = lines.flatMap(({ kind }, index) => (kind === 'same' ? [] : [index]));
  const hunks: { start: number; end: number }[] = [];
  for (const index of changes) {
    const last = hunks.at(-1);
    if (last !== undefined && index - context <= last.end) last.end = index + context + 1;
    else hunks.push({ start: Math.max(0, index - context), end: index + context + 1 });
  }
  return hunks.flatMap(({ start, end }) => [
    headOf(lines, { start, end }),
    ...lines.slice(start, end).map(({ kind, text }) => `${signs[kind]}${text}`),
  ]);
}

const signs = { same: ' ', removed: '-', added: '+' } as const;

function headOf(lines: readonly DiffLine[], { start, end }: { readonly start: number; readonly end: number }): string {
  const range = (other: DiffLine['kind'], sign: string) => {
    const count = (part: readonly DiffLine[]) => part.filter(({ kind }) => kind !== other).length;
    const length = count(lines.slice(start, end));
    const first = count(lines.slice(0, start)) + (length === 0 ? 0 : 1);
    return `${sign}${first}${length === 1 ? '' : `,${length}`}`;
  };
  return `@@ ${range('added', '-')} ${range('removed', '+')} @@`;
}

/** Without an end of line at the end, the last one is marked, so that it is another one. */
function linesOf(text: string): readonly string[] {
  if (text === '') return [];
  const lines = text.split('\n');
  const last = lines.pop() ?? '';
  return last === '' ? lines : [...lines, `${last}\n\\ No newline at end of file`];
}
