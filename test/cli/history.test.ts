import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { pathWithoutSlurm, type RunOptions, useSandbox } from './sandbox.ts';

const sandbox = useSandbox();
const { srunx, write, dir, work } = sandbox;

interface Entry {
  readonly job_id: string | null;
  readonly run_id: string;
  readonly name: string;
  readonly status: string;
  readonly state: string;
  readonly script: string;
  readonly directory: string;
  readonly tags: readonly string[];
  readonly note: string | null;
}

interface Shown extends Entry {
  readonly options: readonly string[];
  readonly script_text: string | null;
  readonly transitions: readonly { readonly to: string }[];
}

/** A program that finds no Slurm takes this machine. */
let path = '';
const run = (line: readonly string[], options: RunOptions = {}) =>
  srunx(line, { ...options, env: { PATH: path, ...options.env } });

async function json<T>(line: readonly string[], options: RunOptions = {}): Promise<T> {
  const ran = await run([...line, '--json', '-q'], options);
  expect(ran.code, ran.stderr).toBe(0);
  return JSON.parse(ran.stdout) as T;
}

const hostile = "it's $(x) | 日本語\u001b[31m";
let plain: string;
let secret: string;
let failing: string;

beforeAll(async () => {
  path = pathWithoutSlurm(dir);
  write('train.sh', '#!/bin/sh\n#SBATCH --time=5\necho "args: $* learning_rate"\n');
  const submit = async (...words: string[]) => {
    const ran = await run(['sbatch', '-q', '--parsable', '--wait', ...words]);
    return ran.stdout.trim();
  };
  plain = await submit('-J', hostile, '--comment', 'for the paper', 'train.sh', '--seed', '7');
  secret = await submit('--env', 'TOKEN=s3cr3t', '--mem', '10', 'train.sh');
  failing = await submit('--wrap', 'exit 3');
}, 60_000);

