import { describe, expect, it } from 'vitest';
import { createRenderer } from '../../templates/minijinja-renderer.ts';
import { SrunxError } from '../errors.ts';
import { planWorkflow } from './plan.ts';

const renderer = createRenderer();

const scripts: Readonly<Record<string, string>> = {
  'train.sh': '#!/bin/sh\necho {{ lr }}\n',
  'bad.sh': 'echo hi\n',
  'crlf.sh': '#!/bin/sh\r\ntrue\r\n',
};

function failure(text: string, overrides: Readonly<Record<string, string>> = {}): SrunxError {
  try {
    planWorkflow({
      text,
      source: 'f.yaml',
      overrides,
      selection: { from: undefined, to: undefined, only: [] },
      renderer,
      launcher: 'none',
      readScript: (path) => scripts[path],
      hash: (content) => content,
    });
  } catch (error) {
    if (error instanceof SrunxError) return error;
    throw error;
  }
  throw new Error('the plan should have failed');
}

/** A job whose lines after the name begin at line 3, column 5. */
function job(lines: string): string {
  return `jobs:\n  - name: a\n    ${lines.split('\n').join('\n    ')}\n`;
}

describe('a wrong file', () => {
  it.each([
    ['jobs: []\n', 'f.yaml:1:7: the file has no jobs'],
    ['jobs:\n', 'f.yaml:1:6: the file has no jobs'],
    ['name: x\n', 'f.yaml: the file has no jobs'],
    ['jobs:\n  a: 1\n', 'f.yaml:2:3: `jobs` must be a list of jobs'],
    ['jobs: [x]\n', 'f.yaml:1:8: a job must be a mapping with `name` and `command` or `script_path`'],
    ['name: [x]\njobs: [{name: a, command: x}]\n', 'f.yaml:1:7: `name` must be one line of text'],
    ['args: [x]\njobs: [{name: a, command: x}]\n', 'f.yaml:1:7: `args` must be a mapping of names to values'],
    ['description: {}\njobs: [{name: a, command: x}]\n', 'f.yaml:1:14: `description` must be text'],
    [
      'default_project: 1\njobs: [{name: a, command: x}]\n',
      'f.yaml:1:18: `default_project` must be the name of a mount',
    ],
    [
      'sweep: x\njobs: [{name: a, command: x}]\n',
      'f.yaml:1:8: `sweep` must be a mapping with `matrix`, `max_parallel` and `fail_fast`',
    ],
    ['finally: {}\njobs: [{name: a, command: x}]\n', 'f.yaml:1:10: `finally` must be a list of jobs'],
    ['include: x\njobs: [{name: a, command: x}]\n', 'f.yaml:1:10: `include` must be a list of files'],
    ['job: []\njobs: [{name: a, command: x}]\n', 'f.yaml:1:1: unknown key `job`'],
    ['constructor: 1\njobs: [{name: a, command: x}]\n', 'f.yaml:1:1: unknown key `constructor`'],
    ['jobs: [{command: x}]\n', 'f.yaml:1:8: a job has no `name`'],
    ['jobs: [{name: 3, command: x}]\n', 'f.yaml:1:15: a job name must be text'],
    ['jobs: [{name: ../x, command: x}]\n', 'f.yaml:1:15: `../x` is not a job name'],
    ['jobs: [{name: -rf, command: x}]\n', 'f.yaml:1:15: `-rf` is not a job name'],
    [`jobs: [{name: ${'a'.repeat(129)}, command: x}]\n`, 'is not a job name'],
    ['jobs: [{name: "a b", command: x}]\n', 'f.yaml:1:15: `a b` is not a job name'],
    ['jobs: [{name: "{{ n }}", command: x}]\n', 'f.yaml:1:15: job `{{ n }}`: `name`: `n` is undefined'],
    ['jobs: [{name: a, command: x}, {name: a, command: y}]\n', 'f.yaml:1:38: two jobs are called `a`'],
  ])('%j', (text, message) => expect(failure(text).message).toContain(message));
});

