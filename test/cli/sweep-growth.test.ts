import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSandbox } from './sandbox.ts';

const cluster = useDevCluster();
const { srunx, json, write, read, work, dir } = useSandbox(() => cluster().env);
const timeout = 60_000;

interface Cell {
  readonly index: number;
  readonly status: string;
  readonly values: Readonly<Record<string, string | number>>;
  readonly jobs: readonly { readonly name: string; readonly state: string; readonly attempts: number }[];
}

interface Sweep {
  readonly sweep_id: string;
  readonly status: string;
  readonly directory: string;
  readonly cells: readonly Cell[];
}

const targets = ['--local', '--embedded'] as const;

const show = (id: string) => json<Sweep>(['sweep', 'show', id]);

async function start(target: string, name: string, text: string): Promise<string> {
  write(`${name}.yaml`, `name: ${name}\n${text}`);
  const ran = await srunx(['flow', 'run', target, `${name}.yaml`, '--detach']);
  expect(ran.code, ran.stderr).toBe(0);
  return ran.stdout.trim();
}

async function ended(id: string): Promise<Sweep> {
  await expect.poll(async () => (await show(id)).status, { timeout }).not.toMatch(/pending|running/);
  return show(id);
}

const statesOf = ({ cells }: Sweep) =>
  cells.map(({ index, jobs }) => `${index}: ${jobs.map(({ state }) => state).join(' ')}`);

const linesOf = (file: string) => read(file).trim().split('\n').sort();

/** So many tasks were at work at once at most. */
function mostAtOnce(text: string): number {
  let now = 0;
  return text.split('\n').reduce((most, line) => {
    if (line === '+') now += 1;
    if (line === '-') now -= 1;
    return Math.max(most, now);
  }, 0);
}

describe.each(targets)('sweep retry %s', (target) => {
  it('runs exactly what failed and what comes after it, with the values of what had completed', async () => {
    const name = `again${target}`;
    const id = await start(
      target,
      name,
      `sweep:
  matrix: {seed: [1, 2, 3, 4]}
  max_parallel: 4
jobs:
  - {name: train, launcher: none, command: "echo train {{ seed }} >> ${name}.ran; test {{ seed }} != 2 || test -e ${name}.ok && echo acc=0.{{ seed }} >> $SRUNX_EXPORTS"}
  - {name: eval, launcher: none, command: "echo eval {{ runtime.deps.train.acc }} >> ${name}.ran; test {{ seed }} != 3 || test -e ${name}.ok", depends_on: [train]}
  - {name: clean, launcher: none, command: "echo clean {{ seed }} >> ${name}.ran", depends_on: ["afternotok:eval"]}
`,
    );
    expect(statesOf(await ended(id))).toEqual([
      '0: completed completed skipped',
      '1: failed skipped completed',
      '2: completed failed completed',
      '3: completed completed skipped',
    ]);
    rmSync(join(work, `${name}.ran`));
    write(`${name}.ok`, '');
    const preview = await srunx(['sweep', 'retry', id, '--failed', '--dry-run']);
    expect(preview.stdout).toContain('sweep of 2 cells over seed, 5 tasks');
    expect((await srunx(['sweep', 'retry', id, '--failed', '--detach'])).code).toBe(0);
    const sweep = await ended(id);
    expect([sweep.status, ...statesOf(sweep)]).toEqual([
      'completed',
      '0: completed completed skipped',
      '1: completed completed skipped',
      '2: completed completed skipped',
      '3: completed completed skipped',
    ]);
    expect(linesOf(`${name}.ran`)).toEqual(['eval 0.2', 'eval 0.3', 'train 2']);
    expect(sweep.cells[1]?.jobs.map(({ attempts }) => attempts)).toEqual([2, 1, 1]);
    const nothing = await srunx(['sweep', 'retry', id, '--failed']);
    expect([nothing.code, nothing.stderr]).toEqual([2, expect.stringContaining('no cell is as asked for')]);
  });

  it('brings back what fail_fast has ended, and what was cancelled', async () => {
    const name = `ended${target}`;
    const id = await start(
      target,
      name,
      `sweep:
  matrix: {seed: [1, 2, 3]}
  max_parallel: 1
  fail_fast: true
jobs:
  - {name: train, launcher: none, command: "test -e ${name}.ok"}
`,
    );
    expect((await ended(id)).cells.map(({ status }) => status)).toEqual(['failed', 'cancelled', 'cancelled']);
    write(`${name}.ok`, '');
    expect((await srunx(['sweep', 'retry', id, '--cancelled', '--detach'])).code).toBe(0);
    expect((await ended(id)).cells.map(({ status }) => status)).toEqual(['failed', 'completed', 'completed']);
    expect((await srunx(['sweep', 'retry', id, '--cell', 'seed=1'])).code).toBe(0);
    expect((await show(id)).status).toBe('completed');
  });
});

