import type { FileNode } from './file-tree.ts';
import type { Problem } from './problems.ts';
import type { PlainValue } from './python/convert-value.ts';
import { argsNeeded, type PythonResult, readPython, runPython } from './python/run-python.ts';
import { placeInFile, placeInTemplate, readCode } from './python-code.ts';
import type { TemplateValue } from './render-template.ts';

/** One `python:` value. */
export interface PythonSource {
  /** Of the arg. */
  readonly name: string;
  /** As written, `python:` included. */
  readonly text: string;
  /** With its templates rendered. */
  readonly rendered: string;
  /** Where it begins in the file; absent for `--arg`. */
  readonly offset: number | undefined;
}

/** What the evaluation of all `python:` values of a file shares. */
export interface PythonArgs {
  /** What they gave, as Python has it: an int is no float, a tuple no list. */
  readonly exact: Map<string, PythonResult['exact']>;
  /** Where the value of an arg stands, if it does in the file. */
  readonly nodeOf: (name: string) => FileNode | undefined;
  /** The text of the file. */
  readonly file: string;
}

/** The args that are known. */
export interface KnownArgs extends PythonArgs {
  /** Of all args. */
  readonly names: readonly string[];
  /** Of the args that were evaluated already; `undefined` for those that have no value. */
  readonly values: ReadonlyMap<string, TemplateValue | undefined>;
}

/** `needs`: args that must be evaluated before. `nothing`: one that it needs has no value. */
export type PythonOutcome =
  | PythonResult
  | { readonly needs: readonly string[] }
  | { readonly nothing: true }
  | { readonly problem: Problem };

/** Evaluates it, if all args that it uses have values. */
export function evaluatePython(source: PythonSource, known: KnownArgs): PythonOutcome {
  const { code, placeInText } = readCode(source.rendered);
  const describe = ({ message, offset, hint }: { message: string; offset: number; hint: string }): PythonOutcome => ({
    problem: problemOf(source, { message, hint, place: placeInText(offset), file: known.file }),
  });
  const program = readPython(code);
  if ('message' in program) return describe(program);
  const used = argsNeeded(program);
  const others = known.names.filter((name) => name !== source.name);
  const needed = used.any ? [...new Set([...used.names, ...others])] : used.names;
  const missing = needed.filter((name) => known.names.includes(name) && !known.values.has(name));
  if (missing.length > 0) return { needs: missing };
  if (needed.some((name) => known.values.has(name) && known.values.get(name) === undefined)) return { nothing: true };
  const result = runPython(program, { names: others, get: (name) => argValue(name, known) });
  return 'message' in result ? describe(result) : result;
}

function argValue(
  name: string,
  { values, exact, nodeOf }: KnownArgs,
): PlainValue | { exact: PythonResult['exact'] } | undefined {
  const known = exact.get(name);
  if (known !== undefined) return { exact: known };
  const found = values.get(name);
  if (found === undefined) return undefined;
  const { value, text } = found;
  if (typeof value !== 'number' && typeof value !== 'bigint') return plainOf(value, nodeOf(name));
  // As written, or as Python prints it: `1.0` is no int.
  return { kind: 'scalar', value: Number(value), text: text ?? String(value) };
}

/** The file knows how a number is written, and the value what its templates became. */
function plainOf(value: unknown, node: FileNode | undefined): PlainValue {
  if (Array.isArray(value)) {
    const nodes = node?.kind === 'list' ? node.items : [];
    return { kind: 'list', items: value.map((item, index) => plainOf(item, nodes[index])) };
  }
  if (typeof value === 'object' && value !== null) {
    const nodes = node?.kind === 'map' ? node.entries : undefined;
    const entries = Object.entries(value).map(([key, item]) => [key, plainOf(item, nodes?.get(key)?.value)] as const);
    return { kind: 'map', entries };
  }
  const scalar = typeof value === 'number' || typeof value === 'boolean' || value === null ? value : String(value);
  const isWritten = node?.kind === 'scalar' && typeof node.value === 'number';
  return { kind: 'scalar', value: scalar, text: isWritten ? node.text : String(value) };
}

function problemOf(
  { name, text, rendered, offset }: PythonSource,
  {
    message,
    hint,
    place,
    file,
  }: { readonly message: string; readonly hint: string; readonly place: number; readonly file: string },
): Problem {
  const line = rendered.slice(0, place).split('\n').length;
  const shown = text === rendered ? '' : `, in \`${clip((rendered.split('\n')[line - 1] ?? '').trim())}\``;
  const at = placeInTemplate(text, rendered, place);
  if (offset !== undefined) {
    return {
      offset: placeInFile(file, { start: offset, value: text, offset: at }),
      message: `arg \`${name}\`: ${message}${shown}`,
      hint,
    };
  }
  const column = place - rendered.lastIndexOf('\n', place - 1);
  const lines = text.includes('\n') ? `line ${line}, ` : '';
  return { message: `--arg ${name}, ${lines}column ${column}: ${message}${shown}`, hint };
}

function clip(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}