describe('a wrong job', () => {
  it.each([
    ['x-a: 1', '2:11: job `a` must have either `command` or `script_path`'],
    ['command: x\nscript_path: train.sh', '2:11: job `a` cannot have both `command` and `script_path`'],
    ['command: x\npath: train.sh', '2:11: job `a` cannot have both `command` and `script_path`'],
    ['script_path: train.sh\npath: 3', '4:11: job `a`: `path`: must be text: put it into quotes'],
    ['comand: x', '3:5: job `a` has an unknown key `comand`'],
    ['command: x\nconstructor: 1', '4:5: job `a` has an unknown key `constructor`'],
    ['command: x\n__proto__: {a: 1}', '4:5: job `a` has an unknown key `__proto__`'],
    ['command: x\nresources: {gpu: 1}', '4:17: job `a`: `resources` has an unknown key `gpu`'],
    ['command: x\nenvironment: {cond: 1}', '4:19: job `a`: `environment` has an unknown key `cond`'],
    ['command: x\ncontainer: {imag: y}', '4:17: job `a`: `container` has an unknown key `imag`'],
    [
      'command: x\nnodes: 2\nresources: {nodes: 3}',
      '4:5: job `a` has two values for `nodes`: here and below `resources`',
    ],
    ['command: x\nenvironment: {conda: a}\nconda: b', '5:5: job `a` has two values for `conda`'],
    ['command: ""', '3:14: job `a`: `command`: must not be empty'],
    ['command: []', '3:14: job `a`: `command`: must not be empty'],
    ['command: 5', '3:14: job `a`: `command`: must be text or a list of words'],
    ['command: [a, [b]]', '3:14: job `a`: `command`: must be text or a list of words'],
    ['command: "a\\0b"', '3:14: job `a`: `command`: must not contain NUL'],
    ['command: [x]\ntime_limit: soon', '4:17: job `a`: `time_limit`: `soon` is not a time limit'],
    [
      'command: [x]\nresources: {time_limit: soon}',
      '4:29: job `a`: `resources.time_limit`: `soon` is not a time limit',
    ],
    ['command: [x]\nresources: 5', '4:16: job `a`: `resources`: expected a mapping'],
    ['command: [x]\nresources: 5\nnodes: 2', '4:16: job `a`: `resources`: expected a mapping'],
    ['command: [x]\nnodes: 0', '4:12: job `a`: `nodes`: `0` is'],
    ['command: [x]\nsbatch_args: [--job-name=b]', '4:18: job `a`: `sbatch_args`: --job-name cannot stand here'],
    ['command: [x]\nconda: e\nvenv: f', '5:11: job `a`: `venv`: only one of conda and venv'],
    ['command: [x]\nenv_vars: {SLURM_X: 1}', '4:16: job `a`: `env_vars.SLURM_X`: SLURM_X: names that begin with'],
    ['command: [x]\nlog_dir: 5', '4:14: job `a`: `log_dir`: must be text'],
    ['command: [x]\nlog_dir: "a\\nb"', '4:14: job `a`: `log_dir`: must be one line of text'],
    ["command: [x]\nlog_dir: 'a\\b'", '4:14: job `a`: `log_dir`: must not contain a backslash'],
    ['command: [x]\nlog_dir: ~/logs', '4:14: job `a`: `log_dir`: is not expanded by Slurm'],
    ['command: [x]\nwork_dir: $HOME/x', '4:15: job `a`: `work_dir`: is not expanded by Slurm'],
    ['command: [x]\nlauncher: foo', '4:15: job `a`: `launcher`: must be one of srun, none, torchrun, mpirun'],
    ['command: [x]\ncontainer: img', '2:5: job `a`: pyxis containers need srun'],
    ['command: [x]\nexports: {a-b: 1}', '4:15: job `a`: `exports.a-b`: is no name'],
    ['command: [x]\nexports: {a: [1]}', '4:18: job `a`: `exports.a`: must be text, a number, true or false'],
    ['command: [x]\nexports: [a]', '4:14: job `a`: `exports`: must be a mapping of names to values'],
    ['command: [x]\nscript_args: [1]', '4:5: job `a` has a `command`, so `script_args` has no meaning'],
    ['command: [x]\nscript_vars: {a: 1}', '4:5: job `a` has a `command`, so `script_vars` has no meaning'],
    ['path: train.sh\nscript_vars: {SBATCH_X: 1}', '4:19: job `a`: `script_vars.SBATCH_X`: names that begin with'],
    ['path: ""', '3:11: job `a`: `path`: must not be empty'],
    ['path: none.sh', '3:11: job `a`: there is no readable script none.sh'],
    ['script_path: bad.sh', '3:18: job `a`: bad.sh:1: the first line does not begin with `#!`'],
    ['script_path: crlf.sh', '3:18: job `a`: crlf.sh:1: the script has Windows line ends'],
    ['script_path: train.sh\nconda: x', '3:18: job `a`: `conda` cannot be applied to a script'],
    ['script_path: train.sh\nenv_setup: x\nlauncher: none', '3:18: job `a`: `env_setup`, `launcher` cannot be applied'],
    ['script_path: train.sh\nscript_vars: {x: 1}', '3:18: job `a`: train.sh: `lr` is undefined'],
    ['command: x\noutputs: {m: x}', '4:5: job `a` has `outputs`, which was renamed to `exports`'],
    ['command: x\noutputs: [1]', '4:15: job `a`: `outputs.0`: must be text'],
    ['command: x\ninputs: [ok, "a/**"]', '4:18: job `a`: `inputs.1`: `**` is not known to every shell'],
    ['command: x\nhash: maybe', '4:11: job `a`: `hash`: must be true or false'],
    ['command: x\narray: 0-3\noutputs: x', '5:5: job `a` is an array, so it cannot have `outputs`'],
    ['command: x\ndepends_on: b', '4:17: job `a` depends on `b`, and there is no such job'],
    ['command: x\ndepends_on: [zz, yy]', '4:18: job `a` depends on `zz`, and there is no such job'],
    ['command: x\ndepends_on: [1]', '4:18: job `a`: a dependency must be text'],
    ['command: x\ndepends_on: {b: 1}', '4:17: job `a`: a dependency must be text'],
    ['command: x\ndepends_on: aftercorr:b', '4:17: job `a`: `aftercorr` is no type of dependency'],
    ['command: x\ndepends_on: a', '4:17: job `a` depends on itself: a -> a'],
    ['command: x\ndepends_on: "{{ p }}"', '4:17: job `a`: `depends_on`: `p` is undefined'],
  ])('%j', (lines, message) => {
    const { message: whole, detail = '' } = failure(job(lines));
    expect(`${whole}\n${detail}`).toContain(`f.yaml:${message}`);
  });

  it.each([
    [job('command: x\ngpus_pernode: 1'), 'Did you mean `gpus_per_node`?'],
    [job('command: x\nresources: {partitions: x}'), 'Did you mean `partition`?'],
    [job('command: x\nenvironment: {cond: x}'), 'Did you mean `conda`?'],
    [job('command: x\ncontainer: {imag: y}'), 'Did you mean `image`?'],
    [job('command: x\nzzzzzzzz: 1'), 'Keys for other tools begin with `x-`.'],
    [job('command: x\ndepends_on: afterall:b'), 'Did you mean `afterany`?'],
    [job('command: x\ndepends_on: zzzzzz:b'), 'There are: afterok, after, afterany, afternotok.'],
    ['job: []\njobs: [{name: a, command: x}]\n', 'Did you mean `jobs`?'],
    ['jobs: [{name: ../x, command: x}]\n', 'Use letters, digits'],
    ['jobs: [{name: train, command: x}, {name: b, command: x, depends_on: trian}]\n', 'Did you mean `train`?'],
  ])('%j: what to do', (text, hint) => expect(failure(text).hint).toContain(hint));

  it('names the jobs of a cycle, whatever the kinds of its edges', () => {
    const text =
      'jobs: [{name: a, command: x, depends_on: c}, {name: b, command: x, depends_on: after:a}, {name: c, command: x, depends_on: afterany:b}]';
    expect(failure(text).message).toBe('f.yaml:1:42: jobs wait for each other: a -> c -> b -> a');
  });
});

