import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSandbox } from './sandbox.ts';

const cluster = useDevCluster();
const { dir, srunx, json, write, read } = useSandbox(() => cluster().env);
const timeout = 30_000;

interface Sweep {
  readonly status: string;
  readonly jobs: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly cells_running: number;
  readonly max_parallel: number | null;
}

interface Cancelled {
  readonly cells: number;
  readonly jobs: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly failures: readonly unknown[];
}

const targets = ['--local', '--embedded'] as const;

/** Six cells, of which the first two train until the file `go` is there. */
async function begin(target: string, name: string): Promise<string> {
  write(
    `${name}.yaml`,
    `name: ${name}
sweep:
  matrix: {lr: [0.1, 0.01], seed: [1, 2, 3]}
  max_parallel: 2
jobs:
  - {name: train, command: "echo lr {{ lr }} seed {{ seed }}; until test -e ${name}.go; do sleep 0.1; done"}
  - {name: eval, command: "echo eval >> ${name}.done", depends_on: [train]}
`,
  );
  const ran = await srunx(['flow', 'run', target, `${name}.yaml`, '--detach']);
  expect(ran.code, ran.stderr).toBe(0);
  const id = ran.stdout.trim();
  await expect.poll(async () => (await status(id)).cells_running, { timeout }).toBe(2);
  return id;
}

const status = (id: string) => json<Sweep>(['sweep', 'status', id]);

describe.each(targets)('sweep cancel %s', (target) => {
  it('ends cells of which no job has begun, and lets the others go on to their end', async () => {
    const name = `pending${target}`;
    const id = await begin(target, name);
    expect(await json(['sweep', 'cancel', id, '--pending-only', '--dry-run'])).toMatchObject({ cells: 4, jobs: 8 });
    expect(await json<Cancelled>(['sweep', 'cancel', id, '--pending-only'])).toEqual({
      ...{ sweep_id: id, cells: 4, jobs: 8, failures: [] },
      outcomes: { cancelled: 8 },
    });
    const nothing = await srunx(['sweep', 'cancel', id, '--pending-only']);
    expect([nothing.code, nothing.stdout]).toEqual([0, '']);
    expect(nothing.stderr).toContain('nothing to cancel');
    write(`${name}.go`, '');
    await expect.poll(async () => (await status(id)).status, { timeout }).toBe('cancelled');
    expect((await status(id)).jobs['eval']).toMatchObject({ completed: 2, skipped: 4 });
    expect(read(`${name}.done`)).toBe('eval\neval\n');
  });

  it('ends some cells, then all of it, and changes nothing about what has ended', async () => {
    const id = await begin(target, `all${target}`);
    const ran = await srunx(['sweep', 'cancel', id, '--cell', '0', '--cell', 'lr=0.1']);
    expect([ran.code, ran.stdout]).toEqual([0, '2 jobs of 1 cell: cancelled\n']);
    expect((await json<Cancelled>(['sweep', 'cancel', id])).outcomes).toEqual({ cancelled: 10 });
    expect((await status(id)).status).toBe('cancelled');
    const again = await srunx(['sweep', 'cancel', id]);
    expect(again).toMatchObject({ code: 0, stdout: '', stderr: `srunx: nothing to cancel: run ${id} has ended\n` });
  });

  it('refuses what is no sweep, and cells that it does not have', async () => {
    write('plain.yaml', 'jobs:\n  - {name: a, command: "true"}\n');
    const plain = (await srunx(['flow', 'run', target, 'plain.yaml', '--detach'])).stdout.trim();
    const none = await srunx(['sweep', 'cancel', plain]);
    expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining('error[sweep.none]') });
    const id = await begin(target, `none${target}`);
    expect((await srunx(['sweep', 'cancel', id, '--cell', '17'])).code).toBe(7);
    expect((await srunx(['sweep', 'cancel', id])).code).toBe(0);
  });
});

describe.each(targets)('sweep pause and resume %s', (target) => {
  it('holds what waits until it is resumed, and lets go on what runs', async () => {
    const name = `paused${target}`;
    const id = await begin(target, name);
    const held = { sweep_id: id, tasks: 10, running: 2, let_alone: 0, failures: [] };
    expect(await json(['sweep', 'pause', id])).toEqual(held);
    expect(await json(['sweep', 'pause', id])).toEqual({ ...held, tasks: 0 });
    write(`${name}.go`, '');
    await expect.poll(async () => (await status(id)).jobs['train'], { timeout }).toEqual({ pending: 4, completed: 2 });
    expect(await status(id)).toMatchObject({ paused: true, tasks_held: 10 });
    expect((await srunx(['sweep', 'status', id])).stdout).toContain('paused: 10 tasks are held');
    expect((await srunx(['sweep', 'show', id])).stdout).toMatch(/ 5 .* pending .* held$/m);
    expect(await json(['sweep', 'resume', id])).toEqual({ ...held, tasks: 10, running: 0 });
    await expect.poll(async () => (await status(id)).status, { timeout }).toBe('completed');
    expect(await status(id)).toMatchObject({ paused: false, tasks_held: 0 });
    const ended = await srunx(['sweep', 'pause', id]);
    expect([ended.code, ended.stdout]).toEqual([0, '']);
    expect(ended.stderr).toContain('it has ended');
  });

  it('lets alone what the user has held before', async () => {
    const id = await begin(target, `own${target}`);
    const { cells } = await json<{ cells: { jobs: { job_id: string }[] }[] }>(['sweep', 'show', id]);
    const own = cells[5]?.jobs[1]?.job_id ?? '';
    expect((await srunx(['hold', target, own])).code).toBe(0);
    expect(await json(['sweep', 'pause', id])).toMatchObject({ tasks: 9, let_alone: 1 });
    const resumed = await srunx(['sweep', 'resume', id]);
    expect(resumed.stdout).toBe('9 tasks released; 2 tasks running\n');
    expect(resumed.stderr).toContain(`\`srunx release ${own}\``);
    // On the dev cluster the user is an administrator, and so is the hold.
    expect(await status(id)).toMatchObject({ paused: false, tasks_held: target === '--embedded' ? 1 : 0 });
    expect((await srunx(['sweep', 'cancel', id])).code).toBe(0);
  });
});

