import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { slowSeconds } from '../../dev/login-shells.ts';
import { listProcesses, readCommandLine, waitUntil } from '../../dev/processes.ts';
import type { SshShell } from '../../src/shell/ssh/ssh-shell.ts';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSshShells } from '../support/ssh-shells.ts';
import { useSshVariant } from '../support/ssh-variants.ts';

const cluster = useDevCluster();
const shells = useSshShells();

const stopped: number[] = [];
afterEach(() => {
  for (const pid of stopped.splice(0)) if (isThere(pid)) process.kill(pid, 'SIGKILL');
});

const isThere = (pid: number): boolean => readCommandLine(pid) !== '';

function masterOf(shell: SshShell): number {
  const { socket } = shell.master.places;
  const words = [`ControlPath=${socket} `, 'ControlMaster=yes'];
  const pids = listProcesses().flatMap(({ pid }) =>
    words.every((word) => readCommandLine(pid).includes(word)) ? [pid] : [],
  );
  expect(pids).toHaveLength(1);
  return pids[0] ?? 0;
}

function stopMaster(shell: SshShell): number {
  const pid = masterOf(shell);
  stopped.push(pid);
  process.kill(pid, 'SIGSTOP');
  return pid;
}

describe('a connection whose process stands still', () => {
  const variant = useSshVariant(cluster);
  const open = () => shells.open({ host: 'dev', configFile: variant().sshConfig });

  it('is replaced by another one, for all who wait for it', { timeout: 60_000 }, async () => {
    const [first, second, third] = [open(), open(), open()];
    await first.run({ argv: ['true'] });
    const before = variant().countLogins();
    const pid = stopMaster(first);
    const startedAt = performance.now();
    const ends = await Promise.all([second, third].map((shell) => shell.run({ argv: ['echo', 'there'] })));
    expect(ends.map(({ stdout }) => Buffer.from(stdout).toString())).toEqual(['there\n', 'there\n']);
    expect(performance.now() - startedAt).toBeLessThan(20_000);
    // It would take the socket of the next one with it whenever it woke up.
    expect([isThere(pid), existsSync(second.master.places.socket)]).toEqual([false, true]);
    expect([variant().countLogins(), masterOf(second)]).toEqual([before + 1, masterOf(third)]);
  });
});

describe('a session that was left by somebody, over a connection whose process stands still', () => {
  const variant = useSshVariant(cluster);
  const open = () => shells.open({ host: 'dev', configFile: variant().sshConfig }, { leavesSession: true });
  const use = async () => {
    await using shell = open();
    return await shell.run({ argv: ['true'] });
  };

  it('is given up after some seconds, and the next command has another connection', { timeout: 60_000 }, async () => {
    await use();
    const place = `${open().master.places.socket}.idle`;
    await expect.poll(() => existsSync(place), { timeout: 20_000 }).toBe(true);
    stopMaster(open());
    const startedAt = performance.now();
    await expect(use()).rejects.toMatchObject({ code: 'ssh.connection_lost', exitCode: 6 });
    expect(performance.now() - startedAt).toBeLessThan(25_000);
    expect((await use()).exitCode).toBe(0);
  });
});

describe('a login whose process was killed', () => {
  const variant = useSshVariant(cluster, { relay: { delayMs: 20 } });

  it('is waited for by the next command, which then uses it', { timeout: 60_000 }, async () => {
    const shell = shells.open({ host: 'dev', configFile: variant().sshConfig });
    const before = variant().countLogins();
    const program = join(import.meta.dirname, 'run-command.ts');
    const env = { ...process.env, ...shells.env() };
    const first = spawn(process.execPath, [program, variant().sshConfig], { env, stdio: 'ignore' });
    const login = `${shell.master.places.socket}.login`;
    expect(await waitUntil(() => existsSync(login), 20_000)).toBe(true);
    first.kill('SIGKILL');
    expect((await shell.run({ argv: ['true'] })).exitCode).toBe(0);
    expect([variant().countLogins(), masterOf(shell)]).toEqual([before + 1, expect.any(Number)]);
  });
});

describe('a login shell that takes its time', () => {
  const slow = useSshVariant(cluster, { shell: 'slow' });
  const noisy = useSshVariant(cluster, { shell: 'noisy' });

  it('is waited for as long as the connection answers', { timeout: 60_000 }, async () => {
    writeFileSync(join(noisy().home, '.bashrc'), 'sleep 13\n');
    const shell = shells.open({ host: 'dev', configFile: noisy().sshConfig });
    const before = noisy().countLogins();
    const { stdout } = await shell.run({ argv: ['echo', 'late'] });
    expect([Buffer.from(stdout).toString(), noisy().countLogins()]).toEqual(['late\n', before + 1]);
  });

  it('is given up when the connection stops amid it, and nobody knows what it still does', {
    timeout: 60_000,
  }, async () => {
    const shell = shells.open({ host: 'dev', configFile: slow().sshConfig });
    const running = shell.run({ argv: ['true'] }).then(
      () => undefined,
      (error: unknown) => error,
    );
    const isSlow = () => listProcesses().some(({ pid }) => readCommandLine(pid) === `sleep ${slowSeconds} `);
    await waitUntil(isSlow, 20_000);
    stopMaster(shell);
    expect(await running).toMatchObject({ code: 'ssh.connection_lost', exitCode: 6 });
    expect((await shell.run({ argv: ['true'] })).exitCode).toBe(0);
  });
});

describe('the time that a command has', () => {
  const variant = useSshVariant(cluster, { relay: {} });
  const isLate = expect.objectContaining({ kind: 'timeout', code: 'shell.timeout', exitCode: 124 });
  const fail = (shell: SshShell, timeoutMs: number) =>
    shell.run({ argv: ['true'], timeoutMs }).then(
      () => undefined,
      (error: unknown) => error,
    );

  it('ends while it waits for a login, too', async () => {
    const [first, second] = [0, 1].map(() => shells.open({ host: 'dev', configFile: variant().sshConfig }));
    if (first === undefined || second === undefined) throw new Error('there are two');
    variant().relay?.blackHole(true);
    const startedAt = performance.now();
    // One of them logs in, and the other one waits for that.
    const errors = await Promise.all([fail(first, 1_000), fail(second, 1_500)]);
    expect(errors).toEqual([isLate, isLate]);
    expect(performance.now() - startedAt).toBeLessThan(4_000);
    variant().relay?.blackHole(false);
    expect((await first.run({ argv: ['true'] })).exitCode).toBe(0);
  });

  it('ends when the connection stops amid the command', { timeout: 30_000 }, async () => {
    const shell = shells.open({ host: 'dev', configFile: variant().sshConfig });
    await shell.run({ argv: ['true'] });
    stopMaster(shell);
    expect(await fail(shell, 500)).toEqual(isLate);
    expect((await shell.run({ argv: ['true'] })).exitCode).toBe(0);
  });

  it('ends while it waits for a channel, too', async () => {
    const shell = shells.open({ host: 'dev', configFile: variant().sshConfig });
    const stop = new AbortController();
    const busy = Array.from({ length: 8 }, () =>
      shell.run({ argv: ['sleep', '60'], signal: stop.signal }).catch(() => undefined),
    );
    expect(await fail(shell, 2_000)).toEqual(isLate);
    stop.abort();
    await Promise.all(busy);
    expect((await shell.run({ argv: ['true'] })).exitCode).toBe(0);
  });
});
