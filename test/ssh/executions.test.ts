import { chmodSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useSandbox } from '../cli/sandbox.ts';
import { countExecutions } from '../support/count-executions.ts';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSshVariant } from '../support/ssh-variants.ts';

const cluster = useDevCluster();
const variant = useSshVariant(cluster, {});
// The path of a socket may have only a hundred bytes.
const runtime = mkdtempSync(join(tmpdir(), 'srx-'));
chmodSync(runtime, 0o700);
const config = join(runtime, 'config');
const local = join(runtime, 'code');
const { srunx, write } = useSandbox(() => ({
  XDG_CONFIG_HOME: config,
  XDG_RUNTIME_DIR: runtime,
  SRUNX_SSH_PROFILE: 'dev',
}));

let count: () => number;
beforeAll(async () => {
  mkdirSync(join(config, 'srunx'), { recursive: true });
  mkdirSync(local);
  put('train.py', 'one');
  const mounts = [{ name: 'code', local, remote: join(variant().home, 'code') }];
  const profiles = (dev: object) => JSON.stringify({ profiles: { dev } });
  writeFileSync(join(config, 'srunx', 'config.json'), profiles({ ssh_host: 'dev', mounts }));
  writeFileSync(join(config, 'srunx', 'extra.json'), profiles({ ssh_config: variant().sshConfig }));
  count = countExecutions(variant());
  await ok('squeue');
});
afterAll(async () => {
  await srunx(['ssh', 'logout', 'dev']);
  rmSync(runtime, { recursive: true, force: true });
});

const ok = async (...args: readonly string[]) => {
  count();
  const ran = await srunx(args);
  expect(ran.code, ran.stderr).toBe(0);
  return { ...ran, executions: count() };
};

// Of two edits within a second, the later one is compared byte by byte, which is a question more.
let seconds = Math.floor(Date.now() / 1_000) - 600;
function put(name: string, text: string): void {
  seconds += 1;
  writeFileSync(join(local, name), text);
  utimesSync(join(local, name), seconds, seconds);
}

const idOf = (text: string) => /\d+/.exec(text)?.[0] ?? '';

// Each is a round trip.
describe('over ssh it takes so many executions', () => {
  it('to list the queue: one', async () => {
    expect((await ok('squeue', '--me')).executions).toBe(1);
  });

  it('to sync: one; two where files were edited, and three where there are new ones', async () => {
    await ok('ssh', 'sync', 'dev', '--yes');
    expect((await ok('ssh', 'sync', 'dev')).executions).toBe(1);
    put('train.py', 'two');
    expect((await ok('ssh', 'sync', 'dev')).executions).toBe(2);
    expect((await ok('ssh', 'sync', 'dev')).executions).toBe(1);
    put('new.py', 'new');
    expect((await ok('ssh', 'sync', 'dev')).executions).toBe(3);
  });

  it('to submit: one question, and the submission', async () => {
    const { executions, stdout } = await ok(
      'sbatch',
      '--hold',
      '--chdir',
      '/tmp',
      '--output',
      '/dev/null',
      '--wrap',
      'true',
    );
    expect(executions).toBe(2);
    await ok('scancel', idOf(stdout));
  });

  it('to hand over a workflow, or a sweep: the same', async () => {
    const jobs = 'jobs:\n  - {name: one, launcher: none, command: "true"}\n';
    write('flow.yaml', `name: flow\n${jobs}`);
    write('grid.yaml', `name: grid\nsweep: {max_parallel: 2, matrix: {a: [1, 2]}}\n${jobs}`);
    expect((await ok('flow', 'run', 'flow.yaml', '--detach')).executions).toBe(2);
    expect((await ok('flow', 'run', 'grid.yaml', '--detach')).executions).toBe(2);
  });

  it.each([['hold'], ['release'], ['update', '--time', '5'], ['requeue'], ['scancel']])(
    'to look at a job, to %s it, and to look again: one',
    async (verb, ...words) => {
      const options = ['--begin', 'now+1hour', '--chdir', '/tmp', '--output', '/dev/null'];
      const held = verb === 'release' ? ['--hold'] : [];
      const script = verb === 'requeue' ? 'sleep 600' : 'true';
      const begins = verb === 'requeue' ? options.slice(2) : options;
      const id = idOf((await ok('sbatch', ...begins, ...held, '--wrap', script)).stdout);
      if (verb === 'requeue') await expect.poll(async () => (await ok('squeue', '--me')).stdout).toMatch(/RUNNING/);
      expect((await ok(verb, id, ...words)).executions).toBe(1);
      if (verb !== 'scancel') await ok('scancel', id);
    },
  );

  it('to change the comment of a job, behind which its mark is kept: one look more', async () => {
    const id = idOf((await ok('sbatch', '--hold', '--wrap', 'true')).stdout);
    expect((await ok('update', id, '--comment', 'mine')).executions).toBe(2);
    await ok('scancel', id);
  });

  it('to show a job, whether it waits or is over: one', async () => {
    const waits = idOf((await ok('sbatch', '--hold', '--wrap', 'true')).stdout);
    expect((await ok('show', waits)).executions).toBe(1);
    await ok('scancel', waits);
    expect((await ok('show', waits)).executions).toBe(1);
    expect((await srunx(['show', '4000000'])).code).toBe(7);
    expect(count()).toBe(1);
  });

  it('to tell of what was submitted, and of the limits: one', async () => {
    const id = idOf((await ok('sbatch', '--hold', '--wrap', 'true')).stdout);
    expect((await ok('history')).executions).toBe(1);
    expect((await ok('history', 'show', id)).executions).toBe(1);
    await ok('scancel', id);
    expect((await ok('limits')).executions).toBe(1);
    count();
    // Its exit code says how well all is.
    await srunx(['doctor']);
    expect(count()).toBe(2);
  });

  it('to get what a job has left: one to find it, and one for all of it', async () => {
    const words = ['--chdir', '/tmp', '--output', '/tmp/%u-%j.out', '--error', '/tmp/%u-%j.err', '--wrap', 'echo done'];
    const { stderr, stdout } = await ok('sbatch', '--wait', ...words);
    const id = /job (\d+)/.exec(`${stdout}${stderr}`)?.[1] ?? '';
    expect((await ok('get', id, '--to', 'fetched')).executions).toBe(2);
  });
});
