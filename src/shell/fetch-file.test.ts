import {
  appendFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { copyLink, fetchFile } from './fetch-file.ts';
import { listFiles } from './list-files.ts';
import { LocalShell } from './local-shell.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "srunx fetch'ed $(x) 日本語-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

const shell = new LocalShell({ name: 'local', env: process.env });

function put(name: string, content: string | Uint8Array = name): string {
  const path = join(dir, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, content);
  return path;
}

describe('fetchFile', () => {
  const request = (source: string, overwrite = false) => ({
    ...{ source, destination: join(dir, 'to', 'copy'), mode: 0o640, modifiedAt: 1_700_000_000.25, overwrite },
  });
  const copy = () => join(dir, 'to', 'copy');

  it('copies every byte, the mode and the time', async () => {
    const content = new Uint8Array(20 * 1024 * 1024).map((_, index) => index % 251);
    expect(await fetchFile(shell, request(put('large', content)))).toBe('copied');
    expect(readFileSync(copy()).equals(content)).toBe(true);
    const { mode, mtimeMs } = statSync(copy());
    expect([mode & 0o777, mtimeMs]).toEqual([0o640, 1_700_000_000_250]);
    expect(readdirSync(join(dir, 'to'))).toEqual(['copy']);
  });

  it('leaves another file alone unless it may be replaced', async () => {
    const source = put('from', 'new');
    put('to/copy', 'mine');
    expect(await fetchFile(shell, request(source))).toBe('exists');
    expect(readFileSync(copy(), 'utf8')).toBe('mine');
    expect(await fetchFile(shell, request(source, true))).toBe('copied');
    expect(await fetchFile(shell, request(source))).toBe('unchanged');
    expect(readFileSync(copy(), 'utf8')).toBe('new');
  });

  it('never replaces a file by itself', async () => {
    const source = put('from', 'growing');
    mkdirSync(join(dir, 'to'));
    linkSync(source, copy());
    utimesSync(source, 5, 5);
    expect(await fetchFile(shell, request(source, true))).toBe('unchanged');
    appendFileSync(source, '!');
    expect(readFileSync(copy(), 'utf8')).toBe('growing!');
  });

  it('copies as much as there was when it began, and an empty file as well', async () => {
    const source = put('log', 'line\n');
    const growing = {
      name: 'local',
      readFile: async (wanted: Parameters<LocalShell['readFile']>[0]) => {
        const chunk = await shell.readFile(wanted);
        appendFileSync(source, 'more\n');
        return chunk;
      },
    };
    expect(await fetchFile(growing, request(source))).toBe('copied');
    expect(readFileSync(copy(), 'utf8')).toBe('line\n');
    expect(await fetchFile(shell, { ...request(put('empty', '')), destination: join(dir, 'none') })).toBe('copied');
    expect(readFileSync(join(dir, 'none'), 'utf8')).toBe('');
  });

  it('leaves nothing behind where the source vanishes or is replaced', async () => {
    expect(await fetchFile(shell, request(join(dir, 'nothing')))).toBe('vanished');
    const source = put('large', new Uint8Array(9 * 1024 * 1024));
    const replaced = {
      name: 'local',
      readFile: async (wanted: Parameters<LocalShell['readFile']>[0]) => {
        const chunk = await shell.readFile(wanted);
        rmSync(source, { force: true });
        put('other');
        return chunk;
      },
    };
    expect(await fetchFile(replaced, request(source))).toBe('vanished');
    expect(existsSync(copy())).toBe(false);
    expect(readdirSync(join(dir, 'to'))).toEqual([]);
  });

  it('says where a copy cannot be written', async () => {
    const source = put('from');
    put('to', 'a file');
    await expect(fetchFile(shell, request(source))).rejects.toMatchObject({ code: expect.stringMatching(/^file\./) });
  });
});

describe('copyLink', () => {
  it('makes the link, and is content with the same one', async () => {
    const destination = join(dir, 'to', 'latest');
    const link = { destination, linkTo: 'deep/model', overwrite: false };
    expect([await copyLink(link), await copyLink(link)]).toEqual(['copied', 'unchanged']);
    expect(readlinkSync(destination)).toBe('deep/model');
    expect(await copyLink({ ...link, linkTo: 'other' })).toBe('exists');
    expect(await copyLink({ ...link, linkTo: 'other', overwrite: true })).toBe('copied');
    expect(readlinkSync(destination)).toBe('other');
  });
});

describe('listFiles', () => {
  const list = async (...requests: { path: string; pattern?: string }[]) =>
    (await listFiles({ shell }, requests)).map(({ path, type, below }) => [path.slice(dir.length + 1), type, below]);

  it('finds what is asked for, in one go, whatever the names are', async () => {
    put('one\nfile');
    put('deep/a b/-rf');
    put('deep/$(x)');
    symlinkSync('/etc', join(dir, 'deep', 'away'));
    const found = await list(
      { path: join(dir, 'one\nfile') },
      { path: join(dir, 'deep') },
      { path: join(dir, 'none') },
    );
    expect(found.sort()).toEqual([
      ['deep/$(x)', 'file', '$(x)'],
      ['deep/a b/-rf', 'file', 'a b/-rf'],
      ['deep/away', 'link', 'away'],
      ['one\nfile', 'file', ''],
    ]);
  });

  it('follows a link that is asked for, and finds files by a pattern', async () => {
    put('deep/log_1.out');
    put('deep/log_2.out');
    put('deep/below/log_3.out');
    symlinkSync('deep', join(dir, 'link'));
    expect((await list({ path: join(dir, 'link') })).map(([path]) => path)).toContain('link/log_1.out');
    const found = await list({ path: join(dir, 'deep'), pattern: 'log_*.out' });
    expect(found.map(([path]) => path).sort()).toEqual(['deep/log_1.out', 'deep/log_2.out']);
  });
});
