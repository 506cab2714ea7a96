import { expect, it } from 'vitest';
import { inMount, inRoot } from '../sync/sent-code.ts';
import { movePlan } from './move-plan.ts';
import type { Plan, PlannedJob } from './plan.ts';
import type { SweepPlan } from './plan-sweep.ts';

const code = [
  { remote: '/m', root: '/.m.srunx/runs/r' },
  { remote: '/m/in', root: '/.in.srunx/runs/r' },
  { remote: '/n', root: '/n' },
];
const job: PlannedJob = {
  ...{ name: 'a', kind: 'command', edges: [], args: [], env: {}, wrapped: true, script: 'x' },
  options: ['--output=logs/%x.log', '--error=/e/%x.log', '--chdir=/m/sub', '--job-name=a'],
  ...{ workDir: '/m/sub', logDir: 'logs', inPlace: '/m/a.sh' },
  files: { inputs: ['/m/i'], outputs: ['o'], hash: false, directory: '/m/sub' },
};
const plan = { jobs: [job, { ...job, workDir: 'rel', options: ['--chdir=rel', '--output=o'] }] } as unknown as Plan;

it('lets jobs work in the copies, and leaves their logs and files where they would be', () => {
  const [moved, other] = movePlan(plan, { code, cwd: '/m' }).jobs;
  expect(moved).toEqual({
    ...job,
    options: ['--output=/m/sub/logs/%x.log', '--error=/e/%x.log', '--chdir=/.m.srunx/runs/r/sub', '--job-name=a'],
    ...{ workDir: '/.m.srunx/runs/r/sub', logDir: '/m/sub/logs', inPlace: '/.m.srunx/runs/r/a.sh' },
    files: { ...job.files, directory: '/.m.srunx/runs/r/sub' },
  });
  expect(other?.options).toEqual(['--chdir=rel', '--output=/m/rel/o']);
});

it('changes nothing where there is no copy', () => {
  expect(movePlan(plan, { code: code.slice(2), cwd: '/m' })).toBe(plan);
});

it('moves the directories of all cells', () => {
  const stage = {
    job,
    varies: { env: {}, workDir: 1 },
    rows: [
      ['/m/x', '/m/x'],
      ['/n', '/n'],
    ],
  };
  const sweep = { groups: [{ cells: [0, 1], stages: [stage], skipped: [] }] } as unknown as SweepPlan;
  const [group] = movePlan(sweep, { code, cwd: '/m' }).groups;
  expect(group?.stages[0]?.rows).toEqual([
    ['/m/x', '/.m.srunx/runs/r/x'],
    ['/n', '/n'],
  ]);
});

it('knows a place by both of its names', () => {
  for (const path of ['/m', '/m/a', '/m/in', '/m/in/b', '/n/c', '/mm', '/x'])
    expect(inMount(inRoot(path, code), code)).toBe(path);
  expect([inRoot('/m/in/b', code), inRoot('/mm', code)]).toEqual(['/.in.srunx/runs/r/b', '/mm']);
});
