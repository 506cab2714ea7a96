import { describe, expect, it } from 'vitest';
import { createRenderer } from '../../templates/minijinja-renderer.ts';
import { type AnyPlan, planAny } from './plan-any.ts';
import type { SweepPlan } from './plan-sweep.ts';
import { type CellEnd, type RetriedCell, retrySweep } from './retry-sweep.ts';
import type { EngineState } from './run-state.ts';

const text = `name: grid
sweep: {matrix: {x: [1, 2, 3, 4]}, max_parallel: 2}
jobs:
  - {name: prepare, command: "prepare {{ x }}"}
  - {name: train, command: "train {{ x }}", depends_on: [prepare]}
  - {name: eval, command: "eval {{ x }}", depends_on: [train]}
  - {name: clean, command: "clean {{ x }}", depends_on: ["afternotok:train"]}
`;

const planned: AnyPlan = planAny({
  text,
  source: 'grid.yaml',
  overrides: {},
  selection: { from: undefined, to: undefined, only: [] },
  renderer: createRenderer(),
  launcher: 'none',
  readScript: () => undefined,
  hash: () => '',
});
const plan = planned.plan as SweepPlan;

const names = ['prepare', 'train', 'eval', 'clean'] as const;

/** States in the order of the jobs, and the number of the part in which each ran last. */
function cell(index: number, states: readonly EngineState[], parts: readonly number[] = [0, 0, 0, 0]): RetriedCell {
  const ends = names.map((name, at): [string, CellEnd] => [
    name,
    { state: states[at] ?? 'completed', final: true, ignored: false, token: `r-${parts[at]}.${name}`, offset: 0 },
  ]);
  return { index, ends: new Map(ends) };
}

const trainFailed: readonly EngineState[] = ['completed', 'failed', 'skipped', 'completed'];
const evalFailed: readonly EngineState[] = ['completed', 'completed', 'failed', 'skipped'];
const done: readonly EngineState[] = ['completed', 'completed', 'completed', 'skipped'];

function again(cells: readonly RetriedCell[]) {
  return retrySweep([plan], cells).map(({ cells: indices, stages }) => ({
    cells: indices,
    jobs: stages.map(({ job }) => `${job.name}(${job.edges.map(({ parent }) => parent).join(' ')})`),
  }));
}

describe('retrySweep', () => {
  it('takes what failed and what comes after it, and waits for that alone', () => {
    expect(again([cell(1, trainFailed)])).toEqual([{ cells: [1], jobs: ['train()', 'eval(train)', 'clean(train)'] }]);
    expect(again([cell(0, evalFailed)])).toEqual([{ cells: [0], jobs: ['eval()'] }]);
  });

  it('takes nothing of what came to a good end', () => {
    expect(again([cell(0, done), cell(1, done)])).toEqual([]);
  });

  it('puts cells together that have ended alike', () => {
    const groups = again([cell(3, evalFailed), cell(1, trainFailed), cell(0, evalFailed)]);
    expect(groups.map(({ cells }) => cells)).toEqual([[0, 3], [1]]);
  });

  it('keeps the rows of each cell', () => {
    const [group] = retrySweep([plan], [cell(3, trainFailed), cell(1, trainFailed)]);
    expect(group?.stages[0]?.rows.map((row) => row.join())).toEqual([
      expect.stringContaining('train 2'),
      expect.stringContaining('train 4'),
    ]);
  });

  it('says where those that do not run again have their values, for each by itself', () => {
    const groups = retrySweep([plan], [cell(0, evalFailed), cell(1, evalFailed, [0, 3, 3, 0]), cell(2, evalFailed)]);
    expect(groups.map(({ cells, former }) => [cells, Object.fromEntries(former.get('eval') ?? [])])).toEqual([
      [[0, 2], { train: { token: 'r-0.train', offset: 0 } }],
      [[1], { train: { token: 'r-3.train', offset: 0 } }],
    ]);
  });

  it('leaves out what can never start', () => {
    const cancelled: readonly EngineState[] = ['completed', 'completed', 'cancelled', 'cancelled'];
    expect(again([cell(0, cancelled)])).toEqual([{ cells: [0], jobs: ['eval()'] }]);
  });
});
