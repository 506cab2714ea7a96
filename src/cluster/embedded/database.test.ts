import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { databasePath, openQueue, openQueueReadOnly, query, transact } from './database.ts';
import { readMeta, takeNumbers, writeMeta } from './rows.ts';
import { openRunnerLock } from './runner-lock.ts';

let stateDir = '';
beforeEach(() => {
  stateDir = join(mkdtempSync(join(tmpdir(), 'srunx-queue-')), "a'b $(x) 日本語");
});
afterEach(() => rmSync(join(stateDir, '..'), { recursive: true, force: true }));

test('opens again with everything in it, and nobody else may read it', () => {
  using first = openQueue(stateDir);
  const id = readMeta(first.db, 'id');
  expect(id).toMatch(/^[0-9a-f-]{36}$/);
  using second = openQueue(stateDir);
  expect(readMeta(second.db, 'id')).toBe(id);
  expect(statSync(databasePath(stateDir)).mode & 0o777).toBe(0o600);
  expect(statSync(stateDir).mode & 0o777).toBe(0o700);
});

test('numbers are given out once', () => {
  using queue = openQueue(stateDir);
  expect([takeNumbers(queue.db, 3), takeNumbers(queue.db, 1), takeNumbers(queue.db, 1)]).toEqual([1, 4, 5]);
});

test('a transaction that fails leaves nothing', async () => {
  using queue = openQueue(stateDir);
  const failing = transact(queue, () => {
    writeMeta(queue.db, 'key', 'value');
    throw new Error('on purpose');
  });
  await expect(failing).rejects.toThrow('on purpose');
  expect(readMeta(queue.db, 'key')).toBeUndefined();
});

test('a writer waits for another one', async () => {
  using one = openQueue(stateDir);
  using other = openQueue(stateDir);
  one.db.exec('BEGIN IMMEDIATE');
  const waiting = transact(other, () => writeMeta(other.db, 'key', 'other'));
  writeMeta(one.db, 'key', 'one');
  one.db.exec('COMMIT');
  await waiting;
  expect(readMeta(one.db, 'key')).toBe('other');
});

test('without a write-ahead log, a writer waits for one who reads for long', async () => {
  using one = openQueue(stateDir);
  one.db.exec('PRAGMA journal_mode = TRUNCATE');
  using other = openQueue(stateDir);
  other.db.exec('PRAGMA journal_mode = TRUNCATE; BEGIN');
  expect(readMeta(other.db, 'key')).toBeUndefined();
  const writing = transact(one, () => writeMeta(one.db, 'key', 'one'));
  // It has failed once by now, when it wanted to end the transaction.
  expect(readMeta(other.db, 'key')).toBeUndefined();
  other.db.exec('COMMIT');
  await writing;
  expect(readMeta(other.db, 'key')).toBe('one');
});

test('a damaged queue is refused untouched, with the next step', () => {
  mkdirSync(stateDir, { recursive: true });
  const damage = `not a database${'\0'.repeat(5_000)}`;
  writeFileSync(databasePath(stateDir), damage);
  expect(() => openQueue(stateDir)).toThrow(
    expect.objectContaining({ code: 'embedded.corrupt', hint: expect.stringContaining('Move') }),
  );
  expect(readFileSync(databasePath(stateDir), 'utf8')).toBe(damage);
});

test('a directory that cannot be made is named', () => {
  mkdirSync(join(stateDir, '..'), { recursive: true });
  writeFileSync(stateDir, 'a file');
  expect(() => openQueue(stateDir)).toThrow(expect.objectContaining({ code: 'embedded.readonly' }));
});

test('the queue of a newer srunx is refused', () => {
  openQueue(stateDir)[Symbol.dispose]();
  const db = new DatabaseSync(databasePath(stateDir));
  db.exec('PRAGMA user_version = 99');
  db.close();
  expect(() => openQueue(stateDir)).toThrow(expect.objectContaining({ code: 'embedded.newer_schema' }));
});

test('a full disk is named, and what was there stays', async () => {
  using queue = openQueue(stateDir);
  const pages = Number(queue.db.prepare('PRAGMA page_count').get()?.['page_count']);
  queue.db.exec(`PRAGMA max_page_count = ${pages}`);
  const filling = transact(queue, () => writeMeta(queue.db, 'big', 'x'.repeat(1_000_000)));
  await expect(filling).rejects.toMatchObject({ code: 'embedded.full' });
  expect(readMeta(queue.db, 'id')).toBeDefined();
});

test('can be read where nothing can be written, whatever is in its path', () => {
  const hostile = join(stateDir, 'a%20b?c#d');
  openQueue(hostile)[Symbol.dispose]();
  using queue = openQueueReadOnly(hostile);
  expect(readMeta(queue.db, 'id')).toMatch(/./);
  expect(() => writeMeta(queue.db, 'key', 'value')).toThrow(/readonly/);
});

test('what is not there cannot be read', () => {
  expect(() => openQueueReadOnly(stateDir)).toThrow(expect.objectContaining({ code: 'embedded.readonly' }));
});

test('the runner’s lock has one holder, and is free after it', () => {
  using lock = openRunnerLock(stateDir);
  expect(lock.isHeld()).toBe(false);
  {
    using holder = openRunnerLock(stateDir);
    expect(holder.take()).toBe(true);
    expect(lock.isHeld()).toBe(true);
    expect(lock.take()).toBe(false);
  }
  expect(lock.isHeld()).toBe(false);
  expect(lock.take()).toBe(true);
});

test('all statements of one query see the same moment', async () => {
  using one = openQueue(stateDir);
  using other = openQueue(stateDir);
  const seen = await query(one, () => {
    const first = readMeta(one.db, 'key');
    writeMeta(other.db, 'key', 'other');
    return [first, readMeta(one.db, 'key')];
  });
  expect(seen).toEqual([undefined, undefined]);
  expect(await query(one, () => readMeta(one.db, 'key'))).toBe('other');
});
