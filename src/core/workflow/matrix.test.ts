import { describe, expect, it } from 'vitest';
import { edgesOf, planFailure, planText } from '../../../test/support/plan-text.ts';

const selection = { from: undefined, to: undefined, only: [] };

/** The values of each job of a matrix: `train-1 lr=1 m=a`. */
function combinations(matrix: string): string[] {
  const plan = planText(`args: {n: 3}\njobs: [{name: t, command: x, matrix: ${matrix}}]`);
  return plan.jobs.map(({ name, matrix: values = {} }) =>
    [name, ...Object.entries(values).map(([key, text]) => `${key}=${text}`)].join(' '),
  );
}

function scripts(matrix: string, command: string): string[] {
  const plan = planText(`jobs: [{name: t, matrix: ${matrix}, command: [${command}]}]`);
  return plan.jobs.map(({ script }) => /^exec (.*)$/m.exec(script)?.[1] ?? script);
}

describe('the combinations of a matrix', () => {
  it.each([
    ['{a: [1, 2]}', ['t-1 a=1', 't-2 a=2']],
    ['{a: [1, 2], b: [x, y]}', ['t-1 a=1 b=x', 't-2 a=1 b=y', 't-3 a=2 b=x', 't-4 a=2 b=y']],
    ['{a: [0.10, 1e-5, true, "{{ n }}-th"]}', ['t-1 a=0.10', 't-2 a=1e-5', 't-3 a=true', 't-4 a=3-th']],
    ['{a: [1, 2], x-note: {any: thing}}', ['t-1 a=1', 't-2 a=2']],
    ['{a: [1, 2], exclude: , include: []}', ['t-1 a=1', 't-2 a=2']],
    ['{a: [1, 2], b: [x, y], exclude: [{a: 1, b: y}]}', ['t-1 a=1 b=x', 't-2 a=2 b=x', 't-3 a=2 b=y']],
    ['{a: [1, 2], b: [x, y], exclude: [{b: y}]}', ['t-1 a=1 b=x', 't-2 a=2 b=x']],
    ['{a: [0.10, 2], exclude: [{a: 0.1}]}', ['t-1 a=2']],
    ['{a: [1, 2], include: [{a: 3}]}', ['t-1 a=1', 't-2 a=2', 't-3 a=3']],
    ['{a: [1, 2], include: [{b: x}]}', ['t-1 a=1 b=x', 't-2 a=2 b=x']],
    ['{a: [1, 2], include: [{a: 2, b: x}, {b: y}]}', ['t-1 a=1 b=y', 't-2 a=2 b=y']],
    ['{a: [1], exclude: [{a: 1}], include: [{a: 9, z: w}]}', ['t-1 a=9 z=w']],
    ['{include: [{a: 1}, {b: 2}]}', ['t-1 a=1', 't-2 b=2']],
  ])('%s', (matrix, expected) => expect(combinations(matrix)).toEqual(expected));

  it('are those of the example in the documents of GitHub Actions', () => {
    const matrix = `{fruit: [apple, pear], animal: [cat, dog], include: [
      {color: green}, {color: pink, animal: cat}, {fruit: apple, shape: circle}, {fruit: banana}, {fruit: banana, animal: cat}]}`;
    expect(combinations(matrix).map((line) => line.split(' ').slice(1).sort().join(' '))).toEqual([
      'animal=cat color=pink fruit=apple shape=circle',
      'animal=dog color=green fruit=apple shape=circle',
      'animal=cat color=pink fruit=pear',
      'animal=dog color=green fruit=pear',
      'fruit=banana',
      'animal=cat fruit=banana',
    ]);
  });
});

describe('a job of a matrix', () => {
  it('prints its values as they are written, and computes with what they are', () => {
    expect(
      scripts('{a: [0.10, 1.0, 2]}', '"{{ matrix.a }}", "{{ matrix.a * 2 }}", "{{ matrix.a }} {{ matrix.a * 2 }}"'),
    ).toEqual(["0.10 0.2 '0.10 0.2'", "1.0 2.0 '1.0 2.0'", "2 4 '2 4'"]);
    expect(
      scripts('{a: [x], b: [true]}', '"{{ matrix.a | upper }}", "{% if matrix.b %}yes{% endif %}", "{{ matrix }}"'),
    ).toEqual([`X yes '{'\\''a'\\'': '\\''x'\\'', '\\''b'\\'': True}'`]);
  });

  it('has its own edges, condition and failure', () => {
    const plan = planText(`jobs:
  - {name: p, command: x, matrix: {i: [1, 2]}, exports: {k: "{{ matrix.i }}"}}
  - name: t
    matrix: {i: [1, 2]}
    depends_on: "p-{{ matrix.i }}"
    when: "{{ matrix.i > 1 }}"
    command: "{{ matrix.i }}"
    on_failure: "{{ matrix.i }}"
  - {name: all, command: '{{ deps["p-2"].k }}', depends_on: [p, "afterany:t"]}
finally: [{name: z, command: x, matrix: {i: [1, 2]}}]
`);
    expect(edgesOf(plan)).toMatchObject({
      't-2': 'afterok:p-2',
      't-2.on_failure': 'afternotok:t-2 afterok:p-2',
      all: 'afterok:p-1 afterok:p-2 afterany:t-2',
      'z-1': expect.stringMatching(/^afterany:p-1 .*afterany:all$/),
    });
    expect(plan.skipped.map(({ name }) => name)).toEqual(['t-1', 't-1.on_failure']);
    expect(plan.jobs.map(({ script }) => script).join('')).toContain('\n2\n');
  });

  it.each([
    [{ ...selection, only: ['t'] }, ['t-1', 't-2']],
    [{ ...selection, only: ['t-2'] }, ['t-2']],
    [{ ...selection, from: 't' }, ['t-1', 't-2', 'e']],
    [{ ...selection, to: 't' }, ['s', 't-1', 't-2']],
    [{ ...selection, from: 't-1' }, ['t-1', 'e']],
  ])('of the selection %j', (selected, names) => {
    const text = `jobs: [{name: s, command: x}, {name: t, command: x, depends_on: s, matrix: {a: [1, 2]}}, {name: e, command: x, depends_on: t}]`;
    expect(Object.keys(edgesOf(planText(text, { selection: selected })))).toEqual(names);
  });
});

