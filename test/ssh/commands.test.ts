import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitUntil } from '../../dev/processes.ts';
import { useSandbox } from '../cli/sandbox.ts';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSshVariant } from '../support/ssh-variants.ts';

const cluster = useDevCluster();
const variant = useSshVariant(cluster, {});
// The path of a socket may have only a hundred bytes.
const runtime = mkdtempSync(join(tmpdir(), 'srx-'));
chmodSync(runtime, 0o700);
const config = join(runtime, 'config');
const { srunx, json, start, write, submit } = useSandbox(() => ({
  XDG_CONFIG_HOME: config,
  XDG_RUNTIME_DIR: runtime,
  SRUNX_SSH_PROFILE: 'dev',
}));

beforeAll(() => {
  mkdirSync(join(config, 'srunx'), { recursive: true });
  const profiles = (dev: object) => JSON.stringify({ profiles: { dev } });
  writeFileSync(join(config, 'srunx', 'config.json'), profiles({ ssh_host: 'dev' }));
  writeFileSync(join(config, 'srunx', 'extra.json'), profiles({ ssh_config: variant().sshConfig }));
});
afterAll(async () => {
  await srunx(['ssh', 'logout', 'dev']);
  rmSync(runtime, { recursive: true, force: true });
});

interface RunJson {
  readonly run_id: string;
  readonly status: string;
  readonly target: string;
  readonly directory: string;
  readonly jobs: readonly { readonly name: string; readonly state: string; readonly job_id: string }[];
}

const timeout = 30_000;
const ok = async (...args: readonly string[]) => {
  const ran = await srunx(args);
  expect(ran.code, ran.stderr).toBe(0);
  return ran;
};

