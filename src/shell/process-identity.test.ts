import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { expect, it } from 'vitest';
import { isProcessAlive, processIdentity } from './process-identity.ts';

it('knows a running process, and that it has ended', async () => {
  const child = spawn('sleep', ['600']);
  const identity = processIdentity(child.pid);
  expect(isProcessAlive(identity)).toBe(true);
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
  expect(isProcessAlive(identity)).toBe(false);
});

it('does not take a later process with the same number for it', () => {
  const identity = processIdentity();
  expect(isProcessAlive(identity)).toBe(true);
  expect(isProcessAlive(`${identity}#2`)).toBe(true);
  expect(isProcessAlive(`${identity.replace(/\d+$/, (ticks) => `${Number(ticks) - 1}`)}#2`)).toBe(false);
  expect(isProcessAlive(identity.replace(/\d+$/, (ticks) => `${Number(ticks) - 1}`))).toBe(false);
});

it('is the same at every call, and differs between processes', () => {
  expect(processIdentity()).toBe(processIdentity());
  expect(processIdentity()).not.toBe(processIdentity(process.ppid));
});

it('counts processes of other hosts as alive: nothing can be told of them', () => {
  expect(isProcessAlive(`not-${hostname()}:1:1`)).toBe(true);
});

it('does not take text that is no identity for a living process', () => {
  for (const identity of ['', `${hostname()}`, `${hostname()}::`, `${hostname()}:x:1`, `${hostname()}:999999999:`]) {
    expect(isProcessAlive(identity), identity).toBe(false);
  }
});