describe('a wrong template', () => {
  it.each([
    ['command: "{{ nope }}"', '3:14: job `a`: `command`: `nope` is undefined'],
    ['command: x\nenv_vars: {A: "{{ nope }}"}', '4:19: job `a`: `env_vars`: `nope` is undefined'],
    ['command: [x, "{{ nope | upper }}"]', '3:18: job `a`: `command`: `nope` is undefined'],
    ['command: "{{ deps.b.x }}"', '3:14: job `a`: `command`: `deps.b` is undefined'],
    ['command: "{{ 1"', '3:14: job `a`: `command`: a tag begins with `{{` and has no `}}`'],
    ['command: |\n  x\n  {{ 1 1 }}', '3:14: job `a`: `command`: syntax error: unexpected integer'],
    ['command: "{{ x.constructor }}"', '`x` is undefined'],
    ['command: "{% include \'/etc/passwd\' %}"', 'templates cannot include files'],
    ['command: "{{ \'a\' * 1000000000 }}"', 'it takes too much memory'],
    ['command: "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}"', 'too much work'],
  ])('%j', (lines, message) => expect(failure(job(lines)).message).toContain(message));

  it('reports a value that cannot be evaluated once, where it stands', () => {
    const jobs = ['a', 'b', 'c'].map((name) => `  - {name: ${name}, command: "{{ x }}"}`).join('\n');
    const error = failure(`args:\n  x: "{{ y }}"\n  y: "{{ nope }}"\njobs:\n${jobs}\n`);
    expect(error.message).toBe('f.yaml:3:6: arg `y`: `nope` is undefined');
  });

  it('does not blame those who use the exports of a wrong job', () => {
    const text = `jobs:
  - {name: a, command: "{{ nope }}", exports: {k: v}}
  - {name: b, command: "{{ deps.a.k }}", depends_on: a}
  - {name: c, command: "{{ deps.b.k }}", depends_on: b}
`;
    expect(failure(text).message).toBe('f.yaml:2:24: job `a`: `command`: `nope` is undefined');
  });
});

it('tells everything that is wrong at once, in the order of the lines', () => {
  const error = failure(`nme: x
args: {a: "{{ b }}", b: "{{ a }}"}
jobs:
  - name: one
    comand: x
    depends_on: [tow, "x:y"]
  - name: two
    command: "{{ a }}"
    nodes: -1
    resources:
      time_limit: soon
      gpu: 3
  - name: three
    path: none.sh
    sweep: {}
`);
  expect(error.message).toBe('f.yaml has 10 problems');
  expect(error.detail?.match(/^f\.yaml:\d+:\d+/gm)).toEqual([
    'f.yaml:1:1',
    'f.yaml:2:8',
    'f.yaml:5:5',
    'f.yaml:6:18',
    'f.yaml:6:23',
    'f.yaml:9:12',
    'f.yaml:11:19',
    'f.yaml:12:7',
    'f.yaml:14:11',
    'f.yaml:15:5',
  ]);
  expect(error.detail).toContain('    Did you mean `two`?');
});
