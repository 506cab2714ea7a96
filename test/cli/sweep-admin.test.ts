import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSandbox } from './sandbox.ts';

const cluster = useDevCluster();
const { srunx, json, write, read } = useSandbox(() => cluster().env);
const timeout = 30_000;

interface Run {
  readonly status: string;
  readonly jobs: readonly {
    readonly name: string;
    readonly job_id: string;
    readonly state: string;
    readonly reason: string | null;
  }[];
}

function native(command: string, ...args: readonly string[]): void {
  const { status, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    env: { ...process.env, ...cluster().env },
  });
  expect(status, stderr).toBe(0);
}

const stages = ['train', 'eval', 'post', 'mixed', 'sorry', 'clean'] as const;

/** Six cells, of which the first two train until `go` is there; `more` are keys of that job, `first` is what it does before. */
async function begin(name: string, { more = '', first = '' } = {}): Promise<string> {
  const note = (job: string) => `echo ${job}#$SRUNX_CELL >> ${name}.ran`;
  write(
    `${name}.yaml`,
    `name: ${name}
sweep: {matrix: {n: [0, 1, 2, 3, 4, 5]}, max_parallel: 2}
jobs:
  - {name: prep, command: "true"}
  - {name: train, launcher: none, command: '${note('train')}; ${first}until test -e ${name}.go; do sleep 0.1; done'${more}}
  - {name: eval, command: "${note('eval')}", depends_on: [train]}
  - {name: post, command: "${note('post')}", depends_on: [eval]}
  - {name: mixed, command: "${note('mixed')}", depends_on: [train, "afterany:prep"]}
  - {name: sorry, command: "${note('sorry')}", depends_on: ["afternotok:train"]}
  - {name: clean, command: "${note('clean')}", depends_on: ["afterany:train"]}
`,
  );
  const ran = await srunx(['flow', 'run', '--local', `${name}.yaml`, '--detach']);
  expect(ran.code, ran.stderr).toBe(0);
  // Without a look: the first one is to come when the administrator has been there.
  const id = ran.stdout.trim();
  await expect.poll(() => linesOf(name).length, { timeout }).toBe(2);
  // On a slow machine `prep` may take longer, and would be counted among what runs.
  await expect.poll(() => queueOf(id).filter((row) => row.includes(' prep ')), { timeout }).toEqual([]);
  return id;
}

/** What has not ended, a line for each task or group of tasks. */
function queueOf(id: string, ...words: readonly string[]): readonly string[] {
  const { stdout } = spawnSync('squeue', ['-h', '-o', '%F %j %o', ...words], {
    encoding: 'utf8',
    env: { ...process.env, ...cluster().env },
  });
  return stdout.split('\n').filter((line) => line.includes(id));
}

function linesOf(name: string): readonly string[] {
  try {
    return read(`${name}.ran`).trim().split('\n').sort();
  } catch {
    return [];
  }
}

const look = (id: string) => json<Run>(['flow', 'status', id]);

