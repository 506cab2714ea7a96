import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Daemon, listDaemons, startDaemon } from '../../dev/daemon.ts';
import { findProgram, run, waitUntil } from '../../dev/processes.ts';
import { slurmctld, slurmd, slurmdbd } from '../../dev/services.ts';
import type { SubmissionBatch } from '../../src/cluster/cluster.ts';
import { createSlurmCluster } from '../../src/cluster/slurm/slurm-cluster.ts';
import { LocalShell } from '../../src/shell/local-shell.ts';
import { Bench, idsOf, waitForFile } from '../contract/cluster/bench.ts';
import { useDevCluster } from '../support/dev-cluster.ts';

// A cluster of its own, whose daemons are ended, and whose controller forgets finished jobs as soon as it can.
const devCluster = useDevCluster({ nodes: 2, minJobAge: 2 });
const createShell = async () => new LocalShell({ name: 'local', env: { ...process.env, ...devCluster().env } });

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.create({ create: async () => createSlurmCluster(await createShell()), createShell });
});
afterAll(() => bench.close());

/** What is known of a daemon that was started again is its newest process. */
function daemon(name: string): Daemon {
  const found = listDaemons(devCluster().dir).find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
}

/** As its operators would: TERM lets it save its state. */
async function stop(name: string): Promise<void> {
  process.kill(daemon(name).pid, 'SIGTERM');
  expect(await waitUntil(() => !daemon(name).isRunning, 20_000)).toBe(true);
}

describe('a node that fails', () => {
  const setNode = (state: string) =>
    run(['scontrol', 'update', 'NodeName=c1', `State=${state}`, 'Reason=test'], devCluster().env);

  it('ends its job, or starts it again elsewhere where the job allows it', async () => {
    const gate = bench.path('gate');
    const [fixed = '', movable = ''] = await bench.submit([
      { name: 'fixed', script: waitForFile(gate), options: ['--no-requeue', '--partition=all', '--nodelist=c1'] },
      { name: 'movable', script: waitForFile(gate), options: ['--requeue', '--partition=all', '--nodelist=c1'] },
    ]);
    for (const jobId of [fixed, movable]) await bench.reaches(jobId, 'RUNNING');
    await setNode('DRAIN');
    expect((await bench.cluster.inventory()).nodes.find(({ name }) => name === 'c1')?.state.class).toBe('unavailable');
    await setNode('DOWN');
    const row = await bench.ended(fixed);
    expect(row.state).toMatchObject({ status: 'FAILED', failureKind: 'node_fail', terminal: true });
    const isAgain = async () =>
      (await bench.rows(movable)).some(({ restarts, state }) => restarts === 1 && !state.terminal);
    expect(await waitUntil(isAgain, 20_000)).toBe(true);
    await setNode('RESUME');
    await bench.cluster.cancel({ jobIds: [movable] });
  });
});

describe('a job that the controller has forgotten', () => {
  let batch: SubmissionBatch;
  let ids: string[];
  let partly: string;
  let gate: string;
  beforeAll(async () => {
    batch = bench.batch([
      { name: 'good', script: 'exit 0', comment: "it's two\nlines" },
      { name: 'bad', script: 'exit $SLURM_ARRAY_TASK_ID', options: ['--array=3,4'] },
    ]);
    ids = idsOf(await bench.cluster.submit(batch), batch);
    await bench.allEnded(ids);
    gate = bench.path('gate');
    partly = await bench.submitOne({
      script: `[ $SLURM_ARRAY_TASK_ID = 1 ] && exit 1\n${waitForFile(gate)}`,
      options: ['--array=1-2'],
    });
    await bench.ended(`${partly}_1`);
    const gone = [...ids, `${partly}_1`];
    const isForgotten = async () => (await Promise.all(gone.map((jobId) => bench.rows(jobId)))).flat().length === 0;
    // The controller looks for what it may forget every half minute.
    expect(await waitUntil(isForgotten, 90_000)).toBe(true);
  }, 120_000);
  afterAll(() => bench.write(gate));

  it('is remembered by the accounting, with all its tasks', async () => {
    const records = await bench.cluster.accounting({ jobIds: ids, since: 0 });
    const [good, bad] = ids;
    expect(records.map((row) => [row.jobId, row.state.status, row.exit?.code]).sort()).toEqual([
      ...[[good, 'COMPLETED', 0]],
      ...[3, 4].map((index) => [`${bad}_${index}`, 'FAILED', index]),
    ]);
  });

  it('may be a task of an array that still runs: only the accounting knows all of it', async () => {
    expect((await bench.rows(partly)).map((row) => row.jobId)).toEqual([`${partly}_2`]);
    const records = await bench.cluster.accounting({ jobIds: [partly], since: 0 });
    expect(records.map((row) => [row.jobId, row.state.status]).sort()).toEqual([
      [`${partly}_1`, 'FAILED'],
      [`${partly}_2`, 'RUNNING'],
    ]);
  });

  it('is already finished for whoever cancels it', async () => {
    const answers = await bench.cluster.cancel({ jobIds: [...ids, `${ids[1]}_4`, '67000000'] });
    expect(answers.map(({ outcome, state }) => [outcome, state])).toEqual([
      ...[
        ['already_finished', 'COMPLETED'],
        ['already_finished', 'FAILED'],
      ],
      ...[
        ['already_finished', 'FAILED'],
        ['not_found', undefined],
      ],
    ]);
  });

  it('is found by its token when its receipt is missing', async () => {
    const log = join(batch.directory, 'handover.log');
    const tokens = batch.submissions.map(({ token }) => token);
    for (const token of tokens) {
      const lines = readFileSync(log, 'utf8').split('\n');
      writeFileSync(
        log,
        `${lines
          .slice(
            0,
            lines.findIndex((line) => line.startsWith(`job ${token}`)),
          )
          .join('\n')}\n`,
      );
      writeFileSync(join(batch.directory, 'claims', token), 'claim 1\n');
    }
    const report = await bench.cluster.inspectSubmission(batch);
    const found = tokens.map((token) => report.outcomes.get(token));
    expect(found).toEqual(ids.map((jobId) => ({ kind: 'submitted', jobId })));
    appendFileSync(log, 'done\n');
  });
});

