import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseReceipt, renderWrapper, type WrapperOptions } from './wrapper.ts';

// Real shells on a machine that may be busy.
vi.setConfig({ testTimeout: 20_000 });

const token = 'run.1_2-0';
let dir: string;
let running: ChildProcess[];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "srunx wrapper '$(x) "));
  mkdirSync(join(dir, 'receipts'));
  running = [];
});

afterEach(() => {
  for (const child of running) killGroup(child);
  rmSync(dir, { recursive: true, force: true });
});

/** What a failed test may have left; mostly there is nothing any more. */
function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function payload(text: string, mode = 0o755): string {
  const path = join(dir, 'pay load');
  writeFileSync(path, text, { mode });
  chmodSync(path, mode);
  return path;
}

function writeWrapper(options: Partial<WrapperOptions> = {}): string {
  const path = join(dir, 'wrapper.sh');
  const defaults = { directory: dir, token, payload: join(dir, 'pay load'), directives: [], env: {} };
  writeFileSync(path, renderWrapper({ ...defaults, ...options }));
  return path;
}

interface Start {
  readonly shell: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly options?: Partial<WrapperOptions>;
}

function run({ shell, args = [], env = {}, input = '', options }: Start) {
  const file = writeWrapper(options);
  const variables = { PATH: '/usr/bin:/bin', SLURM_JOB_ID: '7', ...env };
  const { status, stdout, stderr } = spawnSync(shell, [file, ...args], { encoding: 'utf8', env: variables, input });
  return { code: status, out: stdout, err: stderr };
}

function receipt(suffix = '') {
  return parseReceipt(readFileSync(join(dir, 'receipts', `${token}${suffix}`), 'utf8'));
}

