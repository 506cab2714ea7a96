import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRenderer } from '../../templates/minijinja-renderer.ts';
import { ConfigError, SrunxError } from '../errors.ts';
import { formatPlan, planJson } from './format-plan.ts';
import { type Plan, type PlanInput, planWorkflow } from './plan.ts';

const renderer = createRenderer();
const everything = { from: undefined, to: undefined, only: [] };

function plan(text: string, options: Partial<PlanInput> = {}): Plan {
  return planWorkflow({
    text,
    source: 'flow.yaml',
    overrides: {},
    selection: everything,
    renderer,
    launcher: 'none',
    readScript: (path) => ({ 'train.sh': '#!/bin/sh\necho {{ lr }} ${#a[@]}\n', 'bad.sh': 'echo hi\n' })[path],
    hash: (content) => `hash of ${content.length}`,
    ...options,
  });
}

/** One job with these lines, and these args. */
function job(lines: string, args = ''): string {
  return `${args === '' ? '' : `args: {${args}}\n`}jobs:\n  - name: a\n    ${lines.split('\n').join('\n    ')}\n`;
}

function only(text: string, options: Partial<PlanInput> = {}): Plan['jobs'][number] {
  const [first] = plan(text, options).jobs;
  if (first === undefined) throw new Error('no job');
  return first;
}