describe('without the accounting database', () => {
  beforeAll(() => stop('slurmdbd'));
  afterAll(() => startDaemon(devCluster().dir, slurmdbd(devCluster().dir)));

  it('jobs run and are seen, and only what needs the database fails and says so', { timeout: 120_000 }, async () => {
    const jobId = await bench.submitOne({ script: 'exit 3' });
    expect((await bench.ended(jobId)).state.status).toBe('FAILED');
    const unavailable = { kind: 'connection', code: 'slurm.accounting_unavailable' };
    await expect(bench.cluster.accounting({ jobIds: [jobId], since: 0 })).rejects.toMatchObject(unavailable);
    // Whether the job exists cannot be told: that must not look like "not found".
    await expect(bench.cluster.cancel({ jobIds: ['67000000'] })).rejects.toMatchObject(unavailable);
    const held = await bench.submitOne({ options: ['--hold'] });
    expect(await bench.cluster.cancel({ jobIds: [held] })).toMatchObject([{ outcome: 'cancelled' }]);
  });
});

describe('without the controller', () => {
  it('nothing is taken for absent, nothing is submitted, and the accounting still answers', {
    timeout: 180_000,
  }, async () => {
    const known = await bench.submitOne({ script: 'exit 0' });
    await bench.ended(known);
    const isRecorded = async () =>
      (await bench.cluster.accounting({ jobIds: [known], since: 0 }))[0]?.state.status === 'COMPLETED';
    expect(await waitUntil(isRecorded, 30_000)).toBe(true);
    const fresh = createSlurmCluster(await createShell());
    const batch = bench.batch([
      { name: 'one', script: 'exit 0' },
      { name: 'two', script: 'exit 0' },
    ]);
    await stop('slurmctld');
    const unavailable = { kind: 'connection', code: 'slurm.controller_unavailable' };
    const answers = Promise.all([
      bench.cluster.submit(batch),
      bench.cluster.accounting({ jobIds: [known], since: 0 }),
      ...[
        () => bench.cluster.observe({ scope: 'me' }),
        () => bench.cluster.observe({ scope: 'all' }),
        () => bench.cluster.cancel({ jobIds: [known] }),
        () => bench.cluster.release([known]),
        () => bench.cluster.inventory(),
        () => fresh.identity(),
        () => fresh.capabilities(),
      ].map(async (ask) => {
        await expect(ask()).rejects.toMatchObject(unavailable);
      }),
    ]);
    await Promise.allSettled([answers]);
    await startDaemon(devCluster().dir, slurmctld(devCluster().dir));
    const [report, records] = await answers;
    expect(records).toMatchObject([{ jobId: known, state: { status: 'COMPLETED' } }]);
    expect(report.phase).toBe('refused');
    expect([...report.outcomes.values()].map(({ kind }) => kind)).toEqual(['refused', 'withdrawn']);
    expect(report.outcomes.get(batch.submissions[0]?.token ?? '')).toMatchObject({ exitCode: -1 });
    expect((await fresh.identity()).user).toMatch(/./);
    expect(Object.values(await bench.jobsOf(batch))).toEqual([[], []]);
    await fresh[Symbol.asyncDispose]();
  });
});

/** Enough for two submissions to be under way at once. */
const manyJobs = Array.from({ length: 24 }, (_, index) => ({ name: `job${index}`, script: 'exit 0' }));

