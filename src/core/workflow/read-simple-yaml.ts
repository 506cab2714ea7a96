import type { FileEntry, FileMap, FileNode } from './file-tree.ts';
import { readFlow } from './read-simple-flow.ts';
import { createReader, plainNode, type Reader, scalarNode } from './simple-reader.ts';

/**
 * Reads the YAML that programs and most people write: block mappings and lists, one-line scalars, one-line flow collections and `|`
 * texts. `undefined` for everything else, also where something might be wrong: the real parser reads it again and says what. That
 * one takes more than half of the time of a plan of 5,000 jobs; this one a tenth of it. What it accepts, it must read exactly as
 * the real parser does, which is tested by giving both the same files.
 */
export function readSimpleYaml(text: string): FileMap | undefined {
  if (!text.endsWith('\n') || /[\r\t\uFEFF]/.test(text)) return undefined;
  const reader = createReader(text);
  const indent = skipToContent(reader);
  const root = indent === 0 ? readMap(reader, { indent, depth: 0 }) : undefined;
  return root !== undefined && reader.at === text.length && root.weight <= maxWeight ? root : undefined;
}

/** Where the real parser would begin to count what aliases bring. */
const maxWeight = 1_000_000;

/** A workflow needs six. */
const maxDepth = 20;

interface Level {
  /** The column at which the keys, or the dashes, of this collection stand. */
  readonly indent: number;
  readonly depth: number;
}

/** Goes to the beginning of the next line that says something, and tells its indentation; -1 at the end. */
function skipToContent(reader: Reader): number {
  const { text } = reader;
  while (reader.at < text.length) {
    let column = reader.at;
    while (text[column] === ' ') column += 1;
    if (text[column] !== '\n' && text[column] !== '#') return column - reader.at;
    reader.at = text.indexOf('\n', column) + 1;
  }
  return -1;
}

/** `<<` merges, and a name in quotes may be anything: neither is a simple key. */
const keyPattern = /([A-Za-z_][\w.-]{0,99}):(?: +|(?=\n))/y;

function keyAt(text: string, at: number): { readonly key: string; readonly end: number } | undefined {
  keyPattern.lastIndex = at;
  const key = keyPattern.exec(text)?.[1];
  return key === undefined ? undefined : { key, end: keyPattern.lastIndex };
}

/** The reader stands at the beginning of the line of the first key, or at that key behind a dash. */
function readMap(reader: Reader, { indent, depth }: Level): FileMap | undefined {
  if (depth > maxDepth) return undefined;
  const { text } = reader;
  const entries = new Map<string, FileEntry>();
  let weight = 1;
  let keyOffset = text[reader.at] === ' ' || indent === 0 ? reader.at + indent : reader.at;
  const offset = keyOffset;
  for (;;) {
    const found = keyAt(text, keyOffset);
    if (found === undefined || entries.has(found.key)) return undefined;
    reader.at = found.end;
    const value = readValue(reader, { indent, depth });
    if (value === undefined) return undefined;
    entries.set(found.key, { keyOffset, value });
    weight += value.weight;
    const next = skipToContent(reader);
    if (next > indent) return undefined;
    if (next < indent) return { kind: 'map', offset, weight, entries };
    keyOffset = reader.at + indent;
    // A list below a dash of its own ends where the next dash stands.
    if (text[keyOffset] === '-') return undefined;
  }
}

/** What stands behind a key, on its line or below. */
function readValue(reader: Reader, { indent, depth }: Level): FileNode | undefined {
  if (reader.text[reader.at] !== '\n') return readInline(reader, indent);
  reader.at += 1;
  const below = skipToContent(reader);
  const isList = reader.text.startsWith('- ', reader.at + below);
  if (below > indent && !isList) return readMap(reader, { indent: below, depth: depth + 1 });
  return below >= indent && isList ? readList(reader, { indent: below, depth: depth + 1 }) : undefined;
}

function readList(reader: Reader, { indent, depth }: Level): FileNode | undefined {
  if (depth > maxDepth) return undefined;
  const { text } = reader;
  const offset = reader.at + indent;
  const items: FileNode[] = [];
  let weight = 1;
  for (;;) {
    const dash = reader.at + indent;
    let start = dash + 1;
    while (text[start] === ' ') start += 1;
    const inner = indent + start - dash;
    reader.at = start;
    const isMap = keyAt(text, start) !== undefined;
    const item = isMap ? readMap(reader, { indent: inner, depth: depth + 1 }) : readInline(reader, indent);
    if (item === undefined) return undefined;
    items.push(item);
    weight += item.weight;
    const next = skipToContent(reader);
    if (next > indent) return undefined;
    if (next < indent || !text.startsWith('- ', reader.at + indent)) return { kind: 'list', offset, weight, items };
  }
}

/** A value that begins on this line; the reader goes to the line behind it. `indent`: that of what it belongs to. */
function readInline(reader: Reader, indent: number): FileNode | undefined {
  const { text, at } = reader;
  switch (text[at]) {
    case '|':
      return readLiteral(reader, indent);
    case '{':
    case '[':
    case '"':
    case "'": {
      const flow = readFlow(reader, { depth: 0 });
      if (flow === undefined || !endsLine(reader)) return undefined;
      return flow;
    }
    default: {
      const end = text.indexOf('\n', at);
      const plain = plainOf(text.slice(at, end));
      if (plain === undefined) return undefined;
      reader.at = end + 1;
      return plainNode(at, { plain, resolve: reader.resolve });
    }
  }
}

const commentPattern = / *(?: #.*)?\n/y;

function endsLine(reader: Reader): boolean {
  commentPattern.lastIndex = reader.at;
  if (!commentPattern.test(reader.text)) return false;
  reader.at = commentPattern.lastIndex;
  return true;
}

/** Without the comment. A line below that goes on with it is indented more, which is nothing that a reader above goes on with. */
function plainOf(line: string): string | undefined {
  const comment = line.indexOf(' #');
  const plain = (comment < 0 ? line : line.slice(0, comment)).replace(/ +$/, '');
  const isSimple = /^(?:[^-?:,[\]{}#&*!|>'"%@` ]|-[\w./-])/.test(plain);
  return !isSimple || plain.includes(': ') || plain.endsWith(':') ? undefined : plain;
}

/** `|` and `|-` alone on their line, and a text whose first line is no blank one. */
function readLiteral(reader: Reader, indent: number): FileNode | undefined {
  const { text, at } = reader;
  const header = /\|-?\n/y;
  header.lastIndex = at;
  if (!header.test(text)) return undefined;
  reader.at = header.lastIndex;
  const first = /( *)[^ \n]/y;
  first.lastIndex = reader.at;
  const margin = first.exec(text)?.[1] ?? '';
  if (margin.length <= indent) return undefined;
  const lines: string[] = [];
  while (reader.at < text.length) {
    const end = text.indexOf('\n', reader.at);
    const line = text.slice(reader.at, end);
    if (line !== '' && !line.startsWith(margin)) {
      const own = /^ */.exec(line)?.[0].length ?? 0;
      // Between the two margins, or blank: not worth knowing what it means.
      if (own > indent || own === line.length) return undefined;
      break;
    }
    if (/^ +$/.test(line)) return undefined;
    lines.push(line.slice(margin.length));
    reader.at = end + 1;
  }
  while (lines.at(-1) === '') lines.pop();
  const value = `${lines.join('\n')}${text[at + 1] === '-' ? '' : '\n'}`;
  return scalarNode(at, { value, text: value });
}
