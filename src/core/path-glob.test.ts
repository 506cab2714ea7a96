import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { globExpressions, splitGlob } from './path-glob.ts';

it.each([
  ['results', undefined],
  ['a/b.c', undefined],
  ['a[b', undefined],
  ['a\\*', undefined],
  ['*', { base: '', pattern: '*' }],
  ['a b/c/*.pt', { base: 'a b/c', pattern: '*.pt' }],
  ['a/step_?/[ab]/x', { base: 'a', pattern: 'step_?/[ab]/x' }],
])('%j is cut before its first wildcard', (path, expected) => {
  expect(splitGlob(path)).toEqual(expected);
});

describe('what fits', () => {
  const dir = mkdtempSync(join(tmpdir(), 'srunx glob (x+y).*[z]-'));
  const names =
    `a.pt b.pt .pt .hidden.pt x]y a^b a-b a\\b a*b a+b 日本.pt step_1/m.pt step_1/n.pt step_2/deep/m.pt step_22/m.pt .git/m.pt`
      .split(' ')
      .concat(['with space.pt', 'new\nline.pt', "quo'te.pt", '$(touch x).pt']);
  beforeAll(() => {
    for (const name of names) {
      mkdirSync(dirname(join(dir, name)), { recursive: true });
      writeFileSync(join(dir, name), '');
    }
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  const found = (pattern: string): readonly string[] => {
    const { within } = globExpressions({ base: dir, pattern });
    const words = [dir, '-regextype', 'posix-extended', '!', '-type', 'd', '-regex', within, '-printf', '%P\\0'];
    const { stdout, stderr } = spawnSync('find', words, { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } });
    expect(stderr).toBe('');
    return stdout.split('\0').slice(0, -1).sort();
  };
  const ofShell = (pattern: string): readonly string[] => {
    const script = `cd -- "$1" && for f in ${pattern}; do if [ -e "$f" ]; then find "$f" ! -type d -printf '%p\\0'; fi; done`;
    const { stdout } = spawnSync('bash', ['-c', script, 'sh', dir], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
    });
    return stdout.split('\0').slice(0, -1).sort();
  };

  it.each([
    '*',
    '*.pt',
    '**.pt',
    '.*.pt',
    '?.pt',
    '*?.pt',
    '[ab].pt',
    '[a-b].pt',
    '[!a].pt',
    '[!a]*',
    '*[!a]*',
    'a[]^]b',
    'x[]]y',
    'a[-^]b',
    'a[^x]b',
    'a\\*b',
    'a\\\\b',
    'a+b',
    'step_?',
    'step_*/m.pt',
    'step_[[:digit:]]/*',
    '*/*.pt',
    '*/*/m.pt',
    'nothing*',
  ])('%s is what a shell finds', (pattern) => {
    expect(found(pattern)).toEqual(ofShell(pattern));
  });
});

it('leads towards what fits, and nowhere else', () => {
  const { towards } = globExpressions({ base: '/w', pattern: 'a*/b/c?' });
  const leads = (path: string) => new RegExp(`^(?:${towards})$`, 's').test(path);
  expect(['/w/ab', '/w/ab/b', '/w/ab/b/cd', '/w/ab/b/cd/e'].map(leads)).toEqual([true, true, true, true]);
  expect(['/w/b', '/w/ab/c', '/w/ab/b/d', '/x/ab'].map(leads)).toEqual([false, false, false, false]);
});
