import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeDirectory } from './disk.ts';

let root = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'srunx-disk-'));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('making a directory', () => {
  it('makes its parents too, with the same mode, and keeps what is there', () => {
    const path = join(root, 'a/b/c');
    makeDirectory(path, 0o700);
    makeDirectory(path, 0o755);
    expect(['a', 'a/b', 'a/b/c'].map((name) => statSync(join(root, name)).mode & 0o777)).toEqual([0o700, 0o700, 0o700]);
  });

  it('fails where a file is in the way', () => {
    writeFileSync(join(root, 'file'), '');
    expect(() => makeDirectory(join(root, 'file'))).toThrow(/EEXIST/);
    expect(() => makeDirectory(join(root, 'file/below'))).toThrow(/ENOTDIR/);
  });

  it('fails where nothing can be made, instead of trying for ever', () => {
    expect(() => makeDirectory('/proc/none/at/all')).toThrow(/ENOENT/);
  });
});
