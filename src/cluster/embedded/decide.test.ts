import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ended, failed, held, type JobDraft, job, pending, running } from '../../../test/support/embedded-queue.ts';
import { type Decision, decide, type WaitReason } from './decide.ts';
import type { QueueJob, Resources, TaskState } from './queue.ts';

const machine: Resources = { cpus: 4, memoryMb: 1_000, gpus: 2 };

function decideOn(jobs: readonly QueueJob[], options: { now?: number; machine?: Resources } = {}): Decision {
  const byId = new Map(jobs.map((entry) => [entry.id, entry]));
  return decide({ machine, now: 0, ...options, jobs: jobs.filter(isOpen), parent: (id) => byId.get(id) });
}

function isOpen({ tasks }: QueueJob): boolean {
  return tasks.some(({ state }) => state.kind !== 'ended');
}

/** What becomes of every unfinished task, by raw id. */
function fates(jobs: readonly QueueJob[], options: Parameters<typeof decideOn>[1] = {}): Record<number, string> {
  const { start, drop, waiting } = decideOn(jobs, options);
  return {
    ...Object.fromEntries(start.map(({ task, gpus }) => [task.rawId, ['start', ...gpus].join(' ')])),
    ...Object.fromEntries(drop.map(({ task }) => [task.rawId, 'drop'])),
    ...Object.fromEntries(waiting),
  };
}

const afterok = (parent: number) => ({ mode: 'all', conditions: [{ type: 'afterok', parent }] }) as const;
const aftercorr = (parent: number) => ({ mode: 'all', conditions: [{ type: 'aftercorr', parent }] }) as const;

test.each<[string, readonly JobDraft[], Record<number, string | WaitReason>]>([
  [
    'starts what fits',
    [
      { id: 1, cpus: 2 },
      { id: 2, cpus: 2 },
    ],
    { 1: 'start', 2: 'start' },
  ],
  [
    'counts what runs',
    [
      { id: 1, cpus: 3, states: [running()] },
      { id: 2, cpus: 2 },
    ],
    { 2: 'Resources' },
  ],
  [
    'counts memory',
    [
      { id: 1, memoryMb: 600 },
      { id: 2, memoryMb: 600 },
    ],
    { 1: 'start', 2: 'Resources' },
  ],
  [
    'gives the lowest GPUs that are free',
    [
      { id: 1, gpus: 1, states: [running({ gpus: [0] })] },
      { id: 2, gpus: 1 },
    ],
    { 2: 'start 1' },
  ],
  [
    'gives each GPU once',
    [
      { id: 1, gpus: 1 },
      { id: 2, gpus: 1 },
      { id: 3, gpus: 1 },
    ],
    { 1: 'start 0', 2: 'start 1', 3: 'Resources' },
  ],
  ['keeps a held task', [{ id: 1, states: [held] }, { id: 2 }], { 1: 'JobHeldUser', 2: 'start' }],
  [
    'waits for a parent',
    [
      { id: 1, states: [running()] },
      { id: 2, dependency: afterok(1) },
    ],
    { 2: 'Dependency' },
  ],
  [
    'drops what can never run',
    [
      { id: 1, states: [failed] },
      { id: 2, dependency: afterok(1) },
    ],
    { 2: 'drop' },
  ],
  [
    'keeps what can never run and did not ask to be dropped',
    [
      { id: 1, states: [failed] },
      { id: 2, dependency: afterok(1), killOnInvalidDep: false },
    ],
    { 2: 'DependencyNeverSatisfied' },
  ],
  ['waits for its time', [{ id: 1, beginAt: 1 }], { 1: 'BeginTime' }],
  ['starts at its time', [{ id: 1, beginAt: 0 }], { 1: 'start' }],
  [
    'runs no more tasks of an array than its limit',
    [{ id: 1, states: [running(), pending, pending, pending], arrayLimit: 2 }],
    { 2: 'start', 3: 'JobArrayTaskLimit', 4: 'JobArrayTaskLimit' },
  ],
  [
    'pairs the tasks of two arrays',
    [
      { id: 1, states: [ended(), failed, running()] },
      { id: 11, states: [pending, pending, pending], dependency: aftercorr(1) },
    ],
    { 11: 'start', 12: 'drop', 13: 'Dependency' },
  ],
  [
    'judges each task by its like where it is told to',
    [
      { id: 1, states: [ended(), failed, running()] },
      {
        ...{ id: 11, states: [pending, pending, pending] },
        dependency: { mode: 'all', conditions: [{ type: 'afternotok', parent: 1, twin: true }] },
      },
    ],
    { 11: 'drop', 12: 'start', 13: 'Dependency' },
  ],
])('%s', (_case, drafts, expected) => {
  expect(fates(drafts.map(job))).toEqual(expected);
});

