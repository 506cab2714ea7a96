import { chmodSync, lutimesSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { bytesOf, pathIn, type Tree, walkTree } from '../support/walk-tree.ts';

/** Numbers that are the same for the same seed. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** At least 0, less than `end`. */
  below(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % end;
  }

  one<Item>(items: readonly Item[]): Item {
    if (items.length === 0) throw new Error('there is nothing to choose from');
    return items[this.below(items.length)] as Item;
  }

  text(length: number): string {
    return Array.from({ length }, () => String.fromCharCode(this.below(256))).join('');
  }
}

/** As unfriendly as names get, one character for each byte. */
const names = [
  ...['a b', 'trailing ', '-rf', '--delete', "a'b", 'a"b', ' leading', '\ttab', 'new\nline', 'a -> b', 'back\\slash'],
  ...[
    '\\#123',
    'x\\#012',
    '\xff\xfe',
    'caf\xc3\xa9',
    'n'.repeat(255),
    '.hidden',
    '[a]*?',
    '$(id)`',
    '*',
    '~',
    'a:b',
    '..x',
  ],
  ...['.srunx-x', 'model.py', 'train.sh', 'data', 'src', 'lib', 'conf', 'a', 'b', 'c'],
];
const excludedFiles = ['m.pyc', '.DS_Store', 'y.tmp'];
const excludedDirectories = ['__pycache__', '.git', 'node_modules'];

/** Of the mount, besides the built-in ones. */
export const mountPatterns = ['*.tmp'];

export function isExcluded(name: string): boolean {
  const parts = name.split('/');
  return (
    parts.some((part) => excludedFiles.includes(part) || excludedDirectories.includes(part)) ||
    ['.srunx-owner.json', '.srunx-manifest.json'].includes(name)
  );
}

export function withoutExcluded(
  tree: Tree,
): Map<string, Tree extends ReadonlyMap<string, infer Entry> ? Entry : never> {
  return new Map([...tree].filter(([name]) => !isExcluded(name)));
}

export interface Editing {
  readonly root: string;
  readonly chance: Chance;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Files alone are changed, each in its place. */
  readonly isSmall: boolean;
}

/** Something that a person does to the files of a project. */
export function editTree(editing: Editing): void {
  const { chance } = editing;
  const tree = walkTree(editing.root);
  chance.one(editing.isSmall ? smallEdits : edits)({ ...editing, tree });
}

interface Edit extends Editing {
  readonly tree: Tree;
}

const sizes = [0, 1, 7, 7, 7, 100, 4_000, 60_000];

function freshName({ chance, tree }: Edit): string {
  const directories = ['', ...[...tree].filter(([, { type }]) => type === 'directory').map(([name]) => name)];
  const shallow = directories.filter((name) => name.split('/').length < 4 && name.length < 600);
  const above = chance.one(shallow);
  const last = chance.below(8) === 0 ? chance.one(excludedFiles) : chance.one(names);
  return above === '' ? last : `${above}/${last}`;
}

function put(edit: Edit, name: string, content: string): void {
  if (edit.tree.get(name)?.type === 'directory') return;
  const path = pathIn(edit.root, name);
  // Not through a link.
  if (edit.tree.get(name)?.type === 'link') rmSync(path);
  writeFileSync(path, bytesOf(content));
  touch(edit, name);
}

/** The kernel's clock is not the one that counts here. */
function touch({ root, now }: Editing, name: string): void {
  const seconds = now() / 1_000;
  lutimesSync(pathIn(root, name), seconds, seconds);
}

const ofType = ({ tree }: Edit, ...types: readonly string[]) =>
  [...tree].filter(([, { type }]) => types.includes(type)).map(([name]) => name);

function remove({ root }: Editing, name: string): void {
  rmSync(pathIn(root, name), { recursive: true, force: true });
}

const makeFile = (edit: Edit) => put(edit, freshName(edit), edit.chance.text(edit.chance.one(sizes)));

