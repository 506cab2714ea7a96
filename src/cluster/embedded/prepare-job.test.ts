import { expect, test } from 'vitest';
import type { Submission } from '../cluster.ts';
import { type PrepareContext, prepareJob } from './prepare-job.ts';

const script = '#!/bin/sh\n';
const machine = { cpus: 8, memoryMb: 16_000, gpus: 2 };
const now = 1_000_000;

function prepare(
  changes: Partial<Submission> = {},
  options: { text?: string; context?: Partial<PrepareContext> } = {},
) {
  const submission: Submission = {
    token: 'run-0',
    script: '/plan/run-0.sh',
    args: [],
    options: [],
    dependencies: [],
    env: {},
    cwd: '/work dir',
    ...changes,
  };
  return prepareJob(submission, new TextEncoder().encode(options.text ?? script), {
    machine,
    env: {},
    user: 'somebody',
    umask: 0o22,
    now,
    jobOfToken: (token) => (token === 'known' ? 5 : undefined),
    findParent: (id) => (id < 100 ? { job: id } : undefined),
    ...options.context,
  });
}

test('a bare script is one task of one CPU, named after its file', () => {
  const { spec, indices, held } = prepare();
  expect({ indices, held }).toEqual({ indices: undefined, held: false });
  expect(spec).toMatchObject({
    name: 'run-0.sh',
    comment: 'srunx:run-0',
    partition: 'embedded',
    resources: { cpus: 1, memoryMb: 0, gpus: 0 },
    timeLimitSeconds: null,
    dependency: null,
    launch: { workDir: '/work dir', submitDir: '/work dir', output: 'slurm-%j.out', append: false, umask: 0o22 },
  });
});

test('options beat the environment, which beats the script', () => {
  const text = '#!/bin/sh\n#SBATCH --job-name="a b" --partition=one\n#SBATCH --time=5 -c 2\n';
  const context = { env: { SBATCH_PARTITION: 'two', SBATCH_TIMELIMIT: '6' } };
  const { spec } = prepare({ options: ['--time=7'] }, { text, context });
  expect(spec).toMatchObject({ name: 'a b', partition: 'two', timeLimitSeconds: 420, resources: { cpus: 2 } });
});

test('tasks wait for their like, and all of them for what the submission waits for', () => {
  const elements = { tasks: '0-1', edges: [{ type: 'afternotok', token: 'known' }], after: ['known'] } as const;
  const twin = { type: 'afternotok', parent: 5, twin: true };
  const conditions = (changes: Partial<Submission>) => prepare({ elements, ...changes }).spec.dependency?.conditions;
  expect(conditions({ dependencies: [{ type: 'afterok', jobId: '7' }] })).toEqual([
    twin,
    { type: 'afterok', parent: 7 },
    { type: 'afterany', parent: 5 },
  ]);
  expect(conditions({ elements: { tasks: '0-1', edges: elements.edges } })).toEqual([twin]);
  expect(prepare({ elements }).spec.killOnInvalidDep).toBe(true);
  const unknown = { tasks: '0', edges: [{ type: 'afterok', token: 'other' }] } as const;
  expect(() => prepare({ elements: unknown })).toThrow('not known');
});

test('what a job asks for stands in its spec', () => {
  const options = [
    ...[
      '--array=9,1-3,2%2',
      '--output=o %j',
      '--error=e',
      '--input=i',
      '--open-mode=append',
      '--chdir=sub',
      '--export=A',
    ],
    ...['--begin=now+60', '--no-requeue', '--signal=B:USR1@30', '--mem=4G', '--ntasks=2', '--comment=mine', '--hold'],
  ];
  const { spec, indices, held } = prepare({ options });
  expect(indices).toEqual([1, 2, 3, 9]);
  expect(held).toBe(true);
  expect(spec).toMatchObject({
    isArray: true,
    arrayLimit: 2,
    beginAt: now + 60_000,
    requeue: false,
    comment: 'mine srunx:run-0',
    warning: { signal: 'USR1', secondsBefore: 30, batchOnly: true },
    resources: { cpus: 2, memoryMb: 4_096 },
    launch: {
      workDir: '/work dir/sub',
      output: 'o %j',
      error: 'e',
      input: 'i',
      append: true,
      exportPolicy: 'A',
      ntasks: 2,
    },
  });
});

