import { expect, it } from 'vitest';
import { mergeLayers } from './config.ts';
import { formatConfigured, valuesOf } from './configured-value.ts';
import { optionsFromDefaults } from './default-options.ts';
import { defaultsFor, jobDefaults } from './job-defaults.ts';
import { readConfigFile } from './read-config.ts';

const config = mergeLayers([
  readConfigFile(
    JSON.stringify({
      resources: { nodes: 2, partition: 'gpu', time_limit: '10', memory_per_node: '1G', gpus_per_node: null },
      ...{
        account: 'lab',
        log_dir: 'logs',
        environment: { conda: 'ml', env_vars: { A: '1' }, container: { nv: true } },
      },
    }),
    'f',
  ),
]);

it('are under the keys of a workflow file, and hold nothing that was not configured', () => {
  expect(jobDefaults(config, { hasSlurm: true })).toMatchObject({
    resources: { nodes: 2, partition: 'gpu', time_limit: '10', memory_per_node: '1G', account: 'lab' },
    // A container without an image is none.
    environment: { conda: 'ml' },
    variables: { A: '1' },
    logDir: 'logs',
    workDir: undefined,
  });
  expect(Object.keys(jobDefaults(config, { hasSlurm: false }).resources)).toEqual([
    'nodes',
    'time_limit',
    'memory_per_node',
  ]);
});

it('say of every value where it is from, and of none that has no meaning for the target', () => {
  const keys = (hasSlurm: boolean) => jobDefaults(config, { hasSlurm }).values.map(({ key }) => key);
  expect(keys(true)).toEqual([
    ...['resources.nodes', 'resources.partition', 'resources.time_limit', 'resources.memory_per_node', 'account'],
    ...['log_dir', 'environment.conda', 'environment.env_vars.A', 'environment.container.nv'],
  ]);
  expect(keys(true).filter((key) => !keys(false).includes(key))).toEqual(['resources.partition', 'account']);
  expect(valuesOf(jobDefaults(config, { hasSlurm: true }).values, ['environment.env_vars', 'log']).length).toBe(1);
  const [first] = jobDefaults(config, { hasSlurm: true }).values;
  expect(first === undefined ? '' : formatConfigured(first)).toBe('resources.nodes=2 (f:1)');
});

it.each([
  [['nodes'], ['partition', 'time', 'mem', 'account']],
  [
    ['mem-per-cpu', 'time'],
    ['nodes', 'partition', 'account'],
  ],
  [['ntasks'], ['partition', 'time', 'mem', 'account']],
  [['ntasks-per-node'], ['nodes', 'partition', 'time', 'mem', 'account']],
  [[], ['nodes', 'partition', 'time', 'mem', 'account']],
])('beside %j become these options', (said, expected) => {
  const { resources } = jobDefaults(config, { hasSlurm: true });
  expect(optionsFromDefaults(resources, { said, env: {} }).map(({ name }) => name)).toEqual(expected);
});

it('give way to the variables of sbatch', () => {
  const { resources } = jobDefaults(config, { hasSlurm: true });
  const env = { SBATCH_PARTITION: 'cpu', SBATCH_MEM_PER_CPU: '1G' };
  expect(optionsFromDefaults(resources, { said: [], env }).map(({ name }) => name)).toEqual([
    'nodes',
    'time',
    'account',
  ]);
});

it('give way to what says the same in another way', () => {
  expect(defaultsFor({ conda: 'x', modules: ['a'] }, ['venv'])).toEqual({ modules: ['a'] });
  expect(defaultsFor({ gpus_per_node: 1 }, ['gres'])).toEqual({});
});