function makeDirectory(edit: Edit): void {
  const { chance, root, tree } = edit;
  const fresh = freshName(edit);
  const name = chance.below(5) === 0 ? fresh.replace(/[^/]*$/, chance.one(excludedDirectories)) : fresh;
  if (tree.has(name) || excludedFiles.includes(name.split('/').at(-1) ?? '')) return;
  mkdirSync(pathIn(root, name));
  if (chance.below(3) > 0) put({ ...edit, tree: new Map() }, `${name}/${chance.one(names)}`, chance.text(7));
}

function onFile(change: (edit: Edit, name: string) => void): (edit: Edit) => void {
  return (edit) => {
    const files = ofType(edit, 'file');
    if (files.length === 0) makeFile(edit);
    else change(edit, edit.chance.one(files));
  };
}

const lengthOf = ({ tree }: Edit, name: string) => tree.get(name)?.content.length ?? 0;

function changeKeepingTime(edit: Edit, name: string): void {
  const { root, tree, chance } = edit;
  writeFileSync(pathIn(root, name), bytesOf(chance.text(lengthOf(edit, name))));
  const second = tree.get(name)?.second ?? 0;
  lutimesSync(pathIn(root, name), second, second);
}

function rename(edit: Edit): void {
  const { chance, root, tree } = edit;
  const from = [...tree.keys()];
  if (from.length === 0) {
    makeFile(edit);
    return;
  }
  const name = chance.one(from);
  const target = chance.below(2) === 0 ? freshName(edit) : chance.one(from);
  const isPossible = !`${target}/`.startsWith(`${name}/`) && !`${name}/`.startsWith(`${target}/`);
  if (!isPossible || isExcluded(target) || isExcluded(name)) {
    makeFile(edit);
    return;
  }
  if (tree.has(target)) remove(edit, target);
  renameSync(pathIn(root, name), pathIn(root, target));
}

function makeLink(edit: Edit): void {
  const { chance, root, tree } = edit;
  const name = freshName(edit);
  if (isExcluded(name) || tree.get(name)?.type === 'directory') return;
  remove(edit, name);
  const own = name.split('/').at(-1) ?? '';
  const targets = ['nowhere', own, '..', '.', '/etc/passwd', 'a -> b', '../a', '/', ...tree.keys()];
  symlinkSync(bytesOf(chance.one(targets)), pathIn(root, name));
  touch(edit, name);
}

function swap(edit: Edit): void {
  const { chance, root, tree } = edit;
  const candidates = ofType(edit, 'file', 'directory', 'link').filter((name) => !isExcluded(name));
  if (candidates.length === 0) {
    makeFile(edit);
    return;
  }
  const name = chance.one(candidates);
  const wasDirectory = tree.get(name)?.type === 'directory';
  remove(edit, name);
  const gone = { ...edit, tree: new Map() };
  if (wasDirectory) {
    put(gone, name, chance.text(7));
    return;
  }
  mkdirSync(pathIn(root, name));
  put(gone, `${name}/${chance.one(names)}`, chance.text(7));
}

function changeMode(edit: Edit): void {
  const found = ofType(edit, 'file', 'directory');
  if (found.length === 0) {
    makeFile(edit);
    return;
  }
  const name = edit.chance.one(found);
  const isDirectory = edit.tree.get(name)?.type === 'directory';
  chmodSync(
    pathIn(edit.root, name),
    edit.chance.one(isDirectory ? [0o755, 0o700, 0o750, 0o555] : [0o644, 0o755, 0o600, 0o444]),
  );
}

function removeOne(edit: Edit): void {
  const found = [...edit.tree.keys()];
  if (found.length > 3) remove(edit, edit.chance.one(found));
  else makeFile(edit);
}

const smallEdits: readonly ((edit: Edit) => void)[] = [
  onFile((edit, name) => put(edit, name, edit.chance.text(lengthOf(edit, name)))),
  onFile((edit, name) => put(edit, name, edit.chance.text(lengthOf(edit, name) + 1 + edit.chance.below(50)))),
  onFile(changeKeepingTime),
  onFile((edit, name) => touch(edit, name)),
];

const edits = [
  ...[makeFile, makeFile, makeDirectory, rename, rename, makeLink, swap, changeMode, removeOne],
  ...smallEdits,
];
