import { isMap, isNode, isScalar, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml';
import { ConfigError } from '../errors.ts';
import { fileError, type Path, type Position, type Problem, positionAt } from './problems.ts';

/** A workflow file as read: plain values, and where each of them stands. */
export interface WorkflowFile {
  /** The root mapping. */
  readonly root: Readonly<Record<string, unknown>>;
  /** The text of a scalar as written (`0.10`, `1e-5`), where it is no quoted string. */
  lexeme(path: Path): string | undefined;
  /** Throws if there is any problem, with all of them. */
  check(problems: readonly Problem[]): void;
}

/** Deeper nesting is an attack or an accident. */
const maxDepth = 64;

/** Reads YAML 1.2, where `no` and `1:30:00` are text. Anchors and merge keys work, but may not multiply without bounds. */
export function readWorkflowFile(text: string, source: string): WorkflowFile {
  const counter = new LineCounter();
  const document = guard(source, () =>
    parseDocument(text, { version: '1.2', lineCounter: counter, prettyErrors: false, merge: true, uniqueKeys: true }),
  );
  const errors = document.errors.map(({ message, pos }) => ({
    position: positionAt(pos[0], counter),
    message: `YAML: ${message}`,
    hint: 'Correct the indentation or the quotes of this line.',
  }));
  if (errors.length > 0) throw fileError(errors, { source, text });
  const root: unknown = guard(source, () => document.toJS({ maxAliasCount: 100 }));
  if (!isRecord(root)) {
    const message = root === null ? 'the file is empty' : 'the file must be a mapping with the key `jobs`';
    throw fileError([{ position: undefined, message, hint: 'Begin with `name:` and `jobs:`.' }], { source, text });
  }
  if (depthOf(root) > maxDepth) throw tooDeep(source);
  return {
    root,
    lexeme: (path) => {
      const node = document.getIn(path, true);
      return isScalar(node) && node.type === 'PLAIN' ? node.source : undefined;
    },
    check(problems) {
      if (problems.length === 0) return;
      const located = problems.map((problem) => ({
        ...problem,
        position: locate(document.contents, problem, counter),
      }));
      throw fileError(located, { source, text });
    },
  };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The YAML parser reports too many aliases and overlong recursion as exceptions of its own. */
function guard<T>(source: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) throw tooDeep(source);
    throw new ConfigError(`${source} cannot be read as YAML`, {
      code: 'workflow.invalid',
      detail: error instanceof Error ? error.message : String(error),
      hint: 'Write repeated parts out, or use fewer aliases.',
      cause: error,
    });
  }
}

function tooDeep(source: string): ConfigError {
  return new ConfigError(`${source} is nested more than ${maxDepth} levels deep`, {
    code: 'workflow.too_deep',
    hint: 'A workflow file needs five levels at most.',
  });
}

function depthOf(root: unknown): number {
  let depth = 0;
  for (let level: unknown[] = [root]; level.length > 0 && depth <= maxDepth; depth += 1) {
    level = level.flatMap((value) => (typeof value === 'object' && value !== null ? Object.values(value) : []));
  }
  return depth;
}

/** The place of the deepest part of a path that the file has: what a merge key brought stands elsewhere. */
function locate(contents: unknown, { path, atKey = false }: Problem, counter: LineCounter): Position | undefined {
  let node: unknown = contents;
  let offset = isNode(node) ? node.range?.[0] : undefined;
  for (const [index, key] of path.entries()) {
    const isLast = index === path.length - 1;
    const pair = isMap(node) ? findPair(node, key) : undefined;
    const next: unknown = isMap(node) ? pair?.value : childOf(node, key);
    const place = isLast && atKey && pair !== undefined ? pair.key : (next ?? pair?.key);
    if (!isNode(place)) break;
    offset = place.range?.[0] ?? offset;
    node = next;
  }
  return offset === undefined ? undefined : positionAt(offset, counter);
}

function findPair(map: YAMLMap, key: string | number): { key: unknown; value: unknown } | undefined {
  return map.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
}

function childOf(node: unknown, key: string | number): Node | undefined {
  const items = typeof node === 'object' && node !== null && 'items' in node ? (node.items as unknown[]) : [];
  const child = items[Number(key)];
  return isNode(child) ? child : undefined;
}
