import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LockHolder, renderHolder } from '../core/sync/lock-holder.ts';
import { processIdentity } from '../shell/process-identity.ts';
import { releaseFileLock, renewFileLock, takeFileLock } from './file-lock.ts';
import { fateOf, machineId, newHolder } from './this-machine.ts';

let directory: string;
let file: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'srunx-file-lock-'));
  file = join(directory, 'locks/x.lock');
});
afterEach(() => rmSync(directory, { recursive: true }));

const me = () => newHolder('srunx ssh sync', new Date());
const lockOf = (holder: LockHolder = me()) => ({ file, holder, leaseMs: 900_000 });
const gone = { process: processIdentity().replace(/:[^:]*$/, ':1') };
const old = () => utimesSync(file, new Date(), new Date(Date.now() - 1_000_000));

describe('a lock of this machine', () => {
  it('is had by one, who is named, and leaves nothing behind', () => {
    const [one, two] = [lockOf(), lockOf()];
    expect(takeFileLock(one)).toEqual({ kind: 'taken' });
    expect(takeFileLock(two)).toEqual({ kind: 'busy', holder: one.holder });
    expect(readdirSync(join(directory, 'locks'))).toEqual(['x.lock']);
    expect([statSync(file).mode & 0o777, statSync(join(directory, 'locks')).mode & 0o777]).toEqual([0o600, 0o700]);
    releaseFileLock(two);
    expect(renewFileLock(two)).toBe(false);
    old();
    expect(renewFileLock(one)).toBe(true);
    expect(Date.now() - statSync(file).mtimeMs).toBeLessThan(60_000);
    releaseFileLock(one);
    expect(readdirSync(join(directory, 'locks'))).toEqual([]);
    expect(renewFileLock(one)).toBe(false);
  });

  const states: readonly (readonly [string, Partial<LockHolder>, boolean, boolean])[] = [
    ['a process that lives', {}, false, false],
    ['a process that is gone', gone, true, true],
    ['a run of the system before this one', { boot: 'before' }, true, true],
    ['another machine', { ...gone, machine: 'other', host: 'other' }, false, true],
    ['a copy of this machine', { ...gone, host: 'other' }, false, true],
    ['another container', { ...gone, space: 'pid:[1]' }, false, true],
    ['a system that says no more', { ...gone, boot: undefined }, false, true],
  ];
  it.each(states)('of %s is free in time', (_, change, isFree, isFreeLater) => {
    const holder = { ...me(), ...change };
    mkdirSync(join(directory, 'locks'));
    writeFileSync(file, renderHolder(holder));
    expect(takeFileLock(lockOf()).kind).toBe(isFree ? 'taken' : 'busy');
    writeFileSync(file, renderHolder(holder));
    old();
    expect(takeFileLock(lockOf()).kind).toBe(isFreeLater ? 'taken' : 'busy');
    expect(readdirSync(join(directory, 'locks'))).toEqual(['x.lock']);
  });

  it('that says nobody is free after a while', () => {
    mkdirSync(join(directory, 'locks'));
    writeFileSync(file, '');
    expect(takeFileLock(lockOf())).toEqual({ kind: 'busy', holder: undefined });
    old();
    expect(takeFileLock(lockOf()).kind).toBe('taken');
  });

  it('is not taken out by two at once', () => {
    const dead = lockOf({ ...me(), ...gone });
    mkdirSync(join(directory, 'locks'));
    writeFileSync(file, renderHolder(dead.holder));
    mkdirSync(`${file}.break`);
    expect(takeFileLock(lockOf()).kind).toBe('busy');
    utimesSync(`${file}.break`, new Date(), new Date(Date.now() - 120_000));
    expect([takeFileLock(lockOf()).kind, takeFileLock(lockOf()).kind]).toEqual(['busy', 'taken']);
  });

  it('says so where there is no place for it', () => {
    writeFileSync(join(directory, 'locks'), '');
    expect(() => takeFileLock(lockOf())).toThrow(
      expect.objectContaining({
        code: 'sync.lock_unwritable',
        message: expect.stringContaining('no lock can be kept'),
      }),
    );
  });
});

describe('this machine', () => {
  it('is known by a number that is not the one of the system', () => {
    const number = '0123456789abcdef0123456789abcdef';
    mkdirSync(join(directory, 'etc'));
    const machine = join(directory, 'etc/machine-id');
    writeFileSync(machine, `${number}\n`);
    expect(machineId([join(directory, 'none'), machine])).toMatch(/^[0-9a-f]{32}$/);
    expect(machineId([machine])).toBe(machineId([machine]));
    expect(machineId([machine])).not.toBe(number);
    for (const text of ['', 'uninitialized\n']) {
      writeFileSync(machine, text);
      expect(machineId([machine])).toBe(hostname());
    }
  });

  it('says of itself what the file keeps', () => {
    const holder = me();
    expect(takeFileLock(lockOf(holder)).kind).toBe('taken');
    expect(readFileSync(file, 'utf8').split('\n')[0]).toBe(holder.token);
    expect(fateOf(holder)).toBe('alive');
  });
});
