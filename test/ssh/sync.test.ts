import {
  chmodSync,
  existsSync,
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
import { afterAll, beforeAll, expect, it } from 'vitest';
import { useSandbox } from '../cli/sandbox.ts';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSshVariant } from '../support/ssh-variants.ts';

const cluster = useDevCluster();
const dev = useSshVariant(cluster, {});
// The path of a socket may have only a hundred bytes.
const runtime = mkdtempSync(join(tmpdir(), 'srx-'));
chmodSync(runtime, 0o700);
const { srunx, json } = useSandbox(() => ({
  ...cluster().env,
  XDG_CONFIG_HOME: join(runtime, 'config'),
  XDG_RUNTIME_DIR: runtime,
}));
const local = join(runtime, 'code');
const there = (...parts: string[]) => join(dev().home, 'code', ...parts);
const put = (name: string, text: string) => writeFileSync(join(local, name), text);

interface Synced {
  readonly unchanged: boolean;
  readonly files_transferred: number;
  readonly entries_deleted: number;
  readonly backup_dir: string | null;
}

beforeAll(async () => {
  mkdirSync(join(runtime, 'config', 'srunx'), { recursive: true });
  const save = (name: string, dev: object) =>
    writeFileSync(join(runtime, 'config', 'srunx', name), JSON.stringify({ profiles: { dev } }));
  save('config.json', { ssh_host: 'dev', mounts: [{ name: 'code', local, remote: there() }] });
  save('extra.json', { ssh_config: dev().sshConfig });
  mkdirSync(join(local, 'src'), { recursive: true });
  put('train.sh', '#!/bin/sh\n#SBATCH -t 1\npwd; cat src/model.py; echo result > result.txt\n');
  put('src/model.py', 'one\n');
}, 60_000);
afterAll(async () => {
  await srunx(['ssh', 'logout', 'dev']);
  rmSync(runtime, { recursive: true, force: true });
});

const sync = (...words: string[]) => json<Synced>(['ssh', 'sync', 'dev', '--json', ...words]);

it('sends what has changed, and sees by one look that nothing has', async () => {
  expect(await sync()).toMatchObject({ unchanged: false, files_transferred: 2 });
  expect(readFileSync(there('src', 'model.py'), 'utf8')).toBe('one\n');
  expect(await sync()).toMatchObject({ unchanged: true, files_transferred: 0 });
  put('src/model.py', 'two\n');
  expect(await sync()).toMatchObject({ unchanged: false, files_transferred: 1 });
  expect(readdirSync(join(dev().home, '.cache/srunx/locks'))).toEqual([]);
  // Whatever happens to it there is seen, too.
  writeFileSync(there('src', 'model.py'), 'spoilt\n');
  expect(await sync()).toMatchObject({ unchanged: false, files_transferred: 1 });
  expect(readFileSync(there('src', 'model.py'), 'utf8')).toBe('two\n');
});

it('removes nothing unless that was asked for, and no output of jobs without being told how much', async () => {
  writeFileSync(there('output.txt'), 'of a job\n');
  put('old.py', 'old\n');
  await sync();
  rmSync(join(local, 'old.py'));
  await sync();
  expect([existsSync(there('old.py')), existsSync(there('output.txt'))]).toEqual([true, true]);
  const preview = await srunx(['ssh', 'sync', 'dev', '--delete', '--dry-run']);
  expect([preview.code, preview.stderr]).toEqual([0, expect.stringContaining('it would be refused: 2 entries')]);
  const refused = await srunx(['ssh', 'sync', 'dev', '--delete']);
  expect([refused.code, refused.stderr]).toEqual([8, expect.stringMatching(/output\.txt(?:.|\n)*--max-delete 2/)]);
  expect([existsSync(there('old.py')), existsSync(there('output.txt'))]).toEqual([true, true]);
  const { entries_deleted: deleted, backup_dir: kept } = await sync('--delete', '--max-delete', '2');
  expect([deleted, existsSync(there('output.txt'))]).toEqual([2, false]);
  expect(readFileSync(join(kept ?? '', 'output.txt'), 'utf8')).toBe('of a job\n');
  expect(await sync('--restore')).toMatchObject({ files_restored: 2, backup_dir: kept });
  expect(readFileSync(there('output.txt'), 'utf8')).toBe('of a job\n');
});

it('submits the user’s own file where it is, and runs what was sent', async () => {
  put('src/model.py', 'three\n');
  const preview = await srunx(['sbatch', '--dry-run', '--profile', 'dev', 'train.sh'], { cwd: local });
  expect([preview.code, preview.stdout]).toEqual([0, expect.stringContaining('1 file, 6 B\n  > src/model.py')]);
  expect(readFileSync(there('src', 'model.py'), 'utf8')).not.toBe('three\n');
  const ran = await srunx(['sbatch', '--wait', 'train.sh', '--profile', 'dev'], { cwd: local });
  expect([ran.code, ran.stderr]).toEqual([0, expect.stringContaining('1 file sent')]);
  const id = /Submitted batch job (\d+)/.exec(ran.stdout)?.[1];
  expect(readFileSync(there(`slurm-${id}.out`), 'utf8')).toBe(`${there()}\nthree\n`);
  const job = await json<{ readonly work_dir: string }[]>(['show', `${id}`, '--profile', 'dev', '--json']);
  expect(JSON.stringify(job)).toContain(there('train.sh'));
});

