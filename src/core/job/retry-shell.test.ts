import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CheckpointPlan, RetryPlan } from './retry-shell.ts';
import { renderWrapper, type WrapperOptions } from './wrapper.ts';

// Real shells on a machine that may be busy.
vi.setConfig({ testTimeout: 20_000 });

const token = 'run-0';
let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'srunx-retry-'));
  for (const name of ['receipts', 'bin']) mkdirSync(join(dir, name));
  // Answers as Slurm does, and writes down what it was asked.
  tool(
    'scontrol',
    `echo "$*" >>${dir}/asked
case $* in
  *'show job'*) [ ! -e ${dir}/gone ] || exit 1; echo "JobId=7 JobName=x JobState=$(cat ${dir}/state 2>/dev/null || echo RUNNING) Reason=None" ;;
  requeue*) [ ! -s ${dir}/refusals ] || { head -n 1 ${dir}/refusals >&2; sed -i 1d ${dir}/refusals; exit 1; } ;;
esac`,
  );
  tool('sleep', 'exec /bin/sleep 0.02');
});

afterEach(() => rmSync(dir, { recursive: true, force: true }));

function tool(name: string, text: string): void {
  writeFileSync(join(dir, 'bin', name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
}

const usual: RetryPlan = {
  ...{ max: 2, on: ['failed', 'oom'], delays: [20, 40], jitterPercent: 0, memory: [], time: [] },
};

interface Attempt {
  readonly payload: string;
  readonly retry?: Partial<RetryPlan> | undefined;
  readonly checkpoint?: CheckpointPlan;
  readonly env?: Readonly<Record<string, string>>;
}

function write({ payload, retry, checkpoint }: Attempt): string {
  writeFileSync(join(dir, 'payload'), `#!/bin/bash\n${payload}`, { mode: 0o755 });
  const options: WrapperOptions = {
    ...{ directory: dir, token, payload: join(dir, 'payload'), directives: [], env: {} },
    retry: retry === undefined ? undefined : { ...usual, ...retry },
    checkpoint,
  };
  writeFileSync(join(dir, 'wrapper'), renderWrapper(options));
  return join(dir, 'wrapper');
}

const variables = () => ({ PATH: `${dir}/bin:/usr/bin:/bin`, SLURM_JOB_ID: '7' });

function run(shell: string, attempt: Attempt) {
  const env = { ...variables(), ...attempt.env };
  const log = join(dir, 'log');
  // As Slurm has it: a file for both streams.
  const { status } = spawnSync(shell, ['-c', `exec "$0" "$1" >>'${log}' 2>&1`, shell, write(attempt)], { env });
  return { code: status, log: readFileSync(log, 'utf8') };
}

const asked = () =>
  existsSync(join(dir, 'asked')) ? readFileSync(join(dir, 'asked'), 'utf8').split('\n').slice(0, -1) : [];
const receipt = () =>
  readFileSync(join(dir, 'receipts', token), 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => line.replace(/ \d+ /, ' '));
const keep = (...lines: readonly string[]) =>
  writeFileSync(join(dir, 'receipts', token), lines.map((line) => `${line.replace(' ', ' 100 ')}\n`).join(''));

/** What a failed test may have left; mostly there is nothing any more. */
function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

const shells = ['sh', 'bash', ...['dash', 'ksh'].filter((name) => spawnSync(name, ['-c', ':']).status === 0)];

describe.each(shells)('a job that retries, under %s', (shell) => {
  it('asks for another attempt, and says so', () => {
    const { code, log } = run(shell, { payload: 'echo "attempt $SRUNX_ATTEMPT"; exit 5', retry: {} });
    expect(code).toBe(5);
    expect(log).toBe('attempt 1\nsrunx: attempt 1 ended with 5 (failed); another begins in 20 seconds\n');
    expect(receipt()).toEqual(['start 7', 'exit 5', 'retry failed']);
    expect(asked()).toEqual(['-o show job 7', 'requeue 7', 'update JobId=7 StartTime=now+20']);
  });

  it('waits longer each time, and gives up in the end', () => {
    keep('start 7', 'exit 5', 'retry failed');
    expect(run(shell, { payload: 'exit 6', retry: {} }).log).toBe(
      'srunx: attempt 2 begins\nsrunx: attempt 2 ended with 6 (failed); another begins in 40 seconds\n',
    );
    const { code, log } = run(shell, { payload: 'exit 7', retry: {} });
    expect(code).toBe(7);
    expect(log.split('\n').at(-2)).toBe('srunx: attempt 3 ended with 7 (failed), and no other is left');
    expect(receipt().slice(-2)).toEqual(['start 7', 'exit 7']);
  });

  it.each([
    ['an attempt that ends well', { payload: 'exit 0', retry: {} }],
    ['a cause that is not named', { payload: 'exit 5', retry: { on: ['oom', 'exit:6'] } }],
    ['a job without retries', { payload: 'exit 5' }],
  ] as const)('leaves %s alone', (_, attempt) => {
    expect(run(shell, attempt).log).toBe('');
    expect(asked()).toEqual([]);
  });

  it.each([
    ['exit 9', { on: ['exit:9'] }, 'failed', ''],
    ['kill -KILL $$', { memory: ['MinMemoryNode=64', 'MinMemoryNode=128'] }, 'oom', 'update JobId=7 MinMemoryNode=64'],
    [
      'echo "srun: error: c1: task 0: Out Of Memory"; exit 1',
      { memory: ['MinMemoryCPU=64'] },
      'oom',
      'update JobId=7 MinMemoryCPU=64',
    ],
  ] as const)('knows why %j ended', (payload, retry, cause, change) => {
    run(shell, { payload, retry });
    expect(receipt().at(-1)).toBe(`retry ${cause}`);
    expect(asked().slice(3)).toEqual(change === '' ? [] : [change]);
  });

  it('never retries what somebody cancelled, though the payload hears of it first', () => {
    const payload = '(/bin/sleep 0.3; kill -TERM $PPID) & exit 5';
    tool('sleep', 'exec /bin/sleep 1');
    // PPID of the payload is the wrapper.
    expect(run(shell, { payload, retry: {} }).code).toBe(5);
    expect(asked()).toEqual([]);
    expect(receipt()).toContain('signal TERM');
  });

  it('never requeues what does not run any more', () => {
    writeFileSync(join(dir, 'state'), 'CANCELLED');
    run(shell, { payload: 'exit 5', retry: {} });
    expect(asked()).toEqual(['-o show job 7']);
  });

  it('goes on asking while the controller is away', () => {
    writeFileSync(
      join(dir, 'refusals'),
      'slurm_requeue error: Unable to contact slurm controller (connect failure)\nSocket timed out on send/recv operation\n',
    );
    run(shell, { payload: 'exit 5', retry: {} });
    expect(asked().filter((line) => line === 'requeue 7')).toHaveLength(3);
    expect(receipt().at(-1)).toBe('retry failed');
  });

  it('says where it cannot, and writes that down', () => {
    writeFileSync(join(dir, 'refusals'), 'Requested operation is presently disabled\n');
    const { code, log } = run(shell, { payload: 'exit 5', retry: {} });
    expect(code).toBe(5);
    expect(log).toContain('srunx: it cannot: Requested operation is presently disabled');
    expect(receipt().slice(-2)).toEqual(['retry failed', 'stuck failed']);
  });

  it('counts an attempt that was lost with its node, and not one that somebody put back', () => {
    keep('start 7');
    const lost = { payload: 'exit 0', retry: { max: 1, on: ['node_fail'] } } as const;
    expect(run(shell, lost).log).toBe('srunx: attempt 2 begins\n');
    expect(receipt()).toEqual(['start 7', 'requeued node_fail', 'start 7', 'exit 0']);
    keep('start 7', 'requeued node_fail', 'start 7');
    expect(run(shell, lost)).toMatchObject({ code: 1, log: expect.stringContaining('attempt 2 was lost (node_fail)') });
    keep('start 7', 'signal TERM', 'exit 143');
    writeFileSync(join(dir, 'log'), 'slurmstepd: error: *** JOB 7 ON c1 CANCELLED AT x DUE TO JOB REQUEUE ***\n');
    expect(run(shell, { ...lost, payload: 'exit 0' }).code).toBe(0);
    expect(receipt()).toContain('requeued requeue');
  });

  it('names a task of an array as Slurm does', () => {
    const env = { SLURM_JOB_ID: '9', SLURM_ARRAY_JOB_ID: '7', SLURM_ARRAY_TASK_ID: '3' };
    run(shell, { payload: 'exit 5', retry: {}, env });
    expect(asked()).toEqual(['-o show job 7_3', 'requeue 7_3', 'update JobId=7_3 StartTime=now+20']);
  });
});

describe.each(shells)('a job near its time limit, under %s', (shell) => {
  /** Warns the wrapper once the payload says that it is ready. */
  async function warn(attempt: Attempt) {
    const child = spawn(shell, [write(attempt)], {
      env: variables(),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let log = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (log += String(chunk)));
    const closed = new Promise<number | null>((resolve) => child.once('exit', resolve));
    try {
      await vi.waitFor(() => expect(log).toContain('ready'), { interval: 5, timeout: 10_000 });
      child.kill('SIGUSR2');
      return { code: await closed, log };
    } finally {
      endGroup(child.pid);
    }
  }

  it('saves when its signal comes, ends and goes on later', async () => {
    const payload = `trap 'echo saved; kill $!; exit 0' USR1\n/bin/sleep 60 & echo ready; wait`;
    const { log } = await warn({ payload, checkpoint: { before: 60, max: 5, signal: 'USR1', wait: 30 } });
    expect(log).toContain('srunx: the time limit is near');
    expect(log).toContain('saved\n');
    expect(receipt().slice(-1)).toEqual(['retry checkpoint']);
    expect(asked().at(-1)).toBe('update JobId=7 StartTime=now+10');
  });

  it('gives the signal only to what handles it: a shell in between would die of it', async () => {
    const program = `$SIG{USR1} = sub { print "saved\\n"; exit 0 }; $| = 1; print "ready\\n"; sleep 60 while 1`;
    const payload = `perl -e '${program}' | cat\necho after`;
    const { log } = await warn({ payload, checkpoint: { before: 60, max: 5, signal: 'USR1', wait: 30 } });
    expect(log).toContain('saved\nafter\n');
    expect(receipt().slice(-1)).toEqual(['retry checkpoint']);
  });

  it('runs the hook beside the payload, and ends both when the time is over', async () => {
    const payload = 'echo ready; exec /bin/sleep 60';
    const { code, log } = await warn({
      payload,
      checkpoint: { before: 60, max: 5, command: 'echo "hook for $SRUNX_PID"; exec /bin/sleep 60', wait: 3 },
    });
    expect(log).toMatch(/hook for \d+/);
    expect(code).toBe(143);
    expect(receipt().slice(-2)).toEqual(['exit 143', 'retry checkpoint']);
  });

  it('is done where the payload ends well by itself', async () => {
    const payload = 'echo ready; /bin/sleep 0.5; exit 0';
    tool('sleep', 'exec /bin/sleep 1');
    const { code } = await warn({ payload, checkpoint: { before: 60, max: 5, command: 'true', wait: 30 } });
    expect([code, asked()]).toEqual([0, []]);
  });

  it('is retried with more time where the retry names timeout', async () => {
    const payload = 'echo ready; exec /bin/sleep 60';
    await warn({ payload, retry: { on: ['timeout'], time: ['TimeLimit=20', 'TimeLimit=40'] } });
    expect(receipt().slice(-2)).toEqual(['exit 143', 'retry timeout']);
    expect(asked().slice(-2)).toEqual(['update JobId=7 StartTime=now+20', 'update JobId=7 TimeLimit=20']);
  });

  it('goes on no more often than it may', async () => {
    keep('start 7', 'exit 0', 'retry checkpoint');
    const payload = `trap 'kill $!; exit 3' USR1\n/bin/sleep 60 & echo ready; wait`;
    const { code } = await warn({ payload, checkpoint: { before: 60, max: 1, signal: 'USR1', wait: 30 } });
    expect([code, asked()]).toEqual([3, []]);
  });
});
