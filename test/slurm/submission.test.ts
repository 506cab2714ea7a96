import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitUntil } from '../../dev/processes.ts';
import type { SubmissionBatch, SubmissionReport } from '../../src/cluster/cluster.ts';
import { createSlurmCluster } from '../../src/cluster/slurm/slurm-cluster.ts';
import { parseHandoverLog } from '../../src/core/slurm/handover-log.ts';
import { LocalShell } from '../../src/shell/local-shell.ts';
import { Bench, idsOf, waitForFile } from '../contract/cluster/bench.ts';
import { useDevCluster } from '../support/dev-cluster.ts';

const devCluster = useDevCluster();
const shellWith = (env: Readonly<Record<string, string>>) =>
  new LocalShell({ name: 'local', env: { ...process.env, ...devCluster().env, ...env } });

let bench: Bench;
const openBench = (env: Readonly<Record<string, string>> = {}) =>
  Bench.create({ create: async () => createSlurmCluster(shellWith(env)), createShell: async () => shellWith({}) });
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());

const tokenOf = (batch: SubmissionBatch, index = 0): string => batch.submissions[index]?.token ?? '';
const log = ({ directory }: SubmissionBatch) => {
  const path = join(directory, 'handover.log');
  return parseHandoverLog(existsSync(path) ? readFileSync(path, 'utf8') : '');
};
const kindsOf = (report: SubmissionReport): string[] => [...report.outcomes.values()].map(({ kind }) => kind);

/** Undoes the last words of a hand-over: as if it had been killed before it wrote down the id of one job. */
function forget(batch: SubmissionBatch, token: string): void {
  const path = join(batch.directory, 'handover.log');
  const lines = readFileSync(path, 'utf8').split('\n');
  writeFileSync(
    path,
    lines
      .slice(
        0,
        lines.findIndex((line) => line.startsWith(`job ${token} `)),
      )
      .join('\n'),
  );
  appendFileSync(path, '\n');
  writeFileSync(join(batch.directory, 'claims', token), 'claim 1\n');
}

describe('a killed hand-over', () => {
  it.each([0, 1, 5, 11])(
    'is taken up after job %i, and no job is there twice',
    { timeout: 60_000 },
    async (position) => {
      const drafts = Array.from({ length: 12 }, (_, index) => ({
        ...{ name: `job${index}`, script: 'exit 0' },
        ...(index % 3 === 1 ? { after: [['afterany', `job${index - 1}`]] as const } : {}),
      }));
      const batch = bench.batch(drafts);
      const submitted = bench.cluster.submit(batch);
      expect(await waitUntil(() => log(batch).jobs.size > position, 20_000)).toBe(true);
      try {
        process.kill(log(batch).begun?.pid ?? Number.NaN, 'SIGKILL');
      } catch {
        // It was quicker than we are.
      }
      await submitted;
      let report: SubmissionReport | undefined;
      const isDone = async () => {
        report = await bench.cluster.submit(batch);
        return report.phase === 'done';
      };
      const done = await waitUntil(isDone, 10_000);
      const jobs = await bench.jobsOf(batch);
      if (done && report !== undefined)
        expect(Object.values(jobs)).toEqual(idsOf(report, batch).map((jobId) => [jobId]));
      // Killed in the instant between a claim and its sbatch: nobody may guess that it was not sent.
      else
        expect(
          Object.values(jobs)
            .filter(({ length }) => length !== 1)
            .every(({ length }) => length === 0),
        ).toBe(true);
    },
  );

  it('finds the job of a claim without a receipt, whatever its comment', async () => {
    const batch = bench.batch([
      { name: 'first', script: 'exit 0', comment: 'two\nlines | srunx:x' },
      { name: 'second', script: 'exit 0', after: [['afterok', 'first']] },
    ]);
    const ids = idsOf(await bench.cluster.submit(batch), batch);
    for (const token of [tokenOf(batch, 1), tokenOf(batch, 0)]) {
      forget(batch, token);
      expect(idsOf(await finish(batch), batch)).toEqual(ids);
    }
    expect(Object.values(await bench.jobsOf(batch))).toEqual(ids.map((jobId) => [jobId]));
  });

  /** What the engine does: looks, and where nothing is open, goes on. */
  async function finish(batch: SubmissionBatch): Promise<SubmissionReport> {
    const report = await bench.cluster.inspectSubmission(batch);
    return report.phase === 'stopped' ? bench.cluster.resumeSubmission(batch) : report;
  }

  it('leaves a claim without any job to a person, after two minutes of looking', async () => {
    const batch = bench.batch([
      { name: 'first', script: 'exit 0' },
      { name: 'second', script: 'exit 0' },
    ]);
    const claim = join(batch.directory, 'claims', tokenOf(batch));
    mkdirSync(join(batch.directory, 'claims'), { recursive: true });
    writeFileSync(claim, 'claim 1\n');
    const young = await bench.cluster.submit(batch);
    expect([young.phase, kindsOf(young)]).toEqual(['running', ['waiting', 'waiting']]);
    const claimedAt = Math.floor(Date.now() / 1000) - 121;
    utimesSync(claim, claimedAt, claimedAt);
    for (const old of [await bench.cluster.inspectSubmission(batch), await bench.cluster.submit(batch)]) {
      expect([old.phase, kindsOf(old)]).toEqual(['stopped', ['unknown', 'waiting']]);
      expect(old.outcomes.get(tokenOf(batch))).toEqual({ kind: 'unknown', claimedAt });
    }
    expect(Object.values(await bench.jobsOf(batch))).toEqual([[], []]);
  });
});

