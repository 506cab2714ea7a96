import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { resolvePath } from './resolve-path.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'srunx-resolve-')));
afterAll(() => rmSync(root, { recursive: true }));
mkdirSync(join(root, 'real/sub'), { recursive: true });
symlinkSync('real', join(root, 'link'));
symlinkSync('nowhere', join(root, 'broken'));
symlinkSync('loop', join(root, 'loop'));
writeFileSync(join(root, 'file'), '');

it.each([
  ['real', 'real'],
  ['link', 'real'],
  ['link/sub', 'real/sub'],
  ['link/sub/../new/x y', 'real/new/x y'],
  ['link/missing/deeper', 'real/missing/deeper'],
  ['broken', 'broken'],
  ['broken/x', 'broken/x'],
  ['loop/x', 'loop/x'],
  ['file/x', 'file/x'],
  ['./link//', 'real'],
])('%s leads to %s', (path, expected) => {
  expect(resolvePath(join(root, path))).toBe(join(root, expected));
  expect(resolvePath(`${root}/${path}`)).toBe(join(root, expected));
});

it('leaves the root alone', () => {
  expect([resolvePath('/'), resolvePath('/none-such/x')]).toEqual(['/', '/none-such/x']);
});