describe.each(targets)('sweep logs %s', (target) => {
  it('shows the logs of some cells, of the jobs that are named', async () => {
    const name = `logs${target}`;
    const id = await begin(target, name);
    write(`${name}.go`, '');
    const attached = await srunx(['sweep', 'attach', id, '-i', '0.2']);
    expect([attached.code, attached.stdout.includes('completed (6 of 6 cells ended: 6 completed)')]).toEqual([0, true]);
    const one = await srunx(['sweep', 'logs', id, 'train', '--cell', '4']);
    expect([one.code, one.stdout]).toEqual([0, expect.stringContaining('lr 0.01 seed 2')]);
    const paths = (...args: string[]) => json<{ job_id: string }[]>(['sweep', 'logs', id, '--path', ...args]);
    expect(await paths('--cell', 'lr=0.1')).toHaveLength(6);
    expect(await paths('train#1', 'eval', '--cell', '0', '--cell', '1')).toHaveLength(3);
    const wrong = await srunx(['sweep', 'logs', id, 'trian']);
    expect([wrong.code, wrong.stderr.includes('Each cell has: train, eval.')]).toEqual([7, true]);
  });
});

describe('sweep set', () => {
  it('changes how many tasks of each job run at once', async () => {
    const id = await begin('--local', 'limited');
    const set = await json<{ arrays: unknown[] }>(['sweep', 'set', id, '--max-parallel', '4']);
    expect(set.arrays).toMatchObject([
      { max_parallel: 4, outcome: 'done' },
      { max_parallel: 4, outcome: 'done' },
    ]);
    await expect.poll(async () => (await status(id)).cells_running, { timeout }).toBe(4);
    expect(await status(id)).toMatchObject({ max_parallel: 4 });
    // Whoever finds it in its plan directory knows that, too.
    const elsewhere = { env: { XDG_STATE_HOME: join(dir, 'other state') } };
    const found = await srunx(['sweep', 'status', id, '--json'], elsewhere);
    expect(JSON.parse(found.stdout)).toMatchObject({ max_parallel: 4, cells_running: 4 });
    expect((await srunx(['sweep', 'set', id])).code).toBe(2);
    expect((await srunx(['sweep', 'set', id, '--max-parallel', '0'])).code).toBe(2);
    expect((await srunx(['sweep', 'cancel', id])).code).toBe(0);
    await expect.poll(async () => (await status(id)).status, { timeout }).toBe('cancelled');
    const ended = await srunx(['sweep', 'set', id, '--max-parallel', '4']);
    expect([ended.code, ended.stderr]).toEqual([
      0,
      `srunx: sweep ${id} has ended: what is added to it will keep to that\n`,
    ]);
  });

  it('works where some arrays have ended', async () => {
    write(
      'partly.yaml',
      `sweep: {matrix: {seed: [1, 2, 3, 4]}, max_parallel: 2}
jobs:
  - {name: prep, command: "true"}
  - {name: train, depends_on: [prep], command: "until test -e partly.go; do sleep 0.1; done"}
`,
    );
    const id = (await srunx(['flow', 'run', '--local', 'partly.yaml', '--detach'])).stdout.trim();
    await expect
      .poll(async () => (await status(id)).jobs, { timeout })
      .toMatchObject({
        ...{ prep: { completed: 4 }, train: { running: 2 } },
      });
    const set = await json<{ arrays: unknown[] }>(['sweep', 'set', id, '--max-parallel', '3']);
    expect(set.arrays).toMatchObject([{ max_parallel: 3, outcome: 'done' }]);
    await expect.poll(async () => (await status(id)).jobs['train'], { timeout }).toEqual({ running: 3, pending: 1 });
    // Nothing waits any more.
    expect((await srunx(['sweep', 'set', id, '--max-parallel', '4'])).code).toBe(0);
    await expect.poll(async () => (await status(id)).jobs['train'], { timeout }).toEqual({ running: 4 });
    const last = await srunx(['sweep', 'set', id, '--max-parallel', '1']);
    expect([last.code, last.stderr]).toEqual([0, '']);
    expect(await status(id)).toMatchObject({ max_parallel: 1 });
    write('partly.go', '');
  });

  it('says that the embedded runner cannot', async () => {
    const id = await begin('--embedded', 'unlimited');
    const refused = await srunx(['sweep', 'set', id, '--max-parallel', '4']);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('error[usage.embedded]')]);
    expect((await srunx(['sweep', 'cancel', id])).code).toBe(0);
  });
});

it('flow cancel tells by counts what became of a sweep', async () => {
  const id = await begin('--local', 'counted');
  expect((await srunx(['flow', 'cancel', id])).stdout).toBe('12 jobs of 6 cells: cancelled\n');
  expect((await status(id)).status).toBe('cancelled');
});