describe('the plan directory', () => {
  it('is for its owner alone, and the logs are not', async () => {
    const logs = bench.path('logs');
    const batch = bench.batch([{ name: 'job', script: 'umask', options: [`--output=${logs}/log`] }]);
    await bench.shell.run({ argv: ['mkdir', '-p', logs] });
    const [jobId = ''] = idsOf(await bench.cluster.submit(batch), batch);
    await bench.ended(jobId);
    const { stdout } = await bench.shell.run({
      argv: ['find', batch.directory, '-perm', '/077', '-not', '-type', 'l'],
    });
    expect(new TextDecoder().decode(stdout)).toBe('');
    const umask = process.umask();
    expect(Number.parseInt((await bench.read(`${logs}/log`)) ?? '', 8)).toBe(umask);
  });

  it('holds few files', async () => {
    const batch = bench.batch(Array.from({ length: 10 }, (_, index) => ({ name: `job${index}`, script: 'exit 0' })));
    idsOf(await bench.cluster.submit(batch), batch);
    const names = readdirSync(batch.directory, { recursive: true });
    expect(names.length).toBeLessThanOrEqual(10 * 2 + 10);
  });
});

describe('the environment', () => {
  it('of the user reaches sbatch, and nothing else', async () => {
    const foreign = {
      ...{ SBATCH_PARTITION: 'cpu', SBATCH_WAIT: '1', SBATCH_CLUSTERS: 'nowhere', SLURM_CLUSTERS: 'nowhere' },
      ...{ SQUEUE_STATES: 'F', SQUEUE_FORMAT: '%i', SQUEUE_USERS: 'nobody', SINFO_FORMAT: '%n', SACCT_FORMAT: 'JobID' },
      ...{ SLURM_TIME_FORMAT: 'relative', SLURM_BITSTR_LEN: '4', SCANCEL_STATE: 'SUSPENDED', SCANCEL_NAME: 'x' },
    };
    const other = await openBench(foreign);
    const jobId = await other.submitOne({ script: 'sleep 600' });
    await other.reaches(jobId, 'RUNNING');
    expect((await other.rows(jobId))[0]).toMatchObject({ partition: 'cpu', submitTime: expect.any(Number) });
    expect(await other.cluster.cancel({ jobIds: [jobId] })).toMatchObject([{ outcome: 'cancelled' }]);
    expect((await other.cluster.inventory()).nodes.length).toBe(4);
    const refused = other.batch([
      { name: 'root', script: 'exit 0' },
      { name: 'refused', script: 'exit 0', options: ['--time=soon'] },
    ]);
    expect((await other.cluster.submit(refused)).phase).toBe('refused');
    for (const row of await other.allEnded(Object.values(await other.jobsOf(refused)).flat())) {
      expect(row.state.status).toBe('CANCELLED');
    }
    await other.close();
  });

  it('of a job around us does not become that of our jobs', async () => {
    const out = bench.path('out');
    const inner = await openBench({
      ...{
        SLURM_JOB_ID: '1',
        SLURM_NTASKS: '7',
        SLURM_CPUS_PER_TASK: '3',
        SLURM_MEM_PER_NODE: '999',
        SLURM_NODEID: '5',
      },
      ...{ SLURM_ARRAY_TASK_ID: '8', SLURM_RESTART_COUNT: '2', SLURM_STEP_ID: '0', SLURM_LOG_DIR: '/logs' },
    });
    const script =
      'echo ${SLURM_NTASKS-u} ${SLURM_CPUS_PER_TASK-u} ${SLURM_ARRAY_TASK_ID-u} ${SLURM_STEP_ID-u} $SLURM_LOG_DIR';
    const jobId = await inner.submitOne({ script, options: [`--output=${out}`] });
    const row = await inner.ended(jobId);
    expect([await inner.read(out), row.cpus]).toEqual(['u u u u /logs\n', 1]);
    await inner.close();
  });
});

