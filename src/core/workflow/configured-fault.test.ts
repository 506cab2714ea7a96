import { describe, expect, it } from 'vitest';
import { mergeLayers } from '../config/config.ts';
import { jobDefaults } from '../config/job-defaults.ts';
import { readConfigFile } from '../config/read-config.ts';
import { ConfigError } from '../errors.ts';
import { type Plan, planWorkflow } from './plan.ts';

/** Such texts hold no templates. */
const renderer = {
  render: () => {
    throw new Error('there is nothing to render');
  },
};

function planWith(config: unknown, text: string, only: readonly string[] = []): Plan {
  const layer = readConfigFile(JSON.stringify(config, null, 2), 'config.json');
  return planWorkflow({
    ...{ text, source: 'two.yaml', overrides: {}, selection: { from: undefined, to: undefined, only } },
    ...{ renderer, launcher: 'none', readScript: () => '#!/bin/sh\n', hash: () => '' },
    defaults: jobDefaults(mergeLayers([layer]), { hasSlurm: true }),
  });
}

function faultOf(config: unknown, text: string): ConfigError {
  try {
    planWith(config, text);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('nothing is wrong');
}

const two = 'jobs:\n  - {name: a, command: x}\n  - {name: b, command: x}\n';

describe('what is wrong with a configured value', () => {
  it.each([
    [{ log_dir: '~/logs' }, 'config.json:2: log_dir: is not expanded by Slurm'],
    [{ environment: { conda: '' } }, 'config.json:3: environment.conda: must not be empty'],
    [{ modules: ['-x'] }, 'config.json:2: modules: a module is one word'],
    [
      { environment: { container: { image: 'a', runtime: 'pyxis', nv: true } } },
      'config.json:6: environment.container.nv: nv: only for apptainer',
    ],
    [{ environment: { container: { image: 'a', nv: true } } }, 'config.json:5: environment.container.nv: nv: only for'],
    [{ environment: { container: { image: 'a' } } }, 'config.json:4: environment.container.image: pyxis containers'],
    [{ environment: { container: { image: 'a', runtime: 'pyxis' } } }, 'config.json:4: environment.container.image: p'],
  ])('is said of its line, once for all jobs: %j', (config, expected) => {
    const { message, code, detail } = faultOf(config, two);
    expect([message.slice(0, expected.length), code, detail]).toEqual([expected, 'config.invalid', undefined]);
  });

  const container = { environment: { container: { image: 'a', nv: true }, env_vars: { A: '1' } } };
  it.each([
    ['{name: a, command: x, container: {image: b, nv: true}}', 'two.yaml:2:5: job `a`: nv: only for'],
    ['{name: a, command: x, environment: {container: {image: b}}}', 'two.yaml:2:5: job `a`: pyxis containers need'],
    ['{name: a, command: x, launcher: mpirun, container: {image: b}}', 'two.yaml:2:5: job `a`: pyxis containers need'],
    ['{name: a, command: x, env_vars: {SLURM_A: 1}, container: null}', 'two.yaml:2:38: job `a`: `env_vars.SLURM_A`'],
  ])('is not said where the job says it itself: %s', (job, expected) => {
    expect(faultOf(container, `jobs:\n  - ${job}\n`).message.slice(0, expected.length)).toBe(expected);
  });

  it('stands beside what is wrong with the file', () => {
    const both = { environment: { container: { image: 'a', runtime: 'pyxis', nv: true } } };
    const { message, detail = '' } = faultOf(both, `${two}  - {name: c, command: x, memory_per_node: much}\n`);
    expect(message).toBe('two.yaml has 2 problems');
    expect(detail).toMatch(
      /^config\.json:6: environment\.container\.nv: .*\n.*\ntwo\.yaml:4:44: job `c`: `memory_per_node`/,
    );
  });
});

describe('what of the configuration counts', () => {
  const config = {
    ...{ account: 'lab', log_dir: 'logs', work_dir: '/w', modules: ['cuda'] },
    resources: { gpus_per_node: 1, partition: 'gpu' },
    environment: { conda: 'ml', env_vars: { A: '1', B: '2' } },
  };
  const keys = (jobs: string, only?: readonly string[]) =>
    planWith(config, `jobs:\n${jobs}`, only).configured.map(({ key }) => key);

  it('is all of it, for a job that says nothing', () => {
    expect(keys('  - {name: a, command: x}\n').toSorted()).toEqual([
      ...['account', 'environment.conda', 'environment.env_vars.A', 'environment.env_vars.B', 'log_dir', 'modules'],
      ...['resources.gpus_per_node', 'resources.partition', 'work_dir'],
    ]);
  });

  it('leaves out what every job says itself, flat or below its group, or in another way', () => {
    const said = 'account: b, gres: "gpu:1", venv: v, log_dir: l, work_dir: /x, modules: null, env_vars: {A: 1}';
    expect(keys(`  - {name: a, command: x, ${said}, resources: {partition: null}}\n`)).toEqual([
      'environment.env_vars.B',
    ]);
  });

  it('looks at the jobs that run, and of scripts only at what reaches them', () => {
    const jobs = '  - {name: a, command: x}\n  - {name: b, script_path: s, resources: {gpus: 2}}\n';
    expect(keys(jobs, ['b']).toSorted()).toEqual([
      ...['account', 'environment.env_vars.A', 'environment.env_vars.B', 'resources.partition'],
    ]);
  });
});
