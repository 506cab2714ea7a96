import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { quoteWords } from '../../src/core/quote.ts';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSandbox } from './sandbox.ts';

const cluster = useDevCluster();
const sandbox = useSandbox(() => cluster().env);
const { srunx, start, json, write, work, dir } = sandbox;
const runRoot = join(dir, 'data', 'srunx', 'runs');
const timeout = 30_000;

interface Run {
  readonly run_id: string;
  readonly status: string;
  readonly handover: string;
  readonly jobs: readonly {
    readonly name: string;
    readonly job_id: string | null;
    readonly state: string;
    readonly reason: string | null;
  }[];
}

async function begin(file: string, text: string, ...args: readonly string[]): Promise<string> {
  write(file, text);
  const ran = await srunx(['flow', 'run', file, '--detach', ...args]);
  expect(ran.code, ran.stderr).toBe(0);
  return ran.stdout.trim();
}

const statesOf = ({ jobs }: Run) => Object.fromEntries(jobs.map(({ name, state }) => [name, state]));
const status = (run: string) => json<Run>(['flow', 'status', run]);

let homes = 0;

/** Of somebody who has never seen any run. */
function otherHome(): Record<string, string> {
  homes += 1;
  const at = (name: string) => join(dir, `other ${homes}`, name);
  return { HOME: at('home'), XDG_STATE_HOME: at('state'), XDG_DATA_HOME: at('data'), XDG_CACHE_HOME: at('cache') };
}

const twoEnds = `name: two
jobs:
  - {name: good, command: "sleep 1"}
  - {name: bad, command: "exit 3", depends_on: [good]}
`;

describe('flow attach', () => {
  it('follows a run that this database has never seen, from its plan directory and Slurm alone', async () => {
    const id = await begin('two.yaml', twoEnds);
    const env = otherHome();
    const attached = await srunx(['flow', 'attach', `${id}/`, '-i', '0.2'], { env, cwd: runRoot });
    expect(attached.code, attached.stderr).toBe(4);
    expect(attached.stdout).toMatch(/^\S+ good \(\d+\) (pending|running)$/m);
    expect(attached.stdout).toMatch(/^\S+ bad \(\d+\) failed: exit$/m);
    expect(attached.stdout).toContain(`two  run ${id} on local: failed (2 of 2 jobs ended)`);
    const known = await status(id);
    expect(statesOf(known)).toEqual({ good: 'completed', bad: 'failed' });
    const path = join(runRoot, id, 'run.json');
    const there = await json<Run>(['flow', 'attach', path], { env: otherHome(), code: 4 });
    expect(there).toMatchObject({ run_id: id, jobs: known.jobs });
    // The name alone, of who stands there.
    expect((await srunx(['flow', 'status', id], { env: otherHome(), cwd: runRoot })).stdout).toContain(
      'failed (2 of 2',
    );
    symlinkSync(join(runRoot, id), join(work, 'latest.run'));
    const late = await srunx(['flow', 'attach', 'latest.run'], { env: otherHome() });
    // Nothing is told of jobs that does not hold any more.
    expect([late.code, late.stdout.match(/(?<=^\S+T\S+ )\w+ \(\d+\) .*$/gm)]).toEqual([
      4,
      [expect.stringMatching(/^good \(\d+\) completed$/), expect.stringMatching(/^bad \(\d+\) failed: exit$/)],
    ]);
    rmSync(join(dir, 'state'), { recursive: true });
    expect((await srunx(['flow', 'attach', id.slice(0, 6)])).code).toBe(4);
  });

  it('detaches at once when it is interrupted, and says how to come back', async () => {
    const id = await begin('slow.yaml', 'name: slow\njobs:\n  - {name: slow, command: "sleep 4"}\n');
    const attached = start(['flow', 'attach', '-i', '0.2']);
    await expect.poll(attached.stdout, { timeout }).toContain(' running\n');
    const { code, ms, stderr } = await attached.interrupt();
    expect([code, ms < 1_000]).toEqual([130, true]);
    expect(stderr).toBe(`srunx: detached; the run goes on. \`srunx flow attach ${id}\` follows it again.\n`);
    expect((await srunx(['flow', 'attach', id, '-i', '0.2'])).code).toBe(0);
  });

  it('says what is wrong with a directory', async () => {
    const id = await begin('wrong.yaml', 'jobs:\n  - {name: a, command: "true"}\n');
    const copy = (name: string, text: string) => {
      mkdirSync(join(work, name));
      writeFileSync(join(work, name, 'run.json'), text);
    };
    copy('newerrun00', JSON.stringify({ version: 2, id: 'newerrun00' }));
    copy('brokenrun0', '{"version":1');
    mkdirSync(join(work, 'empty'));
    const cases = [
      ['./nothing', 7, 'run.not_found'],
      ['nothing', 7, 'run.not_found'],
      ['./empty', 7, 'run.no_plan'],
      ['wrong.yaml', 7, 'run.no_plan'],
      ['newerrun00', 8, 'run.newer'],
      ['./brokenrun0/', 1, 'run.damaged'],
    ] as const;
    for (const [word, code, error] of cases) {
      const ran = await srunx(['flow', 'attach', word], { env: otherHome() });
      expect([ran.code, ran.stdout]).toEqual([code, '']);
      expect(ran.stderr).toContain(`srunx: error[${error}]`);
      expect(ran.stderr).toMatch(/^hint: /m);
    }
    const elsewhere = JSON.parse(readFileSync(join(runRoot, id, 'run.json'), 'utf8').replaceAll(id, 'elsewhere0'));
    copy('elsewhere0', JSON.stringify({ ...elsewhere, cluster: { key: 'slurm:x@y', kind: 'slurm', name: 'far' } }));
    const env = otherHome();
    const far = await srunx(['flow', 'attach', './elsewhere0'], { env });
    expect(far).toMatchObject({ code: 8, stderr: expect.stringContaining('is on the cluster far, and local is') });
    const seen = await srunx(['flow', 'status', 'elsewhere'], { env });
    expect(seen).toMatchObject({ code: 0, stderr: expect.stringContaining('is on the cluster far, and local is') });
    renameSync(join(runRoot, id), join(runRoot, 'renamedrun'));
    const renamed = await srunx(['flow', 'status', join(runRoot, 'renamedrun')], { env: otherHome() });
    expect(renamed).toMatchObject({ code: 8, stderr: expect.stringContaining(`the directory of run ${id}`) });
  });
});

