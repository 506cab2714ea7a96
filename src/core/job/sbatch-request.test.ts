import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../errors.ts';
import { sbatchOptionTable } from './sbatch-option-table.ts';
import { parseSbatchArgs } from './sbatch-options.ts';
import { type RequestSources, resolveRequest, type SbatchRequest } from './sbatch-request.ts';

function resolve(options: string, sources: Partial<RequestSources> = {}): SbatchRequest {
  return resolveRequest({ directives: [], ...sources, options: parse(options) });
}

function parse(options: string): RequestSources['options'] {
  return parseSbatchArgs(options.split(' ').filter((word) => word !== '')).options;
}

/** As `scontrol show job` of Slurm 22.05.8 shows them for such a job. */
describe('amounts', () => {
  it.each([
    ['', { nodes: 1, ntasks: 1, cpus: 1, gpus: 0 }],
    ['-n3', { nodes: 1, ntasks: 3, cpus: 3 }],
    ['-N2', { nodes: 2, ntasks: 2, cpus: 2 }],
    ['-N2 -n3', { nodes: 2, ntasks: 3, cpus: 3 }],
    // No node without a task.
    ['-N2 -n1', { nodes: 1, ntasks: 1, cpus: 1 }],
    ['-N2-4 -n2', { nodes: 2, ntasks: 2 }],
    ['-n4 --ntasks-per-node=2', { nodes: 2, ntasks: 4, ntasksPerNode: 2 }],
    ['-N2 --ntasks-per-node=3', { nodes: 2, ntasks: 6, cpus: 6 }],
    ['-n2 -c3', { ntasks: 2, cpusPerTask: 3, cpus: 6 }],
    ['-w c[1-2]', { nodes: 2, ntasks: 2 }],
    ['-w ./hosts', { nodes: 1 }],
    ['-N2 --mincpus=3', { nodes: 2, cpus: 6 }],
    ['--gpus=2', { nodes: 1, gpus: 2, ntasks: 1 }],
    ['--gpus=a100:1,v100:2', { gpus: 3 }],
    ['--gpus-per-node=1 -N2', { gpus: 2 }],
    ['--gpus-per-task=1 -n2', { gpus: 2 }],
    ['--gres=gpu:a100:1 -N2', { gpus: 2 }],
    ['--gres=shard:4', { gpus: 0 }],
    ['-G2 --gpus-per-node=1', { nodes: 2, ntasks: 2, gpus: 2 }],
    ['-G2 --gpus-per-task=1', { ntasks: 2, cpus: 2 }],
    ['-G2 --ntasks-per-gpu=2', { ntasks: 4, cpus: 4 }],
    ['--gpus-per-node=1 --ntasks-per-gpu=2', { ntasks: 2 }],
    ['-G2 --cpus-per-gpu=3', { ntasks: 1, cpus: 6, cpusPerTask: 6 }],
    ['--tres-per-task=gres/gpu:1 -n2', { gpus: 2 }],
    ['--mem=1G', { memoryMbPerNode: 1_024 }],
    ['--mem=0', { memoryMbPerNode: 0 }],
    ['--mem-per-cpu=10 -c3 -n2', { memoryMbPerNode: 60 }],
    ['--mem-per-cpu=10 -N2 -n4', { memoryMbPerNode: 20 }],
    ['--mem-per-gpu=50 -G2', { memoryMbPerNode: 100 }],
    ['-n1', { memoryMbPerNode: undefined }],
  ])('%s', (options, expected) => expect(resolve(options)).toMatchObject(expected));
});

