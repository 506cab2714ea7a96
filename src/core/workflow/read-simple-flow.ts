import type { FileEntry, FileNode } from './file-tree.ts';
import { plainNode, type Reader, scalarNode } from './simple-reader.ts';

/** More is no workflow. */
const maxDepth = 20;

/** A text in quotes, or `{ }` and `[ ]` on one line; the reader goes behind it. `undefined`: it is not simple. */
export function readFlow(reader: Reader, { depth }: { readonly depth: number }): FileNode | undefined {
  const { text, at } = reader;
  if (depth > maxDepth) return undefined;
  switch (text[at]) {
    case '{':
      return readFlowMap(reader, depth);
    case '[':
      return readFlowList(reader, depth);
    case '"':
    case "'":
      return readQuoted(reader);
    default:
      return readFlowPlain(reader);
  }
}

/** Without an escape in `"`, and with `''` in `'`. */
const quoted = /"([^"\\\n]*)"|'((?:[^'\n]|'')*)'/y;

function readQuoted(reader: Reader): FileNode | undefined {
  const { at } = reader;
  quoted.lastIndex = at;
  const match = quoted.exec(reader.text);
  if (match === null) return undefined;
  reader.at = quoted.lastIndex;
  const value = match[1] ?? match[2]?.replaceAll("''", "'") ?? '';
  return scalarNode(at, { value, text: value });
}

/** A colon is part of a word where no blank and no sign follows. */
const flowPlain = /(?:[^-?:,[\]{}#&*!|>'"%@`\n ]|-[\w./])(?:[^,[\]{}:#\n]|:(?=[^,[\]{}#:\n ]))*/y;

function readFlowPlain(reader: Reader): FileNode | undefined {
  const { at } = reader;
  flowPlain.lastIndex = at;
  const match = flowPlain.exec(reader.text)?.[0];
  if (match === undefined) return undefined;
  const plain = match.replace(/ +$/, '');
  reader.at = at + plain.length;
  return plainNode(at, { plain, resolve: reader.resolve });
}

function readFlowList(reader: Reader, depth: number): FileNode | undefined {
  const offset = reader.at;
  const items: FileNode[] = [];
  let weight = 1;
  for (let sign = step(reader, ']'); sign !== ']'; sign = next(reader, ']')) {
    if (sign === undefined) return undefined;
    const item = readFlow(reader, { depth: depth + 1 });
    if (item === undefined) return undefined;
    items.push(item);
    weight += item.weight;
  }
  return { kind: 'list', offset, weight, items };
}

const flowKey = /([A-Za-z_][\w.-]{0,99}): +/y;

function readFlowMap(reader: Reader, depth: number): FileNode | undefined {
  const offset = reader.at;
  const entries = new Map<string, FileEntry>();
  let weight = 1;
  for (let sign = step(reader, '}'); sign !== '}'; sign = next(reader, '}')) {
    if (sign === undefined) return undefined;
    const keyOffset = reader.at;
    flowKey.lastIndex = keyOffset;
    const key = flowKey.exec(reader.text)?.[1];
    if (key === undefined || entries.has(key)) return undefined;
    reader.at = flowKey.lastIndex;
    const value = readFlow(reader, { depth: depth + 1 });
    if (value === undefined) return undefined;
    entries.set(key, { keyOffset, value });
    weight += value.weight;
  }
  return { kind: 'map', offset, weight, entries };
}

/** Behind the opening sign: the closing one, or the first item. */
function step(reader: Reader, close: '}' | ']'): string | undefined {
  reader.at += 1;
  skipBlanks(reader);
  if (reader.text[reader.at] !== close) return '';
  reader.at += 1;
  return close;
}

/** Behind an item: the closing sign, or a comma and the next item. */
function next(reader: Reader, close: '}' | ']'): string | undefined {
  skipBlanks(reader);
  const sign = reader.text[reader.at];
  if (sign !== close && sign !== ',') return undefined;
  reader.at += 1;
  if (sign === ',') skipBlanks(reader);
  return sign;
}

function skipBlanks(reader: Reader): void {
  while (reader.text[reader.at] === ' ') reader.at += 1;
}