interface Cancelled {
  readonly name: string;
  readonly job_id: string | null;
  readonly outcome: string;
}

const outcomesOf = (results: readonly Cancelled[]) =>
  Object.fromEntries(results.map(({ name, outcome }) => [name, outcome]));

/** Everything that must not happen leaves a line. */
const cancellable = (file: string) => `name: cancellable
jobs:
  - {name: long, command: "sleep 60"}
  - {name: done, command: "true"}
  - {name: any, command: "echo any >> ${file}", depends_on: ["afterany:long"]}
  - {name: sorry, command: "echo sorry >> ${file}", depends_on: ["afternotok:long"]}
  - {name: ok, command: "echo ok >> ${file}", depends_on: [any]}
  - {name: again, command: "exit 1", retry: {max: 9, delay: 1}}
finally:
  - {name: clean, command: "echo clean >> ${file}"}
`;

const isRunning = async (run: string, name: string) => statesOf(await status(run))[name] === 'running';

describe.each(['--local', '--embedded'])('flow cancel %s', (target) => {
  it('ends all that is left of a run, and nothing starts because of it', async () => {
    const file = `never${target}.txt`;
    const id = await begin('cancel.yaml', cancellable(file), target);
    await expect.poll(() => isRunning(id, 'long'), { timeout }).toBe(true);
    await expect.poll(async () => statesOf(await status(id))['done'], { timeout }).toBe('completed');
    const preview = await srunx(['flow', 'cancel', id, '--dry-run']);
    expect(preview).toMatchObject({ code: 0, stderr: `srunx: 6 jobs of run ${id} would be cancelled\n` });
    expect(preview.stdout).toMatch(/^long \(\d+\): running\nany \(\d+\): pending$/m);
    expect(await isRunning(id, 'long')).toBe(true);
    expect((await srunx(['__complete', `srunx flow cancel ${id} --job lo`])).stdout).toBe('words\nlong\n');
    expect((await srunx(['__complete', `srunx flow cancel ${id.slice(0, 4)}`])).stdout).toContain(
      `\n${id}\tcancellable\n`,
    );
    const { code, stdout } = await srunx(['flow', 'cancel', id.slice(0, 7)]);
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => line.replace(/ \(\d+\): .*/, ''))).toEqual([
      'long',
      'any',
      'sorry',
      'ok',
      'again',
      'clean',
    ]);
    for (const line of lines) expect(line).toMatch(/^\w+ \(\d+\): (?:cancelled|signalled, still \w+)$/);
    await expect.poll(async () => (await status(id)).status, { timeout }).toBe('cancelled');
    expect(statesOf(await status(id))).toMatchObject({ long: 'cancelled', done: 'completed', again: 'cancelled' });
    const twice = await srunx(['flow', 'cancel', id]);
    const said = `srunx: nothing to cancel: run ${id} has ended\n`;
    expect(twice).toMatchObject({ code: 0, stdout: '', stderr: said });
    expect(existsSync(join(work, file))).toBe(false);
  });

  it('ends the jobs that are named, and what is left goes on', async () => {
    const file = `some${target}.txt`;
    const id = await begin('some.yaml', cancellable(file), target);
    await expect.poll(() => isRunning(id, 'long'), { timeout }).toBe(true);
    const results = await json<Cancelled[]>(['flow', 'cancel', id, '--job', 'lo*', '--job', 'any', '--job', 'again']);
    expect(outcomesOf(results)).toEqual({ long: 'cancelled', any: 'cancelled', again: 'cancelled' });
    await expect.poll(async () => (await status(id)).status, { timeout }).toBe('cancelled');
    expect(statesOf(await status(id))).toMatchObject({ ok: 'skipped', sorry: 'completed', clean: 'completed' });
    const named = await json<Cancelled[]>(['flow', 'cancel', id, '--job', 'done']);
    expect(outcomesOf(named)).toEqual({ done: 'already_finished' });
    const wrong = await srunx(['flow', 'cancel', id, '--job', 'alweys']);
    expect(wrong).toMatchObject({ code: 7, stdout: '', stderr: expect.stringContaining('has no job `alweys`') });
  });
});

