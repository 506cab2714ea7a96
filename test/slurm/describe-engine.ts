import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { waitUntil } from '../../dev/processes.ts';
import type { Cluster } from '../../src/cluster/cluster.ts';
import { followRuns } from '../../src/engine/follow-run.ts';
import { createObserver } from '../../src/engine/observer.ts';
import { startRun } from '../../src/engine/start-run.ts';
import type { Store } from '../../src/store/open-store.ts';
import { EngineBench, type JobDraft, waitFor } from './engine-bench.ts';

const neverSubmitted = 'withdrawn: srunx ended before it was submitted';

/** Every kind of dependency and one failure; what each job must come to. */
const nine: readonly JobDraft[] = [
  { name: 'first', command: 'sleep 0.5' },
  { name: 'fails', command: 'exit 3' },
  { name: 'ok', command: 'true', after: ['first'] },
  { name: 'any', command: 'true', after: ['afterany:fails'] },
  { name: 'not', command: 'true', after: ['afternotok:fails'] },
  { name: 'with', command: 'true', after: ['after:first'] },
  { name: 'never', command: 'true', after: ['fails'] },
  { name: 'never2', command: 'true', after: ['never'] },
  { name: 'end', command: 'true', after: ['ok', 'any', 'afterany:never2', 'afternotok:never'] },
];
const nineEnds = {
  first: 'completed',
  fails: 'failed: exit',
  ok: 'completed',
  any: 'completed',
  not: 'completed',
  with: 'completed',
  never: 'skipped: fails failed (afterok)',
  never2: 'skipped: never skipped (afterok)',
  end: 'completed',
};

