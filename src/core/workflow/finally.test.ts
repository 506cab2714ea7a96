import { describe, expect, it } from 'vitest';
import { edgesOf, planFailure, planText } from '../../../test/support/plan-text.ts';
import { formatPlan, planNotes } from './format-plan.ts';

const selection = { from: undefined, to: undefined, only: [] };

const text = `finally:
  - {name: clean, command: clean}
  - {name: tell, command: tell, depends_on: [clean], when: "{{ loud }}"}
args: {loud: true}
jobs:
  - {name: a, command: a, exports: {k: v}}
  - {name: b, command: b, depends_on: [a]}
`;

describe('jobs of `finally`', () => {
  it('wait for the end of every other job, and for each other as they say', () => {
    const plan = planText(text);
    expect(edgesOf(plan)).toEqual({
      a: '',
      b: 'afterok:a',
      clean: 'afterany:a afterany:b',
      tell: 'afterany:a afterany:b afterok:clean',
    });
    expect(plan.jobs.map(({ isFinal = false }) => isFinal)).toEqual([false, false, true, true]);
  });

  it.each([
    [
      { ...selection, from: 'b' },
      { b: '', clean: 'afterany:b', tell: 'afterany:b afterok:clean' },
    ],
    [
      { ...selection, to: 'b' },
      { a: '', b: 'afterok:a' },
    ],
    [
      { ...selection, only: ['a', 'clean'] },
      { a: '', clean: 'afterany:a' },
    ],
  ])('of the selection %j wait for what is left', (selected, edges) => {
    const plan = planText(text, { selection: selected });
    expect(edgesOf(plan)).toEqual(edges);
    expect(planNotes(plan).filter((note) => /^(?:clean|tell) /.test(note))).toEqual([]);
  });

  it.each([
    [{ ...selection, only: ['clean'] }, 'waits for: nothing'],
    [{ ...selection, only: ['clean', 'tell'] }, 'waits for: clean'],
    [selection, 'waits for: the end of all other jobs of its file, clean'],
  ])('are shown to wait for what there is: %j', (selected, words) => {
    expect(formatPlan(planText(text, { selection: selected }))).toContain(`\n${words}\n`);
  });

  it('have conditions too', () => {
    const plan = planText(text, { overrides: { loud: 'no' } });
    expect([Object.keys(edgesOf(plan)), plan.skipped.map(({ name }) => name)]).toEqual([['a', 'b', 'clean'], ['tell']]);
  });

  it.each([
    ['jobs: [{name: a, command: x}]\nfinally:\n', { a: '' }],
    ['jobs: [{name: a, command: x}]\nfinally: []\n', { a: '' }],
  ])('may be none: %j', (file, edges) => expect(edgesOf(planText(file))).toEqual(edges));

  it.each([
    [
      'jobs: [{name: a, command: x, depends_on: z}]\nfinally: [{name: z, command: x}]',
      'flow.yaml:1:42: job `a` depends on `z`, which runs after all jobs',
      'move one of the two',
    ],
    [
      'jobs: [{name: a, command: x}]\nfinally: [{name: z, command: x, depends_on: ["afterok:a"]}]',
      'flow.yaml:2:46: job `z` of `finally` depends on `a`, for which it waits anyway',
      'Remove the dependency',
    ],
    [
      'jobs: [{name: a, command: x, exports: {k: v}}]\nfinally: [{name: z, command: "{{ deps.a.k }}"}]',
      'flow.yaml:2:30: job `z`: `command`: `deps.a` is undefined',
      'args',
    ],
    ['jobs: [{name: a, command: x}]\nfinally: [{name: a, command: x}]', 'flow.yaml:2:18: two jobs are called `a`', ''],
    ['jobs: []\nfinally: [{name: a, command: x}]', 'flow.yaml:1:7: the file has no jobs', 'Add'],
    ['jobs: [{name: a, command: x}]\nfinally: [x]', 'flow.yaml:2:11: a job must be a mapping', ''],
  ])('%j is an error', (file, message, hint) => {
    const error = planFailure(file);
    expect(error.message).toContain(message);
    expect(error.hint).toContain(hint);
  });
});