it('does not send back what was brought, and keeps what a job has made of what was sent', async () => {
  put('log.csv', 'run 1\n');
  await sync();
  writeFileSync(there('log.csv'), 'run 1\nrun 2\n');
  expect(await sync('--pull')).toMatchObject({ files_transferred: expect.any(Number) });
  expect(readFileSync(join(local, 'log.csv'), 'utf8')).toBe('run 1\nrun 2\n');
  writeFileSync(there('log.csv'), 'run 1\nrun 2\nrun 3\n');
  put('src/model.py', 'four\n');
  await sync();
  expect(readFileSync(there('log.csv'), 'utf8')).toContain('run 3');
  // Edited here, it is of here again; what was there is not lost.
  put('log.csv', 'mine\n');
  const sent = await srunx(['ssh', 'sync', 'dev']);
  const kept = /kept in (\S+): log\.csv/.exec(sent.stderr)?.[1];
  expect([sent.code, readFileSync(there('log.csv'), 'utf8')]).toEqual([0, 'mine\n']);
  expect(readFileSync(join(kept ?? '', 'log.csv'), 'utf8')).toContain('run 3');
  const outside = await srunx(['ssh', 'sync', 'dev', '--restore', '../..']);
  expect([outside.code, outside.stderr]).toEqual([2, expect.stringContaining('no name of a backup')]);
});

it('leaves the permissions of the directory there, and a directory that is a link', async () => {
  chmodSync(there(), 0o2750);
  mkdirSync(join(dev().home, 'disk'), { recursive: true });
  chmodSync(join(dev().home, 'disk'), 0o777);
  symlinkSync(join(dev().home, 'disk'), there('data'));
  mkdirSync(join(local, 'data'));
  put('data/small', 'x');
  const ran = await srunx(['ssh', 'sync', 'dev']);
  expect([ran.code, ran.stderr]).toEqual([8, expect.stringContaining('data is a link there, and a directory here')]);
  expect(lstatSync(there('data')).isSymbolicLink()).toBe(true);
  rmSync(join(local, 'data'), { recursive: true });
  put('src/model.py', 'five\n');
  await sync();
  expect(statSync(there()).mode & 0o7777).toBe(0o2750);
});

it('translates what the head of a script says of this machine, and goes by the directory that is named', async () => {
  put('head.sh', `#!/bin/sh\n#SBATCH -t 1 -o ${local}/logs/%j.log\n#SBATCH -D ${local}/src\npwd\n`);
  const ran = await srunx(['sbatch', '--wait', 'head.sh', '--profile', 'dev'], { cwd: local });
  const id = /Submitted batch job (\d+)/.exec(ran.stdout)?.[1];
  expect([ran.code, readFileSync(there('logs', `${id}.log`), 'utf8')]).toEqual([0, `${there('src')}\n`]);
  put('src/model.py', 'six\n');
  const outside = ['sbatch', '--wait', '--profile', 'dev', '-D', join(local, 'src'), '-o', join(local, 'w.log')];
  const wrapped = await srunx([...outside, '--wrap', 'cat model.py'], { cwd: runtime });
  expect([wrapped.code, readFileSync(there('w.log'), 'utf8')]).toEqual([0, 'six\n']);
});

it('refuses what somebody else has synced, and takes it over where that is wanted', async () => {
  const marker = { hostname: 'elsewhere', mount_name: 'code', last_sync_at: '2026-04-23T10:00:00.123456+00:00' };
  writeFileSync(there('.srunx-owner.json'), JSON.stringify(marker));
  const refused = await srunx(['sbatch', 'train.sh', '--profile', 'dev'], { cwd: local });
  expect([refused.code, refused.stdout, refused.stderr]).toEqual([
    8,
    '',
    expect.stringMatching(/elsewhere.*2026-04-23/),
  ]);
  expect((await srunx(['ssh', 'sync', 'dev', '--force-sync'])).code).toBe(0);
  expect((await srunx(['ssh', 'sync', 'dev'])).code).toBe(0);
});

it('refuses where the source is gone', async () => {
  rmSync(local, { recursive: true });
  const gone = await srunx(['ssh', 'sync', 'dev']);
  expect([gone.code, gone.stderr]).toEqual([8, expect.stringContaining('there is no directory')]);
  mkdirSync(local);
  const empty = await srunx(['ssh', 'sync', 'dev', '--delete', '--max-delete', '100']);
  expect([empty.code, empty.stderr]).toEqual([8, expect.stringContaining('is empty')]);
  expect(existsSync(there('train.sh'))).toBe(true);
});
