import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, expect, it } from 'vitest';
import { LocalShell } from '../shell/local-shell.ts';
import { parseExports, readExports } from './read-exports.ts';

const directory = mkdtempSync(join(tmpdir(), "srunx ex'ports\n$(x) "));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const shell = new LocalShell({ name: 'local', env: process.env });

it('values are read as they were written, by token', async () => {
  mkdirSync(join(directory, 'receipts'));
  const write = (name: string, text: string) => writeFileSync(join(directory, 'receipts', name), text);
  write('t1.exports', 'k=1\nnot a line\nk=a=b 日\u2028本\nx-y=3');
  write('t2.exports', 'z=\n');
  write('t3.exports', '');
  write('t2', 'start 1\n');
  const found = await readExports(shell, { directory, signal: undefined });
  expect(found).toEqual(
    new Map([
      ['t1', 'k=1\nnot a line\nk=a=b 日\u2028本\nx-y=3\n'],
      ['t2', 'z=\n'],
    ]),
  );
  expect(parseExports(found.get('t1') ?? '')).toEqual({ k: 'a=b 日\u2028本' });
});

it('there are none where the plan directory is gone', async () => {
  expect(await readExports(shell, { directory: join(directory, 'gone'), signal: undefined })).toEqual(new Map());
});
