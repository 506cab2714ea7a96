import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type SshVariant, startSshVariant } from '../../dev/ssh-variants.ts';
import { escapeName } from '../../src/core/sync/rsync-names.ts';
import { parseItems } from '../../src/core/sync/rsync-output.ts';
import { RsyncClient } from '../../src/sync/rsync-client.ts';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSshShells } from '../support/ssh-shells.ts';
import { useSshVariant } from '../support/ssh-variants.ts';

const cluster = useDevCluster();
const shells = useSshShells();

/** Of this machine, with files to send. */
let here: string;
beforeEach(({ skip }) => {
  if (spawnSync('rsync', ['--version']).status !== 0) skip('needs rsync');
  here = mkdtempSync('/tmp/srunx-rsync-');
});
afterEach(() => rmSync(here, { recursive: true, force: true }));

function clientOf({ sshConfig }: Pick<SshVariant, 'sshConfig'>, excludePatterns: readonly string[] = []) {
  const shell = shells.open({ host: 'dev', configFile: sshConfig });
  return { shell, client: RsyncClient.over(shell, { excludePatterns }) };
}

function write(directory: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    const path = join(directory, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, text);
  }
}

/** The same for a home of another account. */
function writeThere(
  { home }: Pick<SshVariant, 'home'>,
  directory: string,
  files: Readonly<Record<string, string>>,
): void {
  const { uid, gid } = statSync(home);
  write(join(home, directory), files);
  spawnSync('chown', ['-R', `${uid}:${gid}`, join(home, directory.split('/')[0] ?? '')]);
}

