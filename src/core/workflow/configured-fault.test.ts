import { describe, expect, it } from 'vitest';
import { mergeLayers } from '../config/config.ts';
import { jobDefaults } from '../config/job-defaults.ts';
import { readConfigFile } from '../config/read-config.ts';
import { ConfigError } from '../errors.ts';
import { planWorkflow } from './plan.ts';

/** Such texts hold no templates. */
const renderer = {
  render: () => {
    throw new Error('there is nothing to render');
  },
};

function faultOf(config: unknown, text: string): ConfigError {
  const layer = readConfigFile(JSON.stringify(config, null, 2), 'config.json');
  try {
    planWorkflow({
      ...{ text, source: 'two.yaml', overrides: {}, selection: { from: undefined, to: undefined, only: [] } },
      ...{ renderer, launcher: 'none', readScript: () => '#!/bin/sh\n', hash: () => '' },
      defaults: jobDefaults(mergeLayers([layer]), { hasSlurm: true }),
    });
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
