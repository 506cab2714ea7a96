import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitUntil } from '../../dev/processes.ts';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSandbox } from './sandbox.ts';

const cluster = useDevCluster();
const sandbox = useSandbox(() => cluster().env);
const { srunx, json, submit, dir } = sandbox;

interface Job {
  readonly job_id: string;
  readonly name: string;
  readonly status: string;
  readonly partition: string;
  readonly user: string;
  readonly account: string;
  readonly qos: string;
  readonly nodelist: string;
}

const hostileNames = ['[red] a|b', 'c\'d "e"', '$(x) `y`', '日本語', 'x\x1b[31my', 'z'.repeat(500), 'tab\there'];

describe('srunx squeue', () => {
  const ids: Record<string, string> = {};
  const mine = (...args: readonly string[]) => ['squeue', '-j', Object.values(ids).join(','), ...args];

  beforeAll(async () => {
    ids['held'] = await submit(['-H', '-J', 'held', '-p', 'cpu', '--wrap', 'true']);
    ids['array'] = await submit(['-H', '-J', 'many', '-p', 'gpu', '-a', '0-99:3%2', '--wrap', 'true']);
    ids['running'] = await submit(['-J', 'runs', '-p', 'cpu', '-G', '1', '-t', '10', '--wrap', 'sleep 600']);
    await waitUntil(async () => (await json<Job[]>(mine('-t', 'R'))).length === 1, 30_000);
  }, 60_000);
  afterAll(async () => {
    await srunx(['scancel', ...Object.values(ids)]);
  });

  it('shows one line per job, and one for the unstarted tasks of an array', async () => {
    const { code, stdout, stderr } = await srunx(mine('-a'));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {2,}/).map((cell) => cell.trim()));
    const user = lines[1]?.[1];
    expect(lines[0]?.join(' ')).toBe('JOBID USER NAME PARTITION STATE NODES CPUS GPUS TIME LIMIT NODELIST(REASON)');
    expect(lines[1]?.slice(0, 5)).toEqual([ids['held'], user, 'held', 'cpu', 'PENDING']);
    expect(lines[2]?.slice(0, 5)).toEqual([
      expect.stringMatching(`^${ids['array']}_\\[0-99:3%2\\]$`),
      user,
      'many',
      'gpu',
      'PENDING',
    ]);
    expect(lines[3]?.slice(0, 8)).toEqual([ids['running'], user, 'runs', 'cpu', 'RUNNING', '1', '1', '1']);
    expect(lines[3]?.[9]).toBe('10:00');
  });

  it.each([
    [
      ['-t', 'PENDING'],
      ['held', 'many'],
    ],
    [
      ['-t', 'pd'],
      ['held', 'many'],
    ],
    [['-t', 'R,CG'], ['runs']],
    [['-p', 'gpu'], ['many']],
    [
      ['-p', 'cpu', '-p', 'gpu'],
      ['held', 'many', 'runs'],
    ],
    [
      ['-n', 'held,runs'],
      ['held', 'runs'],
    ],
    [['-n', 'held', '-t', 'RUNNING'], []],
    [['-p', 'no-such-partition'], []],
    [['--me', '-t', 'all', '-n', 'many'], ['many']],
  ])('filters by %j', async (args, names) => {
    expect((await json<Job[]>(mine(...args))).map(({ name }) => name)).toEqual(names);
  });

  it('says what Slurm says of an unknown user', async () => {
    const ran = await srunx(['squeue', '-u', 'nobody-of-this-name']);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toContain('squeue: error: Invalid user: nobody-of-this-name\n');
  });

  it('finds the row of a task that has not started by its id', async () => {
    const rows = await json<Job[]>(['squeue', '-j', `${ids['array']}_3`]);
    expect(rows.map(({ job_id }) => job_id)).toEqual([`${ids['array']}_[0-99:3%2]`]);
    expect(await json(['squeue', '-j', `${ids['array']}_4`])).toEqual([]);
  });

  it('says which of the ids are not there', async () => {
    const ran = await srunx(['squeue', '-j', `${ids['held']},4000000,${ids['held']}_1`]);
    expect(ran).toMatchObject({ code: 0, stderr: `srunx: not in the queue: 4000000, ${ids['held']}_1\n` });
    expect(ran.stdout.split('\n')).toHaveLength(3);
    expect((await srunx(['squeue', '-t', 'R', '-j', ids['held'] ?? ''])).stderr).toBe('No jobs in queue\n');
  });

  it('filters by account, QOS and node, and shows what Slurm shows under its own names', async () => {
    const [row] = await json<Job[]>(mine('-t', 'R'));
    if (row === undefined) throw new Error('the running job is gone');
    const count = async (...args: string[]) => (await json<Job[]>(mine(...args))).length;
    expect(await Promise.all([count('-A', row.account), count('-A', 'nobody'), count('--qos', row.qos)])).toEqual([
      3, 0, 3,
    ]);
    expect(await Promise.all([count('-w', row.nodelist), count('-w', 'n[77-99]')])).toEqual([1, 0]);
    const native = execFileSync('squeue', ['-j', ids['running'] ?? '', '-o', '%.8i %9P %j %T|%a %q %Q %y %G'], {
      env: { ...process.env, ...cluster().env },
    });
    expect((await srunx(mine('-t', 'R', '-o', '%.8i %9P %j %T|%a %q %Q %y %G', '--no-header'))).stdout).toBe(
      String(native).split('\n').slice(1).join('\n'),
    );
  });

  it('prints what squeue -o prints, title and text, for each of its letters', async () => {
    const more = await Promise.all([
      submit(['-J', 'fails', '-p', 'cpu', '-o', '/dev/null', '--wrap', 'exit 3']),
      submit(['-J', 'asks', '-H', '--gres', 'gpu:1', '-t', '5', '-p', 'gpu', '--wrap', 'true']),
      submit(['-J', 'waits', '-d', `afterok:${ids['held']}`, '-b', 'now+1hour', '-x', 'c1', '--wrap', 'true']),
    ]);
    const list = [...Object.values(ids), ...more].join();
    const failed = async () => (await json<Job[]>(['squeue', '-t', 'all', '-j', more[0]]))[0]?.status;
    await expect.poll(failed, { timeout: 30_000 }).toBe('FAILED');
    // All but how long it has run and may run still, and %x, of which `squeue -O` knows nothing in 22.05.
    const letters = [...'aAbBcCdDeEfFgGhHiIjJkKlmnNoOpPqQrRStTuUvVwWXyYzZ'].map((letter) => `%${letter}`);
    const words = ['-t', 'all', '-j', list, '-o', letters.join('~')];
    const sorted = (text: string) => text.trimEnd().split('\n').toSorted();
    // What changes by itself, such as priorities, is the same when it is asked for at the same time.
    const patient = { timeout: 20_000 };
    await expect
      .poll(async () => {
        const env = { ...process.env, ...cluster().env };
        const native = sorted(String(execFileSync('squeue', words, { env })));
        const ours = sorted((await srunx(['squeue', ...words])).stdout);
        return native.join('\n') === ours.join('\n') ? 'the same' : { native, ours };
      }, patient)
      .toBe('the same');
    const excluded = await srunx(['squeue', '-j', more[2], '-o', '%i %x', '--no-header']);
    // Never nothing where a job does exclude nodes.
    if (excluded.code === 0) expect(excluded.stdout).toBe(`${more[2]} c1\n`);
    else expect(excluded.stderr).toContain('error[usage.column]: the squeue of local has no field `exc_nodes`');
    await srunx(['scancel', ...more.slice(1)]);
  });

  it('prints what squeue -O prints, by its names, widths and marks, whichever field', async () => {
    const native = (format: string) =>
      String(
        execFileSync('squeue', ['-h', '-j', ids['running'] ?? '', '-O', format], {
          env: { ...process.env, ...cluster().env },
        }),
      );
    for (const format of ['jobid:|,NAME:.10|,State:10|,numcpus:|', 'JobArrayID:9|,tres-alloc:|,Requeue:5|,SCT:|']) {
      expect((await srunx(mine('-t', 'R', '-O', format, '--noheader'))).stdout).toBe(native(format));
    }
    const rare = ['accruetime', 'tres-per-job', 'NumTasks', 'ntpernode', 'Deadline', 'MCSLabel', 'sockets', 'hetjobid'];
    const [row] = await json<Record<string, unknown>[]>(mine('-t', 'R', '-O', rare.join(',')));
    expect(Object.keys(row ?? {})).toEqual(
      'accrue_time tres_per_job tasks tasks_per_node deadline mcs_label sockets het_job_id'.split(' '),
    );
    expect(row).toMatchObject({ accrue_time: expect.stringMatching(/^2\d{3}-.*Z$/), tasks: 1, deadline: null });
  });

  it('unfolds arrays, counts by a field, and lists ids alone', async () => {
    expect((await srunx(mine('-r', '-n', 'many', '-f', 'ids'))).stdout.split('\n')).toHaveLength(35);
    const groups = await json<{ name: string; jobs: number }[]>(mine('--group-by', 'name'));
    expect(groups.map(({ name, jobs }) => [name, jobs])).toEqual([
      ['many', 34],
      ['held', 1],
      ['runs', 1],
    ]);
    expect((await srunx(mine('--start', '-f', 'ids', '-n', 'held'))).stdout).toBe(`${ids['held']}\n`);
  });

  it('takes -h beside columns as Slurm does: no titles', async () => {
    const id = ids['held'] ?? '';
    for (const words of [
      ['-h', '-o', '%i'],
      ['-o', '%i', '-h'],
      ['-ho', '%i'],
      ['-h', '-O', 'jobid:.1'],
    ])
      expect(await srunx(['squeue', '-j', id, ...words])).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^\d/),
      });
    expect((await srunx(['squeue', '-h'])).stdout).toMatch(/^Usage: /);
  });

  it('says what of a filter is not there at all, where somebody looks', async () => {
    const name = 'held';
    const { stdout } = await sandbox.startAtTerminal(['squeue', '-p', 'cpuu', '-n', 'hedl'], { columns: 80, rows: 24 })
      .ended;
    expect(stdout).toContain('srunx: there is no partition `cpuu`. Did you mean `cpu`?');
    expect(stdout).toContain(`srunx: there is no job in the queue called \`hedl\`. Did you mean \`${name}\`?`);
    expect((await srunx(['scancel', '-w', 'c11'])).stderr).toContain(
      'srunx: there is no node `c11`. Did you mean `c1`?',
    );
    expect((await srunx(['squeue', '-p', 'cpuu'])).stderr).toBe('No jobs in queue\n');
    expect(await srunx(['scancel', '-p', 'cpuu'])).toMatchObject({
      ...{ code: 0, stdout: '', stderr: 'No job matches\nsrunx: there is no partition `cpuu`. Did you mean `cpu`?\n' },
    });
  });

  it('prints nothing on standard output for an empty list', async () => {
    const { code, stdout, stderr } = await srunx(['squeue', '-n', 'nobody has this name']);
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '', stderr: 'No jobs in queue\n' });
  });

  it('shows hostile names without letting them act, and keeps them in JSON', async () => {
    const own = await Promise.all(hostileNames.map((name) => submit(['-H', '-J', name, '--wrap', 'true'])));
    try {
      const args = ['-j', own.join(',')];
      const rows = await json<Job[]>(['squeue', ...args], { env: { COLUMNS: '20' } });
      expect(rows.map(({ name }) => name).sort()).toEqual([...hostileNames].sort());
      const { stdout } = await srunx(['squeue', '--no-header', ...args]);
      expect(stdout.split('\n')).toHaveLength(hostileNames.length + 1);
      expect(stdout).not.toMatch(/[\x00-\x09\x0b-\x1f]/);
      expect(stdout).toContain('x\\x1b[31my');
    } finally {
      await srunx(['scancel', ...own]);
    }
  });

  it('asks Slurm once, whatever is listed', async () => {
    const bin = join(dir, 'counting');
    const log = join(dir, 'calls');
    mkdirSync(bin);
    for (const name of ['squeue', 'sacct', 'scontrol', 'sinfo']) {
      const path = join(bin, name);
      writeFileSync(path, `#!/bin/sh\necho ${name} >>'${log}'\nPATH=\${PATH#*:} exec ${name} "$@"\n`);
      chmodSync(path, 0o755);
    }
    for (const args of [
      ['squeue'],
      ['squeue', '--me'],
      mine('-t', 'PD'),
      ['squeue', '-u', 'root', '-p', 'cpu', '-a'],
    ]) {
      rmSync(log, { force: true });
      const ran = await srunx(args, { env: { PATH: `${bin}:${process.env['PATH']}` } });
      expect(ran.code, ran.stderr).toBe(0);
      expect(existsSync(log) ? readFileSync(log, 'utf8') : '', args.join(' ')).toBe('squeue\n');
    }
  });

  it('repeats itself with -i until it is interrupted', async () => {
    const started = sandbox.start(mine('-i', '0.2'));
    await expect.poll(() => started.stdout().match(/^JOBID/gm)?.length ?? 0, { timeout: 30_000 }).toBeGreaterThan(2);
    const { code, stderr } = await started.interrupt();
    expect({ code, stderr }).toEqual({ code: 130, stderr: '' });
  });

  it('ends quietly when nobody reads on', async () => {
    const started = sandbox.start(['squeue', '-i', '0.1']);
    await expect.poll(started.stdout).not.toBe('');
    started.closeStdout();
    expect((await started.ended).code).toBe(0);
  });
});

