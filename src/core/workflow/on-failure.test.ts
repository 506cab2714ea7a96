import { describe, expect, it } from 'vitest';
import { edgesOf, planFailure, planText } from '../../../test/support/plan-text.ts';

const selection = { from: undefined, to: undefined, only: [] };
const only = (...names: string[]) => ({ selection: { ...selection, only: names } });

describe('`on_failure`', () => {
  it.each([
    ['tell me', 'tell me'],
    ['[tell, "it is", 3]', "exec tell 'it is' 3"],
    ['{command: [tell, "{{ deps.a.k }}"], nodes: 2}', 'exec tell v'],
  ])('%s is a job that waits for the failure', (written, command) => {
    const plan = planText(
      `jobs: [{name: a, command: x, exports: {k: v}, on_failure: ${written}}, {name: b, command: x, depends_on: a}]`,
    );
    expect(edgesOf(plan)).toEqual({ a: '', 'a.on_failure': 'afternotok:a', b: 'afterok:a' });
    expect(plan.jobs[1]?.script).toContain(command);
    expect(plan.jobs[1]?.options.includes('--nodes=2')).toBe(written.includes('nodes'));
  });

  it('may be a script, and nothing', () => {
    const readScript = () => '#!/bin/sh\ntrue\n';
    const plan = planText('jobs: [{name: a, command: x, on_failure: {path: t.sh}}]', { readScript });
    expect(plan.jobs.map(({ name, kind }) => [name, kind])).toEqual([
      ['a', 'command'],
      ['a.on_failure', 'shell'],
    ]);
    expect(planText('jobs: [{name: a, command: x, on_failure: }]').jobs).toHaveLength(1);
  });

  it('waits for what its job needs to start, too, and is skipped with it', () => {
    const text = (when: string) =>
      `jobs: [{name: g, command: x}, {name: h, command: x}, {name: a, command: x, depends_on: [g, "after:h"], when: ${when}, on_failure: t}]`;
    expect(edgesOf(planText(text('true')))).toMatchObject({ 'a.on_failure': 'afternotok:a afterok:g' });
    expect(planText(text('false')).skipped).toMatchObject([
      { name: 'a', reason: 'when is false: false' },
      { name: 'a.on_failure', reason: 'a is skipped' },
    ]);
  });

  it('comes with its job, and can be had alone', () => {
    const text =
      'jobs: [{name: a, command: x, on_failure: t}, {name: b, command: x, depends_on: a, on_failure: t}]\nfinally: [{name: z, command: x, on_failure: t}]';
    expect(edgesOf(planText(text))).toMatchObject({
      z: 'afterany:a afterany:a.on_failure afterany:b afterany:b.on_failure',
      'z.on_failure': expect.stringMatching(/^afterany:a .* afternotok:z$/),
    });
    expect(edgesOf(planText(text, only('a')))).toEqual({ a: '', 'a.on_failure': 'afternotok:a' });
    expect(Object.keys(edgesOf(planText(text, { selection: { ...selection, to: 'b' } })))).toEqual([
      ...['a', 'a.on_failure', 'b', 'b.on_failure'],
    ]);
    expect(edgesOf(planText(text, only('a.on_failure')))).toEqual({ 'a.on_failure': '' });
  });

  it.each([
    ['on_failure: []', 'flow.yaml:1:42: job `a.on_failure`: `command`: must not be empty'],
    ['on_failure: 3', 'flow.yaml:1:42: job `a.on_failure`: `command`: must be text or a list of words'],
    ['on_failure: {nodes: 2}', 'flow.yaml:1:42: job `a.on_failure` must have either `command` or `script_path`'],
    ['on_failure: {comand: x}', 'flow.yaml:1:43: job `a.on_failure` has an unknown key `comand`'],
    ['on_failure: {command: x, depends_on: []}', 'flow.yaml:1:55: job `a.on_failure` cannot have `depends_on`'],
    ['on_failure: {command: x, on_failure: y}', 'flow.yaml:1:55: job `a.on_failure` cannot have `on_failure`'],
    ['on_failure: "{{ deps.b }}"', 'flow.yaml:1:42: job `a.on_failure`: `command`: `deps.b` is undefined'],
    ['on_failure: x}, {name: a.on_failure, command: x', 'two jobs are called `a.on_failure`'],
  ])('%s is an error', (written, message) => {
    expect(planFailure(`jobs: [{name: a, command: x, ${written}}]`).message).toContain(message);
  });

  it('needs room for its name', () => {
    const text = `jobs: [{name: ${'a'.repeat(118)}, command: x, on_failure: x}]`;
    expect(planFailure(text).message).toContain('flow.yaml:1:15: the name of job `aaa');
  });
});
