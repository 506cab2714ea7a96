import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { planFailure, planText } from '../../../test/support/plan-text.ts';
import { createRenderer } from '../../templates/minijinja-renderer.ts';
import { SrunxError } from '../errors.ts';
import type { PlanInput } from './plan.ts';
import { planAny, type SweepSurroundings } from './plan-any.ts';
import { type SweepPlan, scriptOfCell } from './plan-sweep.ts';

const renderer = createRenderer();
const everything = { from: undefined, to: undefined, only: [] };

function plan(text: string, { id, ...input }: Partial<PlanInput> & Pick<SweepSurroundings, 'id'> = {}): SweepPlan {
  const { kind, plan: read } = planAny(
    {
      ...{ text, source: 'f.yaml', overrides: {}, selection: everything, renderer, launcher: 'none' },
      readScript: () => '#!/bin/sh\npython compare.py\n',
      hash: (content) => createHash('sha256').update(content).digest('hex'),
      ...input,
    },
    { id },
  );
  if (kind !== 'sweep') throw new Error('no sweep');
  return read;
}

function failure(text: string, input: Partial<PlanInput> = {}): SrunxError {
  try {
    plan(text, input);
  } catch (error) {
    if (error instanceof SrunxError) return error;
    throw error;
  }
  throw new Error('the plan should have failed');
}

const head = `name: grid
args: {out: results, tuned: "x-{{ lr }}", lr: 5}
sweep: {matrix: {lr: [1, 2], seed: [1, 2, 3]}, max_parallel: 4}
jobs:
  - {name: train, command: "train {{ lr }} {{ sweep.id }} {{ sweep.cells }}"}
  - {name: eval, command: eval, depends_on: [train], matrix: {k: [1, 2]}}
`;
const file = (reduce: string) => `${head}reduce:\n${reduce}\n`;
const sum = (more: string) => file(`  - {name: sum, ${more}}`);

