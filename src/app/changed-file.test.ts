import { createHash } from 'node:crypto';
import {
  appendFileSync,
  copyFileSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RecordedFile } from '../core/job/files-shell.ts';
import { LocalShell } from '../shell/local-shell.ts';
import { changedFile } from './changed-file.ts';
import { lookHere, lookThere } from './look-at-files.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'srunx-changed-'));
  for (const name of ['a.csv', 'b.csv']) writeFileSync(join(dir, name), name);
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const at = (name: string) => join(dir, name);

function record(name: string, hashed: boolean): RecordedFile {
  const { size, mtimeMs, ino } = statSync(at(name));
  const sha256 = hashed ? createHash('sha256').update(name).digest('hex') : undefined;
  return { path: name, size, mtime: Math.floor(mtimeMs / 1000), inode: String(ino), sha256 };
}

const changes: readonly [string, () => void, string | undefined, string | undefined][] = [
  ['nothing', () => undefined, undefined, undefined],
  ['a longer file', () => appendFileSync(at('a.csv'), 'x'), 'a.csv has changed', 'a.csv has changed'],
  ['a later time', () => utimesSync(at('a.csv'), 5, 5), 'a.csv has changed', undefined],
  [
    'another text',
    () => {
      writeFileSync(at('a.csv'), 'b.csv');
      utimesSync(at('a.csv'), 5, 5);
    },
    'a.csv has changed',
    'a.csv has changed',
  ],
  [
    'a copy',
    () => {
      copyFileSync(at('a.csv'), at('new'));
      renameSync(at('new'), at('a.csv'));
    },
    'a.csv has changed',
    undefined,
  ],
  ['one more', () => writeFileSync(at('c.csv'), ''), 'c.csv is new', 'c.csv is new'],
  ['one less', () => rmSync(at('b.csv')), 'b.csv is gone', 'b.csv is gone'],
];

const looks = {
  here: lookHere(),
  'through a shell': lookThere(new LocalShell({ name: 'there', env: process.env })),
};

describe.each(Object.entries(looks))('looked at %s', (_, look) => {
  it.each(changes.flatMap((change) => [false, true].map((hashed) => [change[0], hashed, change] as const)))(
    '%s, with hashes: %s',
    async (_name, hashed, [, change, plain, withHash]) => {
      const recorded = ['a.csv', 'b.csv'].map((name) => record(name, hashed));
      change();
      expect(await changedFile({ patterns: ['*.csv'], recorded, directory: dir, look })).toBe(
        hashed ? withHash : plain,
      );
    },
  );

  it('what was not written down is new', async () => {
    const nothing = { recorded: [], directory: dir, look };
    expect(await changedFile({ ...nothing, patterns: ['a.csv'] })).toBe('a.csv is new');
    expect(await changedFile({ ...nothing, patterns: [] })).toBeUndefined();
  });

  it('names are what they are, and a directory that is gone has none', async () => {
    const names = ["it's $(x).txt", '-rf.txt'];
    for (const name of names) writeFileSync(at(name), name);
    const recorded = names.map((name) => record(name, true));
    expect(await changedFile({ patterns: ['*.txt'], recorded, directory: dir, look })).toBeUndefined();
    expect(await changedFile({ patterns: names, recorded, directory: dir, look })).toBeUndefined();
    expect(await changedFile({ patterns: names, recorded, directory: at('gone'), look })).toContain('is gone');
  });
});