describe('flow cancel', () => {
  it('ends a hand-over under way: what it has submitted is taken back, the rest never comes', async () => {
    const jobs = Array.from({ length: 400 }, (_, index) => `  - {name: j${index}, command: "echo >> started.txt"}\n`);
    write('many.yaml', `name: many\njobs:\n${jobs.join('')}`);
    const started = start(['flow', 'run', 'many.yaml', '-i', '0.2', '--json']);
    const newest = () =>
      readdirSync(runRoot).find((name) => existsSync(join(runRoot, name, 'claims', `${name}-9`)) && isMany(name));
    const isMany = (name: string) => readFileSync(join(runRoot, name, 'run.json'), 'utf8').includes('"name":"many"');
    await expect.poll(newest, { timeout, interval: 10 }).toBeDefined();
    const id = newest() ?? '';
    // From another machine: the lease of the process that submits is not seen there.
    const results = await json<Cancelled[]>(['flow', 'cancel', join(runRoot, id)], { env: otherHome() });
    expect(results).toHaveLength(400);
    const outcomes = new Set(results.map(({ outcome }) => outcome));
    expect([...outcomes].filter((outcome) => outcome !== 'cancelled' && outcome !== 'withdrawn')).toEqual([]);
    const { code, stdout } = await started.ended;
    expect([code, (JSON.parse(stdout) as Run).status]).toEqual([5, 'cancelled']);
    expect((await status(id)).handover).toBe('done');
    expect(existsSync(join(work, 'started.txt'))).toBe(false);
  });
});

