import { describe, expect, it } from 'vitest';
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

describe('what was added', () => {
  const stages = described().sweep?.groups[0]?.stages ?? [];
  const arraysOf = (part: number, tasks: string, window?: number) =>
    stages.map((_, at) => ({
      ...{ token: `r-p${part}-${window ?? 0}${at}`, group: 0, stage: at, offset: 0, tasks, part, limit: 2 },
      ...(window === undefined ? {} : { window }),
    }));

  /** Cells 6 to 11 after the six of before; with their jobs. */
  function grown(arrays: NonNullable<RunDescription['sweep']>['arrays'], cellsInTurn: number | null = 2) {
    const { sweep } = described();
    if (sweep === undefined) throw new Error('no sweep');
    const part = { number: 1, how: 'extend', createdAt: 0, cellsInTurn } as const;
    return withCells({
      ...({} as RunDescription),
      sweep: { ...sweep, arrays: [...sweep.arrays, ...arrays], parts: [part] },
    });
  }

  const added = (id: string, state: TurnJob['state'] = 'pending') =>
    ['a', 'b', 'c'].flatMap((name, at) =>
      Array.from({ length: 6 }, (_, cell) => ({
        ...{ name: `${name}#${cell + 6}`, jobId: `${id}${at}_${cell + 6}`, ...waiting, state },
      })),
    );

  const ended = jobs().map((job) => ({ ...job, state: 'completed' as const, startTime: 1, endTime: 2, final: true }));

  const idsOf = (redirected: ReturnType<typeof passOnTurns>) => redirected.map(({ jobId }) => jobId);

  it('passes turns on by itself, and waits on for all that was there before', () => {
    const facts = { jobs: [...jobs(), ...added('2')], meant: cells(8) };
    const former = any('10', '11', '12');
    const turn = any('20_8', '21_8', '22_8', '20_6', '21_6', '22_6');
    expect(passOnTurns(grown(arraysOf(1, '6-11')), facts)).toEqual([
      { jobId: '20_10', dependencies: [...former, ...turn] },
      { jobId: '22_10', dependencies: [{ type: 'afternotok', jobId: '20_10' }, ...former, ...turn] },
    ]);
  });

  it('waits for nothing of what has ended', () => {
    const facts = { jobs: [...ended, ...added('2')], meant: cells(8) };
    expect(passOnTurns(grown(arraysOf(1, '6-11')), facts)[0]).toEqual({
      jobId: '20_10',
      dependencies: any('20_8', '21_8', '22_8', '20_6', '21_6', '22_6'),
    });
  });

  it('has no turns where none of its cells has to wait', () => {
    const facts = { jobs: [...jobs(), ...added('2')], meant: cells(8) };
    expect(passOnTurns(grown(arraysOf(1, '6-11'), null), facts)).toEqual([]);
  });

  it('leaves the first part its own turns', () => {
    const facts = { jobs: [...jobs(), ...added('2')], meant: cells(2) };
    expect(idsOf(passOnTurns(grown(arraysOf(1, '6-11')), facts))).toEqual(['10_4', '12_4']);
  });

  it('takes turns within each window', () => {
    const arrays = [...arraysOf(1, '6-8'), ...arraysOf(1, '9-11', 1)];
    const facts = { jobs: [...ended, ...added('2')], meant: cells(7, 9) };
    // 8 has the place of 6, and 11 that of 9, which is the first to have it.
    expect(idsOf(passOnTurns(grown(arrays), facts))).toEqual([]);
    expect(idsOf(passOnTurns(grown(arrays, 1), { ...facts, meant: cells(7, 10) }))).toEqual([
      ...['20_8', '22_8', '20_11', '22_11'],
    ]);
  });

  it('goes back over cells of the first part that were taken up again', () => {
    const gone = { state: 'cancelled', final: true } as const;
    const again = (name: string) => ({ [`${name}#2`]: { jobId: '30_2', state: 'waiting' as const } });
    const facts = {
      jobs: jobs({ ...again('a'), ...again('b'), ...again('c'), 'a#3': gone, 'b#3': gone, 'c#3': gone }),
      meant: cells(4),
    };
    const { sweep } = grown(arraysOf(1, '2'));
    if (sweep === undefined) throw new Error('no sweep');
    const one = withCells({ ...({} as RunDescription), sweep: { ...sweep, cellsInTurn: 1 } });
    expect(passOnTurns(one, facts)[0]).toEqual({
      jobId: '10_5',
      dependencies: any('10_4', '11_4', '12_4', '10_1', '11_1', '12_1'),
    });
  });
});

it('never waits for what comes after all cells', () => {
  const after = { name: 'sum', jobId: '40', ...waiting };
  const none = jobs().map((job) => ({ ...job, state: 'pending' as const, startTime: undefined }));
  expect(passOnTurns(described(), { jobs: [...none, after], meant: cells(0) })).toEqual([]);
});
