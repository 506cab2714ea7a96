import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSandbox } from './sandbox.ts';

const cluster = useDevCluster();
const { srunx, json, write, read } = useSandbox(() => cluster().env);
const timeout = 120_000;

interface Sweep {
  readonly status: string;
  readonly jobs: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

const status = (id: string) => json<Sweep>(['sweep', 'status', id]);

/** A line when a task begins, and one when it ends. */
const noted = (name: string, job: string, seconds: string) =>
  `echo "$SRUNX_CELL + ${job}" >> ${name}.log; sleep ${seconds}; echo "$SRUNX_CELL - ${job}" >> ${name}.log`;

/**
 * Cells are of two groups; in one of three `train` fails, so that `eval` is killed while `side` still runs, and `sorry` begins. Those
 * of seed 5 have nothing but a first job.
 */
const workflow = (name: string, limits: string) => `name: ${name}
sweep:
  matrix: {seed: {range: [0, 12]}}
${limits}
jobs:
  - {name: prep, command: '${noted(name, 'prep', '0.1')}', resources: {cpus_per_task: "{{ 1 + seed % 2 }}"}}
  - {name: train, depends_on: [prep], when: "{{ seed != 5 }}", command: '${noted(name, 'train', '0.3')}; [ {{ seed % 3 }} -ne 0 ]'}
  - {name: side, depends_on: [prep], when: "{{ seed != 5 }}", command: '${noted(name, 'side', '1')}'}
  - {name: eval, depends_on: [train, side], when: "{{ seed != 5 }}", command: '${noted(name, 'eval', '0.1')}'}
  - {name: sorry, depends_on: ["afternotok:train"], when: "{{ seed != 5 }}", command: '${noted(name, 'sorry', '0.1')}'}
`;

async function begin(name: string, words: readonly string[]): Promise<string> {
  const ran = await srunx(['flow', 'run', `${name}.yaml`, '--detach', ...words]);
  expect(ran.code, ran.stderr).toBe(0);
  return ran.stdout.trim();
}

/** From the first line of a cell to its last. */
function mostAtOnce(log: string): {
  readonly cells: number;
  readonly order: readonly number[];
  readonly tasks: number;
} {
  const lines = log.trim().split('\n');
  const cellOf = (line: string) => Number(line.split(' ')[0]);
  const last = new Map(lines.map((line, at) => [cellOf(line), at]));
  const open = new Set<number>();
  const order: number[] = [];
  let cells = 0;
  for (const [at, line] of lines.entries()) {
    const cell = cellOf(line);
    if (!order.includes(cell)) order.push(cell);
    open.add(cell);
    cells = Math.max(cells, open.size);
    if (last.get(cell) === at) open.delete(cell);
  }
  return { cells, order, tasks: lines.filter((line) => line.includes('+')).length };
}

describe.each(['--local', '--embedded'])('`max_parallel_cells` of a sweep on %s', (target) => {
  it('never lets more cells be under way, whatever becomes of their jobs', async () => {
    const name = `turns${target}`;
    write(`${name}.yaml`, workflow(name, '  max_parallel_cells: 3'));
    const id = await begin(name, [target]);
    await expect.poll(async () => (await status(id)).status, { timeout }).toBe('failed');
    const { jobs } = await status(id);
    expect(jobs).toEqual({
      prep: { completed: 12 },
      train: { completed: 7, failed: 4 },
      side: { completed: 11 },
      eval: { completed: 7, skipped: 4 },
      sorry: { completed: 4, skipped: 7 },
    });
    const { cells, order, tasks } = mostAtOnce(read(`${name}.log`));
    expect({ cells, tasks }).toEqual({ cells: 3, tasks: 45 });
    expect(order.slice(0, 3).toSorted()).toEqual([0, 1, 2]);
  });

  it('goes on where cells are cancelled before their turn, and holds beside a limit of each job', async () => {
    const name = `both${target}`;
    write(
      `${name}.yaml`,
      workflow(name, '  max_parallel: 1').replaceAll(
        '+ prep',
        `+ prep" >> ${name}.log; until test -e ${name}.go; do sleep 0.1; done; echo "$SRUNX_CELL . prep`,
      ),
    );
    const id = await begin(name, [target, '--max-parallel-cells', '2']);
    await expect.poll(async () => (await status(id)).jobs['prep'], { timeout }).toMatchObject({ running: 1 });
    // Turns are 0 2, 4 6, 8 10, 1 3, 7 9, 11 5. Of two that are cancelled one has the place of the other.
    const words = ['4', '8', '3', '9'].flatMap((cell) => ['--cell', cell]);
    expect((await srunx(['sweep', 'cancel', id, ...words])).code).toBe(0);
    // Then `sorry` of that cell runs, when its turn has come.
    expect((await srunx(['flow', 'cancel', id, '--job', 'prep#6'])).code).toBe(0);
    if (target === '--local') {
      const set = await srunx(['sweep', 'set', id, '--max-parallel', '3']);
      expect(set).toMatchObject({ code: 0, stderr: expect.stringContaining('no more than 2 cells are under way') });
    }
    write(`${name}.go`, '');
    await expect.poll(async () => (await status(id)).status, { timeout }).toBe('failed');
    const { cells, order } = mostAtOnce(read(`${name}.log`));
    expect(cells).toBe(2);
    expect(order.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 5, 6, 7, 10, 11]);
  });

  it('holds for what is added, also where cells of it are cancelled before their turn', async () => {
    const name = `added${target}`;
    const gate = (job: string) =>
      `until test -e ${name}.go{{ cell.index // 4 }}; do sleep 0.1; done; ${noted(name, job, '0.2')}`;
    write(
      `${name}.yaml`,
      `name: ${name}
sweep: {matrix: {x: [0, 1, 2, 3]}, max_parallel_cells: 2}
jobs:
  - {name: a, launcher: none, command: '${gate('a')}'}
  - {name: b, depends_on: ["afterany:a"], launcher: none, command: '${noted(name, 'b', '0.2')}'}
`,
    );
    const id = await begin(name, [target]);
    await expect.poll(async () => (await status(id)).jobs['a'], { timeout }).toMatchObject({ running: 2 });
    const extended = await srunx(['sweep', 'extend', id, '--add', 'x=4,5,6,7,8,9,10,11', '--detach']);
    expect(extended.code, extended.stderr).toBe(0);
    // While the first cells run, and so nothing of the others: 6 and 8 have the place of 4, and 7 that of 5.
    const early = await srunx(['sweep', 'cancel', id, ...['2', '6', '7'].flatMap((cell) => ['--cell', cell])]);
    expect(early.code, early.stderr).toBe(0);
    write(`${name}.go0`, '');
    await expect
      .poll(async () => (await status(id)).jobs['a'], { timeout })
      .toMatchObject({ completed: 3, running: 2 });
    expect((await srunx(['sweep', 'cancel', id, '--cell', '8'])).code).toBe(0);
    write(`${name}.go1`, '');
    write(`${name}.go2`, '');
    await expect.poll(async () => (await status(id)).status, { timeout }).toBe('cancelled');
    const { cells, order } = mostAtOnce(read(`${name}.log`));
    expect(cells).toBe(2);
    expect(order.toSorted((a, b) => a - b)).toEqual([0, 1, 3, 4, 5, 9, 10, 11]);
  });
});

