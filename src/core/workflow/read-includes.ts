import { isJobName, jobNameHint } from '../job/job-name.ts';
import { didYouMean } from '../suggest.ts';
import { type FileEntry, type FileMap, type FileNode, textOf } from './file-tree.ts';
import { findPythonArgs } from './find-python-args.ts';
import { type LeafContext, renderText } from './render-leaves.ts';
import type { TemplateValue } from './render-template.ts';
import { parseTemplate } from './template.ts';

/** One entry of `include`, with its templates rendered. */
export interface IncludeEntry {
  readonly path: string;
  readonly offset: number;
  readonly prefix: string;
  readonly args: ReadonlyMap<string, FileEntry>;
  readonly given: ReadonlyMap<string, TemplateValue>;
}

type IncludeContext = Omit<LeafContext, 'what'>;

const what = '`include`';
const keys = ['file', 'as', 'args'];
const shape = 'a file, or a mapping with `file`, `as` and `args`';

/** Templates in there see the args of the including file. What is wrong is added to the problems. */
export function readIncludes(node: FileNode | undefined, context: IncludeContext): readonly IncludeEntry[] {
  if (node?.kind !== 'list') return [];
  return node.items.flatMap((item): IncludeEntry[] => {
    if (item.kind === 'map') return readEntry(item, { ...context, what });
    const path = readLine(item, { ...context, what });
    return path === undefined ? [] : [{ path, offset: item.offset, prefix: '', args: new Map(), given: new Map() }];
  });
}

function readEntry(node: FileMap, context: LeafContext): IncludeEntry[] {
  const { problems } = context;
  for (const [key, { keyOffset }] of node.entries) {
    if (keys.includes(key) || key.startsWith('x-')) continue;
    problems.push({
      offset: keyOffset,
      message: `${what} has an unknown key \`${key}\``,
      hint: () => didYouMean(key, keys),
    });
  }
  const file = node.entries.get('file')?.value;
  if (file === undefined) {
    problems.push({ offset: node.offset, message: `an entry of ${what} must be ${shape}` });
    return [];
  }
  const path = readLine(file, { ...context, what: `${what}: \`file\`` });
  const prefix = readPrefix(node.entries.get('as')?.value, { ...context, what: `${what}: \`as\`` });
  const args = readArgs(node.entries.get('args')?.value, context);
  const given = new Map(
    [...args].flatMap(([name, { value }]) => {
      const read = readValue(value, { ...context, what: `${what}: arg \`${name}\`` });
      return read === undefined ? [] : [[name, read] as const];
    }),
  );
  if (path === undefined || prefix === undefined || given.size < args.size) return [];
  return [{ path, offset: file.offset, prefix, args, given }];
}

function readLine(node: FileNode, context: LeafContext): string | undefined {
  const text = textOf(node);
  if (text === undefined || text === '' || /[\0\n]/.test(text)) {
    const message = `${context.what} must be ${context.what === what ? `a list, each entry ${shape}` : 'one line of text'}`;
    context.problems.push({ offset: node.offset, message });
    return undefined;
  }
  return renderText(text, node.offset, context);
}

function readPrefix(node: FileNode | undefined, context: LeafContext): string | undefined {
  if (node === undefined) return '';
  const name = readLine(node, context);
  if (name === undefined || isJobName(name)) return name === undefined ? undefined : `${name}.`;
  context.problems.push({
    offset: node.offset,
    message: `${context.what}: \`${name}\` cannot begin a job name`,
    hint: jobNameHint,
  });
  return undefined;
}

function readArgs(node: FileNode | undefined, { problems }: LeafContext): ReadonlyMap<string, FileEntry> {
  if (node === undefined || (node.kind === 'scalar' && node.value === null)) return new Map();
  if (node.kind === 'map') {
    problems.push(
      ...findPythonArgs(node.entries, {}, 'Write it below `args` of this file, and pass it on: {{ name }}.'),
    );
    return node.entries;
  }
  problems.push({ offset: node.offset, message: `${what}: \`args\` must be a mapping of names to values` });
  return new Map();
}

/** `undefined` where it has none; the reason is among the problems. A template that is an arg alone passes it on as what it is. */
function readValue(node: FileNode, context: LeafContext): TemplateValue | undefined {
  if (node.kind === 'scalar' && typeof node.value !== 'string') return { value: node.value, text: node.text };
  if (node.kind === 'scalar') {
    const passed = passedOn(String(node.value), context);
    if (passed !== undefined) return passed;
    const text = renderText(String(node.value), node.offset, context);
    return text === undefined ? undefined : { value: text, text };
  }
  const children =
    node.kind === 'list'
      ? [...node.items.entries()]
      : [...node.entries].map(([key, { value }]) => [key, value] as const);
  const read = children.flatMap(([key, child]) => {
    const value = readValue(child, context);
    return value === undefined ? [] : [[key, value.value] as const];
  });
  if (read.length < children.length) return undefined;
  return { value: node.kind === 'list' ? read.map(([, value]) => value) : Object.fromEntries(read) };
}

function passedOn(text: string, { scope }: LeafContext): TemplateValue | undefined {
  const template = parseTemplate(text);
  const [segment, ...others] = template.segments;
  if (template.fault !== undefined || others.length > 0 || segment?.kind !== 'print') return undefined;
  const { path = [], called = true } = segment.sole ?? {};
  return called || path.length !== 1 ? undefined : scope.valuesFor(template)?.get(path[0] ?? '');
}
