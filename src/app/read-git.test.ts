import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { LocalShell } from '../shell/local-shell.ts';
import { readGit } from './read-git.ts';

const base = mkdtempSync(join(tmpdir(), 'srunx-git-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const env = {
  PATH: process.env['PATH'],
  HOME: base,
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@b',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@b',
};
let count = 0;
let dir = '';

function git(...args: readonly string[]): string {
  const ran = spawnSync('git', args, { cwd: dir, env, encoding: 'utf8' });
  if (ran.status !== 0) throw new Error(ran.stderr);
  return ran.stdout.trim();
}

const write = (name: string, content: string) => writeFileSync(join(dir, name), content);
const read = (
  options: { readonly directories?: readonly string[]; readonly path?: string; readonly timeoutMs?: number } = {},
) =>
  readGit(new LocalShell({ name: 'local', env: { ...env, PATH: options.path ?? env.PATH, GIT_DIR: '/nowhere' } }), {
    directories: options.directories ?? [dir],
    timeoutMs: options.timeoutMs,
    monotonicNow: () => performance.now(),
  });
const diffOf = async () => new TextDecoder().decode((await read())?.diff?.bytes);

beforeEach(() => {
  count += 1;
  dir = join(base, `re po'${count}`);
  mkdirSync(dir);
  git('init', '-q', '-b', 'main');
});

function commit(): string {
  write('a.py', 'one\n');
  git('add', '.');
  git('commit', '-q', '-m', 'x');
  return git('rev-parse', 'HEAD');
}

describe('a repository', () => {
  it('is told with commit and branch, and as clean', async () => {
    const hash = commit();
    const clean = { dirty: false, untracked: [], untrackedCount: 0 };
    expect(await read()).toEqual({ state: { root: dir, commit: hash, branch: 'main', ...clean }, diff: undefined });
    git('checkout', '-q', '--detach');
    expect((await read())?.state.branch).toBeNull();
  });

  it('has a diff of staged and other changes, and names of what git does not know', async () => {
    commit();
    write('a.py', 'two\n');
    write('b.py', 'new\n');
    git('add', 'b.py');
    write('c\nd.txt', 'content');
    const found = await read();
    expect(found?.state).toMatchObject({ dirty: true, untracked: ['c\nd.txt'], untrackedCount: 1 });
    const diff = await diffOf();
    expect(diff).toContain('--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-one\n+two\n');
    expect(diff).toContain('+new\n');
    expect(diff).not.toContain('content');
  });

  it('without a commit has its files as unknown ones', async () => {
    write('a.py', 'one\n');
    const state = { root: dir, commit: null, branch: 'main', dirty: false, untracked: ['a.py'], untrackedCount: 1 };
    expect(await read()).toEqual({ state, diff: undefined });
  });

  it('is looked for in one directory after the other', async () => {
    commit();
    mkdirSync(join(dir, 'sub'));
    expect((await read({ directories: ['/nonexistent', '/', join(dir, 'sub')] }))?.state.root).toBe(dir);
    expect(await read({ directories: ['/'] })).toBeUndefined();
  });

  it('is cut where it differs in a megabyte', async () => {
    commit();
    write('a.py', 'x\n'.repeat(700_000));
    const found = await read();
    expect(found?.diff).toMatchObject({ isCut: true, bytes: { length: 1024 * 1024 } });
  });
});

describe('a repository with programs in its configuration', () => {
  it('starts none of them, and its diff does not change with it', async () => {
    commit();
    write('a.py', 'two\n');
    const plain = await diffOf();
    const trap = `touch ${base}/trapped;`;
    mkdirSync(join(dir, '.git/info'), { recursive: true });
    write('.git/info/attributes', '*.py filter=my=evil diff=evil\n');
    for (const [name, value] of [
      ['core.fsmonitor', `${trap} false`],
      ['core.pager', `${trap} cat`],
      ['diff.external', `${trap} true`],
      ['diff.evil.command', `${trap} true`],
      ['diff.evil.textconv', `${trap} cat`],
      ['diff.noprefix', 'true'],
      ['diff.mnemonicPrefix', 'true'],
      ['diff.algorithm', 'patience'],
      ['color.ui', 'always'],
    ] as const) {
      git('config', name, value);
    }
    expect(await diffOf()).toBe(plain);
    write('.git/info/attributes', '*.py filter=e.v.il\n');
    for (const kind of ['clean', 'smudge', 'process']) git('config', `filter.e.v.il.${kind}`, `sh -c '${trap} cat'`);
    git('config', 'filter.e.v.il.required', 'true');
    expect(await diffOf()).toBe(plain);
    expect(existsSync(join(base, 'trapped'))).toBe(false);
    // They are no dummies.
    spawnSync('git', ['--no-pager', 'diff', 'HEAD'], { cwd: dir, env });
    expect(existsSync(join(base, 'trapped'))).toBe(true);
  });

  it('is not looked through where a filter cannot be switched off', async () => {
    const hash = commit();
    git('config', 'filter.a=b.clean', 'true');
    const state = { root: dir, commit: hash, branch: 'main', dirty: null, untracked: [], untrackedCount: 0 };
    expect(await read()).toEqual({ state, diff: undefined });
  });

  it('may use the filters of its user', async () => {
    writeFileSync(join(base, '.gitconfig'), '[filter "mine"]\n  clean = sed s/two/filtered/\n');
    commit();
    write('.git/info/attributes', '*.py filter=mine\n');
    write('a.py', 'two\n');
    expect(await diffOf()).toContain('+filtered\n');
    rmSync(join(base, '.gitconfig'));
  });
});

it('without git, or with a slow one, is nothing', async () => {
  commit();
  const bin = join(base, 'bin');
  mkdirSync(bin);
  expect(await read({ path: bin })).toBeUndefined();
  writeFileSync(join(bin, 'git'), '#!/bin/sh\nexec sleep 20\n', { mode: 0o755 });
  const before = performance.now();
  expect(await read({ path: `${bin}:${env.PATH}`, timeoutMs: 200 })).toBeUndefined();
  expect(performance.now() - before).toBeLessThan(5_000);
});
