import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { filePattern, isPattern, mayProvide, partMatcher } from './file-pattern.ts';

const dir = mkdtempSync(join(tmpdir(), 'srunx-pattern-'));
const names = ['a.csv', 'b.csv', '.hidden', 'a b', 'x1', 'x2', 'x^', '日本.txt', 'a+b', 'x-1'];
for (const name of names) writeFileSync(join(dir, name), '');
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('a part of a pattern', () => {
  it.each([
    '*',
    '*.csv',
    '?.csv',
    'x[12]',
    'x[!1]',
    '[a-b].csv',
    '.*en',
    '??',
    'a+b',
    'a b',
    '[!a]*',
    'x[0-9-]*',
    '*(x)',
  ])('%s matches what a shell finds', (pattern) => {
    const script = 'IFS=; set -- $1; printf "%s\\n" "$@"';
    const { stdout } = spawnSync('sh', ['-c', script, 'sh', pattern], {
      cwd: dir,
      encoding: 'utf8',
      env: { LC_ALL: 'C.UTF-8' },
    });
    const found = stdout
      .trim()
      .split('\n')
      .filter((name) => names.includes(name));
    expect(names.filter((name) => partMatcher(pattern).test(name)).sort()).toEqual(found.sort());
  });
});

it.each([
  ['out/a.csv', 'out/a.csv', true],
  ['out', 'out/a.csv', true],
  ['out/', 'out/a.csv', true],
  ['out/a.csv', 'out', true],
  ['out/*.csv', 'out/a.csv', true],
  ['out/a.csv', 'out/*.csv', true],
  ['out/*.csv', 'out/a*.csv', true],
  ['out/*.csv', 'out/sub/a.csv', false],
  ['out/a.csv', 'out/b.csv', false],
  ['outer', 'out', false],
])('%s may provide %s: %s', (output, input, expected) => {
  expect(mayProvide(output, input)).toBe(expected);
});

it.each(['', '~/x', '$HOME/x', 'a\nb', 'a\\b', 'a/**', '[^a]', '[[:alpha:]]'])('%j is no pattern', (text) => {
  expect(filePattern.safeParse(text).success).toBe(false);
});

it.each([
  ['a b/*.csv', true],
  ['a[1]', true],
  ['a[1', false],
  ['-rf', false],
  ["a'b $(x)", false],
])('%j is several: %s', (text, several) => {
  expect([filePattern.safeParse(text).success, isPattern(text)]).toEqual([true, several]);
});
