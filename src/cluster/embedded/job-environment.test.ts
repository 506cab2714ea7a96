import { expect, test } from 'vitest';
import { job, pending } from '../../../test/support/embedded-queue.ts';
import { type EnvironmentContext, jobEnvironment } from './job-environment.ts';
import type { LaunchSpec, QueueJob } from './queue.ts';

function environment(
  target: QueueJob,
  changes: Partial<EnvironmentContext> & { position?: number; launch?: Partial<LaunchSpec> } = {},
) {
  const { position = 0, launch, ...rest } = changes;
  const spec = { ...target.spec, launch: { ...target.spec.launch, ...launch } };
  const task = target.tasks[position];
  if (task === undefined) throw new Error('no such task');
  const defaults = { gpus: [], host: 'node', uid: 1000, machineCpus: 8, base: {}, own: {} };
  return jobEnvironment({ ...defaults, ...rest, job: { ...target, spec }, task });
}

test('describes the job as Slurm does', () => {
  const target = job({ id: 12, name: "a'b $(x)", cpus: 6, memoryMb: 512 });
  const launch = { ntasks: 3, cpusPerTask: 2, memoryMbPerNode: 512, account: 'acc', submitDir: '/sub dir' };
  expect(environment(target, { launch })).toMatchObject({
    SLURM_JOB_ID: '12',
    SLURM_JOBID: '12',
    SLURM_JOB_NAME: "a'b $(x)",
    SLURM_JOB_USER: 'somebody',
    SLURM_JOB_UID: '1000',
    SLURM_JOB_ACCOUNT: 'acc',
    SLURM_JOB_NODELIST: 'node',
    SLURMD_NODENAME: 'node',
    SLURM_NNODES: '1',
    SLURM_NTASKS: '3',
    SLURM_CPUS_PER_TASK: '2',
    SLURM_CPUS_ON_NODE: '6',
    SLURM_MEM_PER_NODE: '512',
    SLURM_SUBMIT_DIR: '/sub dir',
  });
});

test('says nothing of what the job does not have', () => {
  const names = Object.keys(environment(job({ id: 12 })));
  const absent = /ARRAY|CUDA|GPU|RESTART|MEM_PER|ACCOUNT|QOS/;
  expect(names.filter((name) => absent.test(name))).toEqual([]);
});

test('gives GPUs by their numbers', () => {
  expect(environment(job({ id: 1, gpus: 2 }), { gpus: [1, 3] })).toMatchObject({
    CUDA_VISIBLE_DEVICES: '1,3',
    SLURM_JOB_GPUS: '1,3',
    SLURM_GPUS: '2',
  });
});

test('counts restarts', () => {
  const target = job({ id: 1 });
  const again = { ...target, tasks: target.tasks.map((task) => ({ ...task, restarts: 2 })) };
  expect(environment(again)).toMatchObject({ SLURM_RESTART_COUNT: '2' });
});

test('describes the array', () => {
  const target = job({ id: 12, states: [pending, pending, pending], indices: [4, 6, 8] });
  expect(environment(target, { position: 1 })).toMatchObject({
    SLURM_JOB_ID: '13',
    SLURM_ARRAY_JOB_ID: '12',
    SLURM_ARRAY_TASK_ID: '6',
    SLURM_ARRAY_TASK_COUNT: '3',
    SLURM_ARRAY_TASK_MIN: '4',
    SLURM_ARRAY_TASK_MAX: '8',
    SLURM_ARRAY_TASK_STEP: '2',
  });
});

test('never asks for more CPUs per task than there are', () => {
  expect(environment(job({ id: 1 }), { machineCpus: 4, launch: { cpusPerTask: 64 } })).toMatchObject({
    SLURM_CPUS_PER_TASK: '4',
  });
});

test('the job that srunx was called from is not taken for this one', () => {
  const base = { SLURM_JOB_ID: '99', SLURM_STEP_ID: '0', SLURMD_DEBUG: '1', SBATCH_PARTITION: 'x', KEPT: 'yes' };
  const result = environment(job({ id: 1 }), { base });
  expect(result).toMatchObject({ SLURM_JOB_ID: '1', KEPT: 'yes' });
  expect(
    Object.keys(result).filter((name) => ['SLURM_STEP_ID', 'SLURMD_DEBUG', 'SBATCH_PARTITION'].includes(name)),
  ).toEqual([]);
});

test('the job’s own variables beat those of the submission, and nothing beats what describes the job', () => {
  const base = { A: 'base', B: 'base' };
  expect(environment(job({ id: 1 }), { base, own: { A: 'own', SLURM_JOB_ID: '7' } })).toMatchObject({
    A: 'own',
    B: 'base',
    SLURM_JOB_ID: '1',
  });
});

test('--export=NONE keeps both away', () => {
  const result = environment(job({ id: 1 }), {
    base: { A: '1', HOME: '/h' },
    own: { B: '2' },
    launch: { exportPolicy: 'NONE' },
  });
  expect(result).toMatchObject({ HOME: '/h', SLURM_JOB_ID: '1' });
  expect([result['A'], result['B']]).toEqual([undefined, undefined]);
});