describe('flow logs', () => {
  it('shows all jobs over all attempts, on Slurm, and what Slurm says of a requeue as what it is', async () => {
    const id = await begin(
      'logs.yaml',
      `name: logs
jobs:
  - {name: flaky, launcher: none, command: "printf 'attempt %s' $SRUNX_ATTEMPT; [ $SRUNX_ATTEMPT -ge 2 ]", retry: {max: 3, delay: 1}}
  - {name: bad, launcher: none, command: "echo out; echo ValueError >&2; exit 3"}
  - {name: skipped, command: "true", depends_on: [bad]}
  - {name: many, launcher: none, command: "echo task $SLURM_ARRAY_TASK_ID; [ $SLURM_ARRAY_TASK_ID != 1 ]", array: "0-2"}
`,
    );
    await expect.poll(async () => statesOf(await status(id))['skipped'], { timeout }).toBe('skipped');
    const followed = await srunx(['flow', 'logs', id, '-f', '--all', '--interval', '0.5', '--exit-status']);
    expect(followed.code, followed.stderr).toBe(3);
    expect(followed.stderr).toMatch(/^srunx: flaky \(\d+\) ended: COMPLETED$/m);
    const lines = followed.stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.replace(/ at [-\dT:]+;/, ' at T;'));
    expect(lines.filter((line) => line.startsWith('flaky'))).toEqual([
      'flaky  | attempt 1srunx: attempt 1 ended with 1 (failed); another begins in 10 seconds',
      'flaky  | srunx: requeued by Slurm at T; the next attempt follows',
      'flaky  | srunx: attempt 2 begins',
      'flaky  | attempt 2',
    ]);
    expect(lines.filter((line) => !line.startsWith('flaky'))).toEqual(
      expect.arrayContaining([
        'bad    | out',
        'bad    | ValueError',
        'many_0 | task 0',
        'many_1 | task 1',
        'many_2 | task 2',
      ]),
    );
    expect((await srunx(['flow', 'logs', id])).stderr).toBe('srunx: no log: skipped (skipped)\n');
    const jobId = (await status(id)).jobs[0]?.job_id ?? '';
    const path = (await srunx(['flow', 'logs', id, 'flaky', '--path'])).stdout.trimEnd();
    const notice = / error: \*{3} JOB \d+ ON \S+ CANCELLED AT \S+ DUE TO JOB REQUEUE \*{3}$/m;
    const bytes = readFileSync(path, 'utf8');
    expect(bytes).toMatch(notice);
    for (const command of [
      ['flow', 'logs', id, 'flaky'],
      ['tail', jobId],
    ]) {
      const shown = (await srunx([...command, '--all'])).stdout;
      expect(shown).toMatch(/^srunx: requeued by Slurm at \S+; the next attempt follows$/m);
      expect(shown).not.toMatch(notice);
      expect((await srunx([...command, '--all', '--raw'])).stdout).toBe(bytes);
      expect((await srunx([...command, '--tail-bytes', '1M'])).stdout).toBe(bytes);
      expect((await srunx([...command, '--grep', 'error|CANCELLED'])).stdout).toBe('');
      expect((await srunx([...command, '--grep', 'requeued'])).stdout).toMatch(/^srunx: requeued .*\n$/);
    }
    const ran = await srunx(['tail', jobId, '--json', '--all']);
    const records = ran.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(records.filter(({ event }) => event !== undefined)).toEqual([
      {
        job_id: jobId,
        event: 'requeued',
        cause: 'requeue',
        at: expect.any(String),
        stream: 'stdout',
        line: expect.stringMatching(notice),
      },
    ]);
    const failed = await srunx(['flow', 'logs', id, '--failed']);
    expect(failed).toMatchObject({ code: 0, stdout: 'bad    | out\nbad    | ValueError\nmany_1 | task 1\n' });
    expect((await srunx(['flow', 'logs', join(runRoot, id), 'm*', '-n', '1'], { env: otherHome() })).stdout).toBe(
      'many_0 | task 0\nmany_1 | task 1\nmany_2 | task 2\n',
    );
  });

  it('on this machine without Slurm, also before a job has begun', async () => {
    const file = `jobs:
  - {name: one, command: "echo out; echo err >&2; sleep 3"}
  - {name: two, command: "echo two", depends_on: [one]}
`;
    const id = await begin('embedded.yaml', file, '--embedded');
    await expect.poll(() => isRunning(id, 'one'), { timeout }).toBe(true);
    await expect.poll(async () => (await srunx(['flow', 'logs', id])).stdout, { timeout }).toMatch(/^one \| out$/m);
    const early = await srunx(['flow', 'logs', id, 'two']);
    expect(early).toMatchObject({ code: 0, stdout: '', stderr: 'srunx: 1 job has not started, and no log yet\n' });
    const none = await srunx(['flow', 'logs', id, '--failed']);
    expect(none).toMatchObject({ code: 0, stdout: '', stderr: `srunx: no job of run ${id} has failed\n` });
    const followed = await srunx(['flow', 'logs', id, '-f', '--interval', '0.2']);
    expect(followed.code, followed.stderr).toBe(0);
    expect(followed.stdout).toContain('two | two\n');
    expect((await srunx(['flow', 'logs', id, 'three'])).code).toBe(7);
    const jobId = (await status(id)).jobs[1]?.job_id ?? '';
    expect((await srunx(['flow', 'logs', id, 'two', '--json'])).stdout).toBe(
      `{"job_id":"${jobId}","name":"two","stream":"stdout","line":"two"}\n`,
    );
  });
});