async function cellOf(id: string, cell: number): Promise<Readonly<Record<string, string>>> {
  const { jobs } = await look(id);
  const own = jobs.filter(({ name }) => stages.some((stage) => name === `${stage}#${cell}`));
  return Object.fromEntries(own.map(({ name, state, reason }) => [name.replace(/#.*/, ''), words(state, reason)]));
}

function words(state: string, reason: string | null): string {
  return reason === null ? state : `${state}: ${reason}`;
}

/** By the id of a task of it that is known; without a look of srunx where it is not needed. */
function arrayOf(id: string, stage: string): string {
  const row = queueOf(id, '--states=all').find((line) => line.includes(` ${stage} `));
  return row?.split(' ')[0] ?? '';
}

const completed = (cell: number) => ({
  ...{ train: 'completed', eval: 'completed', post: 'completed', mixed: 'completed', clean: 'completed' },
  sorry: `skipped: train#${cell} completed (afternotok)`,
});
const cancelled = (cell: number) => ({
  train: 'cancelled',
  ...{ eval: `skipped: train#${cell} cancelled (afterok)`, mixed: `skipped: train#${cell} cancelled (afterok)` },
  ...{ post: `skipped: eval#${cell} skipped (afterok)`, sorry: 'completed', clean: 'completed' },
});

describe('an administrator', () => {
  it('cancels a task that runs, and some that wait: their cells end at once as their edges say, the others as ever', async () => {
    const name = 'cancels';
    const id = await begin(name);
    const train = arrayOf(id, 'train');
    native('scancel', `${train}_0`);
    native('scancel', `${train}_[3-4]`);
    for (const cell of [0, 3, 4]) await expect.poll(() => cellOf(id, cell), { timeout }).toEqual(cancelled(cell));
    expect((await look(id)).status).toBe('running');
    write(`${name}.go`, '');
    for (const cell of [1, 2, 5]) await expect.poll(() => cellOf(id, cell), { timeout }).toEqual(completed(cell));
    expect((await look(id)).status).toBe('cancelled');
    const tried = [0, 1, 2, 5].map((cell) => `train#${cell}`);
    const ended = (stage: string, cells: readonly number[]) => cells.map((cell) => `${stage}#${cell}`);
    expect(linesOf(name)).toEqual(
      [
        ...tried,
        ...['eval', 'post', 'mixed'].flatMap((stage) => ended(stage, [1, 2, 5])),
        ...[...ended('sorry', [0, 3, 4]), ...ended('clean', [0, 1, 2, 3, 4, 5])],
      ].sort(),
    );
  });

  it('cancels one that waits while nobody looks: what needs it does not run', async () => {
    const name = 'unseen';
    const id = await begin(name);
    native('scancel', `${arrayOf(id, 'train')}_4`);
    write(`${name}.go`, '');
    await expect.poll(() => linesOf(name).filter((line) => line.startsWith('post')).length, { timeout }).toBe(5);
    await expect.poll(() => cellOf(id, 4), { timeout }).toEqual(cancelled(4));
    expect(linesOf(name).filter((line) => /#4$/.test(line))).toEqual(['clean#4', 'sorry#4']);
  });

  it('holds one of many that wait: it is known which, and a pause leaves it as it is, however often', async () => {
    const name = 'holds';
    const id = await begin(name);
    const train = arrayOf(id, 'train');
    native('scontrol', 'uhold', `${train}_3`);
    const trains = async () =>
      (await look(id)).jobs.flatMap(({ name: job, reason }) => (job.startsWith('train#') ? [reason] : [])).slice(2);
    expect(await trains()).toEqual(['JobArrayTaskLimit', 'JobHeldUser', 'JobArrayTaskLimit', 'JobArrayTaskLimit']);
    expect(await json(['sweep', 'pause', id])).toMatchObject({ let_alone: 1, running: 2 });
    const resumed = await srunx(['sweep', 'resume', id]);
    expect(resumed.stderr).toContain(`\`srunx release ${train}_3\``);
    const again = await srunx(['sweep', 'resume', id]);
    expect([again.code, again.stdout]).toEqual([0, '']);
    expect(await json(['sweep', 'status', id])).toMatchObject({ paused: false, tasks_held: 1 });
    write(`${name}.go`, '');
    await expect.poll(() => cellOf(id, 5), { timeout }).toEqual(completed(5));
    expect((await cellOf(id, 3))['train']).toBe('pending: JobHeldUser');
    native('scontrol', 'release', `${train}_3`);
    await expect.poll(() => cellOf(id, 3), { timeout }).toEqual(completed(3));
  });

  it('puts tasks back into the queue, running, completed or held: they keep their ids, and their children wait', async () => {
    const name = 'requeues';
    const id = await begin(name);
    const train = arrayOf(id, 'train');
    native('scontrol', 'requeue', `${train}_0`);
    native('scontrol', 'requeuehold', `${train}_1`);
    await expect
      .poll(async () => (await cellOf(id, 1))['train'], { timeout })
      .toBe('pending: job requeued in held state');
    expect(await json(['sweep', 'status', id])).toMatchObject({ tasks_held: 1 });
    write(`${name}.go`, '');
    await expect.poll(() => cellOf(id, 5), { timeout }).toEqual(completed(5));
    native('scontrol', 'requeue', `${train}_5`);
    native('scontrol', 'release', `${train}_1`);
    // Slurm waits two minutes before it starts again what was requeued.
    for (const cell of [0, 1, 5]) native('scontrol', 'update', `jobid=${train}_${cell}`, 'starttime=now');
    for (const cell of [0, 1, 5]) await expect.poll(() => cellOf(id, cell), { timeout }).toEqual(completed(cell));
    const { status, jobs } = await look(id);
    expect(status).toBe('completed');
    const ids = jobs.filter(({ name: job }) => job.startsWith('train#')).map(({ job_id: jobId }) => jobId);
    expect(ids).toEqual([0, 1, 2, 3, 4, 5].map((cell) => `${train}_${cell}`));
    const counts = Object.groupBy(linesOf(name), (line) => line);
    expect(Object.keys(counts).filter((line) => counts[line]?.length !== 1)).toEqual(['train#0', 'train#1', 'train#5']);
  });

  it('changes the limits of a sweep, and suspends a task of it', async () => {
    const name = 'changes';
    const id = await begin(name);
    const train = arrayOf(id, 'train');
    native('scontrol', 'suspend', `${train}_0`);
    expect((await cellOf(id, 0))['train']).toBe('running: suspended');
    native('scontrol', 'update', `jobid=${train}_4`, 'timelimit=7', 'partition=cpu');
    native('scontrol', 'update', `jobid=${train}`, 'ArrayTaskThrottle=4');
    await expect.poll(() => linesOf(name).length, { timeout }).toBe(4);
    write(`${name}.go`, '');
    await expect.poll(() => cellOf(id, 4), { timeout }).toEqual(completed(4));
    expect((await cellOf(id, 0))['eval']).toMatch(/^pending/);
    native('scontrol', 'resume', `${train}_0`);
    await expect.poll(async () => (await look(id)).status, { timeout }).toBe('completed');
  });
});

it('a task that retries while its sweep is paused waits, too, and goes on with it', async () => {
  const name = 'retries';
  const first = `[ $SRUNX_ATTEMPT -lt 2 ] || exit 0; until test -e ${name}.fail; do sleep 0.1; done; exit 1; `;
  const id = await begin(name, { more: ', retry: {max: 2, delay: 1}', first });
  const train = arrayOf(id, 'train');
  native('scontrol', 'uhold', `${train}_5`);
  expect(await json(['sweep', 'pause', id])).toMatchObject({ running: 2, let_alone: 1 });
  write(`${name}.fail`, '');
  const trains = async (...cells: readonly number[]) => {
    const { jobs } = await look(id);
    return cells.map((cell) => {
      const job = jobs.find((one) => one.name === `train#${cell}`);
      return words(job?.state ?? '', job?.reason ?? null);
    });
  };
  const held = 'pending: JobHeldUser';
  await expect.poll(() => trains(0, 1, 4), { timeout }).toEqual([held, held, held]);
  const resumed = await srunx(['sweep', 'resume', id]);
  expect(resumed.stderr).toContain(`\`srunx release ${train}_5\``);
  await expect.poll(() => trains(0, 1, 5), { timeout }).toEqual(['completed', 'completed', held]);
  expect((await srunx(['sweep', 'cancel', id])).code).toBe(0);
});
