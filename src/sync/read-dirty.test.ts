import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LocalShell } from '../shell/local-shell.ts';
import { readDirty } from './read-dirty.ts';

let root: string;
let repository: string;

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'srunx-dirty-')));
  repository = join(root, 'my repository');
  mkdirSync(join(repository, 'sub/deep'), { recursive: true });
  git('init', '-q');
  write('sub/a.py');
  write('.gitignore', '*.log\n');
  git('add', '.');
  git('-c', 'user.name=ada', '-c', 'user.email=ada@example.org', 'commit', '-qm', 'first');
});
afterEach(() => rmSync(root, { recursive: true }));

const env = () => ({ PATH: process.env['PATH'], HOME: root });
const read = (directory: string, { path = process.env['PATH'], ...change }: Record<string, string | undefined> = {}) =>
  readDirty({ shell: new LocalShell({ name: 'local', env: { ...env(), PATH: path, ...change } }), directory });

function git(...words: readonly string[]): void {
  const { status, stderr } = spawnSync('git', ['-C', repository, ...words], { env: env(), encoding: 'utf8' });
  expect(status, stderr).toBe(0);
}

function write(name: string, content = ''): void {
  writeFileSync(join(repository, name), content);
}

/** A git that does something else. */
function fakeGit(script: string): string {
  const bin = join(root, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'git'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, 'git'), 0o755);
  return `${bin}:${process.env['PATH']}`;
}

it('a directory without changes is clean, whatever is ignored', async () => {
  write('x.log');
  expect(await read(repository)).toEqual({ kind: 'clean' });
  expect(await read(join(repository, 'sub'))).toEqual({ kind: 'clean' });
});

it('changes count where they are', async () => {
  write('sub/a.py', 'new');
  write('sub/deep/b\nc.py');
  expect(await read(repository)).toMatchObject({ kind: 'dirty', paths: ['sub/a.py', 'sub/deep/'] });
  expect(await read(join(repository, 'sub'))).toMatchObject({ kind: 'dirty' });
  write('sub/a.py');
  expect(await read(join(repository, 'sub/deep'))).toMatchObject({ kind: 'dirty', paths: ['sub/deep/'] });
  rmSync(join(repository, 'sub/deep/b\nc.py'));
  write('new');
  expect(await read(join(repository, 'sub'))).toEqual({ kind: 'clean' });
  expect(await read(repository, { GIT_DIR: '/nowhere' })).toMatchObject({ kind: 'dirty', paths: ['new'] });
});

it('what lies in no repository is neither', async () => {
  expect(await read(root)).toEqual({ kind: 'none' });
  expect(await read(join(repository, '.git'))).toEqual({ kind: 'none' });
});

it('nothing is told where git does not answer', async () => {
  expect(await read(repository, { path: '/none' })).toEqual({ kind: 'unknown', reason: 'git is not installed' });
  const path = fakeGit('sleep 60');
  const shell = new LocalShell({ name: 'local', env: { ...env(), PATH: path } });
  expect(await readDirty({ shell, directory: repository, timeoutMs: 100 })).toMatchObject({ kind: 'unknown' });
  const question = { shell, directory: repository, signal: AbortSignal.timeout(100) };
  await expect(readDirty(question)).rejects.toThrow();
});

it('nothing is told where git refuses', async () => {
  writeFileSync(join(repository, '.git/HEAD'), 'broken');
  expect(await read(repository)).toMatchObject({ kind: 'unknown', reason: expect.stringContaining('not a git repo') });
  const path = fakeGit('[ "$3" = rev-parse ] && echo true || exit 3');
  expect(await read(repository, { path })).toEqual({ kind: 'unknown', reason: 'git has failed (exit code 3)' });
});
