import { expect, it } from 'vitest';
import { mergeLayers } from './config.ts';
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
  expect(jobDefaults(config, { hasSlurm: true })).toEqual({
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