describe('a wrong matrix', () => {
  const job = (matrix: string, more = '') => `jobs:\n  - {name: t, command: x, matrix: ${matrix}}\n${more}`;

  it.each([
    [job('[1]'), 'flow.yaml:2:35: job `t`: `matrix` must be a mapping of names to lists'],
    [job('{}'), 'flow.yaml:2:35: job `t`: the matrix has no combination'],
    [job(''), 'flow.yaml:2:35: job `t`: `matrix` must be a mapping of names to lists'],
    [job('{a: 1}'), 'flow.yaml:2:39: job `t`: `matrix.a` must be a list of at least one value'],
    [job('{a: []}'), 'flow.yaml:2:39: job `t`: `matrix.a` must be a list of at least one value'],
    [job('{a: [[1]]}'), 'flow.yaml:2:40: job `t`: `matrix.a`: a value must be text, a number, true or false'],
    [job('{a: [~]}'), 'flow.yaml:2:40: job `t`: `matrix.a`: a value must be text'],
    [job('{a: ["{{ no }}"]}'), 'flow.yaml:2:40: job `t`: `matrix.a`: `no` is undefined'],
    [job('{a-b: [1]}'), 'flow.yaml:2:36: job `t`: `matrix.a-b` is no name that a template can use'],
    [
      job('{a: [1], exclude: [{b: 1}]}'),
      'flow.yaml:2:54: job `t`: `exclude` names `b`, which is no list of the matrix',
    ],
    [job('{a: [1], exclude: {a: 1}}'), 'flow.yaml:2:53: job `t`: `matrix.exclude` must be a list of mappings'],
    [job('{a: [1], include: [1]}'), 'flow.yaml:2:53: job `t`: `matrix.include` must be a list of mappings'],
    [job('{a: [1], exclude: [{a: 1}]}'), 'flow.yaml:2:35: job `t`: the matrix has no combination'],
    [
      job(`{${'abcde'.split('').map((name) => `${name}: [1, 2, 3, 4, 5, 6, 7]`)}}`),
      'the matrix has 16807 combinations',
    ],
    [job('{a: [1]}', '  - {name: t, command: x}\n'), 'flow.yaml:3:12: a job and a matrix are called `t`'],
    [job('{a: [1]}', '  - {name: t-1, command: x}\n'), 'flow.yaml:3:12: two jobs are called `t-1`'],
    [
      job('{a: [1, 2]}', '  - {name: u, command: "{{ deps.t.k }}", depends_on: t}\n'),
      'flow.yaml:3:24: job `u`: `command`: `deps.t` could be any of the 2 jobs of a matrix',
    ],
    ['jobs: [{name: "t{{ matrix.a }}", command: x, matrix: {a: [1]}}]', '`name`: `matrix` is undefined'],
    [`jobs: [{name: ${'a'.repeat(127)}, command: x, matrix: {a: [1]}}]`, 'is too long: one of its matrix would be'],
  ])('%j', (text, message) => expect(planFailure(text).message).toContain(message));

  it.each([
    'jobs: [{name: t, command: "{{ matrix.b }}", matrix: {a: [1, 2, 3]}}]',
    'jobs: [{name: t, command: x, depends_on: nope, matrix: {a: [1, 2, 3]}}]',
    'jobs: [{name: t, path: x.sh, matrix: {a: [1, 2, 3]}}]',
    'jobs: [{name: t, command: x, when: no way, matrix: {a: [1, 2, 3]}}]',
  ])('is told once, not for each job: %s', (text) => {
    expect(planFailure(text).message).toMatch(/^flow\.yaml:1:\d+: job `t-\d`/);
  });

  it('is told of the first job that has it', () => {
    const readScript = (path: string) => (path === '1.sh' ? '#!/bin/sh\n' : undefined);
    const text = 'jobs: [{name: t, path: "{{ matrix.a }}.sh", matrix: {a: [1, 2, 3]}}]';
    expect(planFailure(text, { readScript }).message).toContain('job `t-2`: there is no readable script 2.sh');
  });
});
