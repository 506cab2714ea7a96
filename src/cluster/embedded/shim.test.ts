import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseShimStatus, shimScript } from './shim.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "srunx shim 'x $(y) 日本語-"));
});
const shims: number[] = [];
afterEach(() => {
  // A test that fails must leave nothing running either.
  for (const pid of shims.splice(0)) endGroup(pid);
  rmSync(directory, { recursive: true, force: true });
});

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

const shells = ['/bin/sh', ...['/bin/dash', '/bin/bash'].filter((path) => existsSync(path))];

interface Shim {
  readonly pid: number;
  readonly word: Writable;
  readonly ended: Promise<{
    readonly code: number | null;
    readonly signal: string | null;
    readonly out: string;
    readonly err: string;
  }>;
  status(): string;
}

function start(
  body: string,
  options: { shell?: string; args?: string[]; umask?: string; env?: Record<string, string>; status?: string } = {},
): Shim {
  const { shell = '/bin/sh', args = [], umask = '22', env = {} } = options;
  const script = join(directory, 'slurm_script');
  writeFileSync(script, body, { mode: 0o700 });
  const status = options.status ?? join(directory, 'status');
  const child = spawn(shell, ['-c', shimScript, 'srunx-job', status, umask, script, ...args], {
    detached: true,
    cwd: directory,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  if (child.pid === undefined || child.stdout === null || child.stderr === null) throw new Error('no shell');
  shims.push(child.pid);
  const outputs = Promise.all([text(child.stdout), text(child.stderr)]);
  const ended = once(child, 'exit').then(async ([code, signal]) => {
    const [out, err] = await outputs;
    return { code, signal, out, err };
  });
  const word = child.stdio[3] as Writable;
  // A shim that is ended before it has read the word.
  word.on('error', () => undefined);
  return { pid: child.pid, word, ended, status: () => (existsSync(status) ? readFileSync(status, 'utf8') : '') };
}

test.each(
  shells.flatMap((shell) => [
    { shell, body: '#!/bin/sh\nexit 0\n', exit: { code: 0, signal: 0 } },
    { shell, body: '#!/bin/sh\nexit 3\n', exit: { code: 3, signal: 0 } },
    { shell, body: '#!/bin/sh\nexit 137\n', exit: { code: 137, signal: 0 } },
    { shell, body: '#!/bin/sh\nkill -KILL $$\n', exit: { code: 0, signal: 9 } },
    { shell, body: '#!/bin/sh\nkill -TERM $$\n', exit: { code: 0, signal: 15 } },
    { shell, body: '#!/bin/sh\nkill -INT $$\n', exit: { code: 0, signal: 2 } },
    { shell, body: '#!/bin/sh\nkill -USR1 $$\n', exit: { code: 0, signal: 10 } },
    { shell, body: '#!/bin/sh\nkill -SEGV $$\n', exit: { code: 0, signal: 11 } },
    { shell, body: '#!/no/such/interpreter\n', exit: { code: 127, signal: 0 } },
  ]),
)('$shell tells how $body ended', async ({ shell, body, exit }) => {
  const shim = start(body, { shell });
  shim.word.end('go\n');
  const { out } = await shim.ended;
  expect(parseShimStatus(shim.status())).toEqual({ begun: true, exit });
  expect(out).toBe('');
});

test('does nothing before it gets the word, and ends if the word never comes', async () => {
  const shim = start('#!/bin/sh\ntouch ran\n');
  shim.word.destroy();
  expect(await shim.ended).toMatchObject({ code: 0, signal: null, out: '', err: '' });
  expect(shim.status()).toBe('');
  expect(existsSync(join(directory, 'ran'))).toBe(false);
});

test('hands over arguments, streams, umask and environment unchanged', async () => {
  const args = ['a b', "a'b", '$(x)', '-rf', 'two\nlines', '日本語', ''];
  const body = '#!/bin/sh\nfor a in "$@"; do printf "<%s>" "$a"; done; umask; echo "$status $code $srunx_code" >&2\n';
  const shim = start(body, { args, umask: '27', env: { status: 'mine', code: 'too' } });
  shim.word.end('go\n');
  const { out, err } = await shim.ended;
  expect(out).toBe(`${args.map((arg) => `<${arg}>`).join('')}0027\n`);
  expect(err).toBe('mine too \n');
});

test('the script gets INT and QUIT, and descriptors of the shim stay its own', async () => {
  const shim = start('#!/bin/sh\ntrap "echo int; exit 5" INT\nkill -INT $$\nsleep 10\n');
  shim.word.end('go\n');
  expect((await shim.ended).out).toBe('int\n');
  const listing = start('#!/bin/sh\nls /dev/fd\n', { status: join(directory, 'other') });
  listing.word.end('go\n');
  expect((await listing.ended).out.split('\n')).not.toContain('4');
});

test.each(shells)('%s survives the signals that its script gets', async (shell) => {
  const shim = start('#!/bin/sh\ntrap "echo told; exit 7" TERM\necho ready\nwhile :; do sleep 0.01; done\n', { shell });
  shim.word.end('go\n');
  await expect.poll(() => shim.status()).toContain('begin');
  // The trap may not be set yet: only a script that is ready counts.
  const told = setInterval(() => process.kill(-shim.pid, 'SIGTERM'), 300);
  const { out } = await shim.ended;
  clearInterval(told);
  expect(out).toContain('told');
  expect(parseShimStatus(shim.status()).exit).toEqual({ code: 7, signal: 0 });
});

test('a TERM before the script is there ends the job without it', async () => {
  const shim = start('#!/bin/sh\ntouch ran\n');
  process.kill(shim.pid, 'SIGSTOP');
  process.kill(shim.pid, 'SIGTERM');
  shim.word.end('go\n');
  process.kill(shim.pid, 'SIGCONT');
  await shim.ended;
  expect(existsSync(join(directory, 'ran'))).toBe(false);
});

test('what the script left in the background ends with it', async () => {
  const shim = start('#!/bin/sh\nsleep 60 >/dev/null 2>&1 &\necho $!\n');
  shim.word.end('go\n');
  const { out } = await shim.ended;
  await expect.poll(() => isRunning(Number(out))).toBe(false);
});

function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

test('a status file that cannot be written keeps the script from starting', async () => {
  const shim = start('#!/bin/sh\ntouch ran\n', { status: join(directory, 'missing', 'status') });
  shim.word.end('go\n');
  expect((await shim.ended).code).not.toBe(0);
  expect(existsSync(join(directory, 'ran'))).toBe(false);
});

test('where the exit code cannot be written, the shim ends with it', async () => {
  if (!existsSync('/dev/full')) return;
  // The first write fails here already, so the code is the shim's own.
  const shim = start('#!/bin/sh\nexit 3\n', { status: '/dev/full' });
  shim.word.end('go\n');
  expect(await shim.ended).toMatchObject({ code: 71, signal: null });
});

test.each<[string, ReturnType<typeof parseShimStatus>]>([
  ['', { begun: false, exit: undefined }],
  ['be', { begun: true, exit: undefined }],
  ['begin\n', { begun: true, exit: undefined }],
  ['begin\nexit 0', { begun: true, exit: undefined }],
  ['begin\nexit 0\n', { begun: true, exit: { code: 0, signal: 0 } }],
  ['begin\nKilled\nexit 137\n', { begun: true, exit: { code: 0, signal: 9 } }],
  ['begin\nexit 200\n', { begun: true, exit: { code: 200, signal: 0 } }],
  ['begin\nexit 130\n', { begun: true, exit: { code: 0, signal: 2 } }],
])('reads %j', (status, expected) => {
  expect(parseShimStatus(status)).toEqual(expected);
});