/** Starts the wrapper, and sends signals once the payload says `ready` and the wrapper has set its traps. */
async function runWithSignals(shell: string, signals: readonly NodeJS.Signals[]) {
  const env = { PATH: '/usr/bin:/bin', SLURM_JOB_ID: '7' };
  const child = spawn(shell, [writeWrapper()], { env, stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  running.push(child);
  let out = '';
  child.stdout.on('data', (chunk) => {
    out += String(chunk);
  });
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  await vi.waitFor(() => expect(out.includes('ready') && catchesAll(child.pid ?? 0)).toBe(true), {
    interval: 2,
    timeout: 4_000,
  });
  for (const signal of signals) child.kill(signal);
  return { code: await closed, out };
}

/** Whether the process has a handler for each of HUP, INT, QUIT, USR1, USR2 and TERM, as Linux tells. */
function catchesAll(pid: number): boolean {
  const mask = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
  return [1, 2, 3, 10, 12, 15].every((signal) => (BigInt(`0x${mask}`) >> BigInt(signal - 1)) & 1n);
}

// Where sh is bash too, dash still gets its turn where it is installed.
const shells = ['sh', 'bash', ...['dash', 'ksh'].filter((name) => spawnSync(name, ['-c', ':']).status === 0)];

describe.each(shells)('the wrapper under %s', (shell) => {
  it('passes arguments, standard input, variables and both outputs as they are', () => {
    payload(`#!/bin/sh\nprintf '<%s>' "$@"\ncat\nprintf %s "$MINE" >&2`);
    const words = ['a b', `a'b`, '$(x)', '-rf', '', 'a\nb', '日本語', '*'];
    const result = run({ shell, args: words, input: 'in put\n', options: { env: { MINE: `it's "$mine"\n` } } });
    expect(result).toEqual({
      code: 0,
      out: `${words.map((word) => `<${word}>`).join('')}in put\n`,
      err: `it's "$mine"\n`,
    });
  });

  it('names a file for metrics, which a requeued job goes on with, and which is none where nothing is written', () => {
    const file = join(dir, 'receipts', `${token}.4.metrics`);
    payload(`#!/bin/sh\n[ -z "$SAY" ] || echo "$SAY" >>"$SRUNX_METRICS"`);
    const task = (say: string) => run({ shell, env: { SLURM_ARRAY_TASK_ID: '4', SAY: say } }).code;
    expect(task('')).toBe(0);
    expect(existsSync(file)).toBe(false);
    expect([task('{"loss": 2}'), task('{"loss": 1}')]).toEqual([0, 0]);
    expect(readFileSync(file, 'utf8')).toBe('{"loss": 2}\n{"loss": 1}\n');
  });

  it.each([0, 1, 75, 126, 127, 128, 129, 143, 255])(
    'ends with %i as the payload does, and writes that down',
    (code) => {
      payload(`#!/bin/sh\nexit ${code}`);
      const before = Math.floor(Date.now() / 1000);
      expect(run({ shell }).code).toBe(code);
      const facts = receipt();
      expect(facts).toMatchObject({ jobId: '7', attempts: 1, exitCode: code, signals: [] });
      expect(facts.startTime).toBeGreaterThanOrEqual(before);
      expect(facts.endTime).toBeGreaterThanOrEqual(facts.startTime ?? 0);
      expect(readlinkSync(join(dir, 'receipts', `${token}.id`))).toBe('7');
    },
  );

  it.each([
    ['SIGKILL', 137],
    ['SIGTERM', 143],
  ])('says 128+n of a payload that %s ended', (name, code) => {
    payload(`#!/bin/sh\nkill -s ${name.slice(3)} $$`);
    expect(run({ shell }).code).toBe(code);
    expect(receipt()).toMatchObject({ exitCode: code, signals: [] });
  });

  it('starts a token once: a second job ends with 75 and touches nothing', () => {
    payload('#!/bin/sh\necho ran');
    expect(run({ shell }).out).toBe('ran\n');
    const before = readFileSync(join(dir, 'receipts', token), 'utf8');
    const second = run({ shell, env: { SLURM_JOB_ID: '8' } });
    expect(second).toMatchObject({ code: 75, out: '' });
    expect(second.err).toContain('job 7 runs this submission already; job 8 ends without doing anything');
    expect(readFileSync(join(dir, 'receipts', token), 'utf8')).toBe(before);
  });

  it('lets one of many jobs at once run', async () => {
    payload('#!/bin/sh\necho ran');
    const file = writeWrapper();
    const codes = await Promise.all(
      Array.from({ length: 8 }, (_, index) => {
        const child = spawn(shell, [file], {
          env: { PATH: '/usr/bin:/bin', SLURM_JOB_ID: `${100 + index}` },
          stdio: 'ignore',
          detached: true,
        });
        running.push(child);
        return new Promise((resolve) => child.once('close', resolve));
      }),
    );
    expect(codes.toSorted()).toEqual([0, 75, 75, 75, 75, 75, 75, 75]);
    expect(receipt().attempts).toBe(1);
  });

  it('starts a requeued job again, and counts', () => {
    payload('#!/bin/sh\nexit 3');
    run({ shell });
    payload('#!/bin/sh\nexit 0');
    expect(run({ shell }).code).toBe(0);
    expect(receipt()).toMatchObject({ attempts: 2, exitCode: 0, jobId: '7' });
  });

  it('gives every task of an array its own latch and receipt', () => {
    payload('#!/bin/sh\nexit "$SLURM_ARRAY_TASK_ID"');
    expect(run({ shell, env: { SLURM_JOB_ID: '8', SLURM_ARRAY_TASK_ID: '4' } }).code).toBe(4);
    expect(run({ shell, env: { SLURM_JOB_ID: '9', SLURM_ARRAY_TASK_ID: '5' } }).code).toBe(5);
    expect(run({ shell, env: { SLURM_JOB_ID: '10', SLURM_ARRAY_TASK_ID: '5' } }).code).toBe(75);
    expect(receipt('.4')).toMatchObject({ jobId: '8', exitCode: 4 });
    expect(receipt('.5')).toMatchObject({ jobId: '9', exitCode: 5, attempts: 1 });
  });

  it.each(['missing', 'a file', 'read-only'])('runs the payload where the directory of receipts is %s', (how) => {
    rmSync(join(dir, 'receipts'), { recursive: true });
    if (how === 'a file') writeFileSync(join(dir, 'receipts'), '');
    // Nobody, root included, can write into a directory of /proc.
    if (how === 'read-only') symlinkSync('/proc/self/fdinfo', join(dir, 'receipts'));
    payload('#!/bin/sh\necho ran; exit 4');
    expect(run({ shell })).toEqual({ code: 4, out: 'ran\n', err: '' });
  });

  it('runs the payload where the disk is full', () => {
    symlinkSync('/dev/full', join(dir, 'receipts', token));
    payload('#!/bin/sh\necho ran; exit 4');
    expect(run({ shell })).toEqual({ code: 4, out: 'ran\n', err: '' });
  });

  it('runs without a job id, and without standard input', () => {
    payload('#!/bin/sh\ncat; echo ran');
    const closed = spawnSync('sh', ['-c', 'exec "$0" "$1" <&-', shell, writeWrapper()], {
      encoding: 'utf8',
      env: { PATH: '/usr/bin:/bin' },
    });
    expect([closed.status, closed.stdout, closed.stderr]).toEqual([0, 'ran\n', '']);
    expect(receipt()).toMatchObject({ attempts: 1, exitCode: 0, jobId: undefined });
  });

  it.each([
    ['#!/bin/sh\n', ''],
    ['#! /bin/sh -e\n', 'e'],
    ['#!/usr/bin/env bash\n', 'hB'],
    ['echo no interpreter\n', ''],
  ])('starts a payload without execute permission as its first line says: %j', (first, flags) => {
    payload(`${first}printf '<%s>' "$@"; echo "$-"`, 0o644);
    const { code, out } = run({ shell, args: ['a b', '*'] });
    expect(code).toBe(0);
    expect(out).toContain('<a b><*>');
    expect(out.trimEnd().endsWith(`>${flags}`)).toBe(true);
  });

  it('starts a payload whose path looks like a variable', () => {
    writeFileSync(join(dir, 'A=b'), '#!/bin/sh\necho ran', { mode: 0o755 });
    expect(run({ shell, options: { payload: join(dir, 'A=b') } }).out).toBe('ran\n');
  });

  it.each([
    ['is missing', undefined, 127],
    ['names a missing interpreter', '#!/no/such/program\n', 127],
    ['is a directory', 'directory', 126],
  ])('says so of a payload that %s', (_, text, code) => {
    if (text === 'directory') mkdirSync(join(dir, 'pay load'));
    else if (text !== undefined) payload(text);
    const result = run({ shell });
    expect(result.err).toContain('pay load');
    // bash says 126 of a missing interpreter, unless env starts it.
    expect([code, 126]).toContain(result.code);
    expect(receipt()).toMatchObject({ attempts: 1, exitCode: result.code });
  });

  it.each(['SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGTERM'] as const)('passes %s on', async (signal) => {
    const name = signal.slice(3);
    payload(`#!/bin/sh\nsleep 60 &\ntrap 'echo got ${name}; kill $!; exit 9' ${name}\necho ready\nwait`);
    expect(await runWithSignals(shell, [signal])).toEqual({ code: 9, out: `ready\ngot ${name}\n` });
    expect(receipt()).toMatchObject({ exitCode: 9, signals: [name] });
  });

  const undoes = spawnSync('env', ['--default-signal=INT', 'true']).status === 0;
  it.runIf(undoes).each(['SIGINT', 'SIGQUIT'] as const)('passes %s on', async (signal) => {
    const name = signal.slice(3);
    payload(`#!/bin/sh\nsleep 60 &\ntrap 'echo got ${name}; kill $!; exit 9' ${name}\necho ready\nwait`);
    expect(await runWithSignals(shell, [signal])).toEqual({ code: 9, out: `ready\ngot ${name}\n` });
    expect(receipt()).toMatchObject({ exitCode: 9, signals: [name] });
  });

  it('says 128+n of a payload that a signal passed on ended', async () => {
    payload('#!/bin/sh\necho ready\nexec sleep 60');
    expect(await runWithSignals(shell, ['SIGTERM'])).toMatchObject({ code: 143 });
    expect(receipt()).toMatchObject({ exitCode: 143, signals: ['TERM'] });
  });

  it('waits for a payload that goes on, and reports its own end', async () => {
    payload(`#!/bin/sh\nsleep 60 &\ntrap 'echo saving; kill $!' USR1\necho ready\nwait\nwait\nexit 4`);
    expect(await runWithSignals(shell, ['SIGUSR1'])).toEqual({ code: 4, out: 'ready\nsaving\n' });
    expect(receipt()).toMatchObject({ exitCode: 4, signals: ['USR1'] });
  });

  it('never takes its own interruption for the end of the payload', async () => {
    // The payload ends in the same instant in which the signal interrupts the wait for it.
    payload(`#!/bin/sh\nsleep 60 &\ntrap 'kill $!; exit 0' TERM\necho ready\nwait`);
    for (let round = 0; round < 6; round += 1) {
      expect((await runWithSignals(shell, ['SIGCONT', 'SIGTERM'])).code).toBe(0);
    }
    expect(receipt().signals).toContain('TERM');
  });

  it('costs little: the programs it starts can be counted', () => {
    const bin = join(dir, 'bin');
    mkdirSync(bin);
    for (const name of ['ln', 'date', 'readlink', 'env', 'true']) {
      const text = `#!/bin/sh\necho ${name} >>"$LOG"\nPATH=/usr/bin:/bin exec ${name} "$@"`;
      writeFileSync(join(bin, name), text, { mode: 0o755 });
    }
    payload('#!/bin/sh\necho payload >>"$LOG"');
    expect(run({ shell, env: { PATH: `${bin}:/usr/bin:/bin`, LOG: join(dir, 'log') } }).code).toBe(0);
    const started = readFileSync(join(dir, 'log'), 'utf8').split('\n').slice(0, -1);
    expect(started).toEqual(['ln', 'date', 'env', ...(undoes ? ['env'] : []), 'payload', 'date']);
  });
});

describe('renderWrapper', () => {
  it('begins with what sbatch reads', () => {
    const directives = ['#SBATCH --nodes=2', '#PBS -l x'];
    const lines = renderWrapper({ directory: '/d', token, payload: '/p', directives, env: {} }).split('\n');
    expect(lines.slice(0, 3)).toEqual(['#!/bin/sh', ...directives]);
  });
});

describe('parseReceipt', () => {
  it.each([
    ['', { attempts: 0, signals: [], jobId: undefined }],
    ['start 100 7\n', { attempts: 1, signals: [], jobId: '7', startTime: 100 }],
    ['start 100 7\nexit 105 0\n', { attempts: 1, signals: [], jobId: '7', startTime: 100, endTime: 105, exitCode: 0 }],
    [
      'start 100 7\nsignal 102 TERM\nexit 105 143\n',
      { attempts: 1, signals: ['TERM'], jobId: '7', startTime: 100, endTime: 105, exitCode: 143 },
    ],
    // Facts are those of the last attempt.
    [
      'start 100 7\nsignal 102 USR1\nexit 105 1\nstart 200 7\n',
      { attempts: 2, signals: [], jobId: '7', startTime: 200 },
    ],
    [
      'start 100 7\nexit 105 1\nretry 106 failed\n',
      { attempts: 1, signals: [], jobId: '7', startTime: 100, endTime: 105, exitCode: 1, retrying: true },
    ],
    [
      'start 100 7\nexit 105 1\nretry 106 failed\nstuck 107 failed\n',
      { attempts: 1, signals: [], jobId: '7', startTime: 100, endTime: 105, exitCode: 1 },
    ],
    [
      'start 100 7\nexit 105 1\nretry 106 failed\nstart 120 7\n',
      { attempts: 2, signals: [], jobId: '7', startTime: 120 },
    ],
    ['start 100 7\nexit 105 1', { attempts: 1, signals: [], jobId: '7', startTime: 100 }],
    ['start 100 \n', { attempts: 1, signals: [], jobId: undefined, startTime: 100 }],
    [
      'start  7\nstart x 7\nexit 1 1000\nexit 1 x\nother 1 2\nsignal 1 \n\0\0\n start 1 7\n',
      { attempts: 0, signals: [], jobId: undefined },
    ],
  ])('reads %j', (text, expected) => expect(parseReceipt(text)).toMatchObject(expected));

  it.each([
    ['start 1 7\nexit 2 1\nretry 2 failed\nstart 9 7\n', ['failed'], ['7']],
    // Slurm had not taken it back.
    ['start 1 7\nexit 2 1\nretry 2 failed\nstuck 3 failed\n', [], ['7']],
    // Submitted again by srunx, after the node was lost.
    [
      'start 1 7\nrequeued 5 node_fail\nstart 5 9\nexit 6 1\nretry 6 oom\nstart 9 11\n',
      ['node_fail', 'oom'],
      ['7', '9', '11'],
    ],
  ])('knows from %j why attempts ended, and under which ids', (text, causes, jobIds) =>
    expect(parseReceipt(text)).toMatchObject({ causes, jobIds }),
  );

  const time = fc.integer({ min: 0, max: 10_000_000_000 });
  const line = fc.oneof(
    fc.tuple(fc.constant('start'), time, fc.integer({ min: 1, max: 999_999_999 }).map(String)),
    fc.tuple(fc.constant('signal'), time, fc.constantFrom('TERM', 'USR1', 'HUP')),
    fc.tuple(fc.constant('exit'), time, fc.integer({ min: 0, max: 255 }).map(String)),
  );

  it('counts starts, keeps the last attempt, and minds no torn end', () => {
    fc.assert(
      fc.property(fc.array(line), fc.string(), (lines, torn) => {
        const text = lines.map((words) => `${words.join(' ')}\n`).join('');
        const facts = parseReceipt(text);
        const starts = lines.flatMap(([kind], index) => (kind === 'start' ? [index] : []));
        const last = lines.slice(starts.at(-1) ?? 0);
        expect(facts.attempts).toBe(starts.length);
        expect(facts.signals).toEqual(last.flatMap(([kind, , value]) => (kind === 'signal' ? [value] : [])));
        const exit = last.findLast(([kind]) => kind === 'exit');
        expect(facts.exitCode).toBe(exit === undefined ? undefined : Number(exit[2]));
        expect(facts.endTime).toBe(exit?.[1]);
        expect(parseReceipt(`${text}${torn.replaceAll('\n', '')}`)).toEqual(facts);
      }),
    );
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary-ascii' }), (text) => void parseReceipt(text)));
  });
});
