import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** One entry of a tree; names, contents and targets have one character for each byte. */
export interface TreeEntry {
  readonly type: 'file' | 'directory' | 'link' | 'other';
  readonly mode: number;
  /** Of a file; of a link, where it leads. */
  readonly content: string;
  readonly second: number;
}

export type Tree = ReadonlyMap<string, TreeEntry>;

export const bytesOf = (text: string) => Buffer.from(text, 'latin1');
export const pathIn = (root: string, name: string) => Buffer.concat([Buffer.from(`${root}/`), bytesOf(name)]);

/** All below a directory, read without any of the program's code. */
export function walkTree(root: string, below = ''): Map<string, TreeEntry> {
  const tree = new Map<string, TreeEntry>();
  const directory = below === '' ? Buffer.from(root) : pathIn(root, below);
  for (const name of readdirSync(directory, { encoding: 'buffer' })) {
    const key = `${below}${below === '' ? '' : '/'}${name.toString('latin1')}`;
    const path = pathIn(root, key);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    // Where srunx is about to write files of a mount; whoever was cut off may do so still.
    if (stats === undefined || (below === '' && name.toString().startsWith('.srunx-write.'))) continue;
    const facts = { mode: stats.mode & 0o777, second: Math.floor(stats.mtimeMs / 1_000) };
    if (stats.isDirectory()) {
      tree.set(key, { ...facts, type: 'directory', content: '' });
      for (const [inner, entry] of walkTree(root, key)) tree.set(inner, entry);
    } else if (stats.isFile())
      tree.set(key, { ...facts, type: 'file', content: readFileSync(path).toString('latin1') });
    else if (stats.isSymbolicLink()) {
      const content = readlinkSync(path, { encoding: 'buffer' }).toString('latin1');
      tree.set(key, { ...facts, type: 'link', content });
    } else tree.set(key, { ...facts, type: 'other', content: '' });
  }
  return tree;
}

/** What of `wanted` is not the same in `found`, in words. */
export function differences(wanted: Tree, found: Tree): string[] {
  return [...wanted].flatMap(([name, one]) => {
    const other = found.get(name);
    const where = JSON.stringify(name);
    if (other === undefined) return [`${where} is missing`];
    if (one.type !== other.type) return [`${where} is a ${other.type}, not a ${one.type}`];
    if (one.content !== other.content) return [`${where} has another content`];
    const isModeless = one.type === 'link' || one.mode === other.mode;
    return isModeless ? [] : [`${where} has the mode ${other.mode.toString(8)}, not ${one.mode.toString(8)}`];
  });
}
