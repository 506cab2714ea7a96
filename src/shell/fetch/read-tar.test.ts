import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readTar, type TarEntry } from './read-tar.ts';

const dir = mkdtempSync(join(tmpdir(), 'srunx-tar-'));
const names = ['plain', `${'long'.repeat(60)}.txt`, 'empty', `deep/${'d'.repeat(120)}/f`, 'new\nline'];
let archive: Buffer;

beforeAll(() => {
  for (const name of names) {
    mkdirSync(join(dir, name, '..'), { recursive: true });
    writeFileSync(join(dir, name), name === 'empty' ? '' : name.repeat(50));
  }
  const { stdout } = spawnSync('tar', ['-c', '--format=gnu', '-f', '-', ...names], { cwd: dir });
  archive = stdout;
});
afterAll(() => rmSync(dir, { recursive: true }));

async function read(bytes: Uint8Array, { step = bytes.length, maxBytes = 1e6 } = {}): Promise<TarEntry[]> {
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += step) yield bytes.subarray(at, at + step);
  }
  const entries: TarEntry[] = [];
  for await (const entry of readTar(chunks(), maxBytes)) entries.push(entry);
  return entries;
}

it.each([1, 7, 512, 100_000])('reads what tar writes, in pieces of %i bytes', async (step) => {
  const entries = await read(archive, { step });
  expect(entries.map(({ name }) => name.toString())).toEqual(names);
  expect(entries.map(({ content }) => content.toString())).toEqual(
    names.map((name) => (name === 'empty' ? '' : name.repeat(50))),
  );
  expect(entries.every(({ isFile, modifiedAt }) => isFile && modifiedAt > 1e9)).toBe(true);
});

it('gives nothing of a file that is cut', async () => {
  const whole = await read(archive.subarray(0, 1024));
  expect(whole.map(({ name }) => name.toString())).toEqual(['plain']);
  expect(await read(archive.subarray(0, 700))).toEqual([]);
});

it('ends before a file that is too large', async () => {
  const entries = await read(archive, { maxBytes: 1000 });
  expect(entries.map(({ name }) => name.toString())).toEqual(['plain']);
});
