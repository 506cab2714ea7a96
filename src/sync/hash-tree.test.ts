import { createHash } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hashTree } from './hash-tree.ts';
import { NameTable } from './name-table.ts';
import { readInventory } from './read-inventory.ts';
import { type Here, keyOf, type SyncJob } from './sync-job.ts';

let base: string;
let job: SyncJob;
const inCode = (name: string) => join(base, 'code', name);
const kept = () => join(base, 'state', 'sync', `${keyOf(job)}.hashes`);
const put = (name: string, text: string) => writeFileSync(inCode(name), text);
/** In the place of what was there. */
function replace(name: string, make: (path: string) => void): void {
  make(inCode('new'));
  rmSync(inCode(name), { recursive: true });
  renameSync(inCode('new'), inCode(name));
}
const fileOf = (text: string) => (path: string) => writeFileSync(path, text);
const linkTo = (target: string) => (path: string) => symlinkSync(target, path);
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

const files = ['train.sh', 'src/a.py', 'src/b.py', '\\#377 odd', 'été'];
const names = [...files, 'link'];

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'srunx-hash-'));
  mkdirSync(inCode('src'), { recursive: true });
  for (const name of files) writeFileSync(pathOf(name), name);
  symlinkSync('train.sh', inCode('link'));
  const mount = { name: 'code', local: join(base, 'code'), remote: '/home/ada/code' };
  const { signal } = new AbortController();
  job = { mount, lock: { account: 'ada' }, stateDir: join(base, 'state'), signal } as unknown as SyncJob;
});
afterEach(() => rmSync(base, { recursive: true }));

function pathOf(name: string): string | Buffer {
  return name.startsWith('\\#377')
    ? Buffer.concat([Buffer.from(`${inCode('')}/`), Buffer.of(0xff), Buffer.from(name.slice(5))])
    : inCode(name);
}

function list(listed: readonly string[] = names, emptyDirectories: readonly string[] = []): Here {
  const tables = { names: NameTable.of(listed), directories: NameTable.of(['src']) };
  const inventory = readInventory(job.mount.local, { ...tables, now: Date.now() });
  return { inventory, patterns: [], emptyDirectories, isWhole: true, warnings: [] };
}

const hash = (...how: Parameters<typeof list>) => hashTree(job, list(...how));

/** As if nothing was known. */
async function hashAnew(...how: Parameters<typeof list>) {
  rmSync(kept(), { force: true });
  return hash(...how);
}

async function changesOf(tree: ReturnType<typeof hash>) {
  const { files, links, removed, ...rest } = (await tree)?.base ?? {};
  return { ...rest, files: [...(files ?? [])], links: [...(links ?? [])], removed: [...(removed ?? [])] };
}

describe('the hash of a tree', () => {
  it('says what `sha256sum` and `stat` say at the other end', async () => {
    for (const name of files) utimesSync(pathOf(name), 100, 100);
    const tree = await hash(['train.sh', 'src/a.py']);
    const lines = ['train.sh', 'src/a.py'].map((name) => `${sha256(name)}\n`);
    expect(tree).toEqual({
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      proof: sha256('8 100 train.sh\n8 100 src/a.py\n'),
      listHash: sha256('train.sh\0src/a.py\0'),
      sums: sha256(lines.sort().join('')),
      base: undefined,
    });
  });

  it('is the same whatever is known, in whatever order, at whatever time and for whoever may write', async () => {
    const first = (await hash())?.hash;
    expect((await hash())?.hash).toBe(first);
    expect((await hashAnew([...names].reverse()))?.hash).toBe(first);
    for (const name of files) {
      utimesSync(pathOf(name), 1, 1);
      chmodSync(pathOf(name), 0o444);
    }
    expect((await hash())?.hash).toBe(first);
    expect((await hashAnew())?.hash).toBe(first);
  });

  it.each([
    ['a content', () => put('train.sh', 'TRAIN.SH')],
    ['a permission', () => chmodSync(inCode('train.sh'), 0o755)],
    ['where a link leads to', () => replace('link', linkTo('TRAIN.SH'))],
    ['a kind', () => replace('link', fileOf('train.sh'))],
  ])('is another one after a change of %s', async (_, change) => {
    const first = (await hash())?.hash;
    change();
    const second = await hash();
    expect(second?.hash).not.toBe(first);
    expect(await hashAnew()).toEqual({ ...second, base: undefined });
  });

  it('is another one with other names or empty directories', async () => {
    const hashes = [await hash(), await hash(files), await hash(names, ['empty']), await hash(names, ['other'])];
    expect(new Set(hashes.map((tree) => tree?.hash)).size).toBe(4);
  });

  it('is of long files, too', async () => {
    const text = 'x'.repeat(5 * 1024 * 1024 + 1);
    put('train.sh', text);
    expect((await hash(['train.sh']))?.sums).toBe(sha256(`${sha256(text)}\n`));
  });
});

