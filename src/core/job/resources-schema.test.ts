import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTimeLimitInput } from '../slurm/duration.ts';
import { parseMemoryInput } from '../slurm/memory.ts';
import { resourceKeys, resourceOptions, resourcesSchema } from './resources-schema.ts';
import { parseSbatchArgs } from './sbatch-options.ts';
import { validateSbatchOption } from './validate-sbatch-option.ts';

function options(resources: unknown): string[] {
  return resourceOptions(resourcesSchema.parse(resources));
}

function problems(resources: unknown): string[] {
  const { error } = resourcesSchema.safeParse(resources);
  return (error?.issues ?? []).map(({ path, message }) => [...path, message].join(': '));
}

describe('resources', () => {
  it.each([
    [{}, []],
    [{ nodes: 2, gpus_per_node: 1 }, ['--nodes=2', '--gpus-per-node=1']],
    [{ nodes: '2', ntasks: 3.0 }, ['--nodes=2', '--ntasks=3']],
    [{ nodes: '2-4' }, ['--nodes=2-4']],
    [{ gpus_per_node: 0, gpus: '0', gpus_per_task: 0 }, []],
    [{ gpus_per_node: 'a100:2', gpus: 'v100:1,a100:2' }, ['--gpus=v100:1,a100:2', '--gpus-per-node=a100:2']],
    [{ memory_per_node: 32 }, ['--mem=32M']],
    [{ memory_per_node: '64GB' }, ['--mem=64G']],
    [{ memory_per_node: 0 }, ['--mem=0']],
    [{ mem_per_cpu: '1g' }, ['--mem-per-cpu=1G']],
    [{ mem_per_gpu: '2048M', tmp: '1T' }, ['--mem-per-gpu=2G', '--tmp=1T']],
    [{ time_limit: 60 }, ['--time=1:00:00']],
    [{ time_limit: '60' }, ['--time=1:00:00']],
    [{ time_limit: '1:30:00' }, ['--time=1:30:00']],
    [{ time_limit: '90m' }, ['--time=1:30:00']],
    [{ time_limit: '90 min' }, ['--time=1:30:00']],
    [{ time_limit: '2h' }, ['--time=2:00:00']],
    [{ time_limit: '1d12h' }, ['--time=1-12:00:00']],
    [{ time_limit: '1D 12H' }, ['--time=1-12:00:00']],
    [{ time_limit: '61s' }, ['--time=2:00']],
    [{ time_limit: '1-12' }, ['--time=1-12:00:00']],
    [{ time_limit: '1:30' }, ['--time=2:00']],
    [{ time_limit: 'unlimited', time_min: 5 }, ['--time=UNLIMITED', '--time-min=5:00']],
    [{ time_limit: 0 }, ['--time=UNLIMITED']],
    [{ partition: 'gpu', account: 'a b', qos: "a'b" }, ['--partition=gpu', '--account=a b', "--qos=a'b"]],
    [{ nodelist: ['c1', 'c[2-3]'], exclude: 'c4' }, ['--nodelist=c1,c[2-3]', '--exclude=c4']],
    [{ gres: ['gpu:1', 'shard:2'], licenses: 'x@y:2' }, ['--gres=gpu:1,shard:2', '--licenses=x@y:2']],
    [{ exclusive: true, requeue: true }, ['--exclusive', '--requeue']],
    [{ exclusive: false, requeue: false }, ['--no-requeue']],
    [{ exclusive: 'user', requeue: 'True' }, ['--exclusive=user', '--requeue']],
    [{ exclusive: 'false' }, []],
    [{ mail_type: ['END', 'fail'], mail_user: 'a@b' }, ['--mail-type=END,fail', '--mail-user=a@b']],
    [{ signal: 'B:USR1@120', constraint: 'a&b', nice: -5 }, ['--constraint=a&b', '--nice=-5', '--signal=B:USR1@120']],
    [{ begin: 'now+1hour', reservation: 'r' }, ['--reservation=r', '--begin=now+1hour']],
    [{ nodes: null, time_limit: null, exclusive: null, gres: null, account: null }, []],
    [{ sbatch_args: ['-C', 'x', '--bell'], nodes: 1 }, ['--nodes=1', '--constraint=x', '--bell']],
  ])('%j become %j', (resources, expected) => expect(options(resources)).toEqual(expected));

  it.each([
    [{ nodes: 0 }, 'nodes: `0` is no number of nodes. Write a whole number from 1.'],
    [{ nodes: 1.5 }, 'nodes: expected a whole number, or text'],
    [{ nodes: '1.5' }, 'nodes: `1.5` is no value for --nodes. Write a number of nodes, or MIN-MAX.'],
    [{ nodes: '' }, 'nodes: must not be empty'],
    [{ nodes: [1] }, 'nodes: expected a whole number, or text'],
    [{ nodes: true }, 'nodes: expected a whole number, or text'],
    [{ cpus_per_task: 0 }, 'cpus_per_task: `0` is no value for --cpus-per-task. Write a whole number from 1.'],
    [
      { gpus_per_node: -1 },
      'gpus_per_node: `-1` is no value for --gpus-per-node. Write a number of GPUs, or TYPE:NUMBER such as a100:2.',
    ],
    [{ partition: '' }, 'partition: must not be empty'],
    [{ partition: 'a\nb' }, 'partition: `a\nb` is no value for --partition. Write one line of text.'],
    [{ nodelist: [] }, 'nodelist: expected text, or a list of texts'],
    [{ account: 12 }, 'account: expected text: put numbers into quotes'],
    [{ requeue: 'maybe' }, 'requeue: expected true or false'],
    [{ exclusive: 1 }, 'exclusive: expected true, false or text'],
    [{ mail_type: ['END', 'FIAL'] }, 'mail_type: `END,FIAL` is no value for --mail-type.'],
    [{ memory_per_node: 1, mem_per_cpu: 1 }, 'mem_per_cpu: only one of memory_per_node, mem_per_cpu can be given'],
    [{ sbatch_args: '--hold' }, 'sbatch_args: expected a list of sbatch options'],
    [{ sbatch_args: ['--array=1-3'] }, 'sbatch_args: --array cannot stand here. Write array.'],
    [{ gpu: 4 }, 'Unrecognized key: "gpu"'],
    [[], 'expected a mapping'],
    [null, 'expected a mapping'],
  ])('refuse %j', (resources, message) => expect(problems(resources)[0]).toContain(message));

  it.each(['soon', '1.5h', 'd', 'h', '1h30', '-5m', '99999999d', '1m1h'])('refuse %j as a time limit', (text) => {
    expect(problems({ time_limit: text })[0]).toMatch(/^time_limit: .*90m, 2h, 1d12h/s);
  });

  it.each(['1.5G', 'G', '1 G', '-1', '10X'])('refuse %j as memory', (text) => {
    expect(problems({ memory_per_node: text })[0]).toContain('is not an amount of memory');
  });

  it('name their keys', () => {
    expect(resourceKeys).toEqual(expect.arrayContaining(['nodes', 'gpus_per_node', 'time_limit', 'sbatch_args']));
  });

  it('are what was written, and sbatch takes every option', () => {
    const written = fc.record({
      minutes: fc.integer({ min: 1, max: 10_000_000 }),
      mib: fc.integer({ min: 0, max: 2 ** 40 }),
    });
    fc.assert(
      fc.property(written, ({ minutes, mib }) => {
        const [memory = '', time = ''] = options({ memory_per_node: mib, time_limit: minutes });
        expect(parseMemoryInput(memory.replace('--mem=', ''))).toBe(mib);
        expect(parseTimeLimitInput(time.replace('--time=', ''))).toBe(minutes);
      }),
    );
  });

  it('never throw, and never give sbatch what it would refuse', () => {
    const value = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.double(),
      fc.constant(null),
      fc.array(fc.string()),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...resourceKeys), value), (resources) => {
        const parsed = resourcesSchema.safeParse(resources);
        if (!parsed.success) return;
        const { sbatch_args: _, ...checked } = parsed.data;
        const read = parseSbatchArgs(resourceOptions(checked));
        expect(read.error).toBeUndefined();
        expect(read.rest).toEqual([]);
        for (const option of read.options) expect(() => validateSbatchOption(option)).not.toThrow();
      }),
    );
  });
});
