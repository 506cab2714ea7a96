import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitUntil } from '../../dev/processes.ts';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSandbox } from './sandbox.ts';

const cluster = useDevCluster();
const sandbox = useSandbox(() => cluster().env);
const { srunx, json, submit, dir } = sandbox;

interface Row {
  readonly job_id: string;
  readonly name: string;
  readonly status: string;
  readonly reason: string | null;
  readonly time_limit_seconds: number | null;
  readonly nice: number;
  readonly comment: string;
}

const unknown = '66000000';
const held = /^JobHeld(User|Admin)$/;

describe('verbs for jobs of Slurm', () => {
  const ids = { array: '', waiting: '', running: '', over: '' };
  const native = (...words: readonly string[]) => {
    const env = { ...process.env, ...cluster().env };
    return execFileSync('sbatch', ['--parsable', '-p', 'cpu', ...words], { env, encoding: 'utf8', cwd: dir }).trim();
  };
  const tasks = async (id: string) => {
    const rows = await json<Row[]>(['squeue', '-r', '-j', id, '--slurm-arg=--array']);
    return Object.fromEntries(rows.map(({ job_id, reason }) => [job_id, held.test(reason ?? '')]));
  };

  beforeAll(async () => {
    ids.array = native('-b', 'now+1hour', '-a', '0-3', '-J', 'verb-array', '--wrap', 'true');
    ids.waiting = await submit([
      '-b',
      'now+1hour',
      '-p',
      'cpu',
      '-J',
      'verb-one',
      '--comment',
      'mine',
      '--wrap',
      'true',
    ]);
    ids.running = native('--requeue', '-J', 'verb-runs', '--wrap', 'sleep 600');
    ids.over = native('-J', 'verb-over', '--wrap', 'true');
    const settled = async () => {
      const rows = await json<Row[]>(['squeue', '-t', 'all', '-j', `${ids.running},${ids.over}`]);
      return rows.map(({ status }) => status).join() === 'RUNNING,COMPLETED';
    };
    expect(await waitUntil(settled, 60_000)).toBe(true);
  }, 90_000);
  afterAll(async () => {
    await srunx(['scancel', ids.array, ids.waiting, ids.running]);
  });

  it('hold exactly the tasks that are named, and release them', async () => {
    const { array } = ids;
    expect(await srunx(['hold', `${array}_[1-2]`, `${array}_3`])).toMatchObject({
      ...{ code: 0, stdout: `${array}_[1-2]: held\n${array}_3: held\n`, stderr: '' },
    });
    expect(await tasks(array)).toEqual({
      ...{ [`${array}_0`]: false, [`${array}_1`]: true, [`${array}_2`]: true, [`${array}_3`]: true },
    });
    expect((await srunx(['release', `${array}_2`])).stdout).toBe(`${array}_2: released\n`);
    expect(await tasks(array)).toMatchObject({ [`${array}_1`]: true, [`${array}_2`]: false });
    expect((await srunx(['release', array])).code).toBe(0);
  });

  it('answer for each job: what was done, what is over, what is unknown', async () => {
    const named = [ids.waiting, ids.over, unknown];
    const { code, stdout, stderr } = await srunx(['hold', ...named]);
    expect(stdout).toBe(`${ids.waiting}: held\n${ids.over}: already finished (COMPLETED)\n${unknown}: not found\n`);
    expect({ code, stderr }).toEqual({
      ...{ code: 1, stderr: `srunx: 2 of 3 jobs were not held: ${ids.over}, ${unknown}\n` },
    });
    expect(await srunx(['release', unknown])).toMatchObject({ code: 7, stdout: '' });
    const answers = await json(['release', ids.waiting]);
    expect(answers).toEqual([{ job_id: ids.waiting, outcome: 'released', state: 'PENDING', message: null }]);
  });

  it('ask before a filter hits several jobs, and show them first', async () => {
    const filter = ['hold', '--me', '-n', 'verb-array,verb-one'];
    const refused = await srunx(filter);
    expect(refused).toMatchObject({ code: 8, stdout: '' });
    expect(refused.stderr).toMatch(/\d jobs match, and nothing was held/);
    const preview = await srunx([...filter, '--dry-run']);
    expect(preview.stdout).toContain('verb-one');
    expect(preview.stderr).toContain('srunx: scontrol hold ');
    expect((await srunx([...filter, '--yes'])).code).toBe(0);
    expect((await srunx(['release', '--me', '-n', 'verb-array,verb-one', '-y'])).code).toBe(0);
  });

  it('change a job, and say where Slurm did not', async () => {
    const { waiting } = ids;
    const changes = ['--time', '90', '--name', 'a b,c=d', '--nice', '7', '--comment', 'x y'];
    expect(await srunx(['update', waiting, ...changes])).toMatchObject({ code: 0, stdout: `${waiting}: changed\n` });
    const [row] = await json<Row[]>(['squeue', '-j', waiting, '-o', 'name,time_limit_seconds,nice,comment']);
    expect(row).toMatchObject({ name: 'a b,c=d', time_limit_seconds: 5400, nice: 7 });
    // By what stands behind it srunx knows its own jobs.
    expect(row?.comment).toMatch(/^x y srunx:\S+$/);
    expect((await srunx(['update', waiting, '--time', '+30'])).code).toBe(0);
    expect((await json<Row[]>(['squeue', '-j', waiting]))[0]?.time_limit_seconds).toBe(7200);
    const wrong = await srunx(['update', waiting, '--partition', 'nowhere']);
    expect(wrong.code).toBe(1);
    expect(wrong.stdout).toBe(`${waiting}: failed: Invalid partition name specified\n`);
  });

  it('do it to what is left of an array, and say so', async () => {
    const line = '[ $SLURM_ARRAY_TASK_ID -lt 1 ] || sleep 600';
    const id = native('-a', '0-3%1', '-o', '/dev/null', '--wrap', line);
    const begun = async () => {
      const rows = await json<Row[]>(['squeue', '-r', '-t', 'all', '-j', id]);
      return (
        rows
          .map(({ status }) => status)
          .toSorted()
          .join() === 'COMPLETED,PENDING,PENDING,RUNNING'
      );
    };
    expect(await waitUntil(begun, 60_000)).toBe(true);
    expect(await srunx(['update', id, '--throttle', '1'])).toMatchObject({ code: 0, stdout: `${id}: changed\n` });
    expect(await srunx(['hold', id])).toMatchObject({ code: 0, stdout: `${id}: held\n` });
    expect(await tasks(id)).toMatchObject({ [`${id}_2`]: true, [`${id}_3`]: true });
    expect(await srunx(['release', id])).toMatchObject({ code: 0, stdout: `${id}: released\n` });
    expect(await srunx(['suspend', id])).toMatchObject({ code: 0, stdout: `${id}: suspended\n` });
    expect(await srunx(['resume', id])).toMatchObject({ code: 0, stdout: `${id}: resumed\n` });
    const beyond = await srunx(['hold', `${id}_[2-9]`]);
    expect(beyond).toMatchObject({ code: 1, stdout: `${id}_[2-9]: failed: ${id}_[4-9]: Invalid job id specified\n` });
    expect(await srunx(['release', id])).toMatchObject({ code: 0 });
    expect(await srunx(['requeue', `${id}_[1-3]`])).toMatchObject({ code: 0, stdout: `${id}_[1-3]: requeued\n` });
    expect(await srunx(['hold', `${id}_0`])).toMatchObject({ code: 1, stdout: expect.stringContaining('finished') });
    await srunx(['scancel', id]);
    const { array } = ids;
    expect(await srunx(['requeue', array])).toMatchObject({
      ...{ code: 1, stdout: `${array}: failed: Job is pending execution\n` },
    });
  });

  it('show the tasks of an array in their order, whichever ended first', async () => {
    const id = native('-a', '2,0,11,1', '-o', '/dev/null', '--wrap', 'sleep $((SLURM_ARRAY_TASK_ID % 3))');
    const shown = async () => {
      const { tasks: found } = await json<{ tasks: Row[] }>(['show', id]);
      return found.map(({ job_id, status }) => `${job_id} ${status}`);
    };
    const expected = ['0', '1', '2', '11'].map((task) => `${id}_${task} COMPLETED`);
    await expect.poll(shown, { timeout: 60_000, interval: 500 }).toEqual(expected);
  });

  it.each([
    [['update', '1', '--time', '1x'], 'usage.sbatch_value'],
    [['update', '1', '--throttle', 'many'], 'usage.option_value'],
    [['update', '1'], 'usage.missing_argument'],
    [['hold'], 'usage.missing_argument'],
    [['release', '12x'], 'usage.job_id'],
    [['suspend', '1', '--embedded'], 'usage.embedded'],
    [['update', '1', '--nice', '1', '--embedded'], 'usage.embedded'],
  ])('refuse %j before anything is asked', async (args, code) => {
    const ran = await srunx(args, { env: { PATH: dir } });
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toContain(code);
  });

  /** A change makes the controller forget why a job waits, until it plans the next time. */
  const untilPlanned = async (id: string) => {
    const reason = async () => (await json<Row[]>(['squeue', '-j', id]))[0]?.reason;
    expect(await waitUntil(async () => (await reason()) === 'BeginTime', 60_000)).toBe(true);
  };

  it('show why a job waits, where it stands, and what srunx knows of it', async () => {
    const { waiting, running, array } = ids;
    await untilPlanned(waiting);
    const { code, stdout } = await srunx(['show', waiting]);
    expect(code).toBe(0);
    expect(stdout).toContain(': PENDING\nidentity\n');
    expect(stdout).toMatch(/reason in words\n {2}BeginTime {2}Its time to begin has not come/);
    expect(stdout).toMatch(/\nsrunx\n {2}run {5}/);
    const shown = await json<{ job: Row; srunx: { run_id: string } | null; tasks: unknown[] }>(['show', running]);
    expect([shown.job.status, shown.srunx, shown.tasks]).toEqual(['RUNNING', null, []]);
    const own = await srunx(['show', running, '--script']);
    expect(own.stdout).toBe('#!/bin/sh\n# This script was created by sbatch --wrap.\n\nsleep 600\n');
    expect((await srunx(['show', `${array}_2`])).stdout).toContain(`job ${array}_2 verb-array: PENDING`);
    expect(await srunx(['show', unknown])).toMatchObject({ code: 7, stdout: '' });
    expect((await srunx(['show', unknown, '--script'])).code).toBe(7);
  });

  it('tell when they are expected to start, and what their priority is made of', async () => {
    const { waiting } = ids;
    await untilPlanned(waiting);
    const [eta] = await json<Record<string, unknown>[]>(['eta', waiting]);
    expect(eta).toMatchObject({ job_id: waiting, reason: 'BeginTime', jobs_ahead: expect.any(Number) });
    expect(Number(eta?.['starts_in_seconds'])).toBeGreaterThan(0);
    const prio = await srunx(['prio', waiting]);
    expect(prio).toMatchObject({ code: 0, stderr: expect.stringContaining('priority/basic') });
    expect(prio.stdout).toContain(waiting);
    expect(await srunx(['eta', unknown])).toMatchObject({ code: 7, stdout: '' });
    expect((await srunx(['prio', '--embedded'])).code).toBe(2);
  });

  it('suspend, resume and requeue what runs', async () => {
    const { running, waiting } = ids;
    const suspended = await srunx(['suspend', running, waiting]);
    expect(suspended.code).toBe(1);
    expect(suspended.stdout).toBe(`${running}: suspended\n${waiting}: failed: Job is pending execution\n`);
    expect((await srunx(['resume', running])).stdout).toBe(`${running}: resumed\n`);
    expect((await srunx(['requeue', running, '--hold'])).stdout).toBe(`${running}: requeued\n`);
    expect((await srunx(['requeue', waiting])).stdout).toBe(`${waiting}: failed: Job is pending execution\n`);
  });
});

describe('verbs for jobs of the embedded runner', () => {
  it('hold, release and requeue', async () => {
    const jobId = await submit(['--embedded', '-b', 'now+1hour', '--wrap', 'true']);
    const run = (verb: string, ...more: readonly string[]) => srunx([verb, '--embedded', jobId, ...more]);
    expect(await run('hold', unknown)).toMatchObject({ code: 1, stdout: `${jobId}: held\n${unknown}: not found\n` });
    expect(await run('release')).toMatchObject({ code: 0, stdout: `${jobId}: released\n` });
    expect((await srunx(['scancel', '--embedded', jobId])).code).toBe(0);
    expect((await run('show')).stdout).toContain('CANCELLED');
    expect((await run('show', '--script')).stdout).toBe('#!/bin/bash\n\ntrue\n');
    expect((await run('requeue', '--hold')).stderr).toContain('cannot requeue and hold');
  });
});
