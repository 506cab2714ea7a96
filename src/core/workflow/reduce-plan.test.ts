import { describe, expect, it } from 'vitest';
import { NotFoundError, UsageError } from '../errors.ts';
import { type Edge, formatEdge, parseEdge } from './graph.ts';
import type { Plan, PlannedJob } from './plan.ts';
import { type LeftJob, reducePlan, requireWriters, selectPlanned } from './reduce-plan.ts';

/** `b < a afternotok:c`, parents first. */
function planOf(graph: string, more: Partial<Plan> = {}): Plan {
  const jobs = graph.split(', ').map((line): PlannedJob => {
    const [name = '', edges = ''] = line.split(' < ');
    const all = edges
      .split(' ')
      .filter(Boolean)
      .map((text) => parseEdge(text) as Edge);
    return { name, kind: 'command', edges: all, args: [], options: [], env: {}, wrapped: true, script: '' };
  });
  const workflow = { name: 'w', source: 'w.yaml' };
  return { workflow, jobs, skipped: [], satisfied: [], warnings: [], configured: [], hash: 'old', ...more };
}

const done = (more: Partial<LeftJob> = {}): LeftJob => ({
  ...{ state: 'completed', final: true, ignored: false, run: 'r1', reason: 'completed in run r1' },
  ...more,
});

function reduce(plan: Plan, left: Readonly<Record<string, LeftJob>>, because: 'selection' | 'done' = 'done') {
  return reducePlan(plan, {
    left: new Map(Object.entries(left)),
    because,
    hash: ({ jobs }) => `hash of ${jobs.length}`,
  });
}

function graphOf({ jobs }: Plan): string {
  return jobs
    .map(({ name, edges }) => [name, ...(edges.length > 0 ? ['<'] : []), ...edges.map(formatEdge)].join(' '))
    .join(', ');
}

describe('a plan without what was done', () => {
  it('has the other jobs, and their edges to each other', () => {
    const plan = reduce(planOf('a, b < a, c < a b'), { a: done() });
    expect(graphOf(plan)).toBe('b, c < b');
    expect(plan).toMatchObject({
      hash: 'hash of 2',
      skipped: [{ name: 'a', reason: 'completed in run r1', run: 'r1' }],
      satisfied: [
        { job: 'b', edge: { type: 'afterok', parent: 'a' }, because: 'done' },
        { job: 'c', edge: { type: 'afterok', parent: 'a' }, because: 'done' },
      ],
    });
  });

  it.each<[string, string, LeftJob, string, string]>([
    ['for the failure of what succeeded', 'a, b < afternotok:a c, c', done(), 'c', 'a completed (afternotok)'],
    [
      'for what still moves',
      'a, b < afterany:a, c',
      done({ state: 'running', final: false }),
      'c',
      'a of run r1 is still running',
    ],
    ['for the success of what failed', 'a, b < a, c', done({ state: 'failed' }), 'c', 'a failed (afterok)'],
  ])('skips what would wait for ever %s', (_, graph, left, kept, reason) => {
    const plan = reduce(planOf(graph), { a: left });
    expect(graphOf(plan)).toBe(kept);
    expect(plan.skipped.at(-1)).toMatchObject({ name: 'b', reason });
  });

  it('goes on from what is skipped', () => {
    const plan = reduce(planOf('a, b < afternotok:a, c < b, d < afterany:b, e < afternotok:b'), { a: done() });
    expect(graphOf(plan)).toBe('d, e');
    expect(plan.skipped.slice(1).map(({ name, reason }) => `${name}: ${reason}`)).toEqual([
      'b: a completed (afternotok)',
      'c: b skipped (afterok)',
    ]);
  });

  it('lets start what a failure does not stop', () => {
    expect(graphOf(reduce(planOf('a, b < a, c < afternotok:a'), { a: done({ state: 'failed', ignored: true }) }))).toBe(
      'b, c',
    );
  });

  it('keeps what runs at the end', () => {
    const plan = planOf('a, z < afterany:a');
    const last = {
      ...plan,
      jobs: plan.jobs.map((job) => (job.name === 'z' ? { ...job, isFinal: true as const } : job)),
    };
    const reduced = reduce(last, { a: done({ state: 'running', final: false }) });
    expect([graphOf(reduced), reduced.satisfied]).toEqual(['z', []]);
  });

  it('takes along what was written for those that are left, also by runs before', () => {
    const plan = planOf('a, b < a, c < b', {
      former: [
        { name: 'z', values: 'z=1\n' },
        { name: 'y', values: 'y=1\n' },
      ],
      satisfied: [{ job: 'c', edge: { type: 'afterok', parent: 'z' }, because: 'done' }],
    });
    const { former, satisfied } = reduce(plan, { a: done({ values: 'a=1\n' }), b: done({ values: 'b=1\n' }) });
    expect(former).toEqual([
      { name: 'z', values: 'z=1\n' },
      { name: 'b', values: 'b=1\n' },
    ]);
    expect(satisfied.map(({ edge }) => edge.parent)).toEqual(['z', 'b']);
  });
});

describe('a selection of a plan', () => {
  const plan = planOf('a, b < a, c < b afternotok:a');

  it('counts edges to what is left out as met, however that ended', () => {
    expect([...selectPlanned(plan, { from: 'b', to: undefined, only: [] })]).toEqual(['b', 'c']);
    const reduced = reduce(
      plan,
      { a: done({ reason: undefined }), b: done({ state: 'failed', reason: undefined }) },
      'selection',
    );
    expect([graphOf(reduced), reduced.skipped]).toEqual(['c', []]);
    expect(reduced.satisfied.map(({ because }) => because)).toEqual(['selection', 'selection']);
  });

  it('takes the name of a matrix, and none that does not exist', () => {
    const [first, ...others] = planOf('m-1, m-2, x < m-1').jobs;
    const jobs = [first, ...others].flatMap((job) =>
      job === undefined ? [] : [{ ...job, ...(job.name === 'x' ? {} : { family: 'm' }) }],
    );
    expect([...selectPlanned({ jobs }, { from: undefined, to: undefined, only: ['m'] })]).toEqual(['m-1', 'm-2']);
    expect(() => selectPlanned(plan, { from: undefined, to: undefined, only: ['m'] })).toThrow(NotFoundError);
  });

  it('has all that its jobs read', () => {
    const [a, b] = planOf('a, b < a').jobs;
    const reader = { ...(b as PlannedJob), reads: [{ parent: 'a', key: 'k', variable: 'V' }] };
    expect(() => requireWriters({ jobs: [reader] }, 'r1')).toThrow(UsageError);
    expect(() => requireWriters({ jobs: [reader] }, 'r1')).toThrow('b reads `k` of a, which wrote nothing in run r1');
    requireWriters({ jobs: [reader], former: [{ name: 'a', values: '' }] }, 'r1');
    requireWriters({ jobs: [a as PlannedJob, reader] }, 'r1');
  });
});