describe('srunx history', () => {
  it('lists what was submitted, newest first, in every format', async () => {
    const { code, stdout } = await run(['history', '-q']);
    expect(code).toBe(0);
    const [titles, ...rows] = stdout.trimEnd().split('\n');
    expect(titles).toMatch(/^JOBID +NAME +STATUS +SUBMITTED +DURATION +GPUS +TAGS$/);
    expect(rows.map((row) => row.split(' ')[0])).toEqual([failing, secret, plain]);
    expect(rows[2]).toContain("it's $(x) | 日本語\\x1b[31m");
    const entries = await json<Entry[]>(['history']);
    expect(entries.map(({ job_id, status }) => [job_id, status])).toEqual([
      [failing, 'FAILED'],
      [secret, 'COMPLETED'],
      [plain, 'COMPLETED'],
    ]);
    expect(entries[2]).toMatchObject({
      ...{ name: hostile, comment: 'for the paper', command: 'train.sh --seed 7', source: 'train.sh', exit_code: 0 },
      ...{ target: 'embedded', log: join(work, `slurm-${plain}.out`), gpus: 0, stale: false, workflow: null },
      submitted_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      duration_seconds: expect.any(Number),
    });
  });

  it.each<[string, string[], () => string[]]>([
    ['a state', ['-s', 'failed'], () => [failing]],
    ['ids beyond the limit', ['-j', '1,3', '-n', '5'], () => [failing, plain]],
    ['a limit', ['-n', '1'], () => [failing]],
    ['a name', ['--name', "it's*"], () => [plain]],
    ['words of the script', ['--search', 'LEARNING_rate'], () => [secret, plain]],
    ['words of the command', ['--search', '--seed 7'], () => [plain]],
    ['the past', ['-E', 'now-1hour'], () => []],
    ['today', ['-S', 'now-1hour', '--all-clusters', '--no-refresh'], () => [failing, secret, plain]],
  ])('is narrowed by %s', async (_, options, ids) => {
    expect((await json<Entry[]>(['history', ...options])).map(({ job_id }) => job_id)).toEqual(ids());
  });

  it.each([
    [['-s', 'nonsense'], 'usage.job_state'],
    [['-S', 'yesterday'], 'usage.time'],
    [['-j', '1_2_3'], 'usage.job_id'],
    [['-n', '0'], 'usage.option_value'],
  ])('refuses %j', async (options, error) => {
    const { code, stdout, stderr } = await run(['history', ...options]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(`srunx: error[${error}]: `);
  });

  it('keeps notes and tags, beside the plan for another database as well', async () => {
    expect((await run(['history', 'note', plain, `good ${hostile}`])).code).toBe(0);
    expect((await run(['history', 'tag', plain, 'paper,best', 'old'])).stdout).toBe(`${plain}: best, old, paper\n`);
    await run(['history', 'tag', plain, 'old', '--remove']);
    const elsewhere = { env: { XDG_STATE_HOME: join(dir, 'another state') } };
    for (const options of [{}, elsewhere]) {
      const [entry] = await json<Entry[]>(['history', '--all-clusters', '--tag', 'best,paper'], options);
      expect(entry).toMatchObject({ name: hostile, tags: ['best', 'paper'], note: `good ${hostile}` });
    }
    expect((await json<Entry[]>(['history', '--search', 'learning', '--no-refresh'], elsewhere)).length).toBe(2);
    expect((await run(['history', 'tag', plain, 'two words'])).code).toBe(2);
    expect((await run(['history', 'note', plain])).code).toBe(2);
    expect((await run(['history', 'note', plain, '--clear'])).stdout).toBe(`${plain}: no note\n`);
  });

  it('shows all of one job, but no value of a variable', async () => {
    const shown = await json<Shown>(['history', 'show', secret]);
    expect(shown).toMatchObject({
      ...{ job_id: secret, variables: ['TOKEN'], args: [], cwd: work },
      script_text: readFileSync(join(work, 'train.sh'), 'utf8'),
      attempts: [{ number: 1, raw_state: 'COMPLETED' }],
    });
    expect(shown.options).toContain('--mem=10');
    expect(shown.transitions.at(-1)?.to).toBe('completed');
    const { stdout } = await run(['history', 'show', shown.run_id.slice(0, 8)]);
    expect(stdout).toMatch(/^job \d+ train.sh: COMPLETED\n/);
    expect(stdout).toContain('variables       TOKEN (their values are not kept)\n');
    expect(stdout + JSON.stringify(shown)).not.toContain('s3cr3t');
    expect((await run(['history', 'show', '999'])).code).toBe(7);
  });
});

describe('srunx history resubmit', () => {
  it('submits the recorded script and options again, also when the file has changed', async () => {
    write('train.sh', '#!/bin/sh\necho changed\n');
    const ran = await run(['history', 'resubmit', plain, '--time', '7', '--json']);
    expect(ran.code, ran.stderr).toBe(0);
    const { job_id: again } = JSON.parse(ran.stdout) as Entry;
    expect(again).not.toBe(plain);
    const [first, second] = [
      await json<Shown>(['history', 'show', plain]),
      await json<Shown>(['history', 'show', again ?? '']),
    ];
    expect(second.script_text).toBe(first.script_text);
    expect(second).toMatchObject({ name: hostile, comment: 'for the paper', args: ['--seed', '7'], cwd: work });
    expect(second.options).toContain('--time=7');
    expect(second.run_id).not.toBe(first.run_id);
  });

  it('shows with --dry-run what would be submitted, and submits nothing', async () => {
    const before = await json<Entry[]>(['history', '--limit', '1000']);
    const shown = await json<{ name: string; argv: string[]; cwd: string; script: string }>([
      ...['history', 'resubmit', plain, '--time', '9', '--dry-run'],
    ]);
    expect(shown).toMatchObject({ name: hostile, cwd: work, script: expect.stringContaining('learning') });
    expect(shown.argv).toContain('--time=9');
    const text = await run(['history', 'resubmit', '--dry-run', plain]);
    expect(text).toMatchObject({ code: 0, stdout: expect.stringMatching(/^submitted: sbatch --parsable /) });
    expect(await json<Entry[]>(['history', '--limit', '1000'])).toHaveLength(before.length);
  });

  it('asks for the values of variables that it did not keep', async () => {
    const refused = await run(['history', 'resubmit', secret]);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain('values were not kept: TOKEN\n');
    const ran = await run(['history', 'resubmit', secret, '--env', 'TOKEN', '--parsable', '-q'], {
      env: { TOKEN: 'x' },
    });
    expect(ran.stdout).toMatch(/^\d+\n$/);
  });

  it.each([
    [['resubmit'], 2],
    [['resubmit', '999'], 7],
    [['resubmit', '1', '--wrap', 'true'], 2],
    [['resubmit', '1', '--time', 'soon'], 2],
    [['resubmit', '1', '2'], 2],
  ])('refuses %j', async (words, code) => {
    expect(await run(['history', ...words])).toMatchObject({ code, stdout: '' });
  });

  it('refuses a job whose plan directory is gone, and says what to do', async () => {
    const { directory } = await json<Shown>(['history', 'show', failing]);
    rmSync(directory, { recursive: true });
    const { code, stderr } = await run(['history', 'resubmit', failing]);
    expect(code).toBe(7);
    expect(stderr).toMatch(/^srunx: error\[history\.plan_gone\]: .*\nhint: .*`srunx sbatch`/);
    expect((await json<Shown>(['history', 'show', failing])).script_text).toContain('exit 3');
  });
});

describe('a workflow', () => {
  it('has each of its jobs in the history, also one that never started', async () => {
    write(
      'two.yaml',
      'name: two\njobs:\n  - {name: a, command: "false"}\n  - {name: b, command: "true", depends_on: [a]}\n',
    );
    const started = await run(['flow', 'run', '-q', 'two.yaml']);
    expect(started.code).toBe(4);
    const entries = await json<Entry[]>(['history', '--workflow', 't?o']);
    expect(entries.map(({ name, status, state }) => [name, status, state])).toEqual([
      ['a', 'FAILED', 'failed'],
      ['b', 'CANCELLED', 'skipped'],
    ]);
    const runId = entries[0]?.run_id ?? '';
    const ran = await run(['history', 'resubmit', `${runId}/b`]);
    expect(ran.code, ran.stderr).toBe(0);
    expect(ran.stderr).toContain('without waiting for other jobs of its workflow');
    expect((await run(['history', 'resubmit', runId])).stderr).toContain('error[history.several_jobs]');
    expect((await run(['flow', 'list', '-n', '1', '--format', 'ids'])).stdout).toBe(`${runId}\n`);
  });

  it('is withdrawn, with the reason, where not even its plan could be written', async () => {
    write('a file', '');
    const env = { SRUNX_RUN_DIR: join(work, 'a file', 'runs'), XDG_STATE_HOME: join(dir, 'third state') };
    const refused = await run(['flow', 'run', 'two.yaml'], { env });
    expect(refused.code).toBe(1);
    const [shown] = await json<{ status: string; jobs: { state: string; reason: string }[] }[]>(['flow', 'list'], {
      env,
    });
    expect(shown?.status).toBe('cancelled');
    expect(shown?.jobs[0]).toMatchObject({ state: 'withdrawn', reason: expect.stringContaining('a file') });
    expect(existsSync(env.SRUNX_RUN_DIR)).toBe(false);
  });
});