describe('a controller that goes in the middle of a hand-over', () => {
  const benches: Bench[] = [];
  afterEach(async () => {
    for (const opened of benches.splice(0)) await opened.close();
  });

  /** Another `sbatch` comes first on PATH: these lines of sh, with the job's place in the batch in `$index`, and then the real one. */
  async function benchWith(lines: string): Promise<Bench> {
    const bin = bench.path('bin');
    const index = 'for word; do case $word in *srunx:*) index=${word##*-} ;; esac; done';
    mkdirSync(bin);
    writeFileSync(join(bin, 'sbatch'), `#!/bin/sh\n${index}\n${lines}\nexec ${realSbatch} "$@"\n`, { mode: 0o755 });
    const env = { ...process.env, ...devCluster().env, PATH: `${bin}:${process.env['PATH']}` };
    const connect = async () => new LocalShell({ name: 'local', env });
    const opened = await Bench.create({
      create: async () => createSlurmCluster(await connect()),
      createShell: connect,
    });
    benches.push(opened);
    return opened;
  }
  const realSbatch = findProgram('sbatch');

  it('between two submissions is waited for, and the hand-over goes on by itself', { timeout: 180_000 }, async () => {
    const gate = bench.path('gate');
    const gated = await benchWith(`[ "$index" -lt 4 ] || { ${waitForFile(gate)}; }`);
    const batch = gated.batch(manyJobs);
    let count = 0;
    const submitted = gated.cluster.submit(batch, {
      onSubmitted: () => {
        count += 1;
      },
    });
    const claim = join(batch.directory, 'claims', batch.submissions[4]?.token ?? '');
    expect(await waitUntil(() => count === 4 && existsSync(claim), 30_000)).toBe(true);
    await stop('slurmctld');
    writeFileSync(gate, '');
    // It was told that there is no controller, has taken the claim back, and will try again.
    expect(await waitUntil(() => !existsSync(claim), 60_000)).toBe(true);
    await startDaemon(devCluster().dir, slurmctld(devCluster().dir));
    const ids = idsOf(await submitted, batch);
    expect(new Set(ids).size).toBe(manyJobs.length);
    await gated.allEnded(ids);
  });

  it('with the answer to a submission: the job is looked up, and then the rest goes on', {
    timeout: 120_000,
  }, async () => {
    const words = 'sbatch: error: Batch job submission failed: Connection reset by peer';
    const deaf = await benchWith(
      `[ "$index" -ne 4 ] || { ${realSbatch} "$@" >/dev/null; echo '${words}' >&2; exit 1; }`,
    );
    const batch = deaf.batch(manyJobs);
    const found = await deaf.cluster.submit(batch);
    expect([found.phase, found.outcomes.get(batch.submissions[4]?.token ?? '')?.kind]).toEqual([
      'stopped',
      'submitted',
    ]);
    expect(found.outcomes.get(batch.submissions[6]?.token ?? '')?.kind).toBe('waiting');
    const ids = idsOf(await deaf.cluster.resumeSubmission(batch), batch);
    expect(new Set(ids).size).toBe(manyJobs.length);
    await deaf.allEnded(ids);
  });

  it('at any moment costs no job, and no job is there twice', { timeout: 180_000 }, async () => {
    const batch = bench.batch(manyJobs);
    let count = 0;
    let stopped: Promise<void> | undefined;
    const onSubmitted = () => {
      count += 1;
      if (count === 3) stopped = stop('slurmctld');
    };
    // On a slow machine it is not back yet when its queue is first looked into.
    const isAway = (error: unknown) => expect(error).toMatchObject({ code: 'slurm.controller_unavailable' });
    const submitted = bench.cluster.submit(batch, { onSubmitted }).catch(isAway);
    expect(await waitUntil(() => stopped !== undefined, 30_000)).toBe(true);
    await stopped;
    await startDaemon(devCluster().dir, slurmctld(devCluster().dir));
    let report = (await submitted) ?? (await bench.cluster.inspectSubmission(batch));
    while (report.phase === 'stopped') report = await bench.cluster.resumeSubmission(batch);
    const jobs = Object.entries(await bench.jobsOf(batch));
    expect(jobs.filter(([, ids]) => ids.length > 1)).toEqual([]);
    if (report.phase === 'done') {
      const ids = idsOf(report, batch);
      expect(new Set(ids).size).toBe(manyJobs.length);
      await bench.allEnded(ids);
      return;
    }
    // It went with a request that it had not dealt with. Nobody may guess that, so it is looked for, for two minutes; those that
    // were submitted are held, and known.
    expect(report.phase, JSON.stringify([...report.outcomes])).toBe('running');
    for (const [token, ids] of jobs) {
      const outcome = report.outcomes.get(token);
      expect(outcome).toEqual(ids[0] === undefined ? { kind: 'waiting' } : { kind: 'submitted', jobId: ids[0] });
    }
  });
});

describe('after all that', () => {
  it('jobs still run', { timeout: 60_000 }, async () => {
    const { dir } = devCluster();
    for (const name of ['c1', 'c2']) {
      if (!daemon(`slurmd-${name}`).isRunning) await startDaemon(dir, slurmd(dir, { name }));
    }
    const jobId = await bench.submitOne({ script: 'exit 0' });
    expect((await bench.ended(jobId)).state.status).toBe('COMPLETED');
  });
});