const hour = 3_600;

test.each<[string, readonly JobDraft[], Record<number, string>]>([
  [
    'a short job goes ahead while a large one waits',
    [
      { id: 1, cpus: 3, timeLimitSeconds: hour, states: [running()] },
      { id: 2, cpus: 4, timeLimitSeconds: hour },
      { id: 3, cpus: 1, timeLimitSeconds: hour },
    ],
    { 2: 'Resources', 3: 'start' },
  ],
  [
    'a longer one would delay the large one',
    [
      { id: 1, cpus: 3, timeLimitSeconds: hour, states: [running()] },
      { id: 2, cpus: 4, timeLimitSeconds: hour },
      { id: 3, cpus: 1, timeLimitSeconds: 2 * hour },
    ],
    { 2: 'Resources', 3: 'Priority' },
  ],
  [
    'to the second',
    [
      { id: 1, cpus: 3, timeLimitSeconds: hour, states: [running()] },
      { id: 2, cpus: 4, timeLimitSeconds: hour },
      { id: 3, cpus: 1, timeLimitSeconds: hour + 1 },
    ],
    { 2: 'Resources', 3: 'Priority' },
  ],
  [
    'the large one needs not all that runs to end',
    [
      { id: 1, cpus: 1, timeLimitSeconds: hour, states: [running()] },
      { id: 2, cpus: 1, timeLimitSeconds: 10 * hour, states: [running()] },
      { id: 3, cpus: 3, timeLimitSeconds: hour },
      { id: 4, cpus: 1, timeLimitSeconds: 2 * hour },
    ],
    { 3: 'Resources', 4: 'Priority' },
  ],
  [
    'a longer one that leaves the large one enough delays nobody',
    [
      { id: 1, cpus: 3, timeLimitSeconds: hour, states: [running()] },
      { id: 2, cpus: 3, timeLimitSeconds: hour },
      { id: 3, cpus: 1, timeLimitSeconds: null },
    ],
    { 2: 'Resources', 3: 'start' },
  ],
  [
    'nobody overtakes where the end of what runs is not known',
    [
      { id: 1, cpus: 3, states: [running()] },
      { id: 2, cpus: 2 },
      { id: 3, cpus: 1, timeLimitSeconds: hour },
    ],
    { 2: 'Resources', 3: 'Priority' },
  ],
  [
    'a job without GPUs does not wait behind one that lacks only those, but leaves it its CPUs',
    [
      { id: 1, cpus: 1, gpus: 2, states: [running({ gpus: [0, 1] })] },
      { id: 2, cpus: 1, gpus: 1 },
      { id: 3, cpus: 2 },
      { id: 4, cpus: 1 },
    ],
    { 2: 'Resources', 3: 'start', 4: 'Priority' },
  ],
  [
    'what does not fit at all blocks nobody',
    [
      { id: 1, gpus: 3 },
      { id: 2, cpus: 4 },
    ],
    { 1: 'Resources', 2: 'start' },
  ],
])('backfill: %s', (_case, drafts, expected) => {
  expect(fates(drafts.map(job))).toEqual(expected);
});

