import { describe, expect, it } from 'vitest';
import { edgesOf, planFailure, planText } from '../../../test/support/plan-text.ts';
import { planNotes } from './format-plan.ts';

const selection = { from: undefined, to: undefined, only: [] };

const three = `args: {mode: fast, n: 0}
jobs:
  - {name: a, command: a}
  - {name: b, command: b, depends_on: [a], when: "{{ mode == 'full' }}", exports: {k: "{{ mode }}-b"}}
  - {name: c, command: "c {{ deps.b.k }}", depends_on: [b, "after:a"]}
`;

describe('a job with `when`', () => {
  it('that is false is skipped, and what waits for it does not wait', () => {
    const plan = planText(three);
    expect(edgesOf(plan)).toEqual({ a: '', c: 'after:a' });
    expect(plan.jobs[1]?.script).toContain('c fast-b');
    expect(plan.skipped).toMatchObject([{ name: 'b', reason: "when is false: {{ mode == 'full' }}" }]);
    expect(plan.satisfied).toEqual([{ job: 'c', edge: { type: 'afterok', parent: 'b' }, because: 'when' }]);
    expect(planNotes(plan)).toEqual([
      "b is skipped: when is false: {{ mode == 'full' }}",
      'c does not wait for b, which is skipped',
    ]);
  });

  it('that is true is like any other, in its hash too', () => {
    const overrides = { mode: 'full' };
    const plan = planText(three, { overrides });
    expect(edgesOf(plan)).toEqual({ a: '', b: 'afterok:a', c: 'afterok:b after:a' });
    expect([plan.skipped, plan.satisfied]).toEqual([[], []]);
    expect(plan.hash).toBe(planText(three.replace(/ when: "[^"]*",/, ''), { overrides }).hash);
  });

  it.each([
    ['true', true],
    ['false', false],
    ['"{{ n }}"', false],
    ['"{{ n + 1 }}"', true],
    ['"{% if n %}yes{% endif %}"', false],
    ['"{{ deps.z.k }}"', true],
    ['"{{ missing is defined }}"', false],
    ['0', false],
    ["''", false],
  ])('when: %s', (when, runs) => {
    const text = `args: {n: 0}\njobs:\n  - {name: z, command: z, exports: {k: on}}\n  - {name: a, command: a, depends_on: z, when: ${when}}\n`;
    expect(planText(text).jobs.map(({ name }) => name)).toEqual(runs ? ['z', 'a'] : ['z']);
  });

  it('that is false is checked all the same, and uses the args that it mentions', () => {
    const text = 'jobs: [{name: a, command: "{{ lr }}", when: false}, {name: b, command: b}]';
    expect(planFailure(text).message).toContain('`lr` is undefined');
    expect(planText(text, { overrides: { lr: '1' } }).skipped).toHaveLength(1);
  });

  it('is skipped only where it is part of the selection', () => {
    const plan = planText(three, { selection: { ...selection, only: ['c'] } });
    expect([edgesOf(plan), plan.skipped]).toEqual([{ c: '' }, []]);
    expect(plan.satisfied.map(({ because }) => because)).toEqual(['selection', 'selection']);
    expect(planText(three, { selection: { ...selection, to: 'b' } })).toMatchObject({
      jobs: [{ name: 'a' }],
      skipped: [{ name: 'b' }],
    });
  });

  it.each([
    [
      'fast == full',
      'flow.yaml:1:36: job `a`: `when`: `fast == full` is neither true nor false',
      '{{ mode == "full" }}',
    ],
    ['"{{ m }} == full"', 'flow.yaml:1:36: job `a`: `when`: `x == full` is neither true nor false', 'into braces'],
    ['[true]', 'flow.yaml:1:36: job `a`: `when`: must be true, false, or a template that says so', 'braces'],
    ['"{{ nope }}"', 'flow.yaml:1:36: job `a`: `when`: `nope` is undefined', 'args'],
    ['', 'flow.yaml:1:36: job `a`: `when`: must be true, false', 'braces'],
  ])('when: %s is an error', (when, message, hint) => {
    const error = planFailure(`jobs: [{name: a, command: x, when: ${when}}]\nargs: {m: x}\n`);
    expect(error.message).toContain(message);
    expect(error.hint).toContain(hint);
  });
});