describe.each(targets)('sweep extend %s', (target) => {
  it('adds cells to a sweep that runs, never more at once than it allows', async () => {
    const name = `more${target}`;
    const id = await start(
      target,
      name,
      `sweep:
  matrix: {lr: [0.1, 0.01], seed: [1, 2]}
  max_parallel: 2
jobs:
  - {name: train, launcher: none, command: "echo + >> ${name}.at; sleep 0.5; echo - >> ${name}.at; echo {{ lr * 2 }} {{ cell.name }} >> ${name}.ran"}
  - {name: eval, launcher: none, command: "true", depends_on: [train]}
`,
    );
    const added = await srunx(['sweep', 'extend', id, '--add', 'lr=0.5', '--add', 'seed=3', '--detach']);
    expect([added.code, added.stdout.trim()]).toEqual([0, id]);
    expect(added.stderr).toContain('5 cells, 10 tasks in 2 arrays');
    expect((await show(id)).cells).toHaveLength(9);
    const sweep = await ended(id);
    expect([sweep.status, sweep.cells.length]).toEqual(['completed', 9]);
    expect(sweep.cells.at(-1)).toMatchObject({ index: 8, values: { lr: 0.5, seed: 3 } });
    expect(mostAtOnce(read(`${name}.at`))).toBeLessThanOrEqual(2);
    expect(linesOf(`${name}.ran`).filter((line) => line.startsWith('1.0 '))).toEqual([
      '1.0 lr-0.5_seed-1',
      '1.0 lr-0.5_seed-2',
      '1.0 lr-0.5_seed-3',
    ]);
  });

  it('refuses what is not new, is no axis, or would not be the same workflow', async () => {
    const name = `same${target}`;
    const text = `args: {word: hello}\nsweep: {matrix: {x: [1, 2]}, max_parallel: 2}\njobs:\n  - {name: a, launcher: none, command: "echo {{ word }} {{ x }}"}\n`;
    const id = await start(target, name, text);
    const extend = (...words: readonly string[]) => srunx(['sweep', 'extend', id, ...words]);
    expect((await extend()).stderr).toContain('nothing is to be added');
    expect((await extend('--add', 'x=2')).stderr).toContain('error[sweep.nothing_new]');
    expect((await extend('--add', 'y=2')).stderr).toContain('It has x; a new axis is a new sweep.');
    expect((await extend('--add', 'x=3,4,5', '--max-cells', '4')).stderr).toContain('would have 5 cells, and 4');
    write(`${name}.yaml`, `name: ${name}\n${text.replace('echo', 'printf')}`);
    const changed = await extend('--add', 'x=3');
    expect([changed.code, changed.stderr]).toEqual([8, expect.stringContaining('error[sweep.file_changed]')]);
    expect((await ended(id)).cells).toHaveLength(2);
    rmSync(join(work, `${name}.yaml`));
    const gone = await extend('--add', 'x=3');
    expect([gone.code, gone.stderr]).toEqual([7, expect.stringContaining(`which is not there any more`)]);
    write(`${name}.yaml`, `name: ${name}\n${text}`);
    // What was refused has left nothing behind that would be in the way.
    expect((await extend('--add', 'x=3')).code).toBe(0);
    expect(statesOf(await show(id))).toEqual(['0: completed', '1: completed', '2: completed']);
  });
});

