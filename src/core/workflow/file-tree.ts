import { type Document, isAlias, isMap, isNode, isScalar, isSeq, type Pair, type Scalar, type YAMLMap } from 'yaml';
import type { Problem } from './problems.ts';

/** A value of a file with its place. Aliases are resolved and merge keys merged; what they bring keeps the place where it stands. */
export type FileNode = FileScalar | FileList | FileMap;

export interface FileScalar extends Placed {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
  /** As written where it is no string (`0.10`, `1e-5`, `~`), else the value. */
  readonly text: string;
}

export interface FileList extends Placed {
  readonly kind: 'list';
  readonly items: readonly FileNode[];
}

export interface FileMap extends Placed {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, FileEntry>;
}

export interface FileEntry {
  readonly keyOffset: number;
  readonly value: FileNode;
}

interface Placed {
  /** In characters from the beginning of the file. */
  readonly offset: number;
  /** How many values it stands for when every alias is written out. */
  readonly weight: number;
}

/** Deeper nesting is an attack or an accident. */
const maxDepth = 64;

/** Far above what ten thousand jobs need; aliases of aliases get there with a dozen lines. */
const maxWeight = 1_000_000;

/** Reads what the YAML parser found; what a workflow file must not have is added to `problems`. */
export function readTree(document: Document, problems: Problem[]): FileNode {
  const anchors = new Map<string, FileNode | 'open'>();
  const tree = readNode(document.contents, { anchors, problems, depth: 0, offset: 0 });
  if (tree.weight > maxWeight) {
    problems.push({ message: `aliases multiply to more than ${maxWeight} values`, hint: 'Use fewer aliases.' });
  }
  return tree;
}

interface ReadContext {
  readonly anchors: Map<string, FileNode | 'open'>;
  readonly problems: Problem[];
  readonly depth: number;
  /** Where to point for a node that has no place of its own. */
  readonly offset: number;
}

function readNode(node: unknown, context: ReadContext): FileNode {
  const offset = isNode(node) ? (node.range?.[0] ?? context.offset) : context.offset;
  const here = { ...context, offset, depth: context.depth + 1 };
  if (here.depth > maxDepth) {
    return refuse(here, `more than ${maxDepth} levels of nesting`, 'A workflow file needs six levels at most.');
  }
  if (isAlias(node)) return readAlias(node.source, here);
  const anchor = isNode(node) && 'anchor' in node ? node.anchor : undefined;
  if (anchor !== undefined) here.anchors.set(anchor, 'open');
  const read = readValue(node, here);
  if (anchor !== undefined) here.anchors.set(anchor, read);
  return read;
}

function readValue(node: unknown, context: ReadContext): FileNode {
  const { offset } = context;
  if (isMap(node)) return readMap(node, context);
  if (isSeq(node)) {
    const items = node.items.map((item) => readNode(item, context));
    return { kind: 'list', offset, items, weight: items.reduce((sum, item) => sum + item.weight, 1) };
  }
  return isScalar(node) ? readScalar(node, offset) : nothing(offset);
}

function readAlias(name: string, context: ReadContext): FileNode {
  const named = context.anchors.get(name);
  if (named === undefined) return refuse(context, `there is no anchor \`&${name}\` above`, 'Define it before its use.');
  if (named !== 'open') return named;
  return refuse(context, `\`*${name}\` stands inside of what it names`, 'Write the value out.');
}

function readScalar({ value, source }: Scalar, offset: number): FileScalar {
  const known = typeof value === 'number' || typeof value === 'boolean' || value === null ? value : String(value);
  return { kind: 'scalar', offset, weight: 1, value: known, text: typeof known === 'string' ? known : (source ?? '') };
}

function readMap(map: YAMLMap, context: ReadContext): FileMap {
  const entries = new Map<string, FileEntry>();
  const merged: FileMap[] = [];
  let weight = 1;
  for (const pair of map.items) {
    const { key, keyOffset } = readKey(pair, context);
    if (key === undefined) continue;
    const value = readNode(pair.value, { ...context, offset: keyOffset });
    weight += value.weight;
    if (isMergeKey(pair)) merged.push(...readMerge(value, context));
    else if (entries.has(key)) refuse({ ...context, offset: keyOffset }, `the key \`${key}\` stands here twice`);
    else entries.set(key, { keyOffset, value });
  }
  // Own keys win, wherever they stand, and earlier mappings win over later ones.
  for (const { entries: others } of merged) {
    for (const [key, entry] of others) if (!entries.has(key)) entries.set(key, entry);
  }
  return { kind: 'map', offset: context.offset, weight, entries };
}

function readKey(
  { key }: Pair,
  context: ReadContext,
): { readonly key: string | undefined; readonly keyOffset: number } {
  const keyOffset = (isNode(key) ? key.range?.[0] : undefined) ?? context.offset;
  const read = isAlias(key) ? readNode(key, context) : isScalar(key) ? readScalar(key, keyOffset) : undefined;
  if (read?.kind === 'scalar') return { key: read.text, keyOffset };
  refuse(
    { ...context, offset: keyOffset },
    'a key must be text, not a list or a mapping',
    'Put a value that begins with `{{`, `{` or `[` into quotes.',
  );
  return { key: undefined, keyOffset };
}

function isMergeKey({ key }: Pair): boolean {
  return isScalar(key) && key.type === 'PLAIN' && key.value === '<<';
}

function readMerge(value: FileNode, context: ReadContext): FileMap[] {
  const sources = value.kind === 'list' ? value.items : [value];
  return sources.flatMap((source) => {
    if (source.kind === 'map') return [source];
    refuse({ ...context, offset: source.offset }, '`<<` must name a mapping, or a list of mappings');
    return [];
  });
}

function refuse({ problems, offset }: ReadContext, message: string, hint?: string): FileScalar {
  problems.push({ offset, message, hint });
  return nothing(offset);
}

function nothing(offset: number): FileScalar {
  return { kind: 'scalar', offset, weight: 1, value: null, text: '' };
}

/** The entry's value; `undefined` also where `node` is no mapping. */
export function childNode(node: FileNode | undefined, key: string): FileNode | undefined {
  return node?.kind === 'map' ? node.entries.get(key)?.value : undefined;
}

/** The value as one line of text, if it is a string. */
export function textOf(node: FileNode | undefined): string | undefined {
  return node?.kind === 'scalar' && typeof node.value === 'string' ? node.value : undefined;
}

/** Where the deepest part of a path stands that the file has. A last key is pointed at itself if `atKey`. */
export function offsetOf(
  node: FileNode,
  path: readonly PropertyKey[],
  { atKey = false }: { readonly atKey?: boolean } = {},
): number {
  let current = node;
  for (const [index, key] of path.entries()) {
    const entry = current.kind === 'map' ? current.entries.get(String(key)) : undefined;
    const next = current.kind === 'list' ? current.items[Number(key)] : entry?.value;
    if (next === undefined) break;
    if (atKey && index === path.length - 1 && entry !== undefined) return entry.keyOffset;
    current = next;
  }
  return current.offset;
}