function failure(text: string, options: Partial<PlanInput> = {}): ConfigError {
  try {
    plan(text, options);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the plan should have failed');
}

describe('a planned job', () => {
  it('asks Slurm for what was written, and nothing else', () => {
    expect(only(job('command: python train.py'))).toMatchObject({
      kind: 'command',
      wrapped: true,
      edges: [],
      args: [],
      options: ['--job-name=a', '--output=logs/%x_%j.log'],
      env: {},
      logDir: 'logs',
      script: '#!/bin/bash\n\npython train.py\n',
    });
  });

  it.each([
    ['resources: {nodes: 2}', '--nodes=2'],
    ['nodes: 2', '--nodes=2'],
    ['gpus_per_node: 1', '--gpus-per-node=1'],
    ['gpus_per_node: "{{ n }}"', '--gpus-per-node=3'],
    ['time_limit: 1:30:00', '--time=1:30:00'],
    ['memory_per_node: 32G', '--mem=32G'],
    ['work_dir: /data/{{ n }}', '--chdir=/data/3'],
    ['log_dir: ""', '--output=%x_%j.log'],
    ['log_dir: out/', '--output=out/%x_%j.log'],
  ])('%s becomes %s', (line, option) => {
    expect(only(job(`command: x\n${line}`, 'n: 3')).options).toContain(option);
  });

  it('carries variables in the environment of the submission, as they were written', () => {
    const planned = only(job('command: x\nenv_vars: {A: 1, B: "a b", C: yes, D: "{{ lr }}"}', 'lr: 1e-5'));
    expect(planned.env).toEqual({ A: '1', B: 'a b', C: 'yes', D: '1e-5' });
  });

  it('with a script is that script, byte for byte and without a wrapper', () => {
    expect(only(job('script_path: train.sh\nscript_args: [1, "a b"]\nnodes: 2'))).toMatchObject({
      kind: 'shell',
      wrapped: false,
      script: '#!/bin/sh\necho {{ lr }} ${#a[@]}\n',
      args: ['1', 'a b'],
      options: ['--job-name=a', '--nodes=2', '--output=logs/%x_%j.log'],
    });
  });

  it('takes `path` for `script_path`', () => expect(only(job('path: train.sh')).kind).toBe('shell'));
});

describe('templates', () => {
  it.each([
    ['{{ lr }}', '0.10'],
    ['{{lr}}', '0.10'],
    ['{{ tiny }}', '1e-5'],
    ['{{ flag }}', 'true'],
    ['{{ one }}', '1.0'],
    ['{{ lr * 2 }}', '0.2'],
    ['{{ text | upper }}', 'A: B'],
    ['{{ cfg.k }} {{ list[1] }}', 'v 2'],
    ['{% if flag %}on{% else %}off{% endif %}', 'on'],
    ['{% for lr in list %}{{ lr }},{% endfor %}', '1,2,'],
    ['{{ path }}', '/data/0.10'],
    ['{% raw %}{{ lr }}{% endraw %}', '{{ lr }}'],
    ['plain $HOME ${#a[@]}', 'plain $HOME ${#a[@]}'],
    ['${#a[@]} {{ lr }}', '${#a[@]} 0.10'],
    ['{# a remark #}x', 'x'],
  ])('%s prints %s', (template, expected) => {
    const args =
      'lr: 0.10, tiny: 1e-5, flag: true, one: 1.0, text: "a: b", cfg: {k: v}, list: [1, 2], path: "/data/{{ lr }}"';
    const planned = only(job(`command: x\nenv_vars: {V: ${JSON.stringify(template)}}`, args));
    expect(planned.env['V']).toBe(expected);
  });

  it('take the command line over the file, always as text', () => {
    const planned = only(job('command: x\nenv_vars: {V: "{{ lr }} {{ extra }}"}', 'lr: 0.10'), {
      overrides: { lr: '1e3', extra: 'new' },
    });
    expect(planned.env['V']).toBe('1e3 new');
  });

  it('cannot become a key or a second job', () => {
    const planned = plan(
      job('command: "{{ text }}"', JSON.stringify({ text: 'x\n  - name: evil\n    command: y' }).slice(1, -1)),
    );
    expect(planned.jobs).toHaveLength(1);
  });

  it('read the exports of every kind of direct dependency', () => {
    const text = `args: {root: /data}
jobs:
  - {name: prep-1, command: x, exports: {out: "{{ root }}/o", n: 3}}
  - {name: use, command: 'cat {{ deps["prep-1"].out }} {{ deps["prep-1"].n }}', depends_on: ['afterany:prep-1']}
`;
    expect(plan(text).jobs[1]?.script).toContain('cat /data/o 3');
  });

  it.each([
    ['{{ nope }}', '`nope` is undefined'],
    ['{{ lrr }}', 'did you mean `lr`?'],
    ['{{ deps.b.x }}', 'undefined'],
    ['{{ lr', 'syntax error'],
    ['{{ lr.constructor.constructor("return 1")() }}', 'undefined'],
    ['{% for i in range(10000000) %}{% for j in range(10000000) %}x{% endfor %}{% endfor %}', ''],
    ['{% include "/etc/passwd" %}', ''],
  ])('%s is an error', (template, words) => {
    const error = failure(job(`command: ${JSON.stringify(template)}`, 'lr: 1'));
    expect(`${error.message}\n${error.detail}`).toContain('job `a`');
    expect(error.message).toContain(words);
  });

  it('name the chain of args that need each other', () => {
    const error = failure(job('command: "{{ a }}"', 'a: "{{ b }}", b: "{{ c }}", c: "{{ a }}"'));
    expect(error.message).toContain('a -> b -> c -> a');
  });

  it('leave alone what nobody uses', () => {
    expect(plan(job('command: x', 'broken: "{{ nope }}"')).jobs).toHaveLength(1);
  });
});

describe('a wrong file', () => {
  it.each([
    ['', 'flow.yaml: the file is empty'],
    ['- a\n', 'must be a mapping'],
    ['a: [\n', 'flow.yaml:2:1: YAML:'],
    ['jobs: []\n', 'flow.yaml:1:7: the file has no jobs'],
    ['name: x\n', 'the file has no jobs'],
    ['jobs:\n  a: 1\n', '`jobs` must be a list'],
    ['jbos: []\njobs: [{name: a, command: x}]\n', 'flow.yaml:1:1: unknown key `jbos`'],
    ['sweep: {}\njobs: [{name: a, command: x}]\n', '`sweep`: sweeps are not supported yet'],
    ['jobs: [{command: x}]\n', 'a job has no `name`'],
    ['jobs: [{name: 3, command: x}]\n', 'a job name must be text'],
    ['jobs: [{name: ../x, command: x}]\n', 'is no job name'],
    ['jobs: [{name: a}]\n', 'needs `command` or `script_path`'],
    ['jobs: [{name: a, command: x, script_path: train.sh}]\n', 'cannot have both'],
    ['jobs: [{name: a, command: x}, {name: a, command: y}]\n', 'two jobs are called `a`'],
    ['jobs: [{name: a, comand: x}]\n', 'unknown key `comand`'],
    ['jobs: [{name: a, command: x, gpu_per_node: 1}]\n', 'unknown key `gpu_per_node`'],
    ['jobs: [{name: a, command: x, resources: {gpu: 1}}]\n', 'unknown key `gpu` in `resources`'],
    ['jobs: [{name: a, command: x, nodes: 2, resources: {nodes: 3}}]\n', 'two values for `nodes`'],
    ['jobs: [{name: a, command: x, retry: 3}]\n', '`retry`: retries are not supported yet'],
    ['jobs: [{name: a, command: x, outputs: {m: x}}]\n', '`outputs`, which was renamed'],
    ['jobs: [{name: a, command: x, time_limit: soon}]\n', '`soon` is not a time limit'],
    ['jobs: [{name: a, command: x, conda: e, venv: f}]\n', 'only one of conda and venv'],
    ['jobs: [{name: a, command: x, depends_on: [b]}]\n', 'depends on `b`, and there is no such job'],
    ['jobs: [{name: a, command: x, depends_on: [afterwards:b]}]\n', '`afterwards` is no type of dependency'],
    ['jobs: [{name: a, command: x, depends_on: a}]\n', 'a -> a'],
    [
      'jobs: [{name: a, command: x, depends_on: c}, {name: b, command: x, depends_on: after:a}, {name: c, command: x, depends_on: b}]\n',
      'a -> c -> b -> a',
    ],
    ['jobs: [{name: a, script_path: none.sh}]\n', 'there is no readable script none.sh'],
    ['jobs: [{name: a, script_path: bad.sh}]\n', 'bad.sh:1: the first line does not begin with `#!`'],
    ['jobs: [{name: a, script_path: train.sh, conda: x}]\n', '`conda` cannot be applied to a script'],
    ['jobs: [{name: a, command: x, script_args: [1]}]\n', '`script_args` has no meaning'],
    ['args: {x: "python: 1+1"}\njobs: [{name: a, command: x}]\n', '`python:` value'],
    [
      'a: &a [x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c]\n',
      'cannot be read as YAML',
    ],
  ])('%j', (text, words) => {
    const error = failure(text);
    expect(`${error.message}\n${error.detail}`).toContain(words);
    expect(error.exitCode).toBe(2);
  });

  it('is told of all its problems at once, in the order of its lines', () => {
    const error = failure('jobs:\n  - name: a\n    comand: x\n  - name: b\n    command: y\n    nods: 3\n');
    expect(error.message).toBe('flow.yaml has 2 problems');
    expect(error.detail?.split('\n').filter((line) => line.startsWith('flow.yaml'))).toEqual([
      'flow.yaml:3:5: job `a` has an unknown key `comand`',
      'flow.yaml:6:5: job `b` has an unknown key `nods`',
    ]);
    expect(error.hint).toBe('Did you mean `command`?');
  });

  it('may be nested as deep as it likes without harm', () => {
    expect(failure(`jobs: ${'['.repeat(5000)}${']'.repeat(5000)}`).code).toMatch(/^workflow\./);
    expect(failure(`jobs: ${'['.repeat(200)}${']'.repeat(200)}`).code).toBe('workflow.too_deep');
  });

  it('never causes anything but an error of ours', () => {
    const key = fc.constantFrom(
      'name',
      'jobs',
      'args',
      'command',
      'depends_on',
      'resources',
      'environment',
      'x-y',
      'nodes',
    );
    const value = fc.letrec((tie) => ({
      leaf: fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.constant('{{ a }}')),
      node: fc.oneof(
        { depthSize: 'small' },
        tie('leaf'),
        fc.array(tie('node'), { maxLength: 3 }),
        fc.dictionary(key, tie('node'), { maxKeys: 4 }),
      ),
    })).node;
    const survives = (text: string) => {
      try {
        plan(text);
      } catch (error) {
        expect(error).toBeInstanceOf(SrunxError);
      }
    };
    fc.assert(
      fc.property(value, (tree) => survives(JSON.stringify(tree))),
      { numRuns: 300 },
    );
    fc.assert(fc.property(fc.string(), survives), { numRuns: 300 });
  });
});

