import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSandbox } from './sandbox.ts';

const cluster = useDevCluster();
const { srunx, json, start, dir, write } = useSandbox(() => cluster().env);

interface Report {
  readonly healthy: boolean;
  readonly checks: readonly { readonly name: string; readonly status: string; readonly message: string }[];
  readonly nodes?: Readonly<Record<string, unknown>>;
}

/** It exits with 1 where something is broken. */
const doctor = async () => JSON.parse((await srunx(['doctor', '--json'])).stdout) as Report;

const statusOf = ({ checks }: Report, name: string) => checks.find((check) => check.name === name)?.status;

/** What a test job had for itself, and the jobs of it that are left. */
async function leftovers(): Promise<readonly string[]> {
  const jobs = await json<{ job_id: string; name: string }[]>(['squeue', '--me', '-n', 'srunx-doctor']);
  const directories = readdirSync(join(dir, 'data', 'srunx', 'runs')).filter((name) => name.startsWith('doctor-'));
  return [...directories, ...jobs.map(({ job_id }) => job_id)];
}

describe('srunx doctor', () => {
  it('looks at everything, and says what the nodes can do once a job has tried', async () => {
    const before = await json<Report>(['doctor']);
    expect(before.healthy).toBe(true);
    for (const name of [
      'srunx',
      'commands',
      'run directory',
      'database',
      'slurm',
      'controller',
      'clock',
      'accounting',
    ]) {
      expect([name, statusOf(before, name)]).toEqual([name, 'ok']);
    }
    expect(statusOf(before, 'nodes')).toBe('skip');
    const tested = await json<Report>(['doctor', '--job', '-p', 'cpu', '-t', '100']);
    expect(tested.nodes).toMatchObject({
      ...{ shared_directory: true, scontrol: true, sbatch: true, signals: true, requeue: true, complaints: [] },
      node: expect.stringMatching(/^c[34]$/),
    });
    expect(statusOf(await json<Report>(['doctor']), 'nodes')).toBe('ok');
    expect(await leftovers()).toEqual([]);
  }, 120_000);

  it('keeps workflows back that would die for want of the run directory, until another test finds it', async () => {
    write('one.yaml', 'jobs:\n  - {name: a, command: "true"}\n');
    write('plain.sh', '#!/bin/sh\ntrue\n');
    await json<Report>(['doctor', '--job', '-p', 'cpu', '-t', '100']);
    const [host = ''] = readdirSync(join(dir, 'state', 'srunx'));
    const database = new DatabaseSync(join(dir, 'state', 'srunx', host, 'srunx.db'));
    // On this one machine every node sees everything.
    database.exec(`UPDATE node_test SET result = json_set(result, '$.abilities.sharedDirectory', json('false'))`);
    database.close();
    const refused = await srunx(['flow', 'run', 'one.yaml', '--detach']);
    expect(refused).toMatchObject({ code: 8, stdout: '' });
    expect(refused.stderr).toMatch(/error\[nodes\.run_directory\]: .* nothing was submitted\ntest of c[34] \(\d{4}-/);
    expect(await json(['flow', 'list'])).not.toContainEqual(expect.objectContaining({ source: 'one.yaml' }));
    expect((await srunx(['sbatch', '-p', 'cpu', 'plain.sh'])).code).toBe(0);
    expect(statusOf(await doctor(), 'nodes')).toBe('fail');
    const elsewhere = { env: { SRUNX_RUN_DIR: join(dir, 'elsewhere') } };
    expect((await srunx(['flow', 'run', 'one.yaml', '--detach'], elsewhere)).code).toBe(0);
    await json<Report>(['doctor', '--job', '-p', 'cpu', '-t', '100']);
    expect((await srunx(['flow', 'run', 'one.yaml', '--detach'])).code).toBe(0);
  }, 180_000);

  it('goes where jobs are configured to go, and finds nothing out from a job that was cancelled', async () => {
    await srunx(['config', 'set', 'profiles.local.defaults.partition', 'nosuch']);
    expect(await srunx(['doctor', '--job'])).toMatchObject({ code: 3, stdout: '' });
    await srunx(['config', 'unset', 'profiles.local.defaults.partition']);
    const before = await doctor();
    const testing = start(['doctor', '--job', '-p', 'cpu']);
    await expect.poll(testing.stderr, { timeout: 30_000 }).toMatch(/job \d+ submitted/);
    const [, id = ''] = /job (\d+) submitted/.exec(testing.stderr()) ?? [];
    await srunx(['scancel', id]);
    const { code, stderr } = await testing.ended;
    expect({ code, stderr }).toEqual({ code: 6, stderr: expect.stringContaining('error[doctor.no_answer]') });
    const message = ({ checks }: Report) =>
      checks.find(({ name }) => name === 'nodes')?.message.replace(/, \S+ \S+ ago/, '');
    expect(message(await doctor())).toBe(message(before));
  }, 120_000);

  it('leaves nothing behind where it is interrupted', async () => {
    const testing = start(['doctor', '--job']);
    await expect.poll(testing.stderr, { timeout: 30_000 }).toMatch(/job \d+ submitted/);
    const { code, stdout } = await testing.interrupt();
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    await expect.poll(leftovers, { timeout: 10_000 }).toEqual([]);
  });

  it('says what fails, and exits with 1', async () => {
    const env = { SRUNX_RUN_DIR: '/proc/nowhere', SBATCH_PARTITION: 'cpu' };
    const { code, stdout } = await srunx(['doctor', '--embedded'], { env });
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^fail {2}run directory +\/proc cannot be written\n +Name another directory in SRUNX_RUN_DIR/m,
    );
    expect(stdout).toMatch(/^warn {2}environment +sbatch heeds SBATCH_PARTITION$/m);
    expect(stdout).toMatch(/^ok {4}cluster +the embedded runner of this machine: 4 CPUs/m);
  });

  it.each([
    [['--job', '--embedded'], 2],
    [['-p', 'cpu'], 2],
    [['--job', '-p', 'nosuch'], 3],
  ])('%j fails with %d', async (args, code) => {
    expect(await srunx(['doctor', ...args])).toMatchObject({ code, stdout: '' });
  });
});