describe('jobs of `reduce`', () => {
  it('are planned once, with the args of the file and what is known of the sweep', () => {
    const text = file(`  - {name: sum, command: "{{ out }} {{ sweep.id }}/{{ sweep.name }} {{ sweep.cells }}"}
  - {name: tell, script_path: tell.sh, depends_on: [sum], env_vars: {N: "{{ sweep.max_parallel }}"}, log_dir: "{{ sweep.id }}"}
  - {name: never, command: x, when: "{{ sweep.cells < 3 }}"}`);
    const { reduce, groups } = plan(text, { id: 'k3v9' });
    const [first, second] = reduce?.jobs ?? [];
    expect(first?.script).toContain('results k3v9/grid 6');
    expect(first?.options.join(' ')).not.toContain('%a');
    expect(second).toMatchObject({ name: 'tell', wrapped: true, env: { N: '4' }, logDir: 'k3v9' });
    expect(second?.edges).toEqual([{ type: 'afterok', parent: 'sum' }]);
    expect(reduce?.jobs).toHaveLength(2);
    expect(reduce?.skipped.map(({ name }) => name)).toEqual(['never']);
    const [train] = groups[0]?.stages ?? [];
    expect(train && scriptOfCell(train, 5)).toContain('train 2 k3v9 6');
  });

  it('leave what is the same in two runs of a file the same', () => {
    const text = sum('command: "x {{ sweep.id }}"');
    const [one, other] = ['k3v9', 'abcd'].map((id) => plan(text, { id }));
    expect(one?.hash).toBe(other?.hash);
    expect(one?.hash).toBe(plan(text).hash);
    expect(one?.hash).not.toBe(plan(sum('command: "y {{ sweep.id }}"')).hash);
    expect([one?.id, plan(text).id]).toEqual(['k3v9', undefined]);
  });

  it('are none where the list is empty', () => {
    expect(plan(`${head}reduce:\n`).reduce).toBeUndefined();
    expect(plan(`${head}reduce: []\n`).reduce).toBeUndefined();
    expect(planText('jobs: [{name: a, command: x}]\nreduce:\n').jobs).toHaveLength(1);
  });

  it.each([
    [{ from: 'eval' }, 'eval-1 eval-2', 'sum tell'],
    [{ to: 'train' }, 'train', ''],
    [{ to: 'sum' }, 'train eval-1 eval-2', 'sum'],
    [{ only: ['train'] }, 'train', ''],
    [{ only: ['train', 'tell'] }, 'train', 'tell'],
    [{ only: ['train', 'm-2'] }, 'train', 'm-2'],
    [{}, 'train eval-1 eval-2', 'sum tell m-1 m-2'],
  ])('with the selection %j: %s, then %s', (selection, cells, after) => {
    const text = file(`  - {name: sum, command: x}
  - {name: tell, command: x, depends_on: [sum]}
  - {name: m, command: "{{ matrix.a }}", matrix: {a: [1, 2]}}`);
    const { groups, reduce } = plan(text, { selection: { ...everything, ...selection } });
    expect(groups[0]?.stages.map(({ job }) => job.name).join(' ')).toBe(cells);
    const shown = reduce?.jobs.map(({ name }) => name) ?? [];
    expect(shown.join(' ')).toBe('from' in selection ? `${after} m-1 m-2` : after);
  });

  it.each([
    [{ only: ['sum'] }, '--job sum: a job of `reduce` runs after cells, and no job of theirs is chosen'],
    [{ from: 'sum' }, '--from sum: a job of `reduce` runs after cells, and no job of theirs is chosen'],
    [{ only: ['nothing'] }, '--job nothing: the workflow has no such job'],
  ])('the selection %j is none', (selection, message) => {
    expect(failure(sum('command: x'), { selection: { ...everything, ...selection } }).message).toContain(message);
  });

  it('may be all that uses an arg of the command line', () => {
    const overrides = { new: '1' };
    expect(plan(sum('command: "x {{ new }}"'), { overrides }).reduce?.jobs[0]?.script).toContain('x 1');
    expect(failure(sum('command: x'), { overrides }).message).toContain('--arg new: the workflow has no such arg');
    expect(failure(head, { overrides }).message).toContain('--arg new: the workflow has no such arg');
  });

  it.each([
    [
      'command: x, depends_on: [train]',
      'f.yaml:8:42: job `sum` of `reduce` depends on `train`, for which it waits anyway',
    ],
    ['command: x, depends_on: ["afterany:eval"]', 'job `sum` of `reduce` depends on `eval`, for which it waits anyway'],
    ['command: x, depends_on: [eval-2]', 'job `sum` of `reduce` depends on `eval-2`, for which it waits anyway'],
    ['command: x, depends_on: [other]', 'job `sum` depends on `other`, and there is no such job'],
    ['command: "{{ seed }}"', '`seed` is an axis of the sweep, and a job of `reduce` belongs to no cell'],
    ['command: "{{ lr }}"', 'f.yaml:8:26: job `sum`: `command`: `lr` is an axis of the sweep'],
    ['command: "{{ cell.name }}"', '`cell` is one cell of the sweep, and a job of `reduce` belongs to none'],
    ['command: "{{ tuned }}"', 'f.yaml:2:29: arg `tuned`: `lr` is an axis of the sweep'],
    ['command: "{{ sweep.cell }}"', '`sweep.cell` is undefined; did you mean `cells`?'],
    ['command: x, array: 0-3', 'job `sum` of `reduce` is an array, and such a job runs once'],
    ['command: x, on_error: finish', 'job `sum` of `reduce`: `on_error: finish` has no meaning in a sweep'],
  ])('%s is an error', (more, message) => {
    expect(failure(sum(more)).message).toContain(message);
  });

  it('do without an axis where they ask for it', () => {
    const text = sum('command: "{{ lr | default(7) }}{% if cell is defined %} cell{% endif %}"');
    expect(plan(text).reduce?.jobs[0]?.script).toContain('\n7\n');
  });

  it('cannot be called as a job of the cells, nor be waited for by one', () => {
    const named = (name: string) => failure(file(`  - {name: ${name}, command: x}`)).message;
    expect(named('train')).toContain('f.yaml:8:12: a job of `reduce` and one of the cells are called `train`');
    expect(named('eval')).toContain('a job of `reduce` and one of the cells are called `eval`');
    const text = `${head}  - {name: last, command: x, depends_on: [sum]}\nreduce: [{name: sum, command: x}]\n`;
    expect(failure(text).message).toContain('job `last` depends on `sum`, which runs after all cells');
  });

  it('need a sweep, and stand in its own file', () => {
    const text = 'jobs: [{name: a, command: "x {{ sweep.id }}"}]\nreduce: [{name: b, command: x}]\n';
    const { detail = '' } = planFailure(text);
    expect(detail).toContain('flow.yaml:2:1: `reduce` has no meaning: the workflow is no sweep');
    expect(detail).toContain('`cell` and `sweep` are known in a sweep');
    const included = 'jobs: [{name: a, command: x}]\nreduce: [{name: b, command: x}]\n';
    const readWorkflow = () => ({ id: 'p', source: 'part.yaml', text: included });
    const including = `${head}include: [part.yaml]\n`;
    expect(failure(including, { readWorkflow }).message).toContain(
      'part.yaml:2:1: an included file cannot have `reduce`',
    );
  });

  it('do not evaluate what is given to included files', () => {
    const readWorkflow = () => ({ id: 'p', source: 'p.yaml', text: 'jobs: [{name: b, command: "{{ v }}"}]\n' });
    const text = `${sum('command: x')}include: [{file: p.yaml, as: p, args: {v: "{{ seed }}"}}]\n`;
    expect(plan(text, { readWorkflow }).reduce?.jobs).toHaveLength(1);
  });
});

it.each(['cell', 'sweep'])('an arg `%s` would hide what templates of a sweep see', (name) => {
  const text = head.replace('out: results', `${name}: 1`);
  expect(failure(text).message).toBe(
    `f.yaml:2:8: arg \`${name}\`: in a sweep, templates see something else under this name`,
  );
  expect(failure(head, { overrides: { [name]: '1' } }).message).toContain(`--arg ${name}: in a sweep`);
});