/** What holds on every cluster. */
export function describeEngine(title: string, connect: () => Promise<Cluster>, env?: () => NodeJS.ProcessEnv): void {
  let bench: EngineBench;
  beforeEach(() => {
    bench = new EngineBench(connect, env?.());
  });
  afterEach(() => bench.close());

  /** A job that waits for a file, so that a test decides when it ends. */
  const gate = () => join(bench.work, 'gate');
  const open = () => writeFileSync(gate(), '');
  const waiting = (name = 'waits'): JobDraft => ({ name, command: waitFor(gate()) });

  describe(`a run on ${title}`, () => {
    it('goes on when its client is killed, and ends every job as its edges say', async () => {
      const first = await bench.client();
      const runId = await first.start(nine);
      first.die();
      const second = await bench.client();
      expect(await second.settle(runId)).toEqual(nineEnds);
    });

    it('tells a follower every step, and then ends', async () => {
      const client = await bench.client();
      const runId = await client.start([waiting(), { name: 'later', command: 'true', after: ['waits'] }]);
      const steps: string[] = [];
      for await (const news of followRuns(client.engine, { runIds: [runId], intervalSeconds: 0.1 })) {
        steps.push(...news.map(({ name, toState }) => `${name} ${toState}`));
        if (steps.includes('waits running')) open();
      }
      expect(steps.filter((step) => step.startsWith('waits'))).toEqual([
        'waits pending',
        'waits running',
        'waits completed',
      ]);
      expect(steps.at(-1)).toBe('later completed');
    });

    it('that was recorded, and whose directory never came, is interrupted', async () => {
      const dead = await bench.client({ submit: () => new Promise(() => undefined) });
      const { runId, run } = await bench.prepare(dead.engine, [waiting(), waiting('two')]);
      let isRecorded = false;
      void startRun(dead.engine, run, { onRecorded: () => (isRecorded = true) });
      await waitUntil(() => isRecorded, 5_000);
      const other = await bench.client();
      await other.look();
      // Its process lives: nobody may conclude anything.
      expect([other.handover(runId), other.states(runId)]).toEqual(['planned', { waits: 'waiting', two: 'waiting' }]);
      dead.die();
      await other.look();
      expect([other.handover(runId), other.states(runId)]).toEqual([
        'interrupted',
        { waits: neverSubmitted, two: neverSubmitted },
      ]);
    });

    it('whose client died after the hand-over, and before it wrote that down, is known all the same', async () => {
      const dead = await bench.client();
      const submitted = Promise.withResolvers<void>();
      const { submit } = dead.engine.cluster;
      const engine = {
        ...dead.engine,
        cluster: {
          ...dead.engine.cluster,
          submit: async (...args: Parameters<typeof submit>): ReturnType<typeof submit> => {
            await submit(...args);
            submitted.resolve();
            return new Promise(() => undefined);
          },
        },
      };
      const { runId, run } = await bench.prepare(engine, [
        { name: 'one', command: `echo ran >>'${bench.work}/count'` },
        { name: 'two', command: 'true', after: ['one'] },
      ]);
      void startRun(engine, run);
      await submitted.promise;
      dead.die();
      const other = await bench.client();
      expect(await other.settle(runId)).toEqual({ one: 'completed', two: 'completed' });
      expect(other.handover(runId)).toBe('done');
      expect(readFileSync(join(bench.work, 'count'), 'utf8')).toBe('ran\n');
    });

    it('is withdrawn at once, and listed so, where its directory cannot be written', async () => {
      const client = await bench.client();
      const { runId, run } = await bench.prepare(client.engine, [waiting()]);
      // A directory where a file should be: not even root can write it.
      mkdirSync(join(run.directory, 'run.json'), { recursive: true });
      await expect(startRun(client.engine, run)).rejects.toThrow();
      expect(client.states(runId)).toEqual({
        waits: expect.stringMatching(/^withdrawn: .*run\.json on \w+ cannot be used/),
      });
    });
  });

  describe(`after the database of ${title} was deleted`, () => {
    it('runs are found again as they are: over, at work, and not even begun', async () => {
      const first = await bench.client();
      const over = await first.start(nine);
      await first.settle(over);
      const midway = await first.start([waiting(), { name: 'later', command: 'true', after: ['waits'] }]);
      await waitUntil(async () => {
        await first.look();
        return first.states(midway)['waits'] === 'running';
      }, 30_000);
      bench.forget();
      const second = await bench.client();
      await second.look();
      await second.look();
      expect(second.states(over)).toEqual(nineEnds);
      expect(second.states(midway)).toMatchObject({ waits: 'running', later: expect.stringContaining('pending') });
      open();
      expect(await second.settle(midway)).toEqual({ waits: 'completed', later: 'completed' });
    });

    it('one bad directory does not hide the others', async () => {
      const first = await bench.client();
      const good = await first.start([{ name: 'one', command: 'true' }]);
      await first.settle(good);
      bench.forget();
      const bad = (name: string, text?: string): void => {
        mkdirSync(join(bench.runRoot, name));
        if (text !== undefined) writeFileSync(join(bench.runRoot, name, 'run.json'), text);
      };
      bad('aaaaaaaaaa');
      bad('bbbbbbbbbb', '{"version":1,');
      bad('cccccccccc', JSON.stringify({ version: 2, id: 'cccccccccc' }));
      bad('dddddddddd', 'x'.repeat(1_000_000));
      bad('not a run');
      writeFileSync(join(bench.runRoot, 'eeeeeeeeee'), 'a file');
      // A copy of a run brings tokens that belong to the original.
      cpSync(join(bench.runRoot, good), join(bench.runRoot, 'ffffffffff'), { recursive: true, verbatimSymlinks: true });
      bad('gggggggggg');
      chmodSync(join(bench.runRoot, 'gggggggggg'), 0);
      const second = await bench.client();
      await second.look();
      expect(second.states(good)).toEqual({ one: 'completed' });
      expect(
        second.engine.store.db
          .prepare('SELECT id FROM run')
          .all()
          .map(({ id }) => id),
      ).toEqual([good]);
      chmodSync(join(bench.runRoot, 'gggggggggg'), 0o700);
    });
  });

  describe(`observing ${title}`, () => {
    it('asks one question for any number of runs, and none once all is over', async () => {
      const asked: string[] = [];
      const real = await connect();
      const counted = (name: 'observe' | 'accounting' | 'receipts' | 'inspectSubmission') => {
        const original = real[name].bind(real) as (...args: never[]) => never;
        return {
          [name]: (...args: never[]) => {
            asked.push(name);
            return original(...args);
          },
        };
      };
      const client = await bench.client({ ...counted('observe'), ...counted('accounting'), ...counted('receipts') });
      const runs: string[] = [];
      for (let index = 0; index < 3; index += 1) runs.push(await client.start([waiting(), waiting('two')]));
      await using observer = createObserver(client.engine);
      await observer.look();
      expect(asked).toEqual(['observe']);
      open();
      for (const runId of runs) await client.settle(runId);
      asked.length = 0;
      await observer.look();
      expect(asked).toEqual([]);
      await real[Symbol.asyncDispose]();
    });

    it('writes nothing while nothing changes', async () => {
      const client = await bench.client();
      const runId = await client.start([waiting(), { name: 'later', command: 'true', after: ['waits'] }]);
      await waitUntil(async () => {
        await client.look();
        return client.states(runId)['waits'] === 'running';
      }, 30_000);
      // The reason of a job that waits may still come.
      await waitUntil(async () => (await client.look()).changed === 0, 30_000);
      const before = contentOf(client.engine.store);
      await new Promise((resolve) => setTimeout(resolve, 1_200));
      expect((await client.look()).changed).toBe(0);
      expect(contentOf(client.engine.store)).toEqual(before);
      open();
      await client.settle(runId);
    });

    it('is done by one process at a time; another takes over when it dies or hangs', async () => {
      let clock = 0;
      const monotonicNow = () => clock;
      const [one, two] = [await bench.client({}, { monotonicNow }), await bench.client({}, { monotonicNow })];
      const runId = await one.start([waiting()]);
      await using first = createObserver(one.engine);
      await using second = createObserver(two.engine);
      expect(await first.look()).toBeDefined();
      expect(await second.look()).toBeUndefined();
      clock += 44_000;
      expect(await second.look()).toBeUndefined();
      // Its counter stands still on the clock of the one that waits.
      clock += 2_000;
      expect(await second.look()).toBeDefined();
      // What hung and woke up finds that it is not the one any more.
      expect(await first.look()).toBeUndefined();
      two.die();
      expect(await first.look()).toBeDefined();
      open();
      await one.settle(runId);
    });

    it('an older snapshot that comes late changes nothing', async () => {
      const late = Promise.withResolvers<void>();
      const real = await connect();
      const slow = await bench.client({
        observe: async (query) => {
          const snapshot = await real.observe(query);
          await late.promise;
          return snapshot;
        },
      });
      const quick = await bench.client();
      const runId = await quick.start([waiting()]);
      await waitUntil(async () => {
        await quick.look();
        return quick.states(runId)['waits'] === 'running';
      }, 30_000);
      const pending = slow.look();
      open();
      await quick.settle(runId);
      late.resolve();
      await pending;
      expect(quick.states(runId)).toEqual({ waits: 'completed' });
      await real[Symbol.asyncDispose]();
    });
  });
}

/** Everything that is stored of runs: not who looks, nor how often somebody may. */
function contentOf({ db }: Store): unknown {
  const tables = ['cluster', 'run', 'job', 'attempt', 'transition'];
  return tables.map((table) => db.prepare(`SELECT * FROM ${table}`).all());
}