describe('a selection', () => {
  const text = `jobs:
  - {name: d, command: x, depends_on: [b, afterany:c]}
  - {name: a, command: x}
  - {name: b, command: x, depends_on: a}
  - {name: c, command: x, depends_on: after:a}
  - {name: e, command: x}
`;
  it.each([
    [{}, 'a e b c d', ''],
    [{ from: 'b' }, 'b d', 'b<-a d<-afterany:c'],
    [{ to: 'b' }, 'a b', ''],
    [{ from: 'c', to: 'd' }, 'c d', 'c<-after:a d<-b'],
    [{ only: ['d'] }, 'd', 'd<-b d<-afterany:c'],
    [{ only: ['c', 'a'] }, 'a c', ''],
  ])('%j keeps %s', (selection, names, satisfied) => {
    const planned = plan(text, { selection: { ...everything, ...selection } });
    expect(planned.jobs.map(({ name }) => name).join(' ')).toBe(names);
    const edges = planned.satisfied.map(
      ({ job: child, edge }) => `${child}<-${edge.type === 'afterok' ? '' : `${edge.type}:`}${edge.parent}`,
    );
    expect(edges.join(' ')).toBe(satisfied);
  });

  it.each([
    [{ only: ['z'] }, '--job z: there is no such job'],
    [{ from: 'bb' }, '--from bb: there is no such job'],
    [{ only: ['a'], to: 'b' }, '--job cannot be used together'],
    [{ from: 'd', to: 'a' }, 'no job lies between d and a'],
  ])('%j is refused', (selection, words) => {
    expect(failure(text, { selection: { ...everything, ...selection } }).message).toContain(words);
  });
});

describe('a plan shown', () => {
  it('has edges, command lines and scripts, and no values of variables', () => {
    const planned = plan(
      'jobs:\n  - {name: a, command: x, env_vars: {TOKEN: secret}}\n  - {name: b, command: "y z", depends_on: afternotok:a}\n',
    );
    const shown = formatPlan(planned);
    expect(shown).toContain('waits for: afternotok:a');
    expect(shown).toContain('submitted: sbatch --job-name=b --output=logs/%x_%j.log b.sh');
    expect(shown).toContain('variables: TOKEN');
    expect(`${shown}${JSON.stringify(planJson(planned))}`).not.toContain('secret');
  });
});
