import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lookAgain, rememberTree } from './listed-tree.ts';
import { NameTable } from './name-table.ts';
import { type Inventory, readInventory } from './read-inventory.ts';
import type { SyncJob } from './sync-job.ts';

let base: string;
let job: SyncJob;

const names = ['src/a.py', 'train.sh'];
const directories = ['empty', 'src'];
const tables = { names: NameTable.of(names), directories: NameTable.of(directories) };
const patterns = ['*.log'];

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'srunx-tree-'));
  const local = join(base, 'code');
  for (const name of directories) mkdirSync(join(local, name), { recursive: true });
  for (const name of names) writeFileSync(join(local, name), name);
  const mount = { name: 'code', local, remote: '/home/ada/code' };
  job = { mount, lock: { account: 'ada' }, stateDir: join(base, 'state'), now: Date.now } as unknown as SyncJob;
});

afterEach(() => rmSync(base, { recursive: true }));

const inCode = (name: string) => join(base, 'code', name);

function list() {
  const inventory = readInventory(job.mount.local, { ...tables, now: Date.now() });
  return { inventory, patterns, emptyDirectories: ['empty'], isWhole: true, warnings: [] };
}

const listsOf = (tree: Pick<Inventory, 'names' | 'directories'> | undefined) =>
  tree && { ...tree, names: [...tree.names], directories: [...tree.directories] };

const inTenSeconds = () => Date.now() + 10_000;

describe('a tree that was listed', () => {
  it('has the same names as long as no directory has changed', () => {
    const before = list();
    rememberTree(job, before, inTenSeconds());
    const again = lookAgain(job, patterns);
    expect(again).toMatchObject({ patterns, emptyDirectories: ['empty'], isWhole: true, warnings: [] });
    expect(listsOf(again?.inventory)).toEqual(listsOf(before.inventory));
    writeFileSync(inCode('train.sh'), 'more than before');
    const changed = lookAgain(job, patterns)?.inventory;
    expect(listsOf(changed)).toMatchObject({ names, directories });
    expect(changed?.stateHash).not.toBe(before.inventory.stateHash);
  });

  it.each([
    ['a new file', () => writeFileSync(inCode('src/b.py'), '')],
    [
      'a new file, with the time of its directory set back',
      () => {
        writeFileSync(inCode('src/b.py'), '');
        utimesSync(inCode('src'), 1, 1);
      },
    ],
    ['a file less', () => rmSync(inCode('src/a.py'))],
    ['another name', () => renameSync(inCode('train.sh'), inCode('run.sh'))],
    ['a new directory', () => mkdirSync(inCode('src/new'))],
    ['a directory less', () => rmSync(inCode('empty'), { recursive: true })],
    [
      'a file in the place of a directory',
      () => {
        rmSync(inCode('src'), { recursive: true });
        writeFileSync(inCode('src'), '');
      },
    ],
  ])('is to be listed anew after %s', (_, change) => {
    rememberTree(job, list(), inTenSeconds());
    change();
    expect(lookAgain(job, patterns)).toBeUndefined();
  });

  it('is to be listed anew by other patterns', () => {
    rememberTree(job, list(), inTenSeconds());
    expect(lookAgain(job, [...patterns, '*.out'])).toBeUndefined();
  });

  it('is not remembered where a name may have come within the same tick of the clock', () => {
    rememberTree(job, list(), Date.now());
    expect(lookAgain(job, patterns)).toBeUndefined();
  });
});
