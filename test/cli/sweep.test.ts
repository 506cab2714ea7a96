import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { waitUntil } from '../../dev/processes.ts';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSandbox } from './sandbox.ts';

const cluster = useDevCluster();
const sandbox = useSandbox(() => cluster().env);
const { srunx, json, write } = sandbox;

interface SweepJson {
  readonly status: string;
  readonly directory: string;
  readonly cell_count: number;
  readonly cells_completed: number;
  readonly cells_failed: number;
  readonly cells: readonly {
    readonly index: number;
    readonly values: Readonly<Record<string, string | number>>;
    readonly status: string;
    readonly jobs: readonly {
      readonly name: string;
      readonly job_id: string | null;
      readonly state: string;
      readonly attempts: number;
    }[];
  }[];
}

const grid = `name: grid
args: {base: 5}
sweep:
  matrix: {lr: [0.10, 1e-5], seed: [1, 2, 3]}
  max_parallel: 3
jobs:
  - {name: prep, command: 'echo "prep {{ seed }}"; echo out=v{{ lr }} >> "$SRUNX_EXPORTS"'}
  - name: train
    depends_on: [prep]
    env_vars: {LR: "{{ lr }}"}
    command: 'echo "{{ lr }} {{ base }} $LR {{ runtime.deps.prep.out }} {{ cell.name }} $SRUNX_CELL"; [ {{ cell.index }} -ne 3 ]'
  - {name: eval, depends_on: [train], command: [echo, "it's", "{{ seed }}"]}
  - {name: sorry, depends_on: ["afternotok:train"], command: 'echo sorry'}
  - {name: flaky, depends_on: [prep], command: '[ "$SRUNX_ATTEMPT" -ge {{ 2 if seed == 2 else 1 }} ]', retry: {max: 2, delay: 1}}
`;

const look = (id: string) => json<SweepJson>(['sweep', 'show', id]);

async function start(target: string, ...args: readonly string[]): Promise<string> {
  const ran = await srunx(['flow', 'run', 'grid.yaml', target, '--detach', ...args]);
  expect(ran.code, ran.stderr).toBe(0);
  return ran.stdout.trim();
}

async function ended(id: string): Promise<SweepJson> {
  await waitUntil(async () => !['running', 'pending'].includes((await look(id)).status), 240_000);
  return look(id);
}

const native = (...argv: readonly string[]) =>
  execFileSync(argv[0] ?? '', argv.slice(1), { env: { ...process.env, ...cluster().env }, encoding: 'utf8' });

describe.each(['--local', '--embedded'])('a sweep on %s', (target) => {
  it('runs each cell as its edges demand, with nothing of ours alive', async () => {
    write('grid.yaml', grid);
    const id = await start(target);
    const sweep = await ended(id);
    expect(sweep).toMatchObject({ status: 'failed', cell_count: 6, cells_completed: 5, cells_failed: 1 });
    expect(sweep.cells.map(({ values }) => `${values['lr']} ${values['seed']}`)).toEqual([
      ...['0.1 1', '0.1 2', '0.1 3'],
      ...['0.00001 1', '0.00001 2', '0.00001 3'],
    ]);
    const states = sweep.cells.map(({ jobs }) => jobs.map(({ name, state }) => `${name} ${state}`).join(', '));
    const good = 'prep completed, train completed, eval completed, sorry skipped, flaky completed';
    expect(states.filter((text) => text === good)).toHaveLength(5);
    expect(states[3]).toBe('prep completed, train failed, eval skipped, sorry completed, flaky completed');
    const attempts = sweep.cells.map(({ jobs }) => jobs.find(({ name }) => name === 'flaky')?.attempts);
    expect(attempts).toEqual([1, 2, 1, 1, 2, 1]);
    const logs = await srunx(['flow', 'logs', id, 'train#4', 'eval#4']);
    expect(logs.stdout).toContain('1e-5 5 1e-5 v1e-5 lr-1e-5_seed-2 4');
    expect(logs.stdout).toContain("it's 2");
    expect(JSON.parse(readFileSync(join(sweep.directory, 'cells', '4', 'params.json'), 'utf8'))).toEqual({
      lr: 0.00001,
      seed: 2,
    });
    // Of a cell that has succeeded, no script stays.
    expect(readdirSync(join(sweep.directory, 'cells', '4'))).toEqual(['params.json']);
    const status = await srunx(['sweep', 'status', id]);
    expect(status.stdout).toMatch(/failed \(6 of 6 cells ended: 5 completed, 1 failed\)/);
    expect(status.stdout).toContain('1 job failed (exit 1): train#3');
    const failed = await json<SweepJson>(['sweep', 'show', id, '--state', 'failed']);
    expect(failed.cells.map(({ index }) => index)).toEqual([3]);
    const chosen = await json<SweepJson>(['sweep', 'show', id, '--cell', 'seed=2', '--cell', 'lr=1e-5']);
    expect(chosen.cells.map(({ index }) => index)).toEqual([4]);
    const listed = await json<{ sweep_id: string; cell_count: number }[]>(['sweep', 'list']);
    expect(listed.find(({ sweep_id: one }) => one === id)?.cell_count).toBe(6);
  });
});

