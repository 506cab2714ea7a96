import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createFileFinder, expandPattern, factsOf } from './find-files.ts';

const dir = mkdtempSync(join(tmpdir(), "srunx find '$(x) "));
for (const name of ['a b', 'c', 'a b/d1', '.dot']) mkdirSync(join(dir, name));
for (const name of ['x.csv', 'a b/1.csv', 'a b/2.csv', 'c/3.csv', 'a b/d1/4.csv', '.dot/5.csv'])
  writeFileSync(join(dir, name), 'abc');
symlinkSync('nowhere', join(dir, 'dangling.csv'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

it.each([
  '*',
  '*.csv',
  '*/*.csv',
  '*/*/4.csv',
  'a b/?.csv',
  './*.csv',
  'a b//*.csv',
  `${'../'}*/x.csv`,
  '*/',
  'x.csv',
  'c',
  'no',
  '*/no',
  '.dot/*',
])('%s is what a shell makes of it', (pattern) => {
  const script = 'IFS=; for f in $1; do [ ! -e "$f" ] || printf "%s\\n" "$f"; done';
  const { stdout } = spawnSync('sh', ['-c', script, 'sh', pattern], { cwd: dir, encoding: 'utf8' });
  const found = stdout.split('\n').filter((name) => name !== '');
  expect([...expandPattern(pattern, dir)].sort()).toEqual(found.sort());
});

it('knows whether there is such a file', () => {
  const { resolve, exists } = createFileFinder({ cwd: dir });
  expect(resolve('a b', '../c')).toBe(join(dir, 'c'));
  expect(['*.csv', 'c', 'no', 'c/*.txt', 'dangling.csv'].map((path) => exists(resolve(undefined, path)))).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
  expect(factsOf(join(dir, 'x.csv'))).toMatchObject({ size: 3 });
  expect(factsOf(join(dir, 'x.csv/y'))).toBeUndefined();
});
