import { SrunxError } from '../errors.ts';
import { type ArgScope, createArgScope } from './arg-scope.ts';
import { checkRoot } from './check-root.ts';
import { defaultStrategy, type ErrorStrategy } from './error-strategy.ts';
import { absentNames, type FilePart, misplacedReduce } from './file-part.ts';
import { childNode, type FileEntry, type FileMap, textOf } from './file-tree.ts';
import { findPythonArgs } from './find-python-args.ts';
import type { Problem, SourceText } from './problems.ts';
import { type IncludeEntry, readIncludes } from './read-includes.ts';
import type { TemplateValue } from './render-template.ts';
import type { TemplateRenderer } from './renderer.ts';
import { readWorkflowFile } from './workflow-file.ts';

/** A workflow file with what its templates see. An included one is a unit of its own. */
export interface Unit {
  readonly file: SourceText;
  readonly root: FileMap;
  readonly scope: ArgScope;
  /** Of this file. */
  readonly problems: Problem[];
  /** Of its jobs, where they do not say it themselves. */
  readonly onError: ErrorStrategy;
  readonly included: readonly IncludedUnit[];
}

export interface IncludedUnit {
  /** Before the names of its jobs; perhaps empty. */
  readonly prefix: string;
  /** As given by the including file. */
  readonly args: ReadonlyMap<string, FileEntry>;
  readonly unit: Unit;
  /** Where the including file names it. */
  readonly offset: number;
}

/** A file to include: `id` is the same for the same file, whatever it is called. */
export interface IncludedFile extends SourceText {
  readonly id: string;
}

/** The outermost file has no id where it was read from a pipe. */
export interface WorkflowText extends SourceText {
  readonly id?: string | undefined;
}

export interface UnitContext {
  /** Of a file that is a sweep. */
  readonly part?: FilePart | undefined;
  readonly renderer: TemplateRenderer;
  /** Instead of `readWorkflowFile`, where the same text is read again and again. */
  readonly readTree?: typeof readWorkflowFile | undefined;
  /** Whether `python:` values are evaluated, which only the command line does; absent: they are an error. */
  readonly python?: 'allowed' | 'refused' | undefined;
  /** Finds a file relative to another one; throws a SrunxError, or gives `undefined`, where there is none. */
  readonly readWorkflow?: ((path: string, from: string) => IncludedFile | undefined) | undefined;
}

interface UnitRequest {
  readonly file: WorkflowText;
  readonly overrides: Readonly<Record<string, string>>;
  readonly given?: ReadonlyMap<string, TemplateValue> | undefined;
  /** The files that include this one, outermost first, and itself. */
  readonly chain: readonly IncludedFile[];
  /** How many files have been read so far. */
  readonly counter: { files: number };
}

/** Deeper is an accident. */
const maxDepth = 16;

/** Files that include each other's parts twice would multiply. */
const maxFiles = 200;

/** Reads a file and what it includes. Throws a ConfigError for one that is no YAML; all else goes to the problems of its unit. */
export function readUnit(
  file: WorkflowText,
  { overrides, given, ...context }: UnitContext & Pick<UnitRequest, 'overrides' | 'given'>,
): Unit {
  const { id } = file;
  const chain = id === undefined ? [] : [{ ...file, id }];
  return readOne({ file, overrides, chain, counter: { files: 0 }, ...(given === undefined ? {} : { given }) }, context);
}

/** This unit and all below it. */
export function unitsOf(unit: Unit): readonly Unit[] {
  return [unit, ...unit.included.flatMap((entry) => unitsOf(entry.unit))];
}

function readOne(request: UnitRequest, context: UnitContext): Unit {
  const { file, overrides, given } = request;
  const root = (context.readTree ?? readWorkflowFile)(file.text, file.source);
  const args = argsOf(root);
  const isAllowed = context.python === 'allowed';
  const problems: Problem[] = [...checkRoot(root), ...(isAllowed ? [] : findPythonArgs(args, overrides))];
  const python = isAllowed ? { file: file.text } : undefined;
  const absent = absentNames(context.part);
  const scope = createArgScope({ args, overrides, given, absent, renderer: context.renderer, problems, python });
  // What it includes are jobs of cells.
  const isReduce = context.part?.kind === 'reduce';
  const entries = isReduce ? [] : readIncludes(childNode(root, 'include'), { ...context, scope, problems });
  return {
    ...{ file, root, scope, problems },
    onError: (textOf(childNode(root, 'on_error')) ?? defaultStrategy) as ErrorStrategy,
    included: entries.flatMap((entry) => readIncluded(entry, { ...context, ...request, problems })),
  };
}

export function argsOf(root: FileMap): ReadonlyMap<string, FileEntry> {
  const node = childNode(root, 'args');
  return node?.kind === 'map' ? node.entries : new Map();
}

type IncludeContext = UnitContext & UnitRequest & { readonly problems: Problem[] };

function readIncluded(entry: IncludeEntry, context: IncludeContext): IncludedUnit[] {
  const { file: from, chain, counter, problems } = context;
  const file = findFile(entry, context);
  if (file === undefined) return [];
  const inner = [...chain, file];
  counter.files += 1;
  const refusal = refuse(file, { chain, from, files: counter.files });
  if (refusal !== undefined) {
    problems.push({ offset: entry.offset, ...refusal });
    return [];
  }
  const unit = readOne({ file, overrides: {}, given: entry.given, chain: inner, counter }, context);
  unit.problems.push(...misplacedReduce(unit.root, { included: true }));
  return [{ prefix: entry.prefix, args: entry.args, unit, offset: entry.offset }];
}

interface Ancestry {
  readonly chain: readonly IncludedFile[];
  readonly from: WorkflowText;
  readonly files: number;
}

function refuse(file: IncludedFile, { chain, from, files }: Ancestry): Pick<Problem, 'message' | 'hint'> | undefined {
  if (file.source === from.source || file.id === from.id) {
    return { message: `${from.source} includes itself`, hint: 'Remove this include.' };
  }
  const at = chain.findIndex(({ id }) => id === file.id);
  if (at >= 0) {
    const circle = [...chain.slice(at), file].map(({ source }) => source).join(' -> ');
    return { message: `files include each other: ${circle}`, hint: 'Remove one of these includes.' };
  }
  if (chain.length >= maxDepth) {
    return { message: `files include each other more than ${maxDepth} levels deep`, hint: 'Use fewer levels.' };
  }
  if (files <= maxFiles) return undefined;
  return { message: `more than ${maxFiles} files are included`, hint: 'Use fewer, or a matrix.' };
}

function findFile(
  entry: IncludeEntry,
  { file: from, readWorkflow, problems }: IncludeContext,
): IncludedFile | undefined {
  const { offset } = entry;
  try {
    const file = readWorkflow?.(entry.path, from.source);
    if (file !== undefined) return file;
    const hint = 'The path is relative to the file that includes it.';
    problems.push({ offset, message: `there is no workflow file ${entry.path}`, hint });
  } catch (error) {
    if (!(error instanceof SrunxError)) throw error;
    problems.push({ offset, message: error.message, hint: error.hint });
  }
  return undefined;
}
