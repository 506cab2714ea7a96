import { didYouMean } from '../suggest.ts';
import { expectationOf, fitsKind, readConfigText } from './check-config-value.ts';
import {
  type ConfigLeaf,
  type ConfigNode,
  childOf,
  configKeys,
  configSchema,
  findNode,
  formatKey,
} from './config-schema.ts';
import { contradictions } from './contradictions.ts';
import { formatTwice, type GivenTwice, readPlaces } from './json-places.ts';
import type { ConfigOrigin } from './origin.ts';

export interface ConfigEntry {
  readonly path: readonly string[];
  readonly leaf: ConfigLeaf;
  /** As in the JSON; `null`: none, whatever lower files say. */
  readonly value: unknown;
  readonly origin: ConfigOrigin;
}

/** Something in a file or a variable that cannot be used. It disables nothing else. */
export interface ConfigProblem {
  /** `config.json:12`, or the name of a variable. */
  readonly place: string;
  /** `undefined` where the file as a whole is meant. */
  readonly path?: readonly string[];
  readonly message: string;
  readonly hint?: string | undefined;
  /** A warning is about a key that means nothing; an error about one whose value was meant. */
  readonly severity: 'error' | 'warning';
}

export interface ConfigLayer {
  readonly entries: readonly ConfigEntry[];
  readonly problems: readonly ConfigProblem[];
}

/** One file. Keys that begin with `//`, and `$schema`, are comments. */
export function readConfigFile(text: string, file: string): ConfigLayer {
  let content: unknown;
  // Editors on Windows put a mark in front.
  const json = text.replace(/^\ufeff/, '');
  try {
    content = json.trim() === '' ? {} : JSON.parse(json);
  } catch (error) {
    return { entries: [], problems: [notJson(file, error)] };
  }
  if (!isRecord(content)) return { entries: [], problems: [notJson(file, new Error('it must be one JSON object'))] };
  const { lineOf, twice } = readPlaces(json);
  const entries: ConfigEntry[] = [];
  const problems = twice.flatMap((given) => givenTwice(given, file));
  visit(content, { group: configSchema }, [], {
    entry: (path, leaf, value) =>
      entries.push({ path, leaf, value, origin: { kind: 'file', file, line: lineOf(path) } }),
    problem: (path, problem) => problems.push({ place: `${file}:${lineOf(path)}`, path, ...problem }),
  });
  return { entries, problems: [...problems, ...contradictions({ entries, problems })] };
}

/** Half of what was written has no effect; which half, hardly anybody knows. */
function givenTwice(given: GivenTwice, file: string): readonly ConfigProblem[] {
  // What is no key has a warning of its own, or is a comment.
  if (findNode(given.path) === undefined) return [];
  const message = `${formatKey(given.path)} is given ${formatTwice(given)}; the last one counts`;
  const place = `${file}:${given.lines.at(-1)}`;
  return [{ place, path: given.path, message, hint: 'Keep one of them.', severity: 'warning' }];
}

interface Visitor {
  readonly entry: (path: readonly string[], leaf: ConfigLeaf, value: unknown) => void;
  readonly problem: (path: readonly string[], problem: Omit<ConfigProblem, 'place' | 'path'>) => void;
}

function visit(value: unknown, node: ConfigNode, path: readonly string[], visitor: Visitor): void {
  if ('leaf' in node) {
    const { kind } = node.leaf;
    if (fitsKind(value, kind)) visitor.entry(path, node.leaf, value);
    else visitor.problem(path, { severity: 'error', message: `${formatKey(path)}: expected ${expectationOf(kind)}` });
    return;
  }
  // In the reference a group that is `null` is one without keys.
  if (value === null) return;
  if (!isRecord(value)) {
    visitor.problem(path, { severity: 'error', message: `${formatKey(path)}: expected an object` });
    return;
  }
  for (const [name, below] of Object.entries(value)) {
    const at = [...path, name];
    if (name.startsWith('//') || at.join() === '$schema') continue;
    const child = childOf(node, name);
    if (child !== undefined) visit(below, child, at, visitor);
    else visitor.problem(at, unknownKey(at, node));
  }
}

function unknownKey(path: readonly string[], node: ConfigNode): Omit<ConfigProblem, 'place' | 'path'> {
  const name = path.at(-1) ?? '';
  if ('each' in node)
    return { severity: 'error', message: `${formatKey(path)}: \`${name}\` is no name of ${node.what}` };
  const names = 'group' in node ? Object.keys(node.group) : [];
  return { severity: 'warning', message: `${formatKey(path)} is no key of srunx`, hint: didYouMean(name, names) };
}

/** What the variables say. */
export function readConfigVariables(env: Readonly<Record<string, string | undefined>>): ConfigLayer {
  const entries: ConfigEntry[] = [];
  const problems: ConfigProblem[] = [];
  for (const { path, leaf } of configKeys()) {
    const name = leaf.variable;
    const text = name === undefined ? undefined : env[name];
    if (name === undefined || text === undefined || text === '') continue;
    const value = readConfigText(text, leaf.kind);
    if (value !== undefined) entries.push({ path, leaf, value, origin: { kind: 'variable', name } });
    else {
      const message = `expected ${expectationOf(leaf.kind)}, not \`${text}\``;
      problems.push({ place: name, path, message, severity: 'error' });
    }
  }
  return { entries, problems: [...problems, ...contradictions({ entries, problems })] };
}

function notJson(file: string, error: unknown): ConfigProblem {
  const reason = error instanceof Error ? error.message : String(error);
  return {
    place: file,
    message: `it is no JSON (${reason})`,
    hint: 'Correct it: `srunx config edit` checks what it writes.',
    severity: 'error',
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