describe.each(targets)('a sweep with reduce, that grows %s', (target) => {
  it('gathers all of its cells once more, as they ended last', async () => {
    const name = `reduced${target}`;
    const id = await start(
      target,
      name,
      `sweep: {matrix: {x: [1, 2]}, max_parallel: 2}
jobs:
  - {name: a, launcher: none, command: "echo v={{ x }} >> $SRUNX_EXPORTS; until test -e ${name}.go; do sleep 0.1; done; test {{ x }} != 2 || test -e ${name}.ok"}
  - {name: b, launcher: none, command: "true", depends_on: [a]}
reduce:
  - {name: sum, launcher: none, command: "cp $SRUNX_CELLS ${name}.cells; echo done >> ${name}.sums"}
`,
    );
    // The first one has not come to its turn, and is not needed any more.
    expect((await srunx(['sweep', 'extend', id, '--add', 'x=3', '--detach'])).code).toBe(0);
    write(`${name}.go`, '');
    expect((await ended(id)).status).toBe('failed');
    expect(read(`${name}.sums`)).toBe('done\n');
    const cells = () =>
      read(`${name}.cells`)
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
        .map(({ index, state, jobs }) => [index, state, jobs.a.state, jobs.a.exports.v, jobs.b.state]);
    expect(cells()).toEqual([
      [0, 'completed', 'completed', '1', 'completed'],
      [1, 'failed', 'failed', '2', 'skipped'],
      [2, 'completed', 'completed', '3', 'completed'],
    ]);
    write(`${name}.ok`, '');
    expect((await srunx(['sweep', 'retry', id, '--failed'])).code).toBe(0);
    expect(cells()[1]).toEqual([1, 'completed', 'completed', '2', 'completed']);
    expect(read(`${name}.sums`)).toBe('done\ndone\n');
  });
});

describe('what is added to a sweep', () => {
  it('keeps to the limit that it has been given since', async () => {
    const id = await start(
      '--local',
      'limited',
      `sweep: {matrix: {x: [1]}, max_parallel: 4}
jobs:
  - {name: a, launcher: none, command: "echo + >> limited.at; sleep 0.6; echo - >> limited.at"}
`,
    );
    await ended(id);
    const set = await srunx(['sweep', 'set', id, '--max-parallel', '1']);
    expect([set.code, set.stderr]).toEqual([0, expect.stringContaining('what is added to it will keep to that')]);
    expect((await srunx(['sweep', 'extend', id, '--add', 'x=2,3,4'])).code).toBe(0);
    expect(mostAtOnce(read('limited.at'))).toBe(1);
  });

  it.each(targets)('ends by its own fail_fast on %s, also where it waits for nothing any more', async (target) => {
    const name = `again-fast${target}`;
    const id = await start(
      target,
      name,
      `sweep: {matrix: {x: [1, 2, 3, 4]}, max_parallel: 1, fail_fast: {after: 4}}
jobs:
  - {name: a, launcher: none, command: "true"}
  - {name: b, launcher: none, depends_on: [a], command: "echo {{ x }} >> ${name}.ran; exit 3"}
`,
    );
    await ended(id);
    rmSync(join(work, `${name}.ran`));
    // Each retry counts from nothing.
    expect((await srunx(['sweep', 'retry', id, '--failed'])).code).toBe(4);
    expect(linesOf(`${name}.ran`)).toHaveLength(4);
  });

  it('stops after as many failures of its own as the sweep allows', async () => {
    const id = await start(
      '--local',
      'enough',
      `sweep: {matrix: {x: [1, 2, 3, 4]}, max_parallel: 4, fail_fast: {after: 2}}
jobs:
  - {name: a, launcher: none, command: "true"}
  - {name: b, launcher: none, depends_on: [a], command: "echo {{ x }} >> enough.ran; until test $(wc -l < enough.ran) -ge 4; do sleep 0.1; done; exit 3"}
`,
    );
    expect((await ended(id)).cells.map(({ status }) => status)).toEqual(['failed', 'failed', 'failed', 'failed']);
    expect((await srunx(['sweep', 'set', id, '--max-parallel', '1'])).code).toBe(0);
    expect((await srunx(['sweep', 'retry', id, '--failed'])).code).toBe(4);
    expect(linesOf('enough.ran')).toHaveLength(6);
    expect((await show(id)).cells.map(({ jobs }) => jobs[1]?.state).sort()).toEqual([
      ...['failed', 'failed', 'skipped', 'skipped'],
    ]);
  });

  it('has not begun while it waits, whatever its cells were before', async () => {
    const id = await start(
      '--local',
      'again-pending',
      `sweep: {matrix: {x: [1, 2, 3]}, max_parallel: 1}
jobs:
  - {name: a, launcher: none, command: "until test -e pending.go; do sleep 0.1; done"}
  - {name: clean, launcher: none, depends_on: ["afternotok:a"], command: "true"}
`,
    );
    await expect.poll(async () => statesOf(await show(id))[0], { timeout }).toMatch(/^0: running/);
    expect((await srunx(['sweep', 'cancel', id, '--cell', '2'])).code).toBe(0);
    expect((await srunx(['sweep', 'retry', id, '--cell', '2', '--detach'])).code).toBe(0);
    expect(await json(['sweep', 'cancel', id, '--pending-only'])).toMatchObject({ cells: 2 });
    write('pending.go', '');
    expect((await ended(id)).cells.map(({ status }) => status)).toEqual(['completed', 'cancelled', 'cancelled']);
  });

  it('is seen by who has looked at the ended sweep by its directory', async () => {
    const text = 'sweep: {matrix: {x: [1, 2]}, max_parallel: 2}\njobs: [{name: a, launcher: none, command: "true"}]\n';
    const id = await start('--local', 'elsewhere', text);
    const { directory } = await ended(id);
    const env = { XDG_STATE_HOME: join(dir, 'other.state'), XDG_DATA_HOME: join(dir, 'other.data') };
    const cells = async () => JSON.parse((await srunx(['sweep', 'show', directory, '--json'], { env })).stdout).cells;
    expect(await cells()).toHaveLength(2);
    expect((await srunx(['sweep', 'extend', id, '--add', 'x=3'])).code).toBe(0);
    expect(await cells()).toHaveLength(3);
    expect((await srunx(['sweep', 'extend', directory, '--add', 'x=4'], { env })).code).toBe(0);
    expect(statesOf(await show(id))).toHaveLength(4);
  });
});

