import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useSandbox } from '../cli/sandbox.ts';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSshVariant } from '../support/ssh-variants.ts';

const cluster = useDevCluster();
const dev = useSshVariant(cluster, {});
// The path of a socket may have only a hundred bytes.
const runtime = mkdtempSync(join(tmpdir(), 'srx-'));
chmodSync(runtime, 0o700);
const { srunx, json, runModule } = useSandbox(() => ({
  ...cluster().env,
  XDG_CONFIG_HOME: join(runtime, 'config'),
  XDG_RUNTIME_DIR: runtime,
}));
const local = join(runtime, 'code');
const data = join(runtime, 'data');
const there = (...parts: string[]) => join(dev().home, ...parts);
const put = (name: string, text: string) => writeFileSync(join(local, name), text);
const at = { cwd: local };

interface Shown {
  readonly run_id: string;
  readonly cwd: string;
  readonly code: readonly Record<string, unknown>[];
  readonly jobs: readonly { readonly name: string; readonly job_id: string }[];
}

beforeAll(async () => {
  mkdirSync(join(runtime, 'config', 'srunx'), { recursive: true });
  const save = (name: string, dev: object) =>
    writeFileSync(join(runtime, 'config', 'srunx', name), JSON.stringify({ profiles: { dev } }));
  const mounts = [
    { name: 'data', local: data, remote: there('data') },
    { name: 'code', local, remote: there('code') },
  ];
  save('config.json', { ssh_host: 'dev', mounts });
  save('extra.json', { ssh_config: dev().sshConfig });
  mkdirSync(join(local, 'src'), { recursive: true });
  mkdirSync(join(local, 'deep'));
  mkdirSync(data);
  writeFileSync(join(data, 'table.csv'), '1\n');
  put('src/model.py', 'one\n');
  put('train.sh', '#!/bin/sh\n#SBATCH -t 1\npwd; cat src/model.py\n');
  put(
    'flow.yaml',
    `name: mounted
jobs:
  - {name: train, path: train.sh, log_dir: ${local}/logs}
  - {name: next, command: 'pwd; cat ../src/model.py ${there('data')}/table.csv', launcher: none, work_dir: ${local}/deep, depends_on: [train]}
  - {name: far, command: 'cat table.csv', launcher: none, work_dir: ${data}, inputs: [table.csv, '${local}/src/*.py']}
`,
  );
  put(
    'sweep.yaml',
    `name: swept
sweep: {matrix: {lr: [1, 2, 3]}, max_parallel: 3}
jobs:
  - {name: fit, command: 'echo {{ lr }} $(pwd) $(cat src/model.py)', launcher: none}
`,
  );
}, 60_000);
afterAll(async () => {
  await srunx(['ssh', 'logout', 'dev']);
  rmSync(runtime, { recursive: true, force: true });
});

const onDev = (...words: string[]) => srunx([...words, '--profile', 'dev'], at);
const countOf = (text: string, words: string) => text.split(words).length - 1;
const logsIn = (directory: string, name: string) =>
  readdirSync(directory)
    .filter((file) => file.startsWith(`${name}_`))
    .toSorted((one, other) => one.localeCompare(other, 'en', { numeric: true }))
    .map((file) => readFileSync(join(directory, file), 'utf8'));
const runIdOf = (text: string) => /run (\w{10}):/.exec(text)?.[1] ?? /sweep (\w{10}):/.exec(text)?.[1] ?? '';
const shown = (id: string) => json<Shown>(['flow', 'show', id], at);

/** Of the account. */
const locks = () => readdirSync(there('.cache', 'srunx', 'locks'));

it('shows where the jobs would run, and what would be sent', async () => {
  const { code, stdout, stderr } = await onDev('flow', 'plan', 'flow.yaml');
  expect([code, stderr]).toEqual([0, expect.anything()]);
  expect(stdout).toContain(`runs in: dev:${there('code')}`);
  expect(stdout).toMatch(/sync: data -> dev:\S+: 1 file/);
  expect(stdout).toContain(`--chdir=${there('code', 'deep')}`);
  expect([existsSync(there('code')), existsSync(there('data'))]).toEqual([false, false]);
  const sweep = await json<{ readonly cwd: string; readonly sync: readonly object[] }>(
    ['flow', 'run', 'sweep.yaml', '--profile', 'dev', '--dry-run', '--no-sync'],
    at,
  );
  expect(sweep).toMatchObject({ cwd: there('code'), sync: [{ mount: 'code', skipped: true }] });
});

