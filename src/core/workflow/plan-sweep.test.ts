import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createRenderer } from '../../templates/minijinja-renderer.ts';
import { planAny } from './plan-any.ts';
import { type SweepPlan, scriptOfCell, tasksOf } from './plan-sweep.ts';

const renderer = createRenderer();

function plan(text: string, only: readonly string[] = []): SweepPlan {
  const { kind, plan: read } = planAny({
    text,
    source: 'f.yaml',
    overrides: {},
    selection: { from: undefined, to: undefined, only },
    renderer,
    launcher: 'none',
    readScript: (path) => (path.startsWith('..') ? undefined : '#!/bin/sh\npython train.py "$@"\n'),
    hash: (content) => createHash('sha256').update(content).digest('hex'),
  });
  if (kind !== 'sweep') throw new Error('no sweep');
  return read;
}

const grid = (jobs: string) => `name: grid
sweep: {matrix: {lr: [0.10, 1e-5], seed: [1, 2]}, max_parallel: 2}
jobs:
${jobs}`;

describe('planSweep', () => {
  it('makes one group of cells that differ in what their tasks can read of their rows', () => {
    const { groups, cells } = plan(
      grid(`  - {name: prep, command: "prep {{ seed }}"}
  - name: train
    depends_on: [prep]
    command: [train, "{{ lr }}", "{{ cell.index }} {{ cell.name }}"]
    env_vars: {SEED: "{{ seed }}", SAME: x}
    work_dir: "runs/{{ cell.name }}"`),
    );
    expect(cells.map(({ values }) => values)).toEqual([
      { lr: '0.10', seed: '1' },
      { lr: '0.10', seed: '2' },
      { lr: '1e-5', seed: '1' },
      { lr: '1e-5', seed: '2' },
    ]);
    expect(groups).toHaveLength(1);
    const [prep, train] = groups[0]?.stages ?? [];
    if (prep === undefined || train === undefined) throw new Error('no stages');
    expect(scriptOfCell(prep, 2)).toContain('prep 1');
    expect(scriptOfCell(train, 2)).toContain("exec train 1e-5 '2 lr-1e-5_seed-1'");
    expect(train.job.env).toEqual({ SAME: 'x' });
    expect(train.job.options.join(' ')).not.toContain('--chdir');
    expect(train.job.options.join(' ')).toContain('%A_%a');
    expect(Object.keys(train.varies.env)).toEqual(['SEED']);
    expect(train.rows[3]?.[train.varies.env['SEED'] ?? -1]).toBe('2');
    expect(train.rows[3]?.[train.varies.workDir ?? -1]).toBe('runs/lr-1e-5_seed-2');
  });

  it('makes groups of cells that ask for the same in all their jobs', () => {
    const { groups } = plan(
      grid(`  - {name: a, command: x, cpus_per_task: "{{ seed }}"}
  - {name: b, command: "y {{ lr }}", depends_on: [a]}`),
    );
    expect(groups.map(({ cells }) => cells)).toEqual([
      [0, 2],
      [1, 3],
    ]);
    expect(groups[1]?.stages[0]?.job.options).toContain('--cpus-per-task=2');
  });

  it('groups by the jobs that `when` leaves', () => {
    const swept = plan(grid(`  - {name: a, command: x}\n  - {name: b, command: y, when: "{{ seed == 2 }}"}`));
    expect(swept.groups.map(({ cells, stages }) => [cells, stages.map(({ job }) => job.name)])).toEqual([
      [[0, 2], ['a']],
      [
        [1, 3],
        ['a', 'b'],
      ],
    ]);
    expect(tasksOf(swept)).toBe(6);
  });

  it('gives scripts of different lengths, and arguments, as they are', () => {
    const { groups } = plan(
      grid(`  - {name: a, command: "{{ 'x' if seed == 1 else 'x\\ny' }}"}
  - {name: b, script_path: train.sh, script_args: ["--lr", "{{ lr }}"]}`),
    );
    const [a, b] = groups[0]?.stages ?? [];
    if (a === undefined || b === undefined) throw new Error('no stages');
    expect(scriptOfCell(a, 0)).toMatch(/\nx\n$/);
    expect(scriptOfCell(a, 1)).toMatch(/\nx\ny\n$/);
    expect(b.varies.args?.count).toBe(2);
    expect(b.rows[2]?.slice(b.varies.args?.from)).toEqual(['--lr', '1e-5']);
  });

  it.each([
    [
      '  - {name: a, command: "{{ lrr }}"}',
      'cell 0 (lr=0.10, seed=1): f.yaml:4:24: job `a`: `command`: `lrr` is undefined',
    ],
    ['  - {name: a, command: x, array: 0-3}', 'job `a` is an array'],
    ['  - {name: a, command: x, on_error: finish}', '`on_error: finish` has no meaning in a sweep'],
  ])('%s is refused', (jobs, message) => {
    expect(() => plan(grid(jobs))).toThrow(message);
  });
});

describe('an axis that changes nothing', () => {
  const used = (jobs: string, head = '') =>
    plan(`name: grid\n${head}sweep: {matrix: {lr: [1, 2], seed: [1, 2]}, max_parallel: 2}\njobs:\n${jobs}`).warnings;
  const words = (axis: string) => `axis \`${axis}\` is used by no job: cells that differ in it alone do the same`;

  it.each([
    ['  - {name: a, command: "x {{ lr }}"}', [words('seed')]],
    ['  - {name: a, command: x}', [words('lr'), words('seed')]],
    ['  - {name: a, command: "x {{ lr }}"}\n  - {name: b, command: "y {{ seed }}"}', []],
    ['  - {name: a, command: "x {{ lr }}", cpus_per_task: "{{ seed }}"}', []],
    ['  - {name: a, command: "x {{ lr }}"}\n  - {name: b, command: y, when: "{{ seed == 1 }}"}', []],
    // Each cell has another name.
    ['  - {name: a, command: "x {{ cell.name }}"}', []],
    ['  - {name: a, command: "x $SRUNX_CELL"}', []],
  ])('%s', (jobs, warnings) => expect(used(jobs)).toEqual(warnings));

  it('may be used by an arg', () => {
    expect(used('  - {name: a, command: "x {{ lr }} {{ both }}"}', 'args: {both: "{{ seed }}!"}\n')).toEqual([]);
  });
});

it('looks for the script of every cell', () => {
  expect(() =>
    plan(
      'sweep: {matrix: {x: [a.sh, ../b.sh]}, max_parallel: 1}\nname: w\njobs: [{name: a, script_path: "{{ x }}"}]\n',
    ),
  ).toThrow('cell 1 (x=../b.sh): f.yaml:3:31: job `a`: there is no readable script ../b.sh');
});

it('leaves jobs out of every cell', () => {
  const { groups } = plan(grid('  - {name: prep, command: x}\n  - {name: train, command: "y {{ lr }} {{ seed }}"}'), [
    'train',
  ]);
  expect(groups.map(({ stages }) => stages.map(({ job }) => job.name))).toEqual([['train']]);
  expect(() => plan(grid('  - {name: a, command: x}'), ['b'])).toThrow('--job b: the workflow has no such job');
});