describe('what is not as it was listed', () => {
  it.each([
    ['another content', () => put('train.sh', 'TRAIN.SH')],
    ['another permission', () => chmodSync(inCode('train.sh'), 0o755)],
    ['another file', () => replace('train.sh', fileOf('train.sh'))],
    ['nothing', () => rmSync(inCode('train.sh'))],
    ['a link', () => replace('train.sh', linkTo('src/a.py'))],
    ['a directory', () => replace('train.sh', (path) => mkdirSync(path))],
    ['another link', () => replace('link', linkTo('src/a.py'))],
    ['a file for a link', () => replace('link', fileOf('train.sh'))],
    ['a file for a directory', () => replace('src', fileOf(''))],
  ])('is noticed: %s', async (_, change) => {
    const here = list();
    change();
    expect(await hashTree(job, here)).toBeUndefined();
  });

  it('is noticed where it was gone by then', async () => {
    expect(await hash([...names, 'gone'])).toBeUndefined();
  });
});

describe('what was read before', () => {
  it('is not read again', async () => {
    await hash();
    put('src/a.py', 'other');
    const here = list();
    // Were it read, this would be noticed.
    put('train.sh', 'TRAIN.SH');
    expect(await hashTree(job, here)).toBeDefined();
    expect(await hash()).toBeDefined();
  });

  it('is known by its name, wherever that stands', async () => {
    await hash();
    const here = list([...names].reverse());
    for (const name of files) writeFileSync(pathOf(name), 'other');
    expect(await changesOf(hashTree(job, here))).toMatchObject({ files: [], links: [], removed: [] });
  });

  it('needs no more than the head of what is kept while all is the same', async () => {
    const { base: _, ...first } = (await hash()) ?? {};
    // All but its length.
    const head = readFileSync(kept()).indexOf('\n') + 1;
    const { length } = readFileSync(kept());
    truncateSync(kept(), head);
    truncateSync(kept(), length);
    expect(await hash()).toEqual(first);
  });

  it('is told apart from what has changed', async () => {
    const first = await hash();
    put('src/a.py', 'other');
    replace('link', linkTo('src/a.py'));
    const listed = ['src/b.py', 'src/a.py', 'link', 'train.sh', 'été'];
    expect(await changesOf(hash(listed))).toEqual({
      tree: first?.hash,
      sums: sha256(`${sha256('other')}\n`),
      files: ['src/a.py'],
      links: ['link'],
      removed: ['\\#377 odd'],
    });
    put('new', 'new');
    expect(await changesOf(hash([...listed, 'new']))).toMatchObject({ files: ['new'], links: [], removed: [] });
  });

  it('is of no use where more than half has changed', async () => {
    await hash(files);
    for (const name of ['train.sh', 'src/a.py', 'src/b.py']) put(name, 'other');
    expect((await hash(files))?.base).toBeUndefined();
  });

  it.each([
    ['cut off', (bytes: Buffer) => bytes.subarray(0, -1)],
    ['without its beginning', (bytes: Buffer) => bytes.subarray(1)],
    [
      'with another name in it',
      (bytes: Buffer) => Buffer.from(bytes.toString('latin1').replace('b.py', 'c.py'), 'latin1'),
    ],
    [
      'with another hash in it',
      (bytes: Buffer) => Buffer.concat([bytes.subarray(0, -1), Buffer.of(~(bytes.at(-1) ?? 0))]),
    ],
    ['of an earlier version', () => Buffer.from(`${'0 '.repeat(4)}0\n${sha256('x')} file 1 1 1 1\ttrain.sh\n`)],
    ['empty', () => Buffer.alloc(0)],
  ])('is not known any more where the file is damaged: %s', async (_, damage) => {
    await hash();
    writeFileSync(kept(), damage(readFileSync(kept())));
    const listed = [...names].reverse();
    put('src/a.py', 'other');
    const again = await hash(listed);
    expect(again?.base).toBeUndefined();
    expect(await hashAnew(listed)).toEqual(again);
  });
});