it('runs a workflow with the code of its mounts, each sent once', async () => {
  const ran = await onDev('flow', 'run', 'flow.yaml');
  expect([ran.code, ran.stderr]).toEqual([0, expect.stringContaining('code -> dev:')]);
  expect([countOf(ran.stderr, 'code -> dev:'), countOf(ran.stderr, 'data -> dev:')]).toEqual([1, 1]);
  expect(ran.stderr.indexOf('data -> dev:')).toBeLessThan(ran.stderr.indexOf('code -> dev:'));
  expect(logsIn(there('code', 'logs'), 'train')).toEqual([`${there('code')}\none\n`]);
  expect(logsIn(there('code', 'deep', 'logs'), 'next')).toEqual([`${there('code', 'deep')}\none\n1\n`]);
  expect(logsIn(there('data', 'logs'), 'far')).toEqual(['1\n']);
  expect(locks()).toEqual([]);
  const record = await shown(runIdOf(ran.stderr));
  expect(record.cwd).toBe(there('code'));
  expect(record.code).toEqual([
    expect.objectContaining({ mount: 'data', local: data, remote: there('data'), root: there('data'), snapshot: null }),
    expect.objectContaining({ mount: 'code', local, remote: there('code'), root: there('code'), snapshot: null }),
  ]);
  // The user's own file; what has a wrapper or is made here lies in the plan directory.
  const train = await json([
    'show',
    record.jobs.find(({ name }) => name === 'train')?.job_id ?? '',
    '--profile',
    'dev',
  ]);
  expect(JSON.stringify(train)).toContain(there('code', 'train.sh'));
  const text = await srunx(['flow', 'show', record.run_id], at);
  expect(text.stdout).toContain(`the mount as it is when the job starts, ${there('code')}`);
  const history = JSON.parse((await srunx(['history', 'show', record.run_id, '--json'], at)).stdout) as Shown;
  expect(history.code).toEqual(record.code);
}, 120_000);

it('sends what was edited before the next run, and before what is repeated', async () => {
  put('src/model.py', 'two\n');
  const ran = await onDev('flow', 'run', 'flow.yaml');
  expect([ran.code, countOf(ran.stderr, '1 file sent')]).toEqual([0, 1]);
  expect(logsIn(there('code', 'logs'), 'train').at(-1)).toBe(`${there('code')}\ntwo\n`);
  const first = runIdOf(ran.stderr);
  put('src/model.py', 'three\n');
  const again = await srunx(['flow', 'rerun', first, '--job', 'train'], at);
  expect([again.code, countOf(again.stderr, 'code -> dev:')]).toEqual([0, 1]);
  expect(logsIn(there('code', 'logs'), 'train').at(-1)).toBe(`${there('code')}\nthree\n`);
  put('src/model.py', 'four\n');
  const unsynced = await srunx(['flow', 'rerun', first, '--job', 'train', '--no-sync'], at);
  expect([unsynced.code, unsynced.stderr]).toEqual([0, expect.stringContaining('is not synced')]);
  expect(logsIn(there('code', 'logs'), 'train').at(-1)).toBe(`${there('code')}\nthree\n`);
  expect(locks()).toEqual([]);
}, 180_000);

it('submits the script that was planned where another one is there', async () => {
  writeFileSync(there('code', 'train.sh'), '#!/bin/sh\necho spoilt\n');
  const ran = await onDev('flow', 'run', 'flow.yaml', '--job', 'train', '--no-sync');
  expect([ran.code, ran.stderr]).toEqual([0, expect.stringContaining('is not synced')]);
  expect(logsIn(there('code', 'logs'), 'train').at(-1)).toBe(`${there('code')}\nthree\n`);
}, 60_000);

it('judges what is to be resumed by what was sent', async () => {
  const nothing = await onDev('flow', 'run', 'flow.yaml', '--resume', '--job', 'far');
  expect([nothing.code, nothing.stderr]).toEqual([0, expect.stringMatching(/far runs again|nothing to do/)]);
  const done = await onDev('flow', 'run', 'flow.yaml', '--resume', '--job', 'far');
  expect([done.code, done.stderr]).toEqual([0, expect.stringContaining('nothing to do')]);
  put('src/model.py', 'five\n');
  const changed = await onDev('flow', 'run', 'flow.yaml', '--resume', '--job', 'far');
  expect([changed.code, changed.stderr]).toEqual([0, expect.stringMatching(/far runs again: input .*model\.py/)]);
}, 120_000);

describe('a sweep', () => {
  it('has the code that was sent in all of its cells, also in those that are added', async () => {
    const ran = await onDev('flow', 'run', 'sweep.yaml');
    expect([ran.code, countOf(ran.stderr, 'code -> dev:')]).toEqual([0, 1]);
    expect(logsIn(there('code', 'logs'), 'fit').toSorted()).toEqual(
      ['1', '2', '3'].map((lr) => `${lr} ${there('code')} five\n`),
    );
    const id = runIdOf(ran.stderr);
    expect((await shown(id)).code).toMatchObject([{ mount: 'code', local }]);
    put('src/model.py', 'six\n');
    const more = await srunx(['sweep', 'extend', id, '--add', 'lr=4', '--profile', 'dev'], at);
    expect([more.code, countOf(more.stderr, '1 file sent')]).toEqual([0, 1]);
    expect(logsIn(there('code', 'logs'), 'fit')).toContain(`4 ${there('code')} six\n`);
    expect(locks()).toEqual([]);
  }, 180_000);

  it('is refused where the script of any cell is in no mount', async () => {
    const secret = join(runtime, 'secret.sh');
    writeFileSync(secret, '#!/bin/sh\necho secret\n');
    put(
      'escape.yaml',
      `name: escape\nsweep: {matrix: {s: [train.sh, ${secret}]}, max_parallel: 2}\njobs: [{name: a, path: '{{ s }}'}]\n`,
    );
    const refused = await onDev('flow', 'run', 'escape.yaml');
    expect([refused.code, refused.stdout, refused.stderr]).toEqual([
      2,
      '',
      expect.stringMatching(/cell 1 .*(?:.|\n)*secret\.sh is in no mount of dev/),
    ]);
  });
});

