import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { isOneChanged, latestIn } from './latest-files.ts';
import { NameTable } from './name-table.ts';
import { factsPerFile, readInventory } from './read-inventory.ts';

const root = mkdtempSync(join(tmpdir(), 'srunx-latest-'));
afterAll(() => rmSync(root, { recursive: true }));

it('are those whose inodes were changed last, in the order of the names', () => {
  const names = NameTable.of(Array.from({ length: 100 }, (_, index) => `${index}`));
  const facts = new BigInt64Array(100 * factsPerFile);
  for (let index = 0; index < 100; index += 1) facts[index * factsPerFile + 2] = BigInt((index * 37) % 100);
  const latest = latestIn({ names, facts });
  expect(latest).toHaveLength(32);
  expect(latest.every(([, changed]) => Number(changed) >= 68)).toBe(true);
  expect(latest.map(([name]) => Number(name))).toEqual(latest.map(([name]) => Number(name)).toSorted((a, b) => a - b));
});

it('tell of an edit, also of one that keeps size and time', () => {
  for (const name of ['a.py', 'b.py']) writeFileSync(join(root, name), 'one');
  utimesSync(join(root, 'a.py'), 1_000, 1_000);
  const inventory = readInventory(root, {
    names: NameTable.of(['a.py', 'b.py']),
    directories: new NameTable(),
    now: Date.now(),
  });
  const latest = latestIn(inventory);
  expect(isOneChanged(root, latest)).toBe(false);
  writeFileSync(join(root, 'a.py'), 'two');
  utimesSync(join(root, 'a.py'), 1_000, 1_000);
  expect(isOneChanged(root, latest)).toBe(true);
  expect(isOneChanged(root, [])).toBe(false);
  rmSync(join(root, 'b.py'));
  expect(isOneChanged(root, latest.slice(1))).toBe(true);
});
