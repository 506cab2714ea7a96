import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { useSandbox } from '../cli/sandbox.ts';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSshVariant } from '../support/ssh-variants.ts';

const cluster = useDevCluster();
const dev = useSshVariant(cluster, {});
// The path of a socket may have only a hundred bytes.
const runtime = mkdtempSync(join(tmpdir(), 'srx-'));
chmodSync(runtime, 0o700);
const { srunx } = useSandbox(() => ({
  ...cluster().env,
  XDG_CONFIG_HOME: join(runtime, 'config'),
  XDG_RUNTIME_DIR: runtime,
}));
const local = join(runtime, 'code');
const there = (...parts: string[]) => join(dev().home, 'code', ...parts);
const beside = (...parts: string[]) => join(dev().home, '.code.srunx', ...parts);
const put = (name: string, text: string) => writeFileSync(join(local, name), text);
const trees = () => readdirSync(beside('trees')).filter((name) => /^[0-9a-f]{64}$/.test(name));

beforeAll(async () => {
  mkdirSync(join(runtime, 'config', 'srunx'), { recursive: true });
  const save = (name: string, dev: object) =>
    writeFileSync(join(runtime, 'config', 'srunx', name), JSON.stringify({ profiles: { dev } }));
  save('config.json', { ssh_host: 'dev', mounts: [{ name: 'code', local, remote: there() }] });
  save('extra.json', { ssh_config: dev().sshConfig });
  for (const name of ['src', 'empty dir/b']) mkdirSync(join(local, name), { recursive: true });
  put('train.sh', '#!/bin/sh\n#SBATCH -t 1\npwd; cat src/model.py; echo result > result.txt\n');
  put('#odd', '');
  put('-n', '');
  put('a\nb', '');
  put('src/model.py', 'one\n');
}, 60_000);
afterAll(async () => {
  await srunx(['ssh', 'logout', 'dev']);
  rmSync(runtime, { recursive: true, force: true });
});

async function submit(...words: string[]): Promise<string> {
  const done = await srunx(['sbatch', ...words, '--profile', 'dev'], { cwd: local });
  expect([done.code, done.stderr]).toEqual([0, expect.any(String)]);
  return /Submitted batch job (\d+)/.exec(done.stdout)?.[1] ?? '';
}

