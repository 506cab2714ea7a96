import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { edgesOf, planFailure, planText } from '../../../test/support/plan-text.ts';
import { ConfigError } from '../errors.ts';
import type { PlanInput } from './plan.ts';

/** A reader of these files. */
function files(texts: Readonly<Record<string, string>>): Partial<PlanInput> {
  return {
    readWorkflow(path, from) {
      const source = posix.join(posix.dirname(from), path);
      if (path === 'bad.yaml')
        throw new ConfigError('it cannot be read', { code: 'workflow.unreadable', hint: 'Ask.' });
      const text = texts[source];
      return text === undefined ? undefined : { source, text, id: source };
    },
  };
}

const part = `name: part
args: {n: 1, s: "{{ n }}-th"}
jobs:
  - {name: a, command: "a {{ n }} {{ s }}", exports: {k: "v{{ n }}"}}
  - {name: b, command: "b {{ deps.a.k }}", depends_on: [a], on_failure: tell}
`;

const main = (include: string, more = '') => `include:\n  - ${include}\n${more}`;

function commandsOf(text: string, texts: Readonly<Record<string, string>>): Record<string, string> {
  const { jobs } = planText(text, files(texts));
  return Object.fromEntries(jobs.map(({ name, script }) => [name, script.trimEnd().split('\n').at(-1) ?? '']));
}

describe('an included file', () => {
  it('brings its jobs, which call each other as they stand there', () => {
    const text = main(
      '{file: part.yaml, as: p}',
      `jobs: [{name: c, command: '{{ deps["p.a"].k }}', depends_on: [p.a, p.b]}]`,
    );
    expect(edgesOf(planText(text, files({ 'part.yaml': part })))).toEqual({
      'p.a': '',
      'p.b': 'afterok:p.a',
      'p.b.on_failure': 'afternotok:p.b afterok:p.a',
      c: 'afterok:p.a afterok:p.b',
    });
    expect(commandsOf(text, { 'part.yaml': part })).toMatchObject({ 'p.a': 'a 1 1-th', 'p.b': 'b v1', c: 'v1' });
  });

  it.each([
    ['{n: 0.10}', 'a 0.10 0.10-th'],
    ['{n: "{{ m }}"}', 'a 1e-5 1e-5-th'],
    ['{n: "{{ m }}!"}', 'a 1e-5! 1e-5!-th'],
    ['{s: "{{ n }}"}', 'a 1 outer'],
    ['{n: [1, {x: "{{ m }}"}]}', "a [1, {'x': 1e-05}] [1, {'x': 1e-05}]-th"],
    ['', 'a 1 1-th'],
  ])('with args %s', (args, command) => {
    const text = main(`{file: part.yaml, args: ${args}}`, 'args: {m: 1e-5, n: outer}\n');
    expect(commandsOf(text, { 'part.yaml': part })['a']).toBe(command);
  });

  it('may be included twice, include others, and stand alone', () => {
    const texts = {
      'sub/mid.yaml': main('{file: ../part.yaml, as: x}', 'jobs: [{name: m, command: m, depends_on: [x.b]}]'),
      'part.yaml': part,
    };
    const text = 'include: [{file: sub/mid.yaml, as: one}, {file: sub/mid.yaml, as: two, args: }, sub/mid.yaml]';
    const names = ['x.a', 'x.b', 'x.b.on_failure', 'm'];
    const all = [...names.map((name) => `one.${name}`), ...names.map((name) => `two.${name}`), ...names];
    expect(Object.keys(edgesOf(planText(text, files(texts))))).toEqual(all);
  });

  it('ends for itself, and has its own way of failing', () => {
    const texts = {
      'part.yaml':
        'on_error: ignore\njobs: [{name: a, command: x, matrix: {i: [1, 2]}}]\nfinally: [{name: z, command: x}]',
    };
    const text = main(
      '{file: part.yaml, as: p}',
      'jobs: [{name: b, command: x, depends_on: p.z}, {name: c, command: x, depends_on: p.a}]\nfinally: [{name: e, command: x}]',
    );
    const plan = planText(text, files(texts));
    expect(edgesOf(plan)).toEqual({
      'p.a-1': '',
      'p.a-2': '',
      'p.z': 'afterany:p.a-1 afterany:p.a-2',
      b: 'afterok:p.z',
      c: 'afterok:p.a-1 afterok:p.a-2',
      e: 'afterany:p.a-1 afterany:p.a-2 afterany:p.z afterany:b afterany:c',
    });
    expect(plan.jobs.map(({ onError = 'keep-going' }) => onError)).toEqual([
      ...['ignore', 'ignore', 'ignore', 'keep-going', 'keep-going', 'keep-going'],
    ]);
  });

  it('may be named by a template', () => {
    const text = main('{file: "{{ which }}.yaml", as: "{{ which }}"}', 'args: {which: part}');
    expect(Object.keys(edgesOf(planText(text, files({ 'part.yaml': part }))))[0]).toBe('part.a');
  });
});