describe('over ssh', () => {
  it('a script is submitted, waited for and read, in the home directory there', async () => {
    write('hello.sh', '#!/bin/bash\necho "from $PWD, ${GREETING-nobody}"\n');
    const ran = await ok('sbatch', '--wait', '--env', "GREETING=it's me", 'hello.sh');
    const [, id = ''] = /job (\d+) is completed/.exec(ran.stderr) ?? [];
    expect((await ok('tail', id)).stdout).toBe(`from ${variant().home}, it's me\n`);
    expect(await json(['show', id])).toMatchObject({ job_id: id });
    expect((await ok('history')).stdout).toContain(id);
  });

  it('says of a directory to work in that it is not there, as a path of this machine is', async () => {
    const { stderr } = await ok('sbatch', '--chdir', '/home/me/no such', '--wrap', 'true');
    expect(stderr).toContain('/home/me/no such is no directory on dev; where it is none on the nodes either');
    expect((await ok('sbatch', '--chdir', '/tmp', '--output', '/dev/null', '--wrap', 'true')).stderr).not.toContain(
      'no directory',
    );
  });

  it('says where it goes, once, and not where that was typed to be quiet', async () => {
    const { user, port } = variant();
    expect((await ok('squeue', '--me')).stderr).toContain(
      `srunx: on ${user}@127.0.0.1:${port} (profile: dev, via $SRUNX_SSH_PROFILE)\n`,
    );
    expect((await ok('squeue', '--me', '-q')).stderr).not.toContain('profile');
  });

  it('a job that exits with a code gives that code, and one that is cancelled is gone', async () => {
    expect((await srunx(['sbatch', '--wait', '--wrap', 'exit 7'])).code).toBe(7);
    const id = await submit(['--wrap', 'sleep 600']);
    expect((await json<{ readonly job_id: string }[]>(['squeue', '--me'])).map((job) => job.job_id)).toContain(id);
    expect((await ok('scancel', id)).stdout).toContain('cancelled');
    expect((await json<unknown[]>(['squeue', '--me', '-j', id])).length).toBe(0);
  });

  it('a log is followed to its end, byte by byte', async () => {
    const id = await submit(['--wrap', 'for i in 1 2 3 4 5; do printf "%s 日本\\n" $i; sleep 0.5; done']);
    const ran = await ok('tail', '-f', id);
    expect(ran.stdout).toBe('1 日本\n2 日本\n3 日本\n4 日本\n5 日本\n');
  });

  it('a workflow is handed over, and is the same for whoever has only its directory there', async () => {
    write(
      'pipeline.yaml',
      `name: pipeline
jobs:
  - {name: prep, command: "echo prep > out.txt"}
  - {name: train, command: "cat out.txt; test $SRUNX_ATTEMPT -ge 2", depends_on: [prep], retry: {max: 2, delay: 1}}
  - {name: report, command: "echo done", depends_on: [train]}
`,
    );
    const id = (await ok('flow', 'run', 'pipeline.yaml', '--detach')).stdout.trim();
    expect((await ok('flow', 'attach', id, '-i', '1')).code).toBe(0);
    const run = await json<RunJson>(['flow', 'status', id]);
    expect(run).toMatchObject({ status: 'completed', target: 'dev' });
    expect(run.jobs.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'prep completed',
      'train completed',
      'report completed',
    ]);
    expect((await ok('flow', 'logs', id)).stdout).toMatch(/train\s*\| prep/);
    const elsewhere = { env: { XDG_STATE_HOME: join(runtime, 'state') } };
    expect(await json<RunJson>(['flow', 'status', run.directory], elsewhere)).toMatchObject({
      run_id: id,
      status: 'completed',
    });
  });

  it('what is done and unchanged is left out, by the files there', async () => {
    write(
      'again.yaml',
      `name: again
jobs:
  - {name: make, launcher: none, command: "echo 1 > made.txt", outputs: made.txt}
  - {name: use, launcher: none, command: "cat made.txt", inputs: [made.txt], depends_on: [make]}
`,
    );
    await ok('flow', 'run', 'again.yaml', '-i', '1');
    expect((await ok('flow', 'run', 'again.yaml', '--resume')).stderr).toContain('nothing to do');
    writeFileSync(join(variant().home, 'made.txt'), 'other');
    expect((await ok('flow', 'run', 'again.yaml', '--resume', '--dry-run')).stderr).toContain(
      'make runs again: output made.txt has changed',
    );
  });

  it('a sweep is handed over in one go, shown and cancelled', async () => {
    write(
      'grid.yaml',
      `name: grid
sweep: {matrix: {lr: [0.1, 0.2, 0.3], seed: {range: [0, 4]}}, max_parallel: 2}
jobs:
  - {name: train, launcher: none, command: "echo {{ lr }} {{ seed }}; sleep 2"}
  - {name: eval, launcher: none, command: "true", depends_on: [train]}
`,
    );
    const id = (await ok('flow', 'run', 'grid.yaml', '--detach')).stdout.trim();
    expect(await json(['sweep', 'status', id])).toMatchObject({ cell_count: 12, target: 'dev' });
    await ok('sweep', 'cancel', id);
    const status = async () => (await json<{ readonly status: string }>(['sweep', 'status', id])).status;
    await expect.poll(status, { timeout }).toBe('cancelled');
  });

  it('a sweep gets more cells, planned from the file here', async () => {
    write(
      'more.yaml',
      `name: more
sweep: {matrix: {lr: [0.1]}, max_parallel: 2}
jobs:
  - {name: train, launcher: none, command: "echo {{ lr }}"}
`,
    );
    const id = (await ok('flow', 'run', 'more.yaml', '--detach')).stdout.trim();
    await ok('sweep', 'attach', id, '-i', '1');
    await ok('sweep', 'extend', id, '--add', 'lr=0.2,0.3', '--detach');
    expect(await json(['sweep', 'status', id])).toMatchObject({ cell_count: 3 });
    await ok('sweep', 'attach', id, '-i', '1');
  });

  it('an interrupted follower leaves the jobs alone, and says how to come back', async () => {
    write('long.yaml', 'name: long\njobs:\n  - {name: only, launcher: none, command: "sleep 600"}\n');
    const follower = start(['flow', 'run', 'long.yaml', '-i', '1']);
    expect(await waitUntil(() => /handed over/.test(follower.stderr()), timeout)).toBe(true);
    const ran = await follower.interrupt('SIGINT');
    expect([ran.code, ran.stderr]).toEqual([130, expect.stringMatching(/flow attach/)]);
    const [, id = ''] = /run (\w+)/.exec(follower.stderr()) ?? [];
    expect(await json<RunJson>(['flow', 'status', id])).toMatchObject({
      status: expect.stringMatching(/running|pending/),
    });
    await ok('flow', 'cancel', id);
  });

  it('a profile with another name keeps its runs', async () => {
    const id = await submit(['--wrap', 'sleep 600']);
    await ok('ssh', 'rename', 'dev', 'other');
    const renamed = { env: { SRUNX_SSH_PROFILE: 'other' } };
    expect(await json(['history', '-j', id, '--no-refresh'], renamed)).toMatchObject([{ job_id: id, target: 'other' }]);
    expect((await srunx(['scancel', id], renamed)).code).toBe(0);
    await ok('ssh', 'rename', 'other', 'dev');
  });

  it('a test job tells of the directory of the runs there', async () => {
    expect((await ok('doctor', '--job')).stdout).toContain('the run directory is seen there');
  }, 120_000);

  it('logs and results come here', async () => {
    const ran = await ok('sbatch', '--wait', '--wrap', 'echo result');
    const [, id = ''] = /job (\d+) is completed/.exec(ran.stderr) ?? [];
    await ok('get', id, '--to', 'fetched');
    expect((await ok('tail', id)).stdout).toBe('result\n');
  });

  it('the test of the nodes is one of the run directory there', async () => {
    const { nodes } = await json<{ readonly nodes: { readonly run_directory: string } }>(['doctor', '--job']);
    expect(nodes.run_directory).toBe(`${variant().home}/.local/share/srunx/runs`);
  });

  it.each([
    ['sinfo'],
    ['gpus'],
    ['sacct'],
    ['limits'],
    ['eta'],
    ['prio'],
    ['flow', 'list'],
    ['sweep', 'list'],
    ['history'],
    ['ssh', 'test', 'dev'],
    ['ssh', 'list'],
    ['ssh', 'show', 'dev'],
    ['squeue', '--all-profiles'],
  ])('%s %s works', async (...words) => {
    const args = words.includes('--all-profiles') ? { env: { SRUNX_SSH_PROFILE: undefined } } : {};
    const ran = await srunx(words, args);
    expect([0, 1].includes(ran.code), ran.stderr).toBe(true);
    expect(ran.stderr).not.toContain('error[');
  });

  it('all of that was one login', () => {
    expect(variant().countLogins()).toBe(1);
  });
});
