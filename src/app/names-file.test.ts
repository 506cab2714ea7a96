import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { namesFile } from './names-file.ts';

const cwd = mkdtempSync(join(tmpdir(), 'srunx names-'));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));
writeFileSync(join(cwd, 'k3v9'), '');
mkdirSync(join(cwd, 'runs'));

it.each([
  ['k3v9', true],
  ['k3v8', false],
  ['runs', false],
  ['./runs', false],
  ['pipeline.yaml', true],
  [join(cwd, 'k3v9'), true],
])('%s names a file: %s', (word, expected) => {
  expect(namesFile({ cwd }, word)).toBe(expected);
});
