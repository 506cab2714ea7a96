import { expect, it } from 'vitest';
import type { RunDescription } from './describe-run.ts';
import { passOnTurns, type TurnJob } from './pass-on-turns.ts';
import { withCells } from './run-description.ts';

const stage = (name: string, edges: readonly { readonly type: string; readonly parent: string }[] = []) => ({
  name,
  edges,
});

/** Six cells of three jobs, two at once: 0, 2, 4 and 1, 3, 5 follow each other. */
const described = (follows?: string) =>
  withCells({
    sweep: {
      cells: Array.from({ length: 6 }, (_, index) => ({ index, name: `${index}`, values: {} })),
      groups: [
        {
          stages: [
            stage('a'),
            stage('b', [{ type: 'afterok', parent: 'a' }]),
            stage('c', [{ type: 'afternotok', parent: 'a' }]),
          ],
        },
      ],
      arrays: [0, 1, 2].map((at) => ({
        ...{ token: `r-${at}`, group: 0, stage: at, offset: 0, tasks: '0-5' },
        ...(follows === undefined || at > 0 ? {} : { follows }),
      })),
      cellsInTurn: 2,
    },
  } as unknown as RunDescription);

const waiting = { state: 'pending', restarts: 0, startTime: undefined, endTime: undefined, final: false } as const;

function jobs(changed: Readonly<Record<string, Partial<TurnJob>>> = {}): readonly TurnJob[] {
  return ['a', 'b', 'c'].flatMap((name, at) =>
    Array.from({ length: 6 }, (_, cell) => ({
      ...{ name: `${name}#${cell}`, jobId: `${10 + at}_${cell}`, ...waiting },
      ...(cell < 2 ? ({ state: 'running', restarts: 0, startTime: 1 } as const) : {}),
      ...changed[`${name}#${cell}`],
    })),
  );
}

const cells = (...indices: readonly number[]) =>
  new Set(indices.flatMap((index) => ['a', 'b', 'c'].map((name) => `${name}#${index}`)));

const any = (...ids: readonly string[]) => ids.map((jobId) => ({ type: 'afterany', jobId }));

it('lets who follows a cancelled cell wait for the one before that, in all jobs that could begin', () => {
  expect(passOnTurns(described(), { jobs: jobs(), meant: cells(2) })).toEqual([
    { jobId: '10_4', dependencies: any('10_2', '11_2', '12_2', '10_0', '11_0', '12_0') },
    {
      jobId: '12_4',
      dependencies: [{ type: 'afternotok', jobId: '10_4' }, ...any('10_2', '11_2', '12_2', '10_0', '11_0', '12_0')],
    },
  ]);
});

it('keeps the array that has to end before', () => {
  const [first] = passOnTurns(described('r-1'), { jobs: jobs(), meant: cells(3) });
  expect(first?.dependencies[0]).toEqual({ type: 'afterany', jobId: '11' });
});

it.each<[string, readonly number[], Readonly<Record<string, Partial<TurnJob>>>]>([
  ['nobody follows', [4, 5], {}],
  ['it has begun', [0, 1], {}],
  ['who follows is cancelled, too', [2, 4], {}],
  ['the one before has ended', [2], { 'a#0': { final: true }, 'b#0': { final: true }, 'c#0': { final: true } }],
])('changes nothing where %s', (_, meant, changed) => {
  expect(passOnTurns(described(), { jobs: jobs(changed), meant: cells(...meant) })).toEqual([]);
});

it('goes back over cells that were cancelled earlier', () => {
  const gone = { state: 'skipped', final: true } as const;
  const changed = { 'a#2': { ...gone, state: 'cancelled' as const }, 'b#2': gone, 'c#2': gone };
  const description = described();
  const { sweep } = description;
  if (sweep === undefined) throw new Error('no sweep');
  const one = { ...description, sweep: { ...sweep, cellsInTurn: 1 } };
  expect(
    passOnTurns(one, { jobs: jobs(changed), meant: cells(3) }).map(({ jobId, dependencies }) => [
      jobId,
      dependencies.at(-1),
    ]),
  ).toEqual([
    ['10_4', { type: 'afterany', jobId: '12_1' }],
    ['12_4', { type: 'afterany', jobId: '12_1' }],
  ]);
});