test('says when the clock alone changes something', () => {
  const waits = [job({ id: 1, beginAt: 900 }), job({ id: 2, beginAt: 700 }), job({ id: 3, states: [running()] })];
  expect(decideOn(waits).wakeAt).toBe(700);
  expect(decideOn([job({ id: 1 })]).wakeAt).toBeUndefined();
});

const drafts = fc
  .array(
    fc.record({
      cpus: fc.integer({ min: 1, max: 4 }),
      gpus: fc.integer({ min: 0, max: 2 }),
      memoryMb: fc.integer({ min: 0, max: 1_000 }),
      timeLimitSeconds: fc.option(fc.integer({ min: 1, max: 50 }), { nil: null }),
      tasks: fc.integer({ min: 1, max: 4 }),
      arrayLimit: fc.integer({ min: 1, max: 3 }),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((list) =>
    list.map(({ tasks, ...draft }, position) =>
      job({ id: 1 + position * 10, ...draft, states: Array.from({ length: tasks }, () => pending) }),
    ),
  );

test('every waiting task gets exactly one fate, and nothing is given twice', () => {
  fc.assert(
    fc.property(drafts, (jobs) => {
      const { start, drop, waiting } = decideOn(jobs);
      const decided = [
        ...start.map(({ task }) => task.rawId),
        ...drop.map(({ task }) => task.rawId),
        ...waiting.keys(),
      ];
      expect(decided.toSorted((a, b) => a - b)).toEqual(jobs.flatMap(({ tasks }) => tasks.map(({ rawId }) => rawId)));
      const sum = (amount: (resources: Resources) => number) =>
        start.reduce((total, { job: { spec } }) => total + amount(spec.resources), 0);
      expect(sum(({ cpus }) => cpus)).toBeLessThanOrEqual(machine.cpus);
      expect(sum(({ memoryMb }) => memoryMb)).toBeLessThanOrEqual(machine.memoryMb);
      const gpus = start.flatMap((entry) => entry.gpus);
      expect(new Set(gpus).size).toBe(gpus.length);
      for (const {
        job: { spec },
        gpus: given,
      } of start)
        expect(given).toHaveLength(spec.resources.gpus);
    }),
  );
});

/** Lets tasks run exactly as long as their limit says, and those without one for `unlimited` seconds. */
function simulate(
  jobs: readonly QueueJob[],
  unlimited: number,
  look: (now: number, decision: Decision, queue: readonly QueueJob[]) => void,
): void {
  let queue = jobs;
  let now = 0;
  for (let step = 0; queue.some(isOpen); step += 1) {
    if (step > 1_000) throw new Error('the queue does not move');
    const decision = decideOn(queue, { now });
    look(now, decision, queue);
    const gpusOf = new Map(decision.start.map(({ task, gpus }) => [task.rawId, gpus]));
    const startedAt = now;
    queue = mapTasks(queue, (state, rawId) => {
      const gpus = gpusOf.get(rawId);
      return gpus === undefined ? state : running({ startedAt, gpus });
    });
    now = Math.min(...endsOf(queue, unlimited).map(({ at }) => at));
    if (!Number.isFinite(now)) throw new Error('nothing runs, and something waits');
    const ending = new Set(endsOf(queue, unlimited).flatMap(({ at, rawId }) => (at === now ? [rawId] : [])));
    queue = mapTasks(queue, (state, rawId) => (ending.has(rawId) ? ended() : state));
  }
}

function mapTasks(jobs: readonly QueueJob[], change: (state: TaskState, rawId: number) => TaskState): QueueJob[] {
  return jobs.map((entry) => ({
    ...entry,
    tasks: entry.tasks.map((task) => ({ ...task, state: change(task.state, task.rawId) })),
  }));
}

function endsOf(jobs: readonly QueueJob[], unlimited: number): { at: number; rawId: number; resources: Resources }[] {
  return jobs.flatMap(({ spec, tasks }) =>
    tasks.flatMap(({ state, rawId }) =>
      state.kind === 'running'
        ? [{ rawId, resources: spec.resources, at: state.startedAt + (spec.timeLimitSeconds ?? unlimited) * 1000 }]
        : [],
    ),
  );
}

test('everything runs in the end, within the machine and the arrays’ limits', () => {
  fc.assert(
    fc.property(drafts, fc.integer({ min: 1, max: 100 }), (jobs, unlimited) => {
      simulate(jobs, unlimited, (_now, _decision, queue) => {
        const cpus = endsOf(queue, unlimited).reduce((sum, { resources }) => sum + resources.cpus, 0);
        expect(cpus).toBeLessThanOrEqual(machine.cpus);
        for (const { spec, tasks } of queue) {
          const count = tasks.filter(({ state }) => state.kind === 'running').length;
          expect(count).toBeLessThanOrEqual(spec.arrayLimit ?? Number.POSITIVE_INFINITY);
        }
      });
    }),
  );
});

test('the first task that lacks resources is delayed by no younger one', () => {
  fc.assert(
    fc.property(drafts, fc.integer({ min: 1, max: 100 }), (limited, unlimited) => {
      // An older task that only its array's limit keeps may go before.
      const jobs = limited.map((entry) => ({ ...entry, spec: { ...entry.spec, arrayLimit: 100 } }));
      // By raw id: when it has to have started at the latest, promised while it was the first to wait.
      const promises = new Map<number, number>();
      simulate(jobs, unlimited, (now, { start, waiting }, queue) => {
        for (const { task } of start) expect(now).toBeLessThanOrEqual(promises.get(task.rawId) ?? now);
        const head = [...waiting].find(([, reason]) => reason === 'Resources')?.[0];
        const resources = queue.find(({ tasks }) => tasks.some(({ rawId }) => rawId === head))?.spec.resources;
        if (head === undefined || resources === undefined || promises.has(head)) return;
        const older = start.filter(({ task }) => task.rawId < head);
        const fitWith = (seconds: number) => {
          const atMost = older.map(({ job: { spec }, task }) => ({
            rawId: task.rawId,
            resources: spec.resources,
            at: now + (spec.timeLimitSeconds ?? seconds) * 1000,
          }));
          return earliestFit(resources, [...endsOf(queue, seconds), ...atMost]);
        };
        // That a task without a time limit ends early, nobody knows: it counts only for one that has to wait for it.
        const known = fitWith(Number.POSITIVE_INFINITY);
        promises.set(head, Number.isFinite(known) ? known : fitWith(unlimited));
      });
    }),
  );
});

/** When there is room, if nothing but the tasks given runs. */
function earliestFit(wanted: Resources, ends: readonly { at: number; resources: Resources }[]): number {
  const moments = ends.map(({ at }) => at).toSorted((a, b) => a - b);
  const free = (at: number, amount: (resources: Resources) => number) =>
    amount(machine) - ends.reduce((sum, end) => sum + (end.at > at ? amount(end.resources) : 0), 0);
  const fits = (at: number) =>
    free(at, ({ cpus }) => cpus) >= wanted.cpus &&
    free(at, ({ gpus }) => gpus) >= wanted.gpus &&
    free(at, ({ memoryMb }) => memoryMb) >= wanted.memoryMb;
  return moments.find(fits) ?? Number.POSITIVE_INFINITY;
}

test('a parent that all tasks of an array wait for is looked at once, beside those that they wait for one by one', () => {
  const parents = [job({ id: 1, states: [ended(), failed, ended()] }), job({ id: 11, states: [ended(), ended()] })];
  const conditions = [
    { type: 'afterok', parent: 1, twin: true },
    { type: 'afterany', parent: 11 },
  ] as const;
  const child = job({ id: 21, states: [pending, pending, pending], dependency: { mode: 'all', conditions } });
  const asked: number[] = [];
  const parent = (id: number) => {
    asked.push(id);
    return parents.find((entry) => entry.id === id);
  };
  const { start, drop } = decide({ machine, now: 0, jobs: [child], parent });
  expect([start.map(({ task }) => task.index), drop.map(({ task }) => task.index)]).toEqual([[0, 2], [1]]);
  expect(asked.filter((id) => id === 11)).toHaveLength(1);
});