describe.each(['--local', '--embedded'])('flow status %s', (target) => {
  it('says what went wrong, once for all jobs that say the same', async () => {
    const error = `python3 -c 'raise ValueError("lr {{ matrix.lr }} of /data/{{ matrix.lr }}.csv is bad")'`;
    const id = await begin(
      'errors.yaml',
      `name: errors
jobs:
  - name: sim
    launcher: none
    matrix: {lr: [0.1, 0.2, 1e-3, 4, 5, 6, 7]}
    command: "echo start {{ matrix.lr }}; ${error.replaceAll('"', '\\"')}"
  - {name: one, launcher: none, command: "echo what; exit 7"}
  - {name: two, launcher: none, command: "echo stdout; echo on stderr >&2; exit 7", sbatch_args: ["--error=logs/two.err"]}
  - {name: may, launcher: none, command: "exit 2", on_error: ignore}
  - {name: fine, command: "true"}
  - {name: many, launcher: none, command: "echo task $SLURM_ARRAY_TASK_ID no; [ $SLURM_ARRAY_TASK_ID -lt 1 ]", array: "0-2"}
`,
      target,
    );
    expect((await srunx(['flow', 'attach', id, '-i', '0.2'])).code).toBe(4);
    const { stdout } = await srunx(['flow', 'status', id]);
    expect(
      stdout.slice(stdout.indexOf('\n\n') + 2),
    ).toBe(`7 jobs failed (exit 1): sim-1, sim-2, sim-3, sim-4, sim-5, sim-6, sim-7 (the end of 5 of their logs)
    start 0.1
    Traceback (most recent call last):
      File "<string>", line 1, in <module>
    ValueError: lr 0.1 of /data/0.1.csv is bad

1 job failed (exit 7): one
    what

1 job failed (exit 7): two
    on stderr

1 job failed (exit 2), which is ignored: may

1 job failed (exit 1): many
    task 1 no
`);
    const { errors } = await json<{ errors: unknown[] }>(['flow', 'status', id]);
    expect(errors).toHaveLength(5);
    expect(errors[2]).toEqual({
      ...{ state: 'failed', reason: 'exit 7', ignored: false, jobs: ['two'], lines: ['on stderr'], logs_read: 1 },
    });
  });
});