test.each<[string, string[], object]>([
  ['CPUs beyond the machine', ['--cpus-per-task=64'], { cpus: 8 }],
  ['memory beyond the machine', ['--mem=1T'], { memoryMb: 16_000 }],
  ['several nodes', ['--nodes=4', '--ntasks-per-node=16', '--mem=8G'], { cpus: 8, memoryMb: 16_000 }],
  ['all memory', ['--mem=0'], { memoryMb: 16_000 }],
  ['the whole machine', ['--exclusive'], { cpus: 8 }],
])('%s: the job gets what there is', (_case, options, expected) => {
  expect(prepare({ options }).spec.resources).toMatchObject(expected);
});

test('the submission’s comment beats the script’s', () => {
  const text = '#!/bin/sh\n#SBATCH --comment=script\n';
  expect(prepare({}, { text }).spec.comment).toBe('script srunx:run-0');
  expect(prepare({ comment: 'mine' }, { text }).spec.comment).toBe('mine srunx:run-0');
});

test('edges end a job that can never run; a dependency in the script does so only when told', () => {
  const edges = prepare({
    dependencies: [
      { type: 'afterok', token: 'known' },
      { type: 'afterany', jobId: '7_3' },
    ],
  }).spec;
  expect(edges.killOnInvalidDep).toBe(true);
  expect(edges.dependency).toEqual({
    mode: 'all',
    conditions: [
      { type: 'afterok', parent: 5 },
      { type: 'afterany', parent: 7, tasks: [3] },
    ],
  });
  const text = '#!/bin/sh\n#SBATCH --dependency=afterok:9\n';
  expect(prepare({}, { text }).spec.killOnInvalidDep).toBe(false);
  expect(prepare({ options: ['--kill-on-invalid-dep=yes'] }, { text }).spec.killOnInvalidDep).toBe(true);
  expect(prepare({ dependencies: [{ type: 'after', token: 'known' }] }, { text }).spec.dependency).toEqual({
    mode: 'all',
    conditions: [{ type: 'after', parent: 5 }],
  });
});

test('variables of the job need --export=ALL, unless the options say otherwise', () => {
  const text = '#!/bin/sh\n#SBATCH --export=NONE\n';
  expect(prepare({}, { text }).spec.launch.exportPolicy).toBe('NONE');
  expect(prepare({ env: { A: '1' } }, { text }).spec.launch.exportPolicy).toBe('ALL');
  expect(prepare({ env: { A: '1' }, options: ['--export=A'] }, { text }).spec.launch.exportPolicy).toBe('A');
});

test.each<[string, Partial<Submission>, string, RegExp]>([
  ['more GPUs than there are', { options: ['--gpus=3'] }, script, /3 GPUs.*only 2/],
  ['an unknown parent', { dependencies: [{ type: 'afterok', jobId: '100' }] }, script, /job 100/],
  ['an unknown submission', { dependencies: [{ type: 'afterok', token: 'other' }] }, script, /not known/],
  ['an unknown parent in the script', {}, '#!/bin/sh\n#SBATCH -d afterok:100\n', /job 100/],
  ['no interpreter', {}, 'echo hello\n', /#!/],
  ['Windows line ends', {}, '#!/bin/sh\r\necho\r\n', /line 1: .*Windows/],
  ['an empty script', {}, '', /empty/],
  ['an option that nobody knows', { options: ['--nods=1'] }, script, /--nods/],
  ['a directive that nobody knows', {}, '#!/bin/sh\n#SBATCH --container-image=x\n', /line 2: .*--container-image/],
  ['a signal that there is not', { options: ['--signal=99@60'] }, script, /99@60/],
  ['a bad value', { options: ['--time=soon'] }, script, /soon/],
  ['a word that is no option', { options: ['gpu'] }, script, /`gpu`/],
  ['an index beyond every array', { options: ['--array=0-10001'] }, script, /10001/],
  ['a heterogeneous job', {}, '#!/bin/sh\n#SBATCH -n1\n#SBATCH hetjob\n#SBATCH -n2\n', /heterogeneous/],
])('refuses %s', (_case, submission, text, message) => {
  expect(() => prepare(submission, { text })).toThrow(message);
});
