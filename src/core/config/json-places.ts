import { type Node, parseTree } from 'jsonc-parser';

/** A key that one object of a file has more than once. */
export interface GivenTwice {
  readonly path: readonly string[];
  /** Of all of them, in their order; the last one counts. */
  readonly lines: readonly number[];
}

export interface JsonPlaces {
  readonly lineOf: (path: readonly string[]) => number;
  readonly twice: readonly GivenTwice[];
}

/** Where the keys of a sound JSON text stand. Of a key that is given twice the last one counts, as for `JSON.parse`. */
export function readPlaces(text: string): JsonPlaces {
  const offsets = new Map<string, number>();
  const twice: { path: readonly string[]; offsets: readonly number[] }[] = [];
  const root = parseTree(text);
  if (root !== undefined) readObject(root, [], { offsets, twice });
  const lineAt = (offset: number): number => text.slice(0, offset).split('\n').length;
  return {
    lineOf: (path) => lineAt(offsets.get(JSON.stringify(path)) ?? 0),
    twice: twice.map(({ path, offsets: all }) => ({ path, lines: all.map(lineAt) })),
  };
}

interface Found {
  readonly offsets: Map<string, number>;
  readonly twice: { path: readonly string[]; offsets: readonly number[] }[];
}

function readObject(node: Node, path: readonly string[], found: Found): void {
  if (node.type !== 'object') return;
  const properties = Map.groupBy(node.children ?? [], ({ children }) => String(children?.[0]?.value));
  for (const [name, all] of properties) {
    const at = [...path, name];
    const last = all.at(-1);
    found.offsets.set(JSON.stringify(at), last?.offset ?? 0);
    if (all.length > 1) found.twice.push({ path: at, offsets: all.map(({ offset }) => offset) });
    const value = last?.children?.[1];
    if (value !== undefined) readObject(value, at, found);
  }
}

/** `twice, in lines 3 and 7` */
export function formatTwice({ lines }: GivenTwice): string {
  const times = lines.length === 2 ? 'twice' : `${lines.length} times`;
  const [first, ...others] = new Set(lines);
  return `${times}, in ${others.length === 0 ? `line ${first}` : `lines ${[first, ...others].join(' and ')}`}`;
}
