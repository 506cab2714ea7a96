import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { processIdentity } from '../process-identity.ts';
import { takeLoginLock } from './login-lock.ts';

let directory: string;
let lock: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'srunx-lock-'));
  lock = join(directory, 'lock');
});

afterEach(() => rmSync(directory, { recursive: true }));

test('is taken once, by a process that it names, and leaves nothing else behind', () => {
  expect([takeLoginLock(lock), takeLoginLock(lock)]).toEqual([true, false]);
  expect(readFileSync(lock, 'utf8')).toBe(processIdentity());
  expect(readdirSync(directory)).toEqual(['lock']);
});

test.each([
  ['of a process that is gone', processIdentity().replace(/:[^:]*$/, ':1')],
  ['that names nobody', ''],
])('one %s is free at the next try', (_, content) => {
  writeFileSync(lock, content);
  expect([takeLoginLock(lock), takeLoginLock(lock), takeLoginLock(lock)]).toEqual([false, true, false]);
  expect(readdirSync(directory)).toEqual(['lock']);
});

test('says so where its directory is gone', () => {
  expect(() => takeLoginLock(join(directory, 'none', 'lock'))).toThrow('ENOENT');
});