describe('a script of the user', () => {
  it('that asks for hold is not released by us', async () => {
    const file = '#!/bin/sh\n#SBATCH -H\nexit 0\n';
    const [held = '', other = ''] = await bench.submit([
      { name: 'held', script: '', file },
      { name: 'other', script: 'exit 0' },
    ]);
    expect(await bench.endsOf({ other })).toEqual({ other: 'COMPLETED' });
    expect((await bench.rows(held))[0]).toMatchObject({ state: { status: 'PENDING' }, reason: 'JobHeldUser' });
    await bench.cluster.cancel({ jobIds: [held] });
  });

  it('that tells sbatch to wait is refused before anything is sent', async () => {
    const batch = bench.batch([{ name: 'waits', script: '', file: '#!/bin/sh\n#SBATCH --wait\nsleep 600\n' }]);
    await expect(bench.cluster.submit(batch)).rejects.toMatchObject({ kind: 'usage', code: 'slurm.script_waits' });
    expect(Object.values(await bench.jobsOf(batch))).toEqual([[]]);
  });
});

describe('jobs of somebody else', () => {
  it('are seen, and neither cancelled nor held', async ({ skip }) => {
    if (process.getuid?.() !== 0) skip('needs root to be somebody else');
    const shell = shellWith({});
    const { user } = devCluster();
    const theirs = createSlurmCluster({
      ...{ name: 'theirs', isRemote: false, stream: shell.stream.bind(shell), readFile: shell.readFile.bind(shell) },
      ...{ writeFiles: shell.writeFiles.bind(shell), [Symbol.asyncDispose]: shell[Symbol.asyncDispose].bind(shell) },
      run: (command) => shell.run({ ...command, argv: ['runuser', '-u', user, '--', ...command.argv] }),
      writeAndRun: shell.writeAndRun.bind(shell),
    });
    const gate = bench.path('gate');
    const [jobId = '', array = ''] = await bench.submit([
      { name: 'job', script: waitForFile(gate) },
      { name: 'array', script: 'exit 0', options: ['--array=0-1', '--begin=now+1hour'] },
    ]);
    await bench.reaches(jobId, 'RUNNING');
    expect((await theirs.identity()).user).toBe(user);
    expect((await theirs.observe({ scope: 'me' })).jobs.some((job) => job.jobId === jobId)).toBe(false);
    expect((await theirs.observe({ scope: 'all' })).jobs.some((job) => job.jobId === jobId)).toBe(true);
    const answers = await theirs.cancel({ jobIds: [jobId, array, `${array}_1`, '67000000'] });
    expect(answers.map(({ outcome }) => outcome)).toEqual(['denied', 'denied', 'denied', 'not_found']);
    expect(answers[0]?.message).toContain('denied');
    await expect(theirs.hold([array])).rejects.toMatchObject({ kind: 'refused' });
    expect((await bench.rows(jobId))[0]?.state.status).toBe('RUNNING');
    await bench.cluster.cancel({ jobIds: [array] });
    await bench.write(gate);
    await bench.ended(jobId);
  });

  it('of a user who does not exist are an error, not an empty list', async () => {
    const asked = bench.cluster.observe({ scope: { user: 'srunx-no-such-user' } });
    await expect(asked).rejects.toMatchObject({ kind: 'usage', code: 'slurm.user_error' });
  });
});

describe('a list of ids', () => {
  it('is released although one of them cannot be', async () => {
    const [first = '', gone = '', last = ''] = await bench.submit(
      ['first', 'gone', 'last'].map((name) => ({ name, script: 'exit 0', options: ['--hold'] })),
    );
    await bench.cluster.cancel({ jobIds: [gone] });
    await expect(bench.cluster.release([first, gone, last])).rejects.toMatchObject({
      detail: expect.stringContaining(gone),
    });
    expect(await bench.endsOf({ first, last })).toEqual({ first: 'COMPLETED', last: 'COMPLETED' });
  });

  it('of six hundred is cancelled in one go', { timeout: 120_000 }, async () => {
    const jobId = await bench.submitOne({ options: ['--array=0-599', '--begin=now+1hour'] });
    const ids = Array.from({ length: 600 }, (_, index) => `${jobId}_${index}`);
    const answers = await bench.cluster.cancel({ jobIds: ids });
    expect(answers.map((answer) => answer.jobId)).toEqual(ids);
    expect(new Set(answers.map(({ outcome }) => outcome))).toEqual(new Set(['cancelled']));
  });
});
