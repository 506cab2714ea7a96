import { applyEdits, findNodeAtLocation, modify, parseTree } from 'jsonc-parser';
import { formatKey } from '../core/config/config-schema.ts';
import { formatTwice, readPlaces } from '../core/config/json-places.ts';
import { ConfigError } from '../core/errors.ts';
import { readConfigText } from './config-files.ts';

/** One place of a file: its new value (`undefined` takes it out), or a new name for what stands there. */
export type ConfigEdit = { readonly path: readonly string[] } & (
  | { readonly value: unknown }
  | { readonly rename: string }
);

/** The text of a file that can be changed; an object without keys where there is none. */
export function readSoundText(file: string): string {
  const text = readConfigText(file) ?? '';
  if (text.trim() === '') return '{}\n';
  let reason = 'it must be one JSON object';
  try {
    const content: unknown = JSON.parse(text);
    if (typeof content === 'object' && content !== null && !Array.isArray(content)) return text;
  } catch (error) {
    reason = error instanceof Error ? error.message : String(error);
  }
  throw new ConfigError(`${file} is no JSON, so nothing was changed in it`, {
    code: 'config.invalid',
    detail: reason,
    hint: 'Correct it with `srunx config edit`.',
  });
}

/** Numbers, order and layout of all the rest stay as they were. */
export function editConfigText(text: string, file: string, edits: readonly ConfigEdit[]): string {
  return edits.reduce((before, edit) => {
    requireOnce(before, { path: edit.path, file });
    return 'rename' in edit ? renamed(before, edit) : changed(before, { ...edit, file });
  }, text);
}

interface ValueEdit {
  readonly path: readonly string[];
  readonly value: unknown;
  readonly file: string;
}

function changed(text: string, { path, value, file }: ValueEdit): string {
  const insert = { formattingOptions: { insertSpaces: true, tabSize: 2, eol: '\n' } };
  const set = (at: readonly string[], what: unknown) => applyEdits(text, modify(text, [...at], what, insert));
  if (value === undefined) return nodeAt(text, path) === undefined ? text : set(path, undefined);
  const depth = path.findIndex((_, index) => !['object', undefined].includes(nodeAt(text, path.slice(0, index))?.type));
  if (depth < 0) return set(path, value);
  const group = path.slice(0, depth);
  if (nodeAt(text, group)?.type !== 'null') {
    throw new ConfigError(`${file}: ${formatKey(group)} is no object, so nothing was changed`, {
      code: 'config.invalid',
      hint: 'Correct it with `srunx config edit`.',
    });
  }
  // A group that is `null` is one without keys.
  const whole = path.slice(depth).reduceRight<unknown>((below, name) => ({ [name]: below }), value);
  return set(group, whole);
}

function renamed(
  text: string,
  { path, rename }: { readonly path: readonly string[]; readonly rename: string },
): string {
  const key = nodeAt(text, path)?.parent?.children?.[0];
  if (key === undefined) return text;
  return applyEdits(text, [{ offset: key.offset, length: key.length, content: JSON.stringify(rename) }]);
}

function nodeAt(text: string, path: readonly string[]) {
  const tree = parseTree(text);
  return tree === undefined ? undefined : findNodeAtLocation(tree, [...path]);
}

/** Of a key that is given twice the last one counts, and the first one would be changed. */
function requireOnce(text: string, { path, file }: { readonly path: readonly string[]; readonly file: string }): void {
  const given = readPlaces(text).twice.find((key) => key.path.every((name, index) => path[index] === name));
  if (given === undefined) return;
  throw new ConfigError(`${file}: ${formatKey(given.path)} is given ${formatTwice(given)}, so nothing was changed`, {
    code: 'config.given_twice',
    hint: 'Keep one of them: `srunx config edit` opens the file.',
  });
}