/** All below a directory, escaped, with the content of files. */
function tree(directory: string): Record<string, string> {
  const entries = readdirSync(Buffer.from(directory), { recursive: false, withFileTypes: true, encoding: 'buffer' });
  const found: [string, string][] = entries.flatMap((entry): [string, string][] => {
    const path = Buffer.concat([Buffer.from(`${directory}/`), entry.name]);
    const name = escapeName(entry.name);
    if (entry.isFile()) return [[name, readFileSync(path, 'utf8')]];
    if (!entry.isDirectory()) return [[name, 'special']];
    const below = Object.entries(tree(path.toString()));
    return [[`${name}/`, ''], ...below.map(([below, text]): [string, string] => [`${name}/${below}`, text])];
  });
  return Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Names as bytes, one character for each. */
const hostileNames = [
  'a b',
  'trailing ',
  '-rf',
  '--delete',
  "a'b",
  'a"b',
  '$(touch x)',
  '`x`',
  '*',
  '[ab]',
  '!x',
  'line\nbreak',
  'tab\there',
  'return\rhere',
  '\x1b[31m',
  '\xff\xfe invalid',
  '\xe6\x97\xa5\xe6\x9c\xac',
  '\\',
  '\\#134',
  '\\#134#999',
  'a -> b',
  '*deleting',
  'x'.repeat(255),
];

describe.each(['bash', 'tcsh'] as const)('an account with %s', (shell) => {
  const variant = useSshVariant(cluster, { shell });
  const clean = () => rmSync(join(variant().home, 'work'), { recursive: true, force: true });
  afterEach(clean);

  it.each([
    'project',
    '~/work/project',
    '~/work/a b/c',
    `~/work/it's "quoted"`,
    '~/work/$(touch oops);`x`',
    '~/work/a[b]*?',
    '~/work/back\\slash\\*',
    '~/work/!important!',
    '~/work/日本',
    '~/work/-rf',
    '~/work/line\nbreak',
    '~/work/~',
    '~/work/dgx:x/@y',
  ])('has a project at %j, and gives it back', async (path) => {
    const { client } = clientOf(variant());
    write(here, { 'from/a.py': 'print(1)', 'from/sub/b': 'b', 'from/.git/HEAD': 'x', 'from/sub/x.pyc': 'x' });
    // What a wildcard would find instead.
    writeThere(variant(), 'work', { 'abc/other': 'x', 'axx/other': 'x', 'oops.keep': '' });
    const before = tree(join(variant().home, 'work'));
    const pushed = await client.push(join(here, 'from'), path, { itemize: true });
    expect(pushed).toMatchObject({ returncode: 0, success: true, stderr: '', warnings: [] });
    expect(pushed.stats).toEqual({ files: 2, bytes: 9, totalBytes: 9 });
    expect(parseItems(pushed.stdout).transfers).toEqual(['a.py', 'sub/b']);
    const there = path.replace(/^~(?=\/)/, variant().home).replace(/^(?!\/)/, `${variant().home}/`);
    expect(tree(there)).toEqual({ 'a.py': 'print(1)', 'sub/': '', 'sub/b': 'b' });
    expect(tree(join(variant().home, 'work'))).toMatchObject(before);
    expect(existsSync(join(variant().home, 'oops'))).toBe(false);
    expect(readdirSync(variant().home)).not.toContain('~');
    const pulled = await client.pull(`${path}/`, join(here, 'back', 'deep'), { itemize: true });
    expect(pulled).toMatchObject({ returncode: 0, stderr: '', stats: { files: 2, bytes: 9, totalBytes: 9 } });
    expect(tree(join(here, 'back', 'deep'))).toEqual({ 'a.py': 'print(1)', 'sub/': '', 'sub/b': 'b' });
    rmSync(there, { recursive: true });
  });

  it('keeps names as they are, whatever is in them', async () => {
    const { client } = clientOf(variant());
    mkdirSync(join(here, 'from/dir'), { recursive: true });
    const names = [...hostileNames, ' leading', ' '].map((name) => Buffer.from(name, 'latin1'));
    for (const name of names) writeFileSync(Buffer.concat([Buffer.from(`${here}/from/dir/`), name]), 'x');
    symlinkSync('to -> x', join(here, 'from/dir/link'));
    const options = { itemize: true, delete: true };
    const pushed = await client.push(join(here, 'from'), '~/work/names', options);
    const escaped = names.map((name) => `dir/${escapeName(name)}`).sort();
    expect([...parseItems(pushed.stdout).transfers].sort()).toEqual(escaped);
    expect(Object.keys(tree(join(variant().home, 'work/names/dir')))).toEqual(
      [...names.map((name) => escapeName(name)), 'link'].sort(),
    );
    const { paths, warnings } = await client.listLocalFiles(join(here, 'from'));
    expect([[...paths].sort(), warnings]).toEqual([[...escaped, 'dir/link'].sort(), []]);

    rmSync(join(here, 'from/dir'), { recursive: true });
    const gone = parseItems((await client.push(join(here, 'from'), '~/work/names', options)).stdout);
    expect(gone.deletionCount).toBe(names.length + 2);
    expect([...gone.deletions].sort()).toEqual([...escaped, 'dir/link', 'dir/'].sort());
  });

  it('counts what is removed that has a blank for a name', async () => {
    const { client } = clientOf(variant());
    mkdirSync(join(here, 'from'));
    writeThere(variant(), 'work/blank', { ' ': '', '  ': '', a: '' });
    const options = { itemize: true, delete: true, dryRun: true };
    const { stdout } = await client.push(join(here, 'from'), '~/work/blank', options);
    expect(parseItems(stdout)).toMatchObject({ deletionCount: 3, deletions: expect.arrayContaining(['', '', 'a']) });
  });

  it('is asked for files of its own in one execution each', async () => {
    const { client, shell: there } = clientOf(variant());
    const run = vi.spyOn(there, 'run');
    const executions = async <Value>(act: Promise<Value>) => {
      const value = await act;
      const count = run.mock.calls.length;
      run.mockClear();
      return { value, count };
    };
    await there.facts();
    const name = `~/it's "a" file`;
    const text = 'héllo\n\n日本\n';
    expect(await executions(client.readRemoteFile(name))).toEqual({ value: null, count: 1 });
    expect(await executions(client.remoteSha256(name))).toEqual({ value: null, count: 1 });
    expect(await executions(client.writeRemoteFile(name, text, { mode: '600' }))).toMatchObject({ count: 1 });
    expect(await executions(client.readRemoteFile(name, { requireOwned: true }))).toEqual({ value: text, count: 1 });
    const hash = createHash('sha256').update(text).digest('hex');
    expect(await executions(client.remoteSha256(name))).toEqual({ value: hash, count: 1 });
    const path = join(variant().home, name.slice(2));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await client.writeRemoteFile(name, '');
    expect([await client.readRemoteFile(path), statSync(path).mode & 0o777]).toEqual(['', 0o644]);
    expect(readdirSync(variant().home)).not.toContainEqual(expect.stringContaining('.srunx-write'));
    rmSync(path);
  });
});

describe('a transfer', () => {
  const variant = useSshVariant(cluster);
  const there = (...names: readonly string[]) => join(variant().home, 'work', ...names);
  afterEach(() => rmSync(there(), { recursive: true, force: true }));

  it('is of one file, under the name that is given or in the directory', async () => {
    const { client } = clientOf(variant());
    write(here, { 'a b.txt': 'x' });
    await client.push(join(here, 'a b.txt'), '~/work/deep/renamed.txt');
    await client.push(join(here, 'a b.txt'), '~/work/dir/');
    expect(tree(there())).toEqual({
      'deep/': '',
      'deep/renamed.txt': 'x',
      'dir/': '',
      'dir/a b.txt': 'x',
    });
    await client.pull('~/work/deep/renamed.txt', join(here, 'got/'));
    await client.pull('~/work/dir', join(here, 'whole'));
    expect(tree(here)).toMatchObject({ 'got/renamed.txt': 'x', 'whole/dir/a b.txt': 'x' });
  });

  it('adds, and removes only where that is asked for', async () => {
    const { client } = clientOf(variant(), ['keep/']);
    write(here, { 'from/a': '1' });
    await client.push(join(here, 'from'), '~/work/p');
    writeThere(variant(), 'work/p', {
      result: 'r',
      'keep/me': 'k',
      '.srunx-owner.json': '{}',
      'sub/.srunx-owner.json': '{}',
    });
    await client.push(join(here, 'from'), '~/work/p');
    expect(Object.keys(tree(there('p')))).toContain('result');
    const preview = await client.push(join(here, 'from'), '~/work/p', { delete: true, dryRun: true, itemize: true });
    expect(parseItems(preview.stdout).deletions.toSorted()).toEqual(['result', 'sub/', 'sub/.srunx-owner.json']);
    expect(Object.keys(tree(there('p')))).toContain('result');
    await client.push(join(here, 'from'), '~/work/p', { delete: true, backupDir: there('old') });
    expect(Object.keys(tree(there('p')))).toEqual(['.srunx-owner.json', 'a', 'keep/', 'keep/me']);
    expect(tree(there('old'))).toMatchObject({ result: 'r' });
  });

  it('changes nothing in a dry run, not even the directories above', async () => {
    const { client } = clientOf(variant());
    write(here, { 'from/a': '1' });
    const pushed = await client.push(join(here, 'from'), '~/work/x/y', { dryRun: true, itemize: true });
    expect(pushed).toMatchObject({ success: true, stats: { files: 1, bytes: 1 } });
    expect(parseItems(pushed.stdout).transfers).toEqual(['a']);
    expect(existsSync(there())).toBe(false);
    writeThere(variant(), 'work', { b: '2' });
    const pulled = await client.pull('~/work/', join(here, 'to/x'), { dryRun: true, itemize: true });
    expect([parseItems(pulled.stdout).transfers, existsSync(join(here, 'to'))]).toEqual([['b'], false]);
  });

  it('removes no more than the cap, and says in a dry run that there is more', async () => {
    const { client } = clientOf(variant());
    write(here, { 'from/a': '1' });
    writeThere(variant(), 'work/p', { b: '', c: '', d: '' });
    for (const maxDelete of [0, -1, 0.5]) {
      const promise = client.push(join(here, 'from'), '~/work/p', { delete: true, maxDelete });
      await expect(promise).rejects.toMatchObject({ code: 'usage.max_delete', exitCode: 2 });
    }
    const options = { delete: true, maxDelete: 2, itemize: true };
    const preview = await client.push(join(here, 'from'), '~/work/p', { ...options, dryRun: true });
    expect(preview).toMatchObject({ returncode: 25, success: false });
    expect(Object.keys(tree(there('p')))).toEqual(['b', 'c', 'd']);
    const pushed = await client.push(join(here, 'from'), '~/work/p', options);
    expect([pushed.returncode, parseItems(pushed.stdout).deletionCount]).toEqual([25, 2]);
    expect(tree(there('p'))).toMatchObject({ a: '1' });
    expect(Object.keys(tree(there('p')))).toHaveLength(2);
  });

  it('of what is not there removes nothing', async () => {
    const { client } = clientOf(variant());
    writeThere(variant(), 'work/p', { b: 'b' });
    const pushed = await client.push(join(here, 'nothing'), '~/work/p', { delete: true });
    expect(pushed).toMatchObject({ returncode: 23, success: false, stderr: expect.stringContaining('nothing') });
    expect(tree(there('p'))).toEqual({ b: 'b' });
    const pulled = await client.pull('~/work/nothing/', join(here, 'to'), { delete: true });
    expect(pulled).toMatchObject({ returncode: 23, success: false });
  });

  it.each(['~', '~/', '/', '/tmp', '.', '~/work/..', '~/x/../..'])('mirrors nothing to %s', async (path) => {
    const { client } = clientOf(variant());
    write(here, { a: '1' });
    await expect(client.push(here, path, { delete: true })).rejects.toMatchObject({ exitCode: 8 });
  });

  it.each(['', '~somebody/x', 'a\0b'])('refuses the remote path %j', async (path) => {
    const { client } = clientOf(variant());
    await expect(client.push(here, path)).rejects.toMatchObject({ code: 'usage.remote_path', exitCode: 2 });
    await expect(client.pull(path, here)).rejects.toMatchObject({ code: 'usage.remote_path' });
    await expect(client.readRemoteFile(path)).rejects.toMatchObject({ code: 'usage.remote_path' });
  });

  it('goes by rules, behind the patterns', async () => {
    const { client } = clientOf(variant(), ['*.h5']);
    write(here, { '.gitignore': 'build/\n', 'build/x': '', 'a.h5': '', 'b.csv': '', 'c.py': '' });
    const filters = [':- .gitignore'];
    const { paths } = await client.listLocalFiles(here, { excludePatterns: ['*.csv'], filters });
    expect(paths).toEqual(['.gitignore', 'c.py']);
    await client.push(here, '~/work/f', { excludePatterns: ['*.csv'], filters });
    expect(Object.keys(tree(there('f')))).toEqual(['.gitignore', 'c.py']);
    expect(client.effectiveExcludes(['*.csv']).slice(-2)).toEqual(['*.h5', '*.csv']);
  });

  it('goes where the project has its place, if nobody says where', async () => {
    const { client } = clientOf(variant());
    write(here, { 'my project/a': '1' });
    const path = await RsyncClient.getDefaultRemotePath(join(here, 'my project'));
    expect(path).toMatch(/^~\/\.config\/srunx\/workspace\/my project-[0-9a-f]{8}\/$/);
    expect((await client.push(join(here, 'my project'))).success).toBe(true);
    expect(tree(join(variant().home, path.slice(2)))).toEqual({ a: '1' });
    rmSync(join(variant().home, '.config/srunx/workspace'), { recursive: true });
  });

  it('tells how far it is, and leaves that out of its output', async () => {
    const { client } = clientOf(variant());
    write(here, { 'a/b': 'x'.repeat(100_000), 'a/c': 'y' });
    const seen: number[] = [];
    const onProgress = ({ bytes }: { readonly bytes: number }) => seen.push(bytes);
    const pushed = await client.push(join(here, 'a'), '~/work/a', { onProgress, itemize: true });
    expect(seen.at(-1)).toBe(100_001);
    expect(pushed.stdout.split('\n').filter((line) => line.startsWith('<'))).toEqual([
      '<f+++++++++ b',
      '<f+++++++++ c',
    ]);
    expect(pushed.stdout).not.toMatch(/%|\r|Number of/);
  });

  it('shows what rsync writes, if that is wanted, and returns it all the same', async () => {
    const { client } = clientOf(variant());
    write(here, { 'a/b': 'x' });
    const shown: string[] = [];
    const stderr = vi.spyOn(process.stderr, 'write').mockImplementation((text) => shown.push(String(text)) > 0);
    const pushed = await client.push(join(here, 'a'), '~/work/a', { verbose: true, itemize: true });
    stderr.mockRestore();
    expect(shown.join('')).toMatch(/<f\+{9} b\n.* 100% /s);
    expect(pushed).toMatchObject({ success: true, stdout: expect.stringMatching(/<f\+{9} b\n$/) });
  });

  it('leaves alone what has come of a file, as its preview does', async () => {
    const { client } = clientOf(variant());
    write(here, { 'from/a': '1', 'from/.srunx-partial/b': '2' });
    writeThere(variant(), 'work/p', { '.srunx-partial/c': '3' });
    const options = { delete: true, itemize: true };
    for (const dryRun of [true, false]) {
      const { stdout } = await client.push(join(here, 'from'), '~/work/p', { ...options, dryRun });
      expect(parseItems(stdout)).toMatchObject({ transfers: ['a'], deletionCount: 0 });
    }
    expect((await client.listLocalFiles(join(here, 'from'))).paths).toEqual(['a']);
  });

  it('may share files with another directory, keep what is newer, and leave permissions to the other end', async () => {
    const { client } = clientOf(variant());
    write(here, { 'from/a': '1', 'from/run.sh': '#!/bin/sh' });
    spawnSync('chmod', ['700', join(here, 'from/run.sh')]);
    await client.push(join(here, 'from'), '~/work/s 1', { permissions: 'receiver' });
    const mode = (name: string) => statSync(there(name)).mode & 0o777;
    expect([mode('s 1/run.sh') & ~mode('s 1'), mode('s 1/run.sh') & 0o110, mode('s 1/a') & 0o111]).toEqual([
      0, 0o110, 0,
    ]);
    await client.push(join(here, 'from'), '~/work/s2', { permissions: 'receiver', linkDest: ['~/work/s 1'] });
    expect(statSync(there('s2/a')).ino).toBe(statSync(there('s 1/a')).ino);
    writeThere(variant(), 'work/s2', { b: 'newer' });
    write(here, { 'from/b': 'older!' });
    spawnSync('touch', ['-d', '2001-01-01', join(here, 'from/b')]);
    await client.push(join(here, 'from'), '~/work/s2', { update: true });
    expect(tree(there('s2'))).toMatchObject({ b: 'newer' });
    await client.push(join(here, 'from'), '~/work/s2', { backupDir: '~/work/old ones' });
    expect(tree(there())).toMatchObject({ 's2/b': 'older!', 'old ones/b': 'newer' });
  });

  it('logs in once, whatever is done', async () => {
    const before = variant().countLogins();
    const { client } = clientOf(variant());
    write(here, { a: '1' });
    await client.readRemoteFile('~/nothing');
    expect(variant().countLogins()).toBe(before + 1);
    for (let count = 0; count < 3; count += 1) await client.push(here, '~/work/a');
    await Promise.all(['b', 'c', 'd'].map((name) => client.push(here, `~/work/${name}`)));
    await client.pull('~/work/', here);
    expect(variant().countLogins()).toBe(before + 1);
    // Somebody else has the same connection, and what is known of the rsync there.
    const { client: other, shell } = clientOf(variant());
    const run = vi.spyOn(shell, 'run');
    await other.push(here, '~/work/e');
    expect([variant().countLogins(), run.mock.calls.length]).toEqual([before + 1, 0]);
  });

  it('needs room for its session, and waits for that', async () => {
    await using small = await startSshVariant(cluster(), { maxSessions: 1 });
    const { client, shell } = clientOf(small);
    write(here, { a: '1' });
    await shell.facts();
    const busy = shell.run({ argv: ['sleep', '1'] });
    const pushed = await client.push(here, '~/a');
    await busy;
    expect(pushed.success, pushed.stderr).toBe(true);
  });
});