describe('srunx scancel', () => {
  const states = async (id: string) =>
    Object.fromEntries(
      (await json<Job[]>(['squeue', '-j', id, '-t', 'all'])).map(({ job_id, status }) => [job_id, status]),
    );

  it('touches the task that is named, and nothing else', async () => {
    const id = await submit(['-p', 'cpu', '-a', '0-5', '-H', '--wrap', 'true']);
    const other = await submit(['-H', '--wrap', 'true']);
    const ran = await srunx(['scancel', `${id}_4`]);
    expect(ran).toMatchObject({ code: 0, stdout: `${id}_4: cancelled\n`, stderr: '' });
    expect(await states(id)).toEqual({ [`${id}_[0-3,5]`]: 'PENDING' });
    expect(await states(other)).toEqual({ [other]: 'PENDING' });
    expect((await srunx(['scancel', `${id}_[0-1,5]`, `${id}_2`])).stdout).toBe(
      `${id}_[0-1,5]: cancelled\n${id}_2: cancelled\n`,
    );
    expect(await states(id)).toEqual({ [`${id}_[3]`]: 'PENDING' });
    expect((await srunx(['scancel', id, other, '--wait'])).code).toBe(0);
    expect(await json(['squeue', '-j', `${id},${other}`])).toEqual([]);
  });

  it('lets filters narrow the ids that stand beside them', async () => {
    const id = await submit(['-p', 'cpu', '-a', '0-9', '-H', '-J', 'narrow', '--wrap', 'true']);
    const preview = async (...args: string[]) =>
      (await json<Job[]>(['scancel', ...args, '--dry-run'])).map(({ job_id }) => job_id);
    expect(await preview(`${id}_[3-4]`, '-t', 'RUNNING')).toEqual([]);
    expect(await preview(`${id}_[3-4]`, '-t', 'PENDING')).toEqual([`${id}_[3-4]`]);
    expect(await preview(`${id}_[3-4]`, `${id}_7`)).toEqual([`${id}_[3-4]`, `${id}_7`]);
    expect((await srunx(['scancel', `${id}_[3-4]`, '-n', 'other'])).stderr).toMatch(/^No job matches\n/);
    expect((await srunx(['scancel', `${id}_[3-4]`, '-n', 'narrow', '-t', 'pd', '-y'])).stdout).toBe(
      `${id}_[3-4]: cancelled\n`,
    );
    expect(await states(id)).toEqual({ [`${id}_[0-2,5-9]`]: 'PENDING' });
    await srunx(['scancel', id]);
  });

  it('filters by account and node, and hands words over to scancel itself', async () => {
    const log = join(dir, 'batch.out');
    const id = await submit([
      '-J',
      'filtered',
      '-o',
      log,
      '--wrap',
      'trap "echo got it" USR1; echo ready; while :; do sleep 0.1; done',
    ]);
    const text = () => (existsSync(log) ? readFileSync(log, 'utf8') : '');
    await expect.poll(text, { timeout: 30_000 }).toContain('ready');
    const [job] = await json<Job[]>(['squeue', '-j', id]);
    const preview = async (...args: string[]) => (await json<Job[]>(['scancel', id, ...args, '--dry-run'])).length;
    expect(await preview('-A', job?.account ?? '', '--qos', job?.qos ?? '', '-w', job?.nodelist ?? '')).toBe(1);
    expect(await Promise.all([preview('-A', 'nobody'), preview('--qos', 'none'), preview('-w', 'n99')])).toEqual([
      0, 0, 0,
    ]);
    expect((await srunx(['scancel', '-b', '-s', 'USR1', id])).stdout).toBe(`${id}: signalled, still RUNNING\n`);
    await expect.poll(text, { timeout: 30_000 }).toContain('got it');
    expect((await srunx(['scancel', '--slurm-arg=--no-such-option', id])).code).not.toBe(0);
    expect((await srunx(['scancel', '--hurry', id])).stdout).toBe(`${id}: cancelled\n`);
  });

  it('asks before a filter takes several jobs, and takes none where nobody can answer', async () => {
    const name = `confirm-${process.pid}`;
    const ids = await Promise.all([0, 1].map(() => submit(['-H', '-J', name, '--wrap', 'true'])));
    const refused = await srunx(['scancel', '--me', '-n', name]);
    expect(refused).toMatchObject({ code: 8, stdout: '' });
    expect(refused.stderr).toContain('srunx: error[scancel.not_confirmed]: 2 jobs match, and nothing was cancelled\n');
    expect(refused.stderr).toContain(name);
    expect((await json<Job[]>(['scancel', '--me', '-n', name, '--dry-run'])).map(({ job_id }) => job_id)).toEqual(
      [...ids].sort(),
    );
    for (const [answer, code, left] of [
      ['n', 8, 2],
      ['y', 0, 0],
    ] as const) {
      const asked = sandbox.startAtTerminal(['scancel', '--me', '-n', name], { columns: 100, rows: 24 });
      await expect.poll(asked.stdout, { timeout: 30_000 }).toContain('Cancel these 2 jobs? [y/N] ');
      asked.write(`${answer}\n`);
      expect((await asked.ended).code).toBe(code);
      expect(await json(['squeue', '-n', name])).toHaveLength(left);
    }
  });

  it('says what became of each, and exits by the worst', async () => {
    const ended = await submit(['--wrap', 'true']);
    await srunx(['watch', 'jobs', ended]);
    expect(await srunx(['scancel', ended])).toMatchObject({
      code: 0,
      stdout: `${ended}: already finished (COMPLETED)\n`,
    });
    const unknown = await srunx(['scancel', '4000000']);
    expect(unknown).toMatchObject({ code: 7, stdout: '' });
    expect(unknown.stderr).toMatch(/^srunx: error\[job\.not_found\]: 4000000: no such job\nhint: /);
    const held = await submit(['-H', '--wrap', 'true']);
    const mixed = await srunx(['scancel', '--json', '4000000', held]);
    expect(mixed.code).toBe(1);
    expect(JSON.parse(mixed.stdout)).toEqual([
      { job_id: '4000000', outcome: 'not_found', state: null, message: null },
      { job_id: held, outcome: 'cancelled', state: 'CANCELLED', message: null },
    ]);
  });

  it('sends a signal instead, with --signal', async () => {
    const log = join(dir, 'signal.out');
    // Slurm signals the steps of a job, and not its script.
    const line = 'trap "echo got it" USR1; echo ready; while :; do sleep 0.1; done';
    const id = await submit(['-o', log, '--launcher', 'srun', '--wrap', line]);
    const text = () => (existsSync(log) ? readFileSync(log, 'utf8') : '');
    await expect.poll(text, { timeout: 30_000 }).toContain('ready');
    const ran = await srunx(['scancel', '-s', 'USR1', id]);
    expect(ran).toMatchObject({ code: 0, stdout: `${id}: signalled, still RUNNING\n` });
    await expect.poll(text, { timeout: 30_000 }).toContain('got it');
    await srunx(['scancel', id]);
  });
});