function readIfThere(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

async function logOf(id: string): Promise<string> {
  await srunx(['watch', 'jobs', id, '--profile', 'dev'], { cwd: local });
  return readFileSync(there(`slurm-${id}.out`), 'utf8');
}

const release = (id: string) => srunx(['release', id, '--profile', 'dev']);

it('runs the code of the submission with a copy, and that of the start without', async () => {
  const copied = await submit('-H', '--snapshot', 'train.sh');
  const plain = await submit('-H', 'train.sh');
  put('src/model.py', 'two\n');
  expect((await srunx(['ssh', 'sync', 'dev'])).code).toBe(0);
  for (const id of [copied, plain]) expect((await release(id)).code).toBe(0);
  expect(await logOf(plain)).toBe(`${there()}\ntwo\n`);
  const [directory = '', ...said] = (await logOf(copied)).split('\n');
  expect([directory.startsWith(beside('runs')), said]).toEqual([true, ['one', '']]);
  expect(readdirSync(directory).sort()).toEqual(
    ['#odd', '-n', 'a\nb', 'empty dir', 'result.txt', 'src', 'train.sh'].sort(),
  );
  expect(existsSync(join(directory, 'empty dir', 'b'))).toBe(true);
});

it('says which code a job runs', async () => {
  const copied = await submit('-H', '--snapshot', 'train.sh');
  const plain = await submit('-H', 'train.sh');
  const show = async (id: string, ...words: string[]) =>
    (await srunx(['show', id, '--profile', 'dev', ...words])).stdout;
  expect(await show(copied)).toMatch(/code of code +copy [0-9a-f]{12} of .*\.code\.srunx\/runs/);
  expect(await show(plain)).toMatch(/code of code +the mount as it is when the job starts/);
  const record = JSON.parse((await srunx(['history', 'show', copied, '--json'])).stdout);
  expect(record.code).toEqual([expect.objectContaining({ mount: 'code', snapshot: expect.any(String) })]);
  expect(JSON.parse(await show(copied, '--json')).srunx.code).toEqual(record.code);
  const other = JSON.parse((await srunx(['history', 'show', plain, '--json'])).stdout);
  const diff = await srunx(['flow', 'diff', record.run_id, other.run_id]);
  expect(diff.stdout).toMatch(/code of code.*copy [0-9a-f]{12}/);
});

it('keeps one tree for each state, with what two of them have in common', async () => {
  const [first] = trees();
  const runsThere = () => readdirSync(beside('runs')).filter((name) => !name.includes('.'));
  const before = runsThere().length;
  const inode = (...parts: string[]) => statSync(join(...parts)).ino;
  await submit('-H', '--snapshot', 'train.sh');
  await submit('-H', '--snapshot', 'train.sh');
  const runs = runsThere();
  expect([trees().length, runs.length]).toEqual([2, before + 2]);
  const second = trees().find((name) => name !== first) ?? '';
  expect(inode(beside('trees', second, 'train.sh'))).toBe(inode(beside('trees', `${first}`, 'train.sh')));
  expect(inode(beside('trees', second, 'train.sh'))).not.toBe(inode(there('train.sh')));
  expect(new Set(runs.map((run) => inode(beside('runs', run, 'src', 'model.py')))).size).toBe(2);
  expect(statSync(beside('trees', second, 'train.sh')).mode & 0o222).toBe(0);
});

it('gives a requeued job and the tasks of an array what they had', async () => {
  put('src/model.py', 'first\n');
  put('wait.sh', `#!/bin/sh\n#SBATCH -t 1\ncat src/model.py; until [ -e ${there('go')} ]; do sleep 0.1; done\n`);
  const again = await submit('--snapshot', '--requeue', '--open-mode=append', 'wait.sh');
  const tasks = await submit('-H', '-a', '1-2', '--snapshot', 'train.sh');
  const starts = () => readIfThere(there(`slurm-${again}.out`)).match(/^(?:first|second)$/gm) ?? [];
  await vi.waitUntil(() => starts().length === 1, { timeout: 60_000 });
  put('src/model.py', 'second\n');
  expect((await srunx(['ssh', 'sync', 'dev'])).code).toBe(0);
  expect((await srunx(['requeue', again, '--profile', 'dev'])).code).toBe(0);
  expect((await release(tasks)).code).toBe(0);
  await srunx(['watch', 'jobs', tasks, '--profile', 'dev'], { cwd: local });
  for (const task of [1, 2]) expect(readIfThere(there(`slurm-${tasks}_${task}.out`))).toMatch(/\nfirst\n$/);
  // Slurm waits for two minutes of its own accord.
  expect((await srunx(['update', again, '--begin', 'now', '--profile', 'dev'])).code).toBe(0);
  await vi.waitUntil(() => starts().length === 2, { timeout: 60_000 });
  expect(starts()).toEqual(['first', 'first']);
  writeFileSync(there('go'), '');
}, 180_000);

it('lets no job write into the code of others, nor takes for a tree what somebody has written into', async () => {
  put('src/model.py', 'mine\n');
  put(
    'spoil.sh',
    '#!/bin/sh\n#SBATCH -t 1\necho spoilt >> src/model.py; chmod u+w src/model.py; echo spoilt >> src/model.py\n',
  );
  const id = await submit('--snapshot', 'spoil.sh');
  expect(await logOf(id)).toMatch(/Permission denied|cannot create/);
  expect(readFileSync(there('src', 'model.py'), 'utf8')).toBe('mine\n');
  const next = await submit('--snapshot', 'train.sh');
  expect(await logOf(next)).toMatch(/\nmine\n$/);
});

it('copies no file that a job has changed in the mount', async () => {
  put('src/model.py', 'right\n');
  expect((await srunx(['ssh', 'sync', 'dev'])).code).toBe(0);
  writeFileSync(there('src', 'model.py'), 'wrong\n');
  const id = await submit('--snapshot', 'train.sh');
  expect(await logOf(id)).toMatch(/\nright\n$/);
});

it('copies what is here, whatever size and time say', async () => {
  put('src/model.py', 'one\n');
  const { atime, mtime } = statSync(join(local, 'src', 'model.py'));
  await submit('-H', '--snapshot', 'train.sh');
  put('src/model.py', 'two\n');
  utimesSync(join(local, 'src', 'model.py'), atime, mtime);
  const id = await submit('--snapshot', 'train.sh');
  expect(await logOf(id)).toMatch(/\ntwo\n$/);
});

it('leaves out what is gone, and makes a directory of a file', async () => {
  rmSync(join(local, '#odd'));
  mkdirSync(join(local, '#odd'));
  put('#odd/file', '');
  rmSync(join(local, 'empty dir'), { recursive: true });
  symlinkSync('train.sh', join(local, 'link'));
  await submit('-H', '--snapshot', 'train.sh');
  const [newest = ''] = trees().sort((one, other) => ageOf(other) - ageOf(one));
  expect(readdirSync(beside('trees', newest)).sort()).toEqual(readdirSync(local).sort());
  expect(readdirSync(beside('trees', newest, '#odd'))).toEqual(['file']);
});

const ageOf = (tree: string) => statSync(beside('trees', tree)).ctimeMs;

it('submits nothing where there is no room for a copy', async () => {
  put('src/model.py', 'no room\n');
  const before = [readdirSync(beside('runs')), trees()];
  chmodSync(beside('runs'), 0o500);
  const refused = await srunx(['sbatch', '--snapshot', 'train.sh', '--profile', 'dev'], { cwd: local });
  chmodSync(beside('runs'), 0o755);
  expect([refused.code, refused.stdout, refused.stderr]).toEqual([
    1,
    '',
    expect.stringContaining('nothing was submitted'),
  ]);
  expect(readdirSync(beside('runs'))).toEqual(before[0]);
});

it('keeps no copy for a job that Slurm refuses', async () => {
  const before = readdirSync(beside('runs'));
  const refused = await srunx(['sbatch', '--snapshot', '-p', 'nowhere', 'train.sh', '--profile', 'dev'], {
    cwd: local,
  });
  expect([refused.code, readdirSync(beside('runs'))]).toEqual([3, before]);
});

it('removes copies of ended runs and states that nothing uses, but nothing that a job wrote', async () => {
  put(
    'train.sh',
    '#!/bin/sh\n#SBATCH -t 1\nmkdir out; echo result > out/r; rm src/model.py; echo own > src/model.py; mkdir none\n',
  );
  put('src/model.py', 'right\n');
  const id = await submit('--snapshot', 'train.sh');
  const other = await submit('-H', '--snapshot', 'train.sh');
  await logOf(id);
  const { run_id: waiting } = JSON.parse((await srunx(['history', 'show', other, '--json'])).stdout);
  const { run_id: run } = JSON.parse((await srunx(['history', 'show', id, '--json'])).stdout);
  const copy = beside('runs', run);
  const before = trees().length;
  const prune = ['prune', '--older-than', '0s', '--profile', 'dev'];
  const shown = await srunx([...prune, '--dry-run']);
  expect(shown.stderr).toMatch(/would remove \d+ copies of code \(\d+ files\)/);
  expect(existsSync(join(copy, 'train.sh'))).toBe(true);
  const done = await srunx([...prune, '--yes']);
  expect([done.code, done.stderr]).toEqual([0, expect.stringMatching(/files that jobs wrote in copies stay/)]);
  expect(readdirSync(copy).sort()).toEqual(['none', 'out', 'src']);
  expect(readFileSync(join(copy, 'src', 'model.py'), 'utf8')).toBe('own\n');
  expect(trees().length).toBeLessThan(before);
  expect(readIfThere(beside('runs', waiting, 'src', 'model.py'))).toBe('right\n');
  expect((await srunx([...prune, '--yes'])).stderr).toContain('Nothing to remove');
});
