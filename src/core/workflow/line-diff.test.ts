import fc from 'fast-check';
import { expect, it } from 'vitest';
import { diffLines, unifiedDiff } from './line-diff.ts';

const line = fc.constantFrom('a', 'b', 'c', '', 'a b');
const lines = fc.array(line, { maxLength: 12 });

it('makes the one of the other, with as few changes as there can be', () => {
  fc.assert(
    fc.property(lines, lines, (before, after) => {
      const diff = diffLines(before, after) ?? [];
      expect(diff.filter(({ kind }) => kind !== 'added').map(({ text }) => text)).toEqual(before);
      expect(diff.filter(({ kind }) => kind !== 'removed').map(({ text }) => text)).toEqual(after);
      const same = diff.filter(({ kind }) => kind === 'same').length;
      expect(same).toBe(longestCommon(before, after));
    }),
  );
});

/** By the book. */
function longestCommon(before: readonly string[], after: readonly string[]): number {
  let row = after.map(() => 0);
  for (const text of before) {
    const next: number[] = [];
    for (const [index, other] of after.entries()) {
      const diagonal = index === 0 ? 0 : (row[index - 1] ?? 0);
      next.push(text === other ? diagonal + 1 : Math.max(row[index] ?? 0, next[index - 1] ?? 0));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

it('is a patch', () => {
  const text = fc.array(line, { maxLength: 30 }).map((all) => all.map((one) => `${one}\n`).join(''));
  fc.assert(
    fc.property(text, text, (before, after) => {
      expect(patched(before, unifiedDiff(before, after))).toBe(after);
    }),
  );
});

/** As `patch` does it, with no tolerance. */
function patched(before: string, patch: readonly string[]): string {
  const source = before.split('\n').slice(0, -1);
  const result: string[] = [];
  let at = 0;
  for (const words of patch) {
    const [, first, count = '1', other, added = '1'] = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@$/.exec(words) ?? [];
    if (first === undefined) {
      if (!words.startsWith('+')) expect(source[at++]).toBe(words.slice(1));
      if (!words.startsWith('-')) result.push(words.slice(1));
      continue;
    }
    const start = Number(first) - (count === '0' ? 0 : 1);
    while (at < start) result.push(source[at++] ?? '');
    expect(result).toHaveLength(Number(other) - (added === '0' ? 0 : 1));
  }
  return [...result, ...source.slice(at)].map((one) => `${one}\n`).join('');
}

it('shows only what is near a change', () => {
  const numbers = (...changes: readonly number[]) =>
    Array.from({ length: 20 }, (_, index) => `${index + 1}${changes.includes(index + 1) ? 'x' : ''}\n`).join('');
  expect(unifiedDiff(numbers(), numbers(2, 15))).toEqual([
    ...['@@ -1,5 +1,5 @@', ' 1', '-2', '+2x', ' 3', ' 4', ' 5'],
    ...['@@ -12,7 +12,7 @@', ' 12', ' 13', ' 14', '-15', '+15x', ' 16', ' 17', ' 18'],
  ]);
  expect(unifiedDiff('a\n', 'a')).toEqual(['@@ -1 +1 @@', '-a', '+a\n\\ No newline at end of file']);
  expect(unifiedDiff('', 'a\n')).toEqual(['@@ -0,0 +1 @@', '+a']);
});

it('gives up where nearly all differs', () => {
  const many = (word: string) => Array.from({ length: 3_000 }, (_, index) => `${word}${index}\n`).join('');
  expect(unifiedDiff(many('a'), many('b'))).toEqual(['(they differ in too many lines)']);
});