describe('a sweep that has grown', () => {
  it('is compared with others, and its cells with each other', async () => {
    const text = (values: string, word: string) =>
      `sweep: {matrix: {x: [${values}]}, max_parallel: 2}\njobs:\n  - {name: a, launcher: none, command: "test {{ x }} != ${word}"}\n`;
    const one = await start('--embedded', 'one', text('1, 2', '2'));
    const other = await start('--embedded', 'other', text('1, 2, 3', '3'));
    await Promise.all([ended(one), ended(other)]);
    expect((await srunx(['sweep', 'extend', one, '--add', 'x=4'])).code).toBe(4);
    const diff = await srunx(['sweep', 'diff', one, other]);
    expect(diff.stdout).toContain('axis x: 1, 2, 4 -> 1, 2, 3\n');
    expect(diff.stdout).toContain(`--- ${one}/one.yaml\n+++ ${other}/other.yaml\n`);
    expect(diff.stdout).toContain('+test 1 != 3\n');
    expect(diff.stdout).toMatch(/^x=2 +failed +- +completed/m);
    expect(diff.stdout).not.toMatch(/^x=[134]/m);
    const cells = await srunx(['sweep', 'diff', one, '--cell', '1', '--cell', '2']);
    expect(cells.stdout).toContain('x: 2 -> 4\n');
    expect(cells.stdout).toContain('+test 4 != 2\n');
    expect(cells.stdout).toContain('ended: failed -> completed\n');
    expect((await srunx(['sweep', 'diff', one])).stderr).toContain('write --cell twice');
    expect((await srunx(['sweep', 'diff', one, '--cell', '1', '--cell', '9'])).code).toBe(7);
  });

  it('is seen from everywhere, and ended, held and let go with the rest', async () => {
    const name = 'seen';
    const id = await start(
      '--local',
      name,
      `sweep: {matrix: {x: [1, 2]}, max_parallel: 1}\njobs:\n  - {name: a, launcher: none, command: "until test -e ${name}.go; do sleep 0.1; done"}\n`,
    );
    const other = { XDG_STATE_HOME: join(dir, `${name}.state`) };
    expect(JSON.parse((await srunx(['sweep', 'show', id, '--json'], { env: other })).stdout).cells).toHaveLength(2);
    expect((await srunx(['sweep', 'extend', id, '--add', 'x=3', '--detach'], { env: other })).code).toBe(0);
    expect((await show(id)).cells).toHaveLength(3);
    expect((await srunx(['sweep', 'extend', id, '--add', 'x=4', '--detach'])).code).toBe(0);
    const third = { XDG_STATE_HOME: join(dir, `${name}.third`) };
    expect(JSON.parse((await srunx(['sweep', 'show', id, '--json'], { env: third })).stdout).cells).toHaveLength(4);
    expect(readdirSync(join((await show(id)).directory, 'parts'))).toEqual(['1', '2']);
    await expect.poll(async () => statesOf(await show(id))[0], { timeout }).toBe('0: running');
    expect((await json<{ tasks: number }>(['sweep', 'pause', id])).tasks).toBe(3);
    expect((await json<{ tasks: number }>(['sweep', 'resume', id])).tasks).toBe(3);
    expect((await srunx(['sweep', 'cancel', id, '--cell', 'x=4'])).code).toBe(0);
    write(`${name}.go`, '');
    expect((await ended(id)).cells.map(({ status }) => status)).toEqual([
      ...['completed', 'completed', 'completed', 'cancelled'],
    ]);
  });
});