// The queue of the embedded runner lies in the directory that is removed here.
it('is known from its plan directory alone', async () => {
  write('grid.yaml', grid);
  const id = await start('--local', '--sweep', 'lr=7', '--max-parallel', '6');
  const before = await ended(id);
  rmSync(join(sandbox.dir, 'state'), { recursive: true, force: true });
  const after = await look(id);
  expect(after.cells).toEqual(before.cells);
});

describe('a sweep of two hundred cells', () => {
  it('is three submissions, never exceeds its places, and ends as the accounting says', async () => {
    write(
      'thousand.yaml',
      `name: thousand
sweep: {matrix: {n: {range: [0, 200]}}, max_parallel: 8}
jobs:
  - {name: a, command: 'true {{ n }}'}
  - {name: b, command: 'true {{ n }}', depends_on: [a]}
  - {name: c, command: 'true {{ n }}', depends_on: [b]}
`,
    );
    const ran = await srunx(['flow', 'run', 'thousand.yaml', '--local', '--detach', '--yes']);
    expect(ran.code, ran.stderr).toBe(0);
    expect(ran.stderr).toContain('200 cells, 600 tasks in 3 arrays handed over to Slurm: you may close the laptop');
    const id = ran.stdout.trim();
    const ids = [
      ...new Set((await look(id)).cells.flatMap(({ jobs }) => jobs.map(({ job_id: one }) => one?.split('_')[0] ?? ''))),
    ];
    expect(ids).toHaveLength(3);
    let most = 0;
    await waitUntil(() => {
      const running = native('squeue', '-h', '-r', '-t', 'R,CG', '-j', ids.join(), '-o', '%F %T').split('\n');
      const counts = Map.groupBy(
        running.filter((line) => line.endsWith('RUNNING')),
        (line) => line,
      );
      most = Math.max(most, ...[...counts.values()].map((lines) => lines.length));
      return native('squeue', '-h', '-j', ids.join(), '-t', 'PD,R,CG') === '';
    }, 240_000);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(8);
    const { cells, status } = await look(id);
    expect(status).toBe('completed');
    const told = cells.flatMap(({ jobs }) => jobs.map(({ job_id: one, state }) => `${one}|${state.toUpperCase()}`));
    const accounted = () =>
      native('sacct', '-X', '-n', '-P', '-j', ids.join(), '-o', 'JobID,State').trim().split('\n').toSorted();
    // It is some seconds late.
    await waitUntil(() => accounted().filter((line) => line.endsWith('COMPLETED')).length === told.length, 60_000);
    expect(told.toSorted()).toEqual(accounted());
  });
});

describe('bad input', () => {
  it.each([
    ['sweep: {matrix: {a: [1]}}\n', [], 'sweep.max_parallel must be specified and >= 1'],
    ['sweep: {matrix: {deps: [1]}, max_parallel: 1}\n', [], "matrix axis 'deps' is reserved"],
    ['', ['--sweep', 'a=1', '--arg', 'a=2', '--max-parallel', '1'], 'both --arg and --sweep: a'],
    ['', ['--max-parallel', '1'], '--max-parallel has no meaning'],
    ['', ['--sweep', 'a'], 'is not in KEY=v1,v2,... format'],
  ])('%j %j submits nothing', async (block, args, message) => {
    write('bad.yaml', `name: bad\n${block}jobs:\n  - {name: x, command: 'echo {{ a }}'}\n`);
    const ran = await srunx(['flow', 'run', 'bad.yaml', '--embedded', ...args]);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain(message);
  });
});
