import { describe, expect, it } from 'vitest';
import { waitUntil } from '../../../dev/processes.ts';
import { SrunxError } from '../../../src/core/errors.ts';
import { type Bench, type ClusterUnderTest, waitForFile } from './bench.ts';

/** No cluster of a test has ever given this id. */
const unknownId = '67000000';

export function describeControl(bench: () => Bench, { isLarge = false }: ClusterUnderTest): void {
  const describeGroup = isLarge ? describe.concurrent : describe;
  const cancel = (jobIds: readonly string[]) => bench().cluster.cancel({ jobIds });

  describeGroup('cancels', () => {
    it('a running job, and only says so when it is over', async () => {
      const jobId = await bench().submitOne({ script: 'sleep 600' });
      await bench().reaches(jobId, 'RUNNING');
      expect(await cancel([jobId])).toMatchObject([{ jobId, outcome: 'cancelled' }]);
      const row = await bench().ended(jobId);
      expect(row.state).toMatchObject({ status: 'CANCELLED', failureKind: 'cancelled' });
    });

    it('a waiting job', async () => {
      const jobId = await bench().submitOne({ options: ['--hold'] });
      expect(await cancel([jobId])).toMatchObject([{ jobId, outcome: 'cancelled', state: 'CANCELLED' }]);
    });

    it('one task of an array and nothing else, running or waiting', async () => {
      const gate = bench().path('gate');
      const jobId = await bench().submitOne({ script: waitForFile(gate), options: ['--array=0-3%1'] });
      await bench().reaches(`${jobId}_0`, 'RUNNING');
      expect(await cancel([`${jobId}_2`])).toMatchObject([{ outcome: 'cancelled' }]);
      const waiting = await bench().rows(`${jobId}_2`);
      expect(waiting.filter(({ state }) => !state.terminal)).toEqual([]);
      for (const index of [1, 3]) {
        expect((await bench().rows(`${jobId}_${index}`)).map(({ state }) => state.status)).toEqual(['PENDING']);
      }
      expect((await bench().rows(`${jobId}_0`)).map(({ state }) => state.status)).toEqual(['RUNNING']);
      expect(await cancel([`${jobId}_0`])).toMatchObject([{ outcome: 'cancelled' }]);
      await bench().write(gate);
      expect(await bench().endsOf({ one: `${jobId}_1`, three: `${jobId}_3`, zero: `${jobId}_0` })).toEqual({
        ...{ one: 'COMPLETED', three: 'COMPLETED', zero: 'CANCELLED' },
      });
    });

    it('a set of tasks', async () => {
      const jobId = await bench().submitOne({ options: ['--array=0-5', '--hold'] });
      expect(await cancel([`${jobId}_[1-3,5]`])).toMatchObject([{ jobId: `${jobId}_[1-3,5]`, outcome: 'cancelled' }]);
      await bench().cluster.release([jobId]);
      expect(await bench().endsOf({ zero: `${jobId}_0`, four: `${jobId}_4` })).toEqual({
        ...{ zero: 'COMPLETED', four: 'COMPLETED' },
      });
      const ran = (await bench().rows(jobId)).filter(({ state }) => state.status === 'COMPLETED');
      expect(ran.map((row) => row.jobId).sort()).toEqual([`${jobId}_0`, `${jobId}_4`]);
    });

    it.each(['_4', '_[3-4]'])('with KILL, of the waiting tasks of an array only %s', async (tasks) => {
      const jobId = await bench().submitOne({ options: ['--array=0-5', '--hold'] });
      const answers = await bench().cluster.cancel({ jobIds: [`${jobId}${tasks}`], signalName: 'KILL' });
      expect(answers).toMatchObject([{ jobId: `${jobId}${tasks}`, outcome: 'cancelled' }]);
      for (const index of [0, 1, 2, 5]) {
        expect((await bench().rows(`${jobId}_${index}`)).map(({ state }) => state.status)).toEqual(['PENDING']);
      }
      expect((await bench().rows(`${jobId}_4`)).filter(({ state }) => !state.terminal)).toEqual([]);
      await cancel([jobId]);
    });

    it('signals the tasks that have started, each or all, and is done soon', async () => {
      const gate = bench().path('gate');
      const jobId = await bench().submitOne({
        script: `trap : USR1; ${waitForFile(gate)}`,
        options: ['--array=0-3%2'],
      });
      for (const index of [0, 1]) await bench().reaches(`${jobId}_${index}`, 'RUNNING');
      const signalled = (id: string) => bench().cluster.cancel({ jobIds: [id], signalName: 'USR1' });
      expect(await signalled(`${jobId}_3`)).toMatchObject([{ outcome: 'failed', state: 'PENDING' }]);
      const startedAt = performance.now();
      expect(await signalled(`${jobId}_1`)).toMatchObject([{ outcome: 'signalled', state: 'RUNNING' }]);
      expect(await signalled(jobId)).toMatchObject([{ outcome: 'signalled', state: 'RUNNING' }]);
      // scancel itself would try again for a minute, because of the tasks that wait.
      expect(performance.now() - startedAt).toBeLessThan(30_000);
      await bench().write(gate);
      const rows = await bench().allEnded([jobId]);
      expect(rows.map(({ state }) => state.status)).toEqual(Array.from({ length: 4 }, () => 'COMPLETED'));
    });

    it('a whole array, running and waiting tasks alike', async () => {
      const jobId = await bench().submitOne({ script: 'sleep 600', options: ['--array=0-3%1'] });
      await bench().reaches(jobId, 'RUNNING');
      expect(await cancel([jobId])).toMatchObject([{ jobId, outcome: 'cancelled' }]);
      for (const row of await bench().allEnded([jobId])) expect(row.state.status).toBe('CANCELLED');
    });

    it('many at once, each with its own answer, in the order asked', async () => {
      const over = await bench().submitOne({ script: 'exit 0' });
      const failed = await bench().submitOne({ script: 'exit 1' });
      await bench().allEnded([over, failed]);
      const held = await bench().submitOne({ options: ['--hold'] });
      const answers = await cancel([unknownId, over, held, failed, `${unknownId}_3`]);
      expect(answers.map(({ jobId, outcome, state }) => [jobId, outcome, state])).toEqual([
        [unknownId, 'not_found', undefined],
        [over, 'already_finished', 'COMPLETED'],
        [held, 'cancelled', 'CANCELLED'],
        [failed, 'already_finished', 'FAILED'],
        [`${unknownId}_3`, 'not_found', undefined],
      ]);
    });

    it('nothing when nothing is named', async () => {
      expect(await cancel([])).toEqual([]);
    });

    it.each(['12x', '', '1_2_3', '-1', '1;2', '日本'])('nothing under the name %j, which is no id', async (jobId) => {
      await expect(cancel([jobId])).rejects.toMatchObject({ kind: 'usage' });
    });
  });

  describeGroup('signals', () => {
    it('a job, which lives on and deals with it', async () => {
      const log = bench().path('log');
      const script = `trap 'echo got it' USR1; echo ready; while :; do sleep 0.1; done`;
      const jobId = await bench().submitOne({ script, options: [`--output=${log}`] });
      await bench().readOnce(log, 'ready');
      // To the script itself; its children get signals that are not meant for it alone.
      const answers = await bench().cluster.cancel({ jobIds: [jobId], signalName: 'USR1' });
      expect(answers).toMatchObject([{ jobId, outcome: 'signalled', state: 'RUNNING' }]);
      expect((await bench().rows(jobId))[0]?.state.terminal).toBe(false);
      await cancel([jobId]);
    });

    it('a job with KILL, which ends it', async () => {
      const jobId = await bench().submitOne({ script: 'trap "" TERM; sleep 600' });
      await bench().reaches(jobId, 'RUNNING');
      const [answer] = await bench().cluster.cancel({ jobIds: [jobId], signalName: 'KILL' });
      expect(['cancelled', 'signalled']).toContain(answer?.outcome);
      expect((await bench().ended(jobId)).state.terminal).toBe(true);
    });

    it('nobody whose job is over or unknown', async () => {
      const over = await bench().submitOne({ script: 'exit 0' });
      await bench().ended(over);
      const answers = await bench().cluster.cancel({ jobIds: [over, unknownId], signalName: 'USR1' });
      expect(answers.map(({ outcome }) => outcome)).toEqual(['already_finished', 'not_found']);
    });
  });

  describeGroup('holds and releases', () => {
    it('jobs that wait', async () => {
      const gate = bench().path('gate');
      const [parent = '', child = '', other = ''] = await bench().submit([
        { name: 'parent', script: waitForFile(gate) },
        { name: 'child', script: 'exit 0', after: [['afterok', 'parent']] },
        { name: 'other', script: 'exit 0', after: [['afterok', 'parent']] },
      ]);
      await bench().cluster.hold([child]);
      await bench().write(gate);
      expect(await bench().endsOf({ parent, other })).toEqual({ parent: 'COMPLETED', other: 'COMPLETED' });
      const [row] = await bench().rows(child);
      expect([row?.state.status, row?.reason]).toEqual(['PENDING', expect.stringMatching(/^JobHeld(User|Admin)$/)]);
      await bench().cluster.release([child]);
      expect(await bench().endsOf({ child })).toEqual({ child: 'COMPLETED' });
    });

    it('hundreds at once', async () => {
      const jobId = await bench().submitOne({ options: ['--array=0-1', '--hold'] });
      const ids = [`${jobId}_0`, `${jobId}_1`, ...Array.from({ length: 300 }, () => jobId)];
      await bench().cluster.release(ids);
      expect(await bench().endsOf({ jobId })).toEqual({ jobId: 'COMPLETED' });
    });

    it('nothing when nothing is named', async () => {
      await bench().cluster.hold([]);
      await bench().cluster.release([]);
      await bench().cluster.requeue([]);
    });

    it.each(['hold', 'release', 'requeue'] as const)('no unknown job: %s says so', async (verb) => {
      const failure = bench().cluster[verb]([unknownId]);
      await expect(failure).rejects.toSatisfy((error) => error instanceof SrunxError && error.kind === 'not_found');
      await expect(bench().cluster[verb](['12x'])).rejects.toMatchObject({ kind: 'usage' });
    });
  });

  describe('requeues', () => {
    it('a running job: the same id, once more', async () => {
      const starts = bench().path('starts');
      const jobId = await bench().submitOne({ script: `echo x >>'${starts}'; sleep 600`, options: ['--requeue'] });
      await bench().readOnce(starts, 'x\n');
      await bench().cluster.requeue([jobId]);
      const isAgain = async () => (await bench().rows(jobId))[0]?.restarts === 1;
      expect(await waitUntil(isAgain, 20_000)).toBe(true);
      const [row] = await bench().rows(jobId);
      expect([row?.jobId, row?.state.terminal]).toEqual([jobId, false]);
      expect(await cancel([jobId])).toMatchObject([{ jobId, outcome: 'cancelled' }]);
    });
  });
}
