import { describe, expect, it } from 'vitest';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSandbox } from './sandbox.ts';

const cluster = useDevCluster();
const { srunx, json, write, read } = useSandbox(() => cluster().env);
const timeout = 60_000;

interface Sweep {
  readonly status: string;
  readonly max_parallel: number;
  readonly max_parallel_cells: number | null;
  readonly eta_seconds: number | null;
  readonly cell_count: number;
  readonly cells_skipped: number;
  readonly cells_completed: number;
  readonly cells_running: number;
}

const status = (id: string) => json<Sweep>(['sweep', 'status', id]);

/** Of six cells two have no job, one fails, and one waits for a file. */
async function begin(target: string, name: string): Promise<string> {
  write(
    `${name}.yaml`,
    `name: ${name}
sweep: {matrix: {x: [1, 2, 3, 4, 5, 6]}, max_parallel: 2}
jobs:
  - name: train
    when: "{{ x < 5 }}"
    command: 'echo needle{{ x }}; [ {{ x }} -ne 3 ] || until test -e ${name}.go; do sleep 0.1; done; sleep 1; exit {{ 1 if x == 2 else 0 }}'
  - {name: eval, when: "{{ x < 5 }}", depends_on: [train], command: "true"}
`,
  );
  const ran = await srunx(['flow', 'run', target, `${name}.yaml`, '--detach']);
  expect(ran.code, ran.stderr).toBe(0);
  return ran.stdout.trim();
}

describe.each(['--local', '--embedded'])('a sweep on %s', (target) => {
  it('tells how much is left, which cells never had a job, and the same when it is attached to', async () => {
    const name = `left${target}`;
    const id = await begin(target, name);
    const early = await status(id);
    expect(early).toMatchObject({ max_parallel: 2, max_parallel_cells: null, cell_count: 6, cells_skipped: 2 });
    expect(early.cells_completed > 0 || early.eta_seconds === null).toBe(true);
    await expect.poll(async () => (await status(id)).cells_completed, { timeout }).toBe(2);
    expect((await status(id)).eta_seconds).toEqual(expect.any(Number));
    const told = (await srunx(['sweep', 'status', id])).stdout;
    expect(told).toContain('(5 of 6 cells ended: 2 completed, 1 failed, 2 skipped, 1 running)');
    expect(told).toMatch(/^at most 2 tasks of each job at once, about \d+:\d\d left$/m);
    write(`${name}.go`, '');
    const attached = await srunx(['sweep', 'attach', id, '--json']);
    expect(attached.code).toBe(4);
    expect(JSON.parse(attached.stdout)).toEqual(await status(id));
    expect(await status(id)).toMatchObject({ status: 'failed', eta_seconds: null, cells_completed: 3 });
    const { cells } = await json<{ cells: unknown[] }>(['sweep', 'show', id, '--state', 'skipped']);
    expect(cells).toEqual([4, 5].map((index) => ({ index, values: { x: index + 1 }, status: 'skipped', jobs: [] })));
    expect((await srunx(['sweep', 'show', id, '--cell', 'x=6'])).stdout).toMatch(/5 {2}x=6 {5}skipped/);
    const [listed] = await json<Sweep[]>(['sweep', 'list']);
    expect(listed).toMatchObject({ cell_count: 6, cells_skipped: 2, cells_completed: 3 });
  });
});

it('flow graph draws the workflow of a sweep once, with how many tasks are in which state', async () => {
  const id = await begin('--embedded', 'drawn');
  write('drawn.go', '');
  await srunx(['sweep', 'attach', id, '-q']);
  const drawn = await srunx(['flow', 'graph', id]);
  expect(drawn.stdout).toContain(`drawn, sweep ${id} of 6 cells: failed`);
  expect(drawn.stdout).toContain('train ×4  3 completed, 1 failed');
  expect(drawn.stdout).toContain('eval ×4  3 completed, 1 skipped');
  const { nodes } = await json<{ nodes: { id: string; count: number; state: string }[] }>(['flow', 'graph', id]);
  expect(nodes).toMatchObject([
    { id: 'train', count: 4 },
    { id: 'eval', count: 4 },
  ]);
  expect((await srunx(['flow', 'graph', id, '--expand'])).stdout).toContain('train#3');
});

it('the history finds a script that is not the same in all cells', async () => {
  const id = await begin('--embedded', 'found');
  write('found.go', '');
  await srunx(['sweep', 'attach', id, '-q']);
  const { stdout } = await srunx([
    'history',
    '--embedded',
    '--search',
    'needle1',
    '--workflow',
    id,
    '--format',
    'csv',
    '-o',
    'name',
  ]);
  expect(stdout).toContain('train#0');
});

it('lists say where they stop, but not where somebody has said so', async () => {
  write(
    'many.yaml',
    'sweep: {matrix: {x: [1]}, max_parallel: 1}\njobs: [{name: a, launcher: none, command: "true"}]\n',
  );
  const before = await json<unknown[]>(['sweep', 'list', '-n', '20']);
  for (let left = 20 - before.length; left > 0; left -= 1) {
    expect((await srunx(['flow', 'run', '--embedded', 'many.yaml', '--detach'])).code).toBe(0);
  }
  // Twenty are all that there are.
  expect((await srunx(['sweep', 'list'])).stderr).toBe('');
  expect((await srunx(['flow', 'run', '--embedded', 'many.yaml', '--detach'])).code).toBe(0);
  for (const noun of ['sweep', 'flow']) {
    const listed = await srunx([noun, 'list', '--json']);
    expect([JSON.parse(listed.stdout).length, listed.stderr]).toEqual([
      20,
      'srunx: the newest 20; --limit shows more\n',
    ]);
    expect((await srunx([noun, 'list', '-n', '1'])).stderr).toBe('');
  }
});

it('values of axes are in JSON what they are in the file', async () => {
  write(
    'typed.yaml',
    `sweep:
  matrix: {lr: [0.10, 1e-5], flag: [true], word: ["7"], far: [.inf], data: {small: {rows: 5}}}
  max_parallel: 2
jobs: [{name: a, launcher: none, command: 'cp "$SRUNX_CELL_DIR/params.json" typed.{{ cell.index }}'}]
`,
  );
  const ran = await srunx(['flow', 'run', '--embedded', 'typed.yaml', '--sweep', 'seed=3', '-q']);
  expect(ran.code, ran.stderr).toBe(0);
  const { sweep_id: id, cells } = await json<{ sweep_id: string; cells: { values: unknown }[] }>(['sweep', 'show']);
  const common = { flag: true, word: '7', far: '.inf', data: 'small', seed: '3' };
  expect(cells.map(({ values }) => values)).toEqual([
    { lr: 0.1, ...common },
    { lr: 0.00001, ...common },
  ]);
  expect(JSON.parse(read('typed.0'))).toMatchObject({ lr: 0.1, flag: true, word: '7', seed: '3' });
  // For people, and to choose by, they stay as they were written.
  expect((await srunx(['sweep', 'show', id, '--cell', 'lr=0.10'])).stdout).toContain('lr=0.10');
});