describe('sources', () => {
  it('puts the command line above the environment, and that above the script', () => {
    const sources = {
      directives: parse('--partition=a --qos=a --account=a'),
      env: { SBATCH_PARTITION: 'b', SBATCH_QOS: 'b' },
    };
    expect(resolve('--partition=c', sources)).toMatchObject({ partition: 'c', qos: 'b', account: 'a' });
  });

  it('takes the last of equal options', () => {
    expect(resolve('-N1 --nodes=3')).toMatchObject({ nodes: 3 });
  });

  it('treats an empty value as none', () => {
    expect(resolve('--dependency=', { directives: parse('--partition=a') })).toMatchObject({ partition: 'a' });
    expect(resolve('--comment=')).toMatchObject({ comment: undefined });
  });

  it.each([
    ['', true],
    ['yes', true],
    ['1', true],
    ['-2', true],
    ['0', false],
    ['no', false],
  ])('reads a flag from a variable that says %j: %s', (value, requeues) => {
    const { requeue } = resolve('', { env: { SBATCH_NO_REQUEUE: value } });
    expect(requeue).toBe(requeues ? false : undefined);
  });

  it('lets the later of --requeue and --no-requeue win', () => {
    expect(resolve('--requeue --no-requeue').requeue).toBe(false);
    expect(resolve('--requeue', { directives: parse('--no-requeue') }).requeue).toBe(true);
    expect(resolve('').requeue).toBeUndefined();
  });
});

describe('the rest', () => {
  it.each([
    ['-t 90', { timeLimitSeconds: 5_400 }],
    ['-t 1:30', { timeLimitSeconds: 120 }],
    ['-t UNLIMITED', { timeLimitSeconds: null }],
    ['', { timeLimitSeconds: null, array: undefined, hold: false, exclusive: false, killOnInvalidDep: undefined }],
    ['-a 0-9%2', { array: { ranges: [{ first: 0, last: 9, step: 1 }], limit: 2, truncated: false } }],
    ['-a [3]', { array: { ranges: [{ first: 3, last: 3, step: 1 }], truncated: false } }],
    ['-H --exclusive=user', { hold: true, exclusive: true }],
    ['--kill-on-invalid-dep=YES', { killOnInvalidDep: true }],
    ['--kill-on-invalid-dep=no', { killOnInvalidDep: false }],
    ['--open-mode=A', { openMode: 'append' }],
    ['--open-mode=trunc', { openMode: 'truncate' }],
    [
      '-J a -o %x.log -e e -i in -D /d -b now',
      { name: 'a', output: '%x.log', error: 'e', input: 'in', chdir: '/d', begin: 'now' },
    ],
    ['--export=NONE --signal=B:USR1 -d afterok:1', { exportPolicy: 'NONE', signal: 'B:USR1', dependency: 'afterok:1' }],
  ])('%s', (options, expected) => expect(resolve(options)).toMatchObject(expected));

  it.each(['--time=soon', '--mem=1.5G', '--nodes=2-1', '--array=9-0'])('refuses %s', (options) => {
    expect(() => resolve(options)).toThrow(UsageError);
  });

  it('checks only what counts', () => {
    expect(resolve('--time=5', { directives: parse('--time=soon') })).toMatchObject({ timeLimitSeconds: 300 });
  });

  it('answers or refuses, and never asks for less than one', () => {
    const option = fc.record({
      name: fc.constantFrom(...sbatchOptionTable.map((spec) => spec.name)),
      value: fc.string(),
    });
    fc.assert(
      fc.property(fc.array(option), (options) => {
        try {
          const { nodes, ntasks, cpus } = resolveRequest({ directives: [], options });
          expect(Math.min(nodes, ntasks, cpus)).toBeGreaterThanOrEqual(1);
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
        }
      }),
    );
    const number = fc.integer({ min: 1, max: 64 });
    const sized = fc.constantFrom(
      'nodes',
      'ntasks',
      'ntasks-per-node',
      'gpus',
      'gpus-per-node',
      'gpus-per-task',
      'cpus-per-gpu',
      'mincpus',
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(sized, number)), (pairs) => {
        const options = pairs.map(([name, value]) => ({ name, value: `${value}` }));
        const { nodes, ntasks, cpus, gpus } = resolveRequest({ directives: [], options });
        expect(Math.min(nodes, ntasks, cpus)).toBeGreaterThanOrEqual(1);
        expect(cpus).toBeGreaterThanOrEqual(ntasks);
        expect(Number.isInteger(nodes) && Number.isInteger(gpus)).toBe(true);
      }),
    );
  });
});