describe('a wrong include', () => {
  const texts = {
    'part.yaml': part,
    'self.yaml': 'include: [self.yaml]',
    'one.yaml': 'include: [two.yaml]',
    'two.yaml': 'include: [one.yaml]',
    'wrong.yaml': 'jobs:\n  - {name: a, comand: x}\n',
    'yaml.yaml': 'jobs: [\n',
    'sub/dup.yaml': 'jobs:\n  - {name: a, command: x}\n',
    'deps.yaml': 'jobs: [{name: a, command: x, depends_on: [train, trian]}, {name: train, command: x}]',
    'twice.yaml': 'include: [part.yaml, part.yaml]',
    'long.yaml': `jobs: [{name: ${'a'.repeat(127)}, command: x}]`,
    'empty.yaml': 'name: x',
  };

  it.each([
    ['x', 'flow.yaml:2:5: there is no workflow file x', 'relative to the file that includes it'],
    ['bad.yaml', 'flow.yaml:2:5: it cannot be read', 'Ask.'],
    ['3', 'flow.yaml:2:5: `include` must be a list, each entry a file, or a mapping with `file`', ''],
    ['{as: p}', 'flow.yaml:2:5: an entry of `include` must be a file, or a mapping with `file`', ''],
    ['{file: 3}', 'flow.yaml:2:12: `include`: `file` must be one line of text', ''],
    ['{file: part.yaml, as: "a b"}', 'flow.yaml:2:27: `include`: `as`: `a b` cannot begin a job name', 'Use letters'],
    ['{file: part.yaml, fiel: x}', 'flow.yaml:2:23: `include` has an unknown key `fiel`', 'file'],
    ['{file: part.yaml, args: [x]}', 'flow.yaml:2:29: `include`: `args` must be a mapping', ''],
    ['{file: part.yaml, args: {m: 1}}', 'flow.yaml:2:30: part.yaml has no arg `m`, and nothing uses it', ''],
    ['{file: part.yaml, args: {n: "{{ no }}"}}', 'flow.yaml:2:33: `include`: arg `n`: `no` is undefined', ''],
    ['self.yaml', 'self.yaml:1:11: self.yaml includes itself', 'Remove'],
    ['flow.yaml', 'flow.yaml:2:5: flow.yaml includes itself', 'Remove'],
    ['one.yaml', 'two.yaml:1:11: files include each other: one.yaml -> two.yaml -> one.yaml', 'Remove'],
    ['wrong.yaml', 'wrong.yaml:2:15: job `a` has an unknown key `comand`', 'command'],
    ['yaml.yaml', 'yaml.yaml:2:1: YAML', ''],
    ['sub/dup.yaml\n  - part.yaml', 'flow.yaml:3:5: with what this includes, two jobs are called `a`', 'as: NAME'],
    [
      'part.yaml\n  - part.yaml',
      'flow.yaml:3:5: with what this includes, two jobs are called `a`, `b`, `b.on_f',
      'as:',
    ],
    ['twice.yaml', 'twice.yaml:1:22: with what this includes, two jobs are called `a`', 'as: NAME'],
    ['{file: twice.yaml, as: p}', 'twice.yaml:1:22: with what this includes, two jobs are called `p.a`', 'as: NAME'],
    ['{file: deps.yaml, as: p}', 'deps.yaml:1:50: job `a` depends on `trian`, and there is no such job', '`train`'],
    ['{file: long.yaml, as: p}', 'long.yaml:1:15: `p.aaa', 'at most 128'],
    ['empty.yaml', 'empty.yaml: the file has no jobs', ''],
  ])('%s', (entry, message, hint) => {
    const error = planFailure(main(entry), files({ ...texts, 'flow.yaml': main(entry) }));
    expect(error.message).toContain(message);
    expect(error.hint).toContain(hint);
  });

  it('may be the file itself, whatever it is called', () => {
    const id = '/full/flow.yaml';
    const readWorkflow = (path: string) => ({ source: path, text: 'include: [flow.yaml]', id: `/full/${path}` });
    const own = (text: string) => planFailure(text, { source: './flow.yaml', id, readWorkflow });
    const itself = own('include: [flow.yaml]\njobs: [{name: a, command: x}]');
    expect(itself.message).toBe('./flow.yaml:1:11: ./flow.yaml includes itself');
    const circle = own('include: [other.yaml]\njobs: [{name: a, command: x}]');
    expect(circle.message).toBe('other.yaml:1:11: files include each other: ./flow.yaml -> other.yaml -> flow.yaml');
  });

  it('has its problems told with those of the others, file by file', () => {
    const text = main('wrong.yaml', 'jobs:\n  - {name: b, comand: x}\n');
    expect(planFailure(text, files(texts)).detail?.match(/^\w+\.yaml:\d+/gm)).toEqual(['flow.yaml:4', 'wrong.yaml:2']);
  });

  it('may not go on for ever', () => {
    const deep = (path: string) => {
      const level = Number(/\d+/.exec(path)?.[0]);
      return { source: path, id: path, text: `include: [f${level + 1}.yaml]` };
    };
    expect(planFailure(main('f0.yaml'), { readWorkflow: deep }).message).toContain('more than 16 levels deep');
    const wide = (path: string) => ({ source: path, id: path, text: 'jobs: [{name: a, command: x}]' });
    const many = Array.from({ length: 201 }, (_, index) => `{file: f${index}.yaml, as: p${index}}`);
    expect(planFailure(main(many.join('\n  - ')), { readWorkflow: wide }).message).toContain('more than 200 files');
    expect(planText(main(many.slice(1).join('\n  - ')), { readWorkflow: wide }).jobs).toHaveLength(200);
  });
});
