import { cpSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useSandbox } from './sandbox.ts';

const root = join(import.meta.dirname, '..', '..');
const sandbox = useSandbox();
const { srunx, json, read, work } = sandbox;
// Without what somebody's own runs have left there.
cpSync(join(root, 'examples'), join(work, 'examples'), {
  recursive: true,
  filter: (path) => !/\/(?:results|logs)(?:\/|$)/.test(path),
});

interface Run {
  readonly jobs: readonly { readonly name: string; readonly state: string; readonly attempts: number }[];
}

interface Expected {
  readonly args?: readonly string[];
  readonly code?: number;
  /** By name; those that are not named have completed. */
  readonly states?: Readonly<Record<string, string>>;
  /** What the run leaves. */
  readonly file?: readonly [path: string, content: string];
}

/** Of the example of sweeps: its fits fail on purpose. */
const ofTheHighestRate = Object.fromEntries(
  [12, 13, 14, 15].flatMap((cell) => [
    [`fit#${cell}`, 'failed'],
    [`test#${cell}`, 'skipped'],
  ]),
);

const runs: readonly (readonly [string, Expected])[] = [
  ['train-eval', { file: ['report.txt', 'results/epoch-3.ckpt has a loss of 2 and 98% right\n'] }],
  ['retry', { file: ['model', 'done\n'] }],
  ['grid', { code: 4, states: { 'train-5': 'failed' }, file: ['ranking.txt', '29 rate=1 depth=3\n'] }],
  ['sweep', { code: 4, states: ofTheHighestRate, file: ['curves/rate-0.5_fold-0', '21.2312 66.7379 1.8142\n'] }],
  ['rescue', { code: 4, states: { train: 'failed', publish: 'skipped' }, file: ['model', 'the model of last week\n'] }],
  [
    'rescue',
    {
      args: ['--arg', 'exit=0'],
      states: { 'train.on_failure': 'skipped', fall_back: 'skipped' },
      file: ['published', 'trained\n'],
    },
  ],
  ['shared-stage', { file: ['dogs.txt', 'dogs 1\ndogs 2\ndogs 3\ndogs 4\n'] }],
  ['array', { file: ['sum', '2870\n'] }],
  [
    'conditions',
    { states: { fetch: 'skipped', check: 'skipped', publish: 'skipped' }, file: ['model', 'fast model\n'] },
  ],
  [
    'conditions',
    {
      args: ['--arg', 'mode=full', '--arg', 'draft=no'],
      states: { fetch: 'skipped' },
      file: ['published', 'full model\n'],
    },
  ],
  ['diamond', { code: 4, states: { right: 'failed', join: 'skipped' } }],
];

describe('the example', () => {
  it.each(runs)('%s runs without Slurm: %j', async (name, { args = [], code = 0, states = {}, file }) => {
    const path = `examples/${name}/workflow.yaml`;
    const { jobs } = await json<Run>(['flow', 'run', '--embedded', '-i', '0.2', path, ...args], { code });
    expect(
      Object.fromEntries(jobs.filter(({ state }) => state !== 'completed').map((job) => [job.name, job.state])),
    ).toEqual(states);
    if (name === 'retry') expect(jobs.map(({ attempts }) => attempts)).toEqual([2, 2]);
    if (file !== undefined) expect(read(`examples/${name}/results/${file[0]}`).startsWith(file[1])).toBe(true);
  });

  it('sweep has metrics to compare', async () => {
    const ran = await srunx(['sweep', 'results', '--sort', 'error', '--format', 'csv']);
    const [head, best, ...others] = ran.stdout.split('\n');
    expect(head).toBe('cell,state,rate,fold,loss,error,room');
    expect(best).toMatch(/^8,completed,0\.5,0,/);
    expect(others.filter((line) => line.includes('failed'))).toHaveLength(4);
  });

  it.each(globSync('examples/*/*.yaml', { cwd: root }))(
    '%s says what it shows and how to run it, and plans',
    async (path) => {
      const text = readFileSync(join(root, path), 'utf8');
      expect(text).toMatch(/^(?:#.*\n)*#.* {3}srunx flow (?:run|plan) /);
      expect(read('examples/README.md')).toContain(`(${dirname(path).replace('examples/', '')}/`);
      const ran = await srunx(['flow', 'plan', '--embedded', path]);
      expect([ran.code, ran.stderr.includes('error')]).toEqual([0, false]);
    },
  );
});
