import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRenderer } from '../../templates/minijinja-renderer.ts';
import { ConfigError } from '../errors.ts';
import { type Plan, planWorkflow } from './plan.ts';

/** `files` are there. */
function plan(text: string, files: readonly string[] = [], only: readonly string[] = []): Plan {
  return planWorkflow({
    text,
    source: 'f.yaml',
    overrides: {},
    selection: { from: undefined, to: undefined, only },
    renderer: createRenderer(),
    launcher: 'none',
    readScript: () => '#!/bin/sh\n#SBATCH --chdir=/scripts\n',
    hash: (content) => content,
    files: {
      resolve: (directory, path) => posix.resolve('/cwd', directory ?? '.', path),
      exists: (path) => files.includes(path),
    },
  });
}

function faults(text: string, files: readonly string[] = [], only: readonly string[] = []): string {
  try {
    plan(text, files, only);
    return '';
  } catch (error) {
    if (error instanceof ConfigError) return `${error.message}\n${error.detail}`;
    throw error;
  }
}

const two = (first: string, second: string) => `args: {n: 3}
jobs:
  - {name: a, command: x, ${first}}
  - {name: b, command: x, depends_on: [a], ${second}}
`;

describe('inputs and outputs', () => {
  it('are part of the plan, and let a script have a wrapper', () => {
    const [job] = plan(
      'args: {n: 3}\njobs: [{name: a, path: s.sh, inputs: "i{{ n }}", outputs: [o, "p/*"], hash: true}]',
      ['/scripts/i3'],
    ).jobs;
    expect(job).toMatchObject({
      wrapped: true,
      files: { inputs: ['i3'], outputs: ['o', 'p/*'], hash: true, directory: '/scripts' },
    });
  });

  it.each([
    ['outputs: i', 'inputs: i'],
    ['outputs: [o, "parts/*.csv"]', 'inputs: [parts/1.csv]'],
    ['outputs: parts, work_dir: /data', 'inputs: ["/data/parts/*.csv"]'],
    ['outputs: "../x"', 'inputs: x, work_dir: /'],
  ])('{%s} provides for {%s}', (first, second) => {
    expect(faults(two(first, second))).toBe('');
  });

  it('may come from a job far before', () => {
    expect(
      faults(
        `${two('outputs: i', 'outputs: other')}  - {name: c, command: x, depends_on: ["afterany:b"], inputs: i}\n`,
      ),
    ).toBe('');
  });

  it.each([
    ['when: true', 'inputs: [ok, i]', '4:57: job `b`: there is no input i, and no job'],
    ['outputs: j', 'inputs: "i*"', '4:52: job `b`: there is no input i*'],
    ['outputs: i, when: false', 'inputs: i', '4:52: job `b`: there is no input i'],
    ['inputs: i', 'outputs: i', '3:35: job `a`: there is no input i'],
    ['inputs: i, outputs: i', 'when: true', '3:35: job `a`: there is no input i'],
  ])('are missing: {%s}, {%s}', (first, second, message) => {
    expect(faults(two(first, second), ['/cwd/ok'])).toContain(`f.yaml:${message}`);
  });

  it('are missing where the job that makes them is left out', () => {
    expect(faults(two('outputs: i', 'inputs: i'), [], ['b'])).toContain('there is no input i');
  });

  it('are told once for all jobs of a matrix', () => {
    const text = 'jobs:\n  - {name: a, command: x, matrix: {n: [1, 2]}, inputs: "i{{ matrix.n }}"}\n';
    expect(faults(text)).toMatch(/^f\.yaml:2:56: job `a-1`: there is no input i1/);
    expect(faults(text, ['/cwd/i1'])).toContain('job `a-2`: there is no input i2');
  });
});
