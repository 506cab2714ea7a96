import { describe, expect, it } from 'vitest';
import { waitUntil } from '../../../dev/processes.ts';
import { type Bench, type ClusterUnderTest, idsOf, type JobDraft, waitForFile } from './bench.ts';

const dependent = [
  { name: 'one', script: 'exit 0' },
  { name: 'two', script: 'exit 0', after: [['afterok', 'one']] },
  { name: 'three', script: 'exit 0', after: [['afterany', 'two']] },
  { name: 'four', script: 'exit 0' },
] as const;

const noSuchPartition: [string, Partial<JobDraft>] = [
  'a partition that does not exist',
  { options: ['--partition=srunx-no-such'] },
];

export function describeSubmission(bench: () => Bench, { create, ignoresPartitions = false }: ClusterUnderTest): void {
  describe('submits', () => {
    it('a batch once, however often it is asked to', async () => {
      const batch = bench().batch(dependent);
      const told: [string, string][] = [];
      const first = await bench().cluster.submit(batch, { onSubmitted: (token, jobId) => told.push([token, jobId]) });
      const ids = idsOf(first, batch);
      expect(told).toEqual(batch.submissions.map(({ token }, index) => [token, ids[index]]));
      for (const again of [
        await bench().cluster.submit(batch),
        await bench().cluster.resumeSubmission(batch),
        await bench().cluster.inspectSubmission(batch),
      ]) {
        expect(idsOf(again, batch)).toEqual(ids);
      }
      expect(await bench().jobsOf(batch)).toEqual(
        Object.fromEntries(batch.submissions.map(({ token }, index) => [token, [ids[index]]])),
      );
    });

    it('a batch once, when several processes try at the same time', async () => {
      const batch = bench().batch(dependent);
      const clusters = await Promise.all([create(), create(), create()]);
      const reports = await Promise.all(clusters.map((cluster) => cluster.submit(batch)));
      for (const cluster of clusters) await cluster[Symbol.asyncDispose]();
      const ids = reports.map((report) => idsOf(report, batch));
      expect(ids[1]).toEqual(ids[0]);
      expect(ids[2]).toEqual(ids[0]);
      expect(Object.values(await bench().jobsOf(batch))).toEqual(ids[0]?.map((jobId) => [jobId]));
    });

    it.each([0, 3, 10, 30, 100])('a batch once, when the submitter was stopped after %i ms', async (ms) => {
      const batch = bench().batch(dependent);
      const cluster = await create();
      const signal = AbortSignal.timeout(ms);
      await cluster.submit(batch, { signal }).catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
      await cluster[Symbol.asyncDispose]();
      const ids = idsOf(await bench().cluster.submit(batch), batch);
      expect(Object.values(await bench().jobsOf(batch))).toEqual(ids.map((jobId) => [jobId]));
      expect(Object.values(await bench().endsOf(Object.fromEntries(ids.map((jobId) => [jobId, jobId]))))).toEqual(
        ids.map(() => 'COMPLETED'),
      );
    });

    it('a job as soon as the batch is complete, which the next snapshot shows', async () => {
      const before = Date.now();
      const jobId = await bench().submitOne({ name: 'soon' });
      const snapshot = await bench().cluster.observe({ scope: 'me' });
      expect(snapshot.takenAt).toBeGreaterThanOrEqual(before);
      expect(snapshot.jobs.filter((job) => job.jobId === jobId)).toMatchObject([{ name: 'soon', restarts: 0 }]);
    });

    it('a job on hold where it is asked to, alone or among others', async () => {
      const [first = '', second = '', other = ''] = await bench().submit([
        { name: 'long', script: 'exit 0', options: ['--hold'] },
        { name: 'short', script: 'exit 0', options: ['-H'] },
        { name: 'other', script: 'exit 0' },
      ]);
      const single = await bench().submitOne({ options: ['--hold'] });
      expect(await bench().endsOf({ other })).toEqual({ other: 'COMPLETED' });
      const held = [first, second, single];
      for (const jobId of held) expect((await bench().rows(jobId))[0]?.state.status).toBe('PENDING');
      await bench().cluster.release(held);
      const ends = await bench().endsOf({ first, second, single });
      expect(ends).toEqual({ first: 'COMPLETED', second: 'COMPLETED', single: 'COMPLETED' });
    });

    it('nothing of an empty batch', async () => {
      const report = await bench().cluster.submit(bench().batch([]));
      expect([report.phase, report.outcomes.size]).toEqual(['done', 0]);
    });
  });

  describe('refuses', () => {
    it.each<[string, Partial<JobDraft>]>([
      ['an option that is wrong', { options: ['--time=soon'] }],
      ...(ignoresPartitions ? [] : [noSuchPartition]),
      ['a script without its first line', { file: 'echo hello\n' }],
    ])('a batch with %s, and starts nothing of it', async (_, refused) => {
      const touched = bench().path('touched');
      const batch = bench().batch([
        { name: 'root', script: `echo root >>'${touched}'` },
        { name: 'child', script: `echo child >>'${touched}'`, after: [['afterany', 'root']] },
        { name: 'refused', script: 'exit 0', ...refused },
        { name: 'last', script: `echo last >>'${touched}'` },
      ]);
      for (const report of [
        await bench().cluster.submit(batch),
        await bench().cluster.submit(batch),
        await bench().cluster.inspectSubmission(batch),
      ]) {
        expect(report.phase).toBe('refused');
        const outcomes = batch.submissions.map(({ token }) => report.outcomes.get(token));
        expect(outcomes.map((outcome) => outcome?.kind)).toEqual(['withdrawn', 'withdrawn', 'refused', 'withdrawn']);
        expect(outcomes[2]).toMatchObject({ message: expect.stringMatching(/\w{4}/), exitCode: expect.any(Number) });
      }
      const jobs = Object.values(await bench().jobsOf(batch)).flat();
      for (const row of await bench().allEnded(jobs)) expect(row.state.status).toBe('CANCELLED');
      expect(await bench().read(touched)).toBeUndefined();
    });

    it('a script that does not exist', async () => {
      const batch = bench().batch([{ name: 'job', script: 'exit 0' }]);
      const report = await bench().cluster.submit({ ...batch, files: [] });
      expect(report.phase).toBe('refused');
      expect(await bench().jobsOf(batch)).toEqual({ [batch.submissions[0]?.token ?? '']: [] });
    });
  });

  describe('withdraws a batch', () => {
    it('that was never handed over, for ever', async () => {
      const touched = bench().path('withdrawn');
      const batch = bench().batch([
        { name: 'root', script: `echo root >>'${touched}'` },
        { name: 'child', script: `echo child >>'${touched}'`, after: [['afterany', 'root']] },
      ]);
      // Somebody cancels it before its plan is written.
      await bench().cluster.withdraw(batch);
      for (const report of [
        await bench().cluster.submit(batch),
        await bench().cluster.withdraw(batch),
        await bench().cluster.resumeSubmission(batch),
        await bench().cluster.inspectSubmission(batch),
      ]) {
        expect(report.phase).toBe('done');
        const outcomes = batch.submissions.map(({ token }) => report.outcomes.get(token));
        expect(outcomes).toEqual(
          outcomes.map(() => ({ kind: 'withdrawn', message: expect.stringContaining('cancelled') })),
        );
      }
      expect(Object.values(await bench().jobsOf(batch))).toEqual([[], []]);
      expect(await bench().read(touched)).toBeUndefined();
    });

    it('that is handed over: it stays as it is', async () => {
      const batch = bench().batch(dependent);
      const ids = idsOf(await bench().cluster.submit(batch), batch);
      expect(idsOf(await bench().cluster.withdraw(batch), batch)).toEqual(ids);
      const ends = await bench().endsOf(Object.fromEntries(ids.map((jobId) => [jobId, jobId])));
      expect(Object.values(ends)).toEqual(ids.map(() => 'COMPLETED'));
    });

    it('once and for all, wherever it has got to', async () => {
      const touched = bench().path('touched at once');
      for (const ms of [0, 20, 60]) {
        const jobs = Array.from({ length: 12 }, (_, index) => ({
          name: `job${index}`,
          script: `: >>'${touched}'; sleep 60`,
        }));
        const batch = bench().batch(jobs);
        const submitted = bench().cluster.submit(batch);
        await new Promise((resolve) => setTimeout(resolve, ms));
        const report = await bench().cluster.withdraw(batch);
        await submitted;
        const after = await bench().cluster.inspectSubmission(batch);
        expect(after.phase).toBe('done');
        const ids = Object.values(await bench().jobsOf(batch)).flat();
        const isComplete =
          report.phase === 'done' && [...report.outcomes.values()].every(({ kind }) => kind === 'submitted');
        if (isComplete) await bench().cluster.cancel({ jobIds: ids });
        for (const row of await bench().allEnded(ids)) expect(row.state.status).toBe('CANCELLED');
      }
    });
  });

  describe('tells of a batch', () => {
    it('that nobody has begun', async () => {
      const report = await bench().cluster.inspectSubmission({ ...bench().batch(dependent) });
      expect(report.phase).toBe('absent');
    });

    it('whose jobs wait or run, without sending anything', async () => {
      const gate = bench().path('gate');
      const batch = bench().batch([{ name: 'job', script: waitForFile(gate) }]);
      const [jobId = ''] = idsOf(await bench().cluster.submit(batch), batch);
      await bench().reaches(jobId, 'RUNNING');
      expect(idsOf(await bench().cluster.inspectSubmission(batch), batch)).toEqual([jobId]);
      await bench().write(gate);
      await bench().ended(jobId);
      expect(idsOf(await bench().cluster.inspectSubmission(batch), batch)).toEqual([jobId]);
    });

    it('from another process, which knows no more than directory and tokens', async () => {
      const batch = bench().batch(dependent);
      const ids = idsOf(await bench().cluster.submit(batch), batch);
      const submissions = batch.submissions.map(({ token }) => ({
        ...{ token, script: '', args: [], options: [], dependencies: [], env: {}, cwd: '/' },
      }));
      const other = await create();
      const attached = { directory: batch.directory, submissions };
      expect(idsOf(await other.inspectSubmission(attached), batch)).toEqual(ids);
      expect(idsOf(await other.resumeSubmission(attached), batch)).toEqual(ids);
      await other[Symbol.asyncDispose]();
    });
  });

  describe('waits for a hand-over', () => {
    it('no longer than it is told to, while the jobs go on', async () => {
      const batch = bench().batch(
        Array.from({ length: 20 }, (_, index) => ({ name: `job${index}`, script: 'exit 0' })),
      );
      const report = await bench().cluster.submit(batch, { timeoutMs: 1 });
      // Nobody can tell yet, where it has not even begun.
      expect(['running', 'done', 'stopped']).toContain(report.phase);
      const isDone = async () => (await bench().cluster.inspectSubmission(batch)).phase === 'done';
      expect(await waitUntil(isDone, 20_000)).toBe(true);
      const ids = idsOf(await bench().cluster.inspectSubmission(batch), batch);
      expect(new Set(ids).size).toBe(20);
    });
  });
}