it('is what the plan says, and a warning where it limits nothing', async () => {
  write('plan.yaml', workflow('plan', '  max_parallel_cells: 20'));
  const plan = await srunx(['flow', 'plan', 'plan.yaml', '--local']);
  expect(plan.stdout).toContain('at most 20 cells at once');
  expect(plan.stdout).toContain('warning: max_parallel_cells is 20, and there are only 12 cells: it limits nothing');
  expect(await json(['flow', 'plan', 'plan.yaml', '--local', '--max-parallel', '4'])).toMatchObject({
    max_parallel: 4,
    max_parallel_cells: 20,
  });
});

it('needs no request more than one for each task', async () => {
  write(
    'cost.yaml',
    `sweep: {matrix: {x: {range: [0, 100]}}, max_parallel_cells: 10}
jobs: [{name: a, command: "true"}, {name: b, depends_on: [a], command: "true"}]
`,
  );
  const { env } = cluster();
  const native = (...argv: readonly [string, ...string[]]) =>
    execFileSync(argv[0], argv.slice(1), { encoding: 'utf8', env: { ...process.env, ...env } });
  native('sdiag', '-r');
  const id = await begin('cost', ['--local']);
  const counted = (type: string) =>
    Number(new RegExp(`${type}\\s+\\(\\s*\\d+\\) count:(\\d+)`).exec(native('sdiag'))?.[1]);
  expect(counted('REQUEST_SUBMIT_BATCH_JOB')).toBe(2);
  expect(counted('REQUEST_UPDATE_JOB')).toBeLessThanOrEqual(200 + 2);
  await expect.poll(async () => (await status(id)).status, { timeout }).toBe('completed');
});
