import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSandbox } from './sandbox.ts';

const cluster = useDevCluster();
const { srunx, json, write, work } = useSandbox(() => cluster().env);

interface Run {
  readonly run_id: string;
  readonly status: string;
  readonly jobs: readonly {
    readonly name: string;
    readonly state: string;
    readonly reason: string | null;
    readonly tasks: { readonly total: number; readonly done: number } | null;
  }[];
}

/** What became of each job: `completed`, `skipped: b failed (afterok)`. */
function endsOf({ jobs }: Run): Record<string, string> {
  const words = jobs.map(({ name, state, reason }) => [name, reason === null ? state : `${state}: ${reason}`]);
  return Object.fromEntries(words);
}

describe.each(['--local', '--embedded'])('control flow of a workflow, %s', (target) => {
  const run = (file: string, code: number) => json<Run>(['flow', 'run', target, '-i', '0.2', file], { code });

  it('`when` decides before anything is submitted', async () => {
    write(
      'when.yaml',
      `name: when
args: {mode: fast}
jobs:
  - {name: a, command: "true"}
  - {name: b, command: "exit 3", depends_on: [a], when: "{{ mode == 'full' }}"}
  - {name: c, command: "true", depends_on: [b]}
`,
    );
    const ran = await run('when.yaml', 0);
    const skipped = "skipped: when is false: {{ mode == 'full' }}";
    expect([ran.status, endsOf(ran)]).toEqual(['completed', { a: 'completed', b: skipped, c: 'completed' }]);
    expect(await json<Run>(['flow', 'status', ran.run_id])).toEqual({ ...ran, errors: [] });
    const { stdout } = await srunx(['flow', 'status', ran.run_id]);
    expect(stdout).toContain('completed (3 of 3 jobs ended)');
    expect(stdout).toMatch(/^b +- +skipped /m);
    expect((await srunx(['flow', 'run', target, 'when.yaml', '--arg', 'mode=full', '-i', '0.2'])).code).toBe(4);
    const nothing = await srunx(['flow', 'run', target, 'when.yaml', '--job', 'b']);
    expect(nothing).toMatchObject({ code: 2, stderr: expect.stringContaining('`when` leaves out every one') });
  });

  it('`on_error: ignore` makes a failure count as success', async () => {
    write(
      'ignore.yaml',
      `name: ignore
jobs:
  - {name: may, command: "exit 3", on_error: ignore}
  - {name: after, command: "true", depends_on: [may]}
  - {name: not, command: "true", depends_on: ["afternotok:may"]}
`,
    );
    const ran = await run('ignore.yaml', 0);
    const ends = { may: 'failed: exit', after: 'completed', not: 'completed' };
    expect([ran.status, endsOf(ran)]).toEqual(['completed', ends]);
    expect((await srunx(['flow', 'status', ran.run_id])).stdout).toMatch(/^may +\d+ +failed \(ignored\) /m);
    write(
      'skipped.yaml',
      `on_error: ignore
jobs:
  - {name: fails, command: "exit 3", on_error: keep-going}
  - {name: may, command: "true", depends_on: [fails]}
  - {name: after, command: "true", depends_on: [may]}
`,
    );
    const other = await run('skipped.yaml', 4);
    const why = 'skipped: fails failed (afterok)';
    expect([other.status, endsOf(other)]).toEqual(['failed', { fails: 'failed: exit', may: why, after: why }]);
  });

  it('`finally` runs when all others have ended, however', async () => {
    write(
      'finally.yaml',
      `name: finally
jobs:
  - {name: slow, command: "sleep 2; echo slow >> order.txt"}
  - {name: fails, command: "exit 3"}
  - {name: killed, command: "true", depends_on: [fails, slow]}
  - {name: killed2, command: "true", depends_on: [killed]}
  - {name: out, command: "true", when: false}
finally:
  - {name: clean, command: "echo clean >> order.txt"}
  - {name: tell, command: "echo tell >> order.txt", depends_on: [clean]}
`,
    );
    rmSync(join(work, 'order.txt'), { force: true });
    const ran = await run('finally.yaml', 4);
    expect([ran.status, endsOf(ran)]).toEqual([
      'failed',
      {
        slow: 'completed',
        fails: 'failed: exit',
        killed: 'skipped: fails failed (afterok)',
        killed2: 'skipped: killed skipped (afterok)',
        clean: 'completed',
        tell: 'completed',
        out: 'skipped: when is false: false',
      },
    ]);
    expect(readFileSync(join(work, 'order.txt'), 'utf8')).toBe('slow\nclean\ntell\n');
  });

  it('`on_failure` runs where its job has failed, and only there', async () => {
    write(
      'handler.yaml',
      `name: handler
jobs:
  - {name: fails, command: "exit 3", on_failure: "echo ran > handled.txt"}
  - {name: fine, command: "true", on_failure: [false]}
  - {name: never, command: "true", depends_on: [fails], on_failure: {command: [false], time_limit: 1m}}
`,
    );
    rmSync(join(work, 'handled.txt'), { force: true });
    const ran = await run('handler.yaml', 4);
    expect([ran.status, endsOf(ran)]).toEqual([
      'failed',
      {
        fails: 'failed: exit',
        'fails.on_failure': 'completed',
        fine: 'completed',
        'fine.on_failure': 'skipped: fine completed (afternotok)',
        never: 'skipped: fails failed (afterok)',
        'never.on_failure': 'skipped: fails failed (afterok)',
      },
    ]);
    expect(readFileSync(join(work, 'handled.txt'), 'utf8')).toBe('ran\n');
  });

  it('`matrix` makes several jobs of one', async () => {
    write(
      'matrix.yaml',
      `name: matrix
jobs:
  - name: part
    matrix: {lr: [0.10, 1e-5], flag: [true, false], exclude: [{lr: 1e-5, flag: false}]}
    command: [sh, -c, 'echo "$@" > "$SRUNX_JOB.txt"', sh, "{{ matrix.lr }}", "{{ matrix.flag }}", "{{ matrix.lr * 2 }}"]
  - {name: all, command: "cat part-*.txt > all.txt", depends_on: [part]}
`,
    );
    const ran = await run('matrix.yaml', 0);
    const completed = (...names: string[]) => Object.fromEntries(names.map((name) => [name, 'completed']));
    expect(endsOf(ran)).toEqual(completed('part-1', 'part-2', 'part-3', 'all'));
    expect(readFileSync(join(work, 'all.txt'), 'utf8')).toBe('0.10 true 0.2\n0.10 false 0.2\n1e-5 true 2e-05\n');
    const { stdout } = await srunx(['flow', 'status', ran.run_id]);
    expect(stdout).toMatch(/^part-2 +lr=0\.10 flag=false +\d+ +completed /m);
    const some = await json<{ jobs: { name: string }[] }>([
      'flow',
      'run',
      target,
      '--dry-run',
      '--job',
      'part',
      'matrix.yaml',
    ]);
    expect(some.jobs.map(({ name }) => name)).toEqual(['part-1', 'part-2', 'part-3']);
  });

  it('`include` takes the jobs of other files in', async () => {
    mkdirSync(join(work, 'parts'), { recursive: true });
    write(
      'parts/prepare.yaml',
      `args: {n: 1, out: none}
include: [{file: common.yaml, as: common}]
jobs:
  - {name: merge, command: [sh, -c, 'echo "$1" > "$2"', sh, "{{ n * 2 }}", "{{ out }}"], depends_on: [common.check], exports: {path: "{{ out }}"}}
`,
    );
    write('parts/common.yaml', 'jobs: [{name: check, command: "true"}]\n');
    write(
      'include.yaml',
      `args: {dir: .}
include: [{file: parts/prepare.yaml, as: prep, args: {n: 21, out: "{{ dir }}/merged.txt"}}]
jobs:
  - {name: use, command: ["test", -f, '{{ deps["prep.merge"].path }}'], depends_on: [prep.merge]}
`,
    );
    const ran = await run('include.yaml', 0);
    const ends = { 'prep.common.check': 'completed', 'prep.merge': 'completed', use: 'completed' };
    expect(endsOf(ran)).toEqual(ends);
    expect(readFileSync(join(work, 'merged.txt'), 'utf8')).toBe('42\n');
    write('parts/common.yaml', 'jobs: [{name: check, comand: "true"}]\n');
    const wrong = await srunx(['flow', 'run', target, 'include.yaml']);
    expect(wrong).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('parts/common.yaml:1:22: job `check` has an unknown key'),
    });
  });

  const failing = (onError: string, command: string) => `name: ${onError}
on_error: ${onError}
jobs:
  - {name: slow, command: "sleep 4", launcher: none, on_failure: [false]}
  - {name: fails, command: "sleep 1; ${command}", launcher: none, on_failure: "echo answered"}
  - {name: later, command: "true", depends_on: ["afterany:slow"]}
  - {name: after, command: "true", depends_on: [later]}
finally:
  - {name: clean, command: "echo clean"}
`;

  it('`on_error: finish` lets nothing more start', async () => {
    write('finish.yaml', failing('finish', 'exit 3'));
    const ran = await run('finish.yaml', 4);
    expect([ran.status, endsOf(ran)]).toEqual([
      'failed',
      {
        slow: 'completed',
        'slow.on_failure': 'skipped: slow completed (afternotok)',
        fails: 'failed: exit',
        'fails.on_failure': 'completed',
        later: 'skipped: fails failed (on_error: finish)',
        after: expect.stringMatching(/^skipped: (?:later skipped \(afterok\)|fails failed \(on_error: finish\))$/),
        clean: 'completed',
      },
    ]);
  });

  it.each([
    ['fails', 'exit 3', 'failed: exit'],
    ['is killed before it can say a word', 'kill -9 $PPID; sleep 9', 'failed: signal'],
  ])('`on_error: terminate` ends everything where a job %s', async (_, command, end) => {
    write('terminate.yaml', failing('terminate', command));
    const started = performance.now();
    const ran = await run('terminate.yaml', 4);
    expect([ran.status, endsOf(ran)]).toEqual([
      'failed',
      {
        slow: 'cancelled: fails failed (on_error: terminate)',
        'slow.on_failure': 'skipped: fails failed (on_error: terminate)',
        fails: end,
        'fails.on_failure': 'completed',
        later: 'skipped: fails failed (on_error: terminate)',
        after: expect.stringMatching(/^skipped: /),
        clean: 'completed',
      },
    ]);
    expect(performance.now() - started).toBeLessThan(30_000);
  });

  it('a run says who ends the others', async () => {
    write('verdict.yaml', 'on_error: finish\njobs: [{name: a, command: "true"}]\n');
    const { verdict } = await json<{ verdict: string }>(['flow', 'run', target, '--detach', 'verdict.yaml']);
    expect(verdict.includes('a job that fails ends the others')).toBe(target === '--local');
  });

  it('`array` is one job with many tasks', async () => {
    write(
      'array.yaml',
      `name: array
jobs:
  - {name: part, array: "0-3%2", launcher: none, log_dir: tasks${target}, command: 'sleep 2; echo "task $SLURM_ARRAY_TASK_ID"; test $SLURM_ARRAY_TASK_ID != 2', on_error: ignore}
  - {name: all, command: cat tasks${target}/part_*.log > tasks.txt, depends_on: [part]}
  - {name: good, array: 5, command: "true"}
  - {name: never, command: "true", depends_on: ["afternotok:good"]}
`,
    );
    const started = await srunx(['flow', 'run', target, '--detach', 'array.yaml']);
    const id = started.stdout.trim();
    const seen = new Set<string>();
    await expect
      .poll(
        async () => {
          const { stdout } = await srunx(['flow', 'status', id]);
          seen.add(/^part .*?(\w+ \(\d of 4 done\))/m.exec(stdout)?.[1] ?? 'over');
          return (await json<Run>(['flow', 'status', id])).status;
        },
        { timeout: 60_000 },
      )
      .toBe('completed');
    expect([...seen].join()).toMatch(/running \([1-3] of 4 done\)/);
    const ran = await json<Run>(['flow', 'status', id]);
    expect(endsOf(ran)).toEqual({
      part: 'failed: exit',
      all: 'completed',
      good: 'completed',
      never: 'skipped: good completed (afternotok)',
    });
    expect(ran.jobs.map(({ tasks }) => tasks)).toEqual([{ total: 4, done: 4 }, null, { total: 1, done: 1 }, null]);
    expect(readFileSync(join(work, 'tasks.txt'), 'utf8')).toBe('task 0\ntask 1\ntask 2\ntask 3\n');
  });

  it('a task that fails ends the other tasks of its array, too', async () => {
    write(
      'tasks.yaml',
      `name: tasks
on_error: terminate
jobs:
  - {name: part, array: "0-3%2", launcher: none, command: "sleep $((SLURM_ARRAY_TASK_ID * 20 + 1)); exit 3"}
finally: [{name: end, command: "true"}]
`,
    );
    const started = performance.now();
    expect(endsOf(await run('tasks.yaml', 4))).toEqual({ part: 'failed: exit', end: 'completed' });
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});