describe('flow show', () => {
  it('shows a run as it was planned and handed over, and its scripts byte for byte', async () => {
    const script = '#!/bin/sh\n#SBATCH --time=5\n: {{ hello\n: 日本';
    write('own.sh', script);
    const id = await begin(
      'show.yaml',
      `name: show
jobs:
  - {name: a, launcher: none, command: 'echo "ck=1 2" >> "$SRUNX_EXPORTS"', retry: {max: 2, delay: 20, on: oom, grow: {memory: 2}}, memory_per_node: 100M, env_vars: {SECRET: xyz}}
  - {name: b, launcher: none, command: "echo {{ runtime.deps.a.ck }}", depends_on: [a]}
  - {name: own, script_path: own.sh, script_args: [x y], depends_on: ["afterany:b"]}
  - {name: "no", command: "true", when: false}
finally:
  - {name: fin, command: "true"}
`,
    );
    expect((await srunx(['flow', 'attach', id, '-i', '0.2'])).code).toBe(0);
    const env = otherHome();
    const directory = join(runRoot, id);
    const { stdout, stderr, code } = await srunx(['flow', 'show', directory], { env });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).not.toContain('xyz');
    for (const words of [
      `run ${id} show: completed`,
      `  from       ${work}`,
      '  verdict    handed over to Slurm: you may close the laptop',
      '  retry      up to 2 times after oom; 0:20 later; with 200, 400 MiB after each oom',
      '  exports    ck=1 2',
      '  reads   a.ck',
      `  script  ${quoteWords([join(directory, `${id}-2.sh`), 'x y'])}`,
      '  kind    runs when all others have ended',
      '  no: when is false: false',
    ])
      expect(stdout.split('\n')).toContain(words);
    const shown = await json<{ jobs: Record<string, unknown>[]; skipped: unknown }>(['flow', 'show', id]);
    expect(shown.jobs[2]).toMatchObject({
      ...{ name: 'own', edges: [{ type: 'afterany', parent: 'b' }], wrapped: false, args: ['x y'], retry: null },
      log: expect.stringMatching(/\/logs\/own_\d+\.log$/),
    });
    expect(shown.jobs[0]).toMatchObject({
      variables: ['SECRET'],
      exports: { ck: '1 2' },
      retry: { max: 2, on: ['oom'], delays_seconds: [20], jitter_percent: 0, grow: { time: [] } },
    });
    expect((await srunx(['flow', 'show', id, '--script', 'own'])).stdout).toBe(script);
    const wrapper = await srunx(['flow', 'show', id, '--wrapper', 'a']);
    expect(wrapper.stdout).toBe(readFileSync(join(directory, `${id}-0.sh`), 'utf8'));
    expect((await srunx(['flow', 'show', id, '--script', 'b'])).stdout).toBe(
      readFileSync(join(directory, 'payload', 'b'), 'utf8'),
    );
    const none = await srunx(['flow', 'show', id, '--wrapper', 'own']);
    expect(none).toMatchObject({ code: 7, stdout: '', stderr: expect.stringContaining('has no wrapper') });
    rmSync(directory, { recursive: true });
    for (const command of ['status', 'show']) {
      const { code: found, stderr: words } = await srunx(['flow', command, id]);
      expect([found, words]).toEqual([0, expect.stringContaining(`the plan directory ${directory} is gone`)]);
    }
    const gone = await srunx(['flow', 'show', id, '--script', 'own']);
    expect(gone).toMatchObject({
      code: 7,
      stdout: '',
      stderr: expect.stringContaining(`srunx history show ${id}/own`),
    });
    const left = await srunx(['flow', 'show', id]);
    expect(left).toMatchObject({ code: 0, stdout: expect.stringContaining(`run ${id} show: completed`) });
    expect(left.stderr).toContain('retries, checkpoints and what jobs read of others are not shown');
  });
});

describe("somebody else's run", () => {
  /** As `nobody`, who may read the plan directories and write none. */
  function asNobody(args: readonly string[]) {
    const home = join(dir, 'nobody');
    mkdirSync(home, { recursive: true, mode: 0o777 });
    chmodSync(home, 0o777);
    for (const path of [dir, join(dir, 'data'), join(dir, 'data', 'srunx'), runRoot]) chmodSync(path, 0o755);
    const program = process.env['SRUNX_TEST_PROGRAM'] ?? join(import.meta.dirname, '..', '..', 'dist', 'srunx.js');
    const words = ['--reuid', 'nobody', '--regid', 'nogroup', '--clear-groups', process.execPath, program, ...args];
    const env = { PATH: process.env['PATH'], ...cluster().env, HOME: home };
    const { status: code, stdout, stderr } = spawnSync('setpriv', words, { encoding: 'utf8', cwd: '/', env, timeout });
    return { code, stdout, stderr };
  }

  it('is shown and followed by who may only read, and left alone', async ({ skip }) => {
    if (process.getuid?.() !== 0) skip('being another account takes root');
    const id = await begin('theirs.yaml', 'jobs:\n  - {name: theirs, command: "sleep 6"}\n');
    const directory = join(runRoot, id);
    expect(asNobody(['flow', 'status', directory]).stderr).toContain('srunx: error[run.unreadable]');
    spawnSync('chmod', ['-R', 'a+rX', directory]);
    const shown = asNobody(['flow', 'status', directory, '--json']);
    expect(shown.code, shown.stderr).toBe(0);
    expect(['pending', 'running']).toContain((JSON.parse(shown.stdout) as Run).jobs[0]?.state);
    const cancelled = asNobody(['flow', 'cancel', directory]);
    expect(cancelled).toMatchObject({ code: 8, stderr: expect.stringContaining('srunx: error[slurm.denied]: theirs') });
    const attached = asNobody(['flow', 'attach', directory, '-i', '0.5']);
    expect(attached.code, attached.stderr).toBe(0);
    expect(attached.stdout).toContain('completed (1 of 1 jobs ended)');
  });
});