it('runs in a copy of the code where that is wanted, and everything that is added to it', async () => {
  put('src/model.py', 'copied\n');
  const copyOf = (id: string) => there('.code.srunx', 'runs', id);
  const ran = await onDev('flow', 'run', 'flow.yaml', '--snapshot', '--job', 'train');
  expect([ran.code, ran.stderr]).toEqual([0, expect.stringMatching(/code -> dev:.*, copy [0-9a-f]{12}/)]);
  const id = runIdOf(ran.stderr);
  expect(logsIn(there('code', 'logs'), 'train')).toContain(`${copyOf(id)}\ncopied\n`);
  const swept = await onDev('flow', 'run', 'sweep.yaml', '--snapshot');
  expect(swept.code).toBe(0);
  const sweep = runIdOf(swept.stderr);
  put('src/model.py', 'later\n');
  const more = await srunx(['sweep', 'extend', sweep, '--add', 'lr=5', '--profile', 'dev'], at);
  expect([more.code, countOf(more.stderr, 'code -> dev:')]).toEqual([0, 0]);
  const lines = logsIn(there('code', 'logs'), 'fit');
  for (const lr of [1, 2, 3, 5]) expect(lines).toContain(`${lr} ${copyOf(sweep)} copied\n`);
  const again = await srunx(['flow', 'rerun', id, '--snapshot'], at);
  expect(again.code).toBe(0);
  const second = runIdOf(again.stderr);
  expect(logsIn(there('code', 'logs'), 'train')).toContain(`${copyOf(second)}\nlater\n`);
  const plain = await srunx(['flow', 'rerun', id], at);
  expect(logsIn(there('code', 'logs'), 'train').at(-1)).toBe(`${there('code')}\nlater\n`);
  const diff = await srunx(['flow', 'diff', id, second], at);
  expect(diff.stdout).toMatch(/code of code/);
  expect(diff.stdout).not.toMatch(/directory/);
  expect([plain.code, locks()]).toEqual([0, []]);
}, 180_000);

it('runs a workflow of the library with the code that is here', async () => {
  put('src/model.py', 'seven\n');
  const { ended } = runModule(
    'run.mjs',
    `const { createSrunx } = await import(process.argv.at(-1));
process.chdir(${JSON.stringify(local)});
await using srunx = createSrunx({ target: 'dev' });
const { runId } = await srunx.run({ file: 'sweep.yaml' });
for await (const { run } of srunx.follow(runId)) if (run.status !== 'running') console.log(run.status);`,
  );
  const { code, stdout, stderr } = await ended;
  expect([code, stdout, stderr]).toEqual([0, expect.stringContaining('completed'), '']);
  expect(logsIn(there('code', 'logs'), 'fit')).toContain(`3 ${there('code')} seven\n`);
}, 120_000);

it('submits nothing where the code is not to be sent', async () => {
  const before = await srunx(['flow', 'list', '--json'], at);
  const marker = { hostname: 'elsewhere', mount_name: 'code', last_sync_at: '2026-04-23T10:00:00.123456+00:00' };
  writeFileSync(there('code', '.srunx-owner.json'), JSON.stringify(marker));
  const refused = await onDev('flow', 'run', 'flow.yaml');
  expect([refused.code, refused.stdout, refused.stderr]).toEqual([8, '', expect.stringMatching(/elsewhere/)]);
  expect((await onDev('flow', 'run', 'sweep.yaml')).code).toBe(8);
  expect((await srunx(['flow', 'list', '--json'], at)).stdout).toBe(before.stdout);
  expect(locks()).toEqual([]);
  expect((await onDev('flow', 'run', 'flow.yaml', '--force-sync', '--job', 'train')).code).toBe(0);
}, 120_000);

it('takes options about code only where there is any', async () => {
  const none = await srunx(['flow', 'run', 'flow.yaml', '--job', 'train', '--local', '--force-sync'], at);
  expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('--force-sync has nothing to act on')]);
  const both = await onDev('flow', 'run', 'flow.yaml', '--snapshot', '--no-sync');
  expect([both.code, both.stderr]).toEqual([2, expect.stringContaining('contradict each other')]);
});