describe('on Slurm, with no srunx near,', () => {
  /** How the jobs of a run stand, by name, from Slurm alone. */
  async function stand(): Promise<Record<string, string>> {
    const env = { ...process.env, ...cluster().env };
    const { stdout } = await promisify(execFile)('squeue', ['-h', '-r', '--states=all', '-o', '%j %T'], { env });
    return Object.fromEntries(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.split(' ')),
    );
  }

  const submit = async (name: string, lines: string) => {
    write(`${name}.yaml`, `on_error: terminate\njobs:\n${lines}`);
    await srunx(['flow', 'run', '--local', '--detach', `${name}.yaml`]);
  };

  it('a job that fails ends the others', async () => {
    await submit(
      'alone',
      `  - {name: alone-fails, command: "sleep 1; exit 3"}
  - {name: alone-runs, command: "sleep 60"}
  - {name: alone-waits, command: "true", depends_on: ["afterany:alone-runs"]}
finally: [{name: alone-end, command: "true"}]
`,
    );
    await expect.poll(stand, { timeout: 30_000 }).toMatchObject({
      ...{ 'alone-fails': 'FAILED', 'alone-runs': 'CANCELLED', 'alone-waits': 'CANCELLED', 'alone-end': 'COMPLETED' },
    });
  });

  it('a job that somebody cancels ends nothing', async () => {
    await submit(
      'cancelled',
      `  - {name: cancelled-one, command: "sleep 60"}
  - {name: cancelled-other, command: "sleep 4"}
`,
    );
    await expect
      .poll(stand, { timeout: 30_000 })
      .toMatchObject({ 'cancelled-one': 'RUNNING', 'cancelled-other': 'RUNNING' });
    await srunx(['scancel', '--local', '--name', 'cancelled-one', '-y']);
    await expect
      .poll(stand, { timeout: 30_000 })
      .toMatchObject({ 'cancelled-one': 'CANCELLED', 'cancelled-other': 'COMPLETED' });
  });
});
