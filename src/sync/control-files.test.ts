import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findProgram } from '../shell/find-program.ts';
import { LocalShell } from '../shell/local-shell.ts';
import { hashRemoteFile, readControlFile, writeControlFile } from './control-files.ts';

const shell = new LocalShell({ name: 'dgx', env: process.env });
const isRoot = process.getuid?.() === 0;

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "srunx it's-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));
const at = (name: string) => join(dir, name);
const read = (path: string, requireOwned = false) => readControlFile(shell, { path, requireOwned });
const write = (path: string, content: string, mode = '644') => writeControlFile(shell, { path, content, mode });

describe('reading a file', () => {
  it('gives its text, also the last line breaks, bytes that are none, and nothing', async () => {
    for (const text of ['{"a": "é"}\n\n', '', 'no line break at the end']) {
      writeFileSync(at('-f'), text);
      expect(await read(at('-f'))).toBe(text);
    }
    writeFileSync(at('b'), Buffer.from('a\xff', 'latin1'));
    expect(await read(at('b'))).toBe('a\udcff');
  });

  it('gives null for what is no regular file', async () => {
    mkdirSync(at('d'));
    expect([await read(at('absent')), await read(at('absent/deeper')), await read(at('d'))]).toEqual([
      null,
      null,
      null,
    ]);
    writeFileSync(at('f'), '');
    expect(await read(at('f/below'))).toBeNull();
  });

  it('follows no link, wherever it leads', async () => {
    writeFileSync(at('f'), 'secret');
    symlinkSync(at('f'), at('link'));
    symlinkSync('nowhere', at('dangling'));
    for (const name of ['link', 'dangling']) {
      await expect(read(at(name))).rejects.toMatchObject({ code: 'sync.link', exitCode: 8 });
    }
  });

  it.runIf(isRoot)('may need its owner to be the account', async () => {
    writeFileSync(at('f'), 'x');
    chownSync(at('f'), 12_345, 12_345);
    expect(await read(at('f'))).toBe('x');
    await expect(read(at('f'), true)).rejects.toMatchObject({ code: 'sync.foreign_file', exitCode: 8 });
  });

  it.skipIf(isRoot)('takes nothing for absent that it may not look at', async () => {
    mkdirSync(at('closed'), { mode: 0o000 });
    writeFileSync(at('unreadable'), 'x', { mode: 0o000 });
    const failed = { code: 'sync.control_file', detail: expect.stringContaining('exit code 1') };
    await expect(read(at('closed/f'))).rejects.toMatchObject(failed);
    await expect(hashRemoteFile(shell, { path: at('closed/f') })).rejects.toMatchObject(failed);
    await expect(read(at('unreadable'))).rejects.toMatchObject(failed);
    chmodSync(at('closed'), 0o700);
  });
});

describe('the hash of a file', () => {
  const hash = (path: string) => hashRemoteFile(shell, { path });

  it.each(['plain', 'back\\slash', '-x', 'line\nbreak', '日本'])('is that of %j', async (name) => {
    writeFileSync(at(name), name);
    expect(await hash(at(name))).toBe(createHash('sha256').update(name).digest('hex'));
  });

  it('is null where there is no file', async () => {
    symlinkSync('nowhere', at('dangling'));
    expect([await hash(at('absent')), await hash(at('dangling'))]).toEqual([null, null]);
  });

  it('is null where nothing could tell', async () => {
    mkdirSync(at('bin'));
    for (const name of ['sh', 'ls']) symlinkSync(findProgram(name, process.env['PATH'] ?? '') ?? '', at(`bin/${name}`));
    writeFileSync(at('f'), 'x');
    const poor = new LocalShell({ name: 'dgx', env: { PATH: at('bin') } });
    expect(await hashRemoteFile(poor, { path: at('f') })).toBeNull();
    // The program of other systems, with an answer that is none.
    writeFileSync(at('bin/shasum'), '#!/bin/sh\necho "$*: what?"\n', { mode: 0o755 });
    await expect(hashRemoteFile(poor, { path: at('f') })).rejects.toMatchObject({ code: 'sync.control_file' });
    writeFileSync(at('bin/shasum'), `#!/bin/sh\necho ${'A'.repeat(64)}  -\n`, { mode: 0o755 });
    expect(await hashRemoteFile(poor, { path: at('f') })).toBe('a'.repeat(64));
  });

  it('is an error for a directory', async () => {
    await expect(hash(dir)).rejects.toMatchObject({ code: 'sync.control_file', exitCode: 1 });
  });
});

describe('writing a file', () => {
  const leftOver = () => readdirSync(dir).filter((name) => name.startsWith('.srunx-write'));

  it('replaces it as a whole, with its permissions', async () => {
    await write(at('-f'), '日本\n'.repeat(50_000), '600');
    expect([readFileSync(at('-f'), 'utf8'), statSync(at('-f')).mode & 0o777]).toEqual(['日本\n'.repeat(50_000), 0o600]);
    await write(at('-f'), '');
    expect([readFileSync(at('-f'), 'utf8'), statSync(at('-f')).mode & 0o777]).toEqual(['', 0o644]);
    expect(leftOver()).toEqual([]);
  });

  it('never goes through a link', async () => {
    writeFileSync(at('f'), 'mine');
    symlinkSync(at('f'), at('link'));
    await expect(write(at('link'), 'x')).rejects.toMatchObject({ code: 'sync.link', exitCode: 8 });
    expect([readFileSync(at('f'), 'utf8'), lstatSync(at('link')).isSymbolicLink()]).toEqual(['mine', true]);
  });

  it('needs a directory that is there, and a place that is none', async () => {
    mkdirSync(at('d'));
    await expect(write(at('d'), 'x')).rejects.toMatchObject({ message: expect.stringContaining('is a directory') });
    await expect(write(at('no/f'), 'x')).rejects.toMatchObject({
      code: 'sync.control_file',
      detail: expect.stringMatching(/no\/.*exit code 5/s),
    });
    expect(leftOver()).toEqual([]);
  });

  it.each(['', '64', '0644', '888', '64a', '644\n'])('knows no permissions %j', async (mode) => {
    await expect(write(at('f'), 'x', mode)).rejects.toMatchObject({ code: 'usage.mode', exitCode: 2 });
  });

  it('lets readers see the old or the new one, and of two writers one', async () => {
    const texts = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(300_000));
    await write(at('f'), texts[0] ?? '');
    const [, ...seen] = await Promise.all([
      Promise.all(texts.map((text) => write(at('f'), text))),
      ...Array.from({ length: 20 }, () => read(at('f'))),
    ]);
    for (const text of [...seen, await read(at('f'))]) expect(texts).toContain(text);
    expect(leftOver()).toEqual([]);
  });
});
