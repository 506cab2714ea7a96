import {
  chmodSync,
  chownSync,
  existsSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { unescapeName } from '../../src/core/sync/rsync-names.ts';
import { type PulledFiles, stillPulled } from '../../src/sync/pulled-files.ts';
import { bytesOf, differences, pathIn, type Tree, walkTree } from '../support/walk-tree.ts';
import { type Chance, editTree, isExcluded, withoutExcluded } from './random-tree.ts';

export interface WorldOptions {
  readonly local: string;
  readonly remote: string;
  /** Home of the account there. */
  readonly home: string;
  /** Where this machine keeps its locks. */
  readonly locks: string;
  readonly chance: Chance;
  /** Hours by which its clock is ahead of that of the disks; negative: behind it. */
  readonly aheadHours: number;
}

const controlFiles = new Set(['.srunx-owner.json', '.srunx-manifest.json']);
/** What rsync writes beside a file before that has its name, and where it keeps what has come so far. */
const isAmid = (name: string) =>
  /(?:^|\/)(?:\.srunx-(?:partial|write\.\d+)(?:$|\/)|\.[^/]*\.[A-Za-z0-9]{6}$)/s.test(name);

/** The two ends of a mount, what jobs have written at the other one, and what must hold of all that. */
export class SyncWorld {
  readonly #options: WorldOptions;
  /** What jobs have written and nothing was told to remove: path to content. */
  readonly outputs = new Map<string, string>();
  /** All that files have ever been, here and there. */
  readonly #history = new Map<string, Set<string>>();
  #milliseconds: number;
  #jobs = 0;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.#milliseconds = Date.now() + options.aheadHours * 3_600_000;
    mkdirSync(options.local, { recursive: true });
  }

  /** A clock that goes on as the real one does, and is put forward between the steps. */
  readonly now = (): number => {
    this.#milliseconds += 1;
    return this.#milliseconds;
  };

  /** Almost the end of a second: what has to wait for the next one does not wait long. */
  forward(): void {
    this.#milliseconds = (Math.floor(this.#milliseconds / 1_000) + 1) * 1_000 + 940;
  }

  here(): Map<string, ReturnType<typeof walkTree> extends Map<string, infer Entry> ? Entry : never> {
    return walkTree(this.#options.local);
  }

  there(): ReturnType<SyncWorld['here']> {
    return existsSync(this.#options.remote) ? walkTree(this.#options.remote) : new Map();
  }

  edit(times: number, isSmall = false): void {
    const { local, chance } = this.#options;
    for (let edit = 0; edit < times; edit += 1) editTree({ root: local, chance, now: this.now, isSmall });
    // Where there is nothing at all, nothing is sent.
    const isEmpty = ![...withoutExcluded(this.here())].some(([, { type }]) => type === 'file');
    if (isEmpty) writeFileSync(join(local, `only-${this.now()}`), 'one');
    this.#note(this.here());
  }

  #note(tree: Tree): void {
    for (const [name, { content }] of tree) {
      const known = this.#history.get(name) ?? new Set();
      this.#history.set(name, known.add(content));
    }
  }

  /** A job writes something of its own, or into what was sent. */
  runJob(): void {
    const { chance, remote } = this.#options;
    const tree = this.there();
    if (!existsSync(remote)) return;
    this.#jobs += 1;
    const content = chance.text(chance.one([0, 5, 900]));
    const directories = ['', ...[...tree].filter(([, { type }]) => type === 'directory').map(([name]) => name)];
    const above = chance.one(directories.filter((name) => !isExcluded(name) && !isAmid(name) && name.length < 800));
    const own = [...this.outputs.keys()].filter((name) => tree.has(name));
    const kind = chance.below(5);
    if (kind === 0 && own.length > 0) this.#write(chance.one(own), content);
    else if (kind === 1) {
      mkdirSync(pathIn(remote, `${above}${above === '' ? '' : '/'}job-${this.#jobs}`));
      this.#write(`${above}${above === '' ? '' : '/'}job-${this.#jobs}/result`, content);
    } else if (kind === 2) this.#spoil(tree, content);
    else this.#write(`${above}${above === '' ? '' : '/'}job-${this.#jobs}.out`, content);
  }

  #write(name: string, content: string): void {
    const { remote, home } = this.#options;
    writeFileSync(pathIn(remote, name), bytesOf(content));
    const { uid, gid } = statSync(home);
    const path = pathIn(remote, name);
    chownSync(path, uid, gid);
    const above = pathIn(remote, name.replace(/\/?[^/]*$/, ''));
    if (statSync(above).uid !== uid) chownSync(above, uid, gid);
    lutimesSync(path, this.now() / 1_000, this.now() / 1_000);
    this.outputs.set(name, content);
  }

  /** What was sent is changed, removed or closed there. */
  #spoil(tree: Tree, content: string): void {
    const { chance, remote } = this.#options;
    const sent = [...tree].filter(
      ([name, { type }]) => type === 'file' && !this.outputs.has(name) && !isExcluded(name) && !isAmid(name),
    );
    if (sent.length === 0) return;
    const [name] = chance.one(sent);
    const how = chance.below(3);
    if (how === 0) rmSync(pathIn(remote, name));
    else if (how === 1) chmodSync(pathIn(remote, name), 0o600);
    else {
      writeFileSync(pathIn(remote, name), bytesOf(content));
      lutimesSync(pathIn(remote, name), this.now() / 1_000, this.now() / 1_000);
      this.#note(new Map([[name, { type: 'file', mode: 0, content, second: 0 }]]));
    }
  }

  /** What cannot be sent without removing something: a directory that is not empty is in its place. */
  inTheWay(): readonly string[] {
    const there = this.there();
    return [...withoutExcluded(this.here())]
      .filter(([name, { type }]) => type !== 'directory' && there.get(name)?.type === 'directory')
      .filter(([name]) => [...there.keys()].some((other) => other.startsWith(`${name}/`)))
      .map(([name]) => name);
  }

  expectOutputs(): void {
    const there = this.there();
    const lost = [...this.outputs].filter(([name, content]) => there.get(name)?.content !== content);
    expect(
      lost.map(([name]) => name),
      'output of jobs is lost',
    ).toEqual([]);
  }

  /** All that is sent is there, whole and equal. */
  expectSent(): void {
    const here = withoutExcluded(this.here());
    for (const name of this.#brought()) here.delete(name);
    expect(differences(here, this.there()), 'not all is there').toEqual([]);
    this.expectOutputs();
  }

  /** What was brought and not touched since is of the other end, whatever becomes of it there. */
  #brought(): readonly string[] {
    const directory = join(dirname(this.#options.locks), 'sync');
    if (!existsSync(directory)) return [];
    const files = readdirSync(directory).filter((name) => name.endsWith('.pulled.json'));
    return files.flatMap((file) => {
      const pulled = JSON.parse(readFileSync(join(directory, file), 'utf8')) as PulledFiles;
      return stillPulled(this.#options.local, pulled).map((name) => Buffer.from(unescapeName(name)).toString('latin1'));
    });
  }

  /** Whatever stands under its own name is something that it once was, as a whole. */
  expectWhole(): void {
    const torn = [...this.there()].filter(
      ([name, { type, content }]) =>
        type === 'file' &&
        !controlFiles.has(name) &&
        !isAmid(name) &&
        this.outputs.get(name) !== content &&
        this.#history.get(name)?.has(content) !== true,
    );
    expect(
      torn.map(([name]) => name),
      'half of it stands under its name',
    ).toEqual([]);
  }

  expectMirror(before: Tree, backupDir: string | undefined): void {
    this.expectSent();
    const here = withoutExcluded(this.here());
    const more = [...withoutExcluded(this.there()).keys()].filter(
      (name) => !here.has(name) && !hasExcluded(name, this.there()),
    );
    expect(more, 'it is no mirror').toEqual([]);
    // Of directories alone nothing is kept.
    const kept = backupDir !== undefined && existsSync(backupDir) ? walkTree(backupDir) : new Map();
    const removed = [...withoutExcluded(before)].filter(([name, { type }]) => type !== 'directory' && !here.has(name));
    const lost = removed.filter(([name, { content }]) => !isAmid(name) && kept.get(name)?.content !== content);
    expect(
      lost.map(([name]) => name),
      'what was removed is not kept',
    ).toEqual([]);
  }

  expectPulled(before: Tree): void {
    const [here, there] = [this.here(), withoutExcluded(this.there())];
    const lost = [...before].filter(([name, mine]) => {
      const theirs = there.get(name);
      const isOlder = theirs?.type === 'file' && mine.type === 'file' && mine.second <= theirs.second;
      const isSame = differences(new Map([[name, mine]]), here).every((what) => what.includes('the mode'));
      return !isOlder && mine.type !== 'directory' && !isSame;
    });
    expect(
      lost.map(([name]) => name),
      'newer files are lost',
    ).toEqual([]);
    const missing = [...there].filter(([name, { type }]) => type === 'file' && !here.has(name) && !isAmid(name));
    const isBelowOther = (name: string) =>
      name
        .split('/')
        .some(
          (_, at, parts) =>
            at > 0 &&
            here.get(parts.slice(0, at).join('/'))?.type !== 'directory' &&
            here.has(parts.slice(0, at).join('/')),
        );
    expect(
      missing.map(([name]) => name).filter((name) => !isBelowOther(name)),
      'not all was brought',
    ).toEqual([]);
    this.#note(here);
  }

  #lockDirectories(): readonly string[] {
    return [this.#options.locks, join(this.#options.home, '.cache', 'srunx', 'locks')].filter(existsSync);
  }

  /** What one round has left is no fault of the next. */
  clear(): void {
    for (const directory of this.#lockDirectories())
      for (const name of readdirSync(directory)) rmSync(join(directory, name), { recursive: true });
  }

  /** @param unless says of whom one may be left, by what stands in it */
  expectFree(unless: (holder: string) => boolean = () => false): void {
    const files = this.#lockDirectories().flatMap((directory) =>
      readdirSync(directory).map((name) => join(directory, name)),
    );
    // Whoever is killed before it has the lock leaves a file of its own.
    const locks = files.filter((file) => !/\.[0-9a-f]{16}$/.test(file));
    const held = locks.filter((file) => !statSync(file).isFile() || !unless(readFileSync(file, 'utf8')));
    expect(held, 'a lock is left').toEqual([]);
  }
}

function hasExcluded(name: string, tree: Tree): boolean {
  return [...tree.keys()].some((other) => other.startsWith(`${name}/`) && isExcluded(other));
}
