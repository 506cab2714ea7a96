import type { JobDefaults } from '../config/job-defaults.ts';
import type { RuntimeDep } from '../job/exports-shell.ts';
import { isJobName, jobNameHint } from '../job/job-name.ts';
import { checkGraph } from './check-graph.ts';
import { collectDrafts } from './collect-drafts.ts';
import { type Control, controlKeys } from './control-schema.ts';
import type { FilePart } from './file-part.ts';
import { childNode, type FileNode } from './file-tree.ts';
import { sortTopologically } from './graph.ts';
import { type JobFile, jobKeys, structuralKeys } from './job-schema.ts';
import { matrixValue } from './matrix.ts';
import { createGroupReader, type GroupReader, parseJob } from './parse-job.ts';
import type { Problem } from './problems.ts';
import { readControl } from './read-control.ts';
import type { Draft } from './read-drafts.ts';
import { type LeavesContext, renderLeaves } from './render-leaves.ts';
import type { TemplateValue } from './render-template.ts';
import type { TemplateRenderer } from './renderer.ts';
import { createRuntimeDeps } from './runtime-deps.ts';
import type { Unit } from './unit.ts';

/** A job as the file has it, checked and with all its templates rendered. */
export interface ReadJob extends Draft {
  readonly job: JobFile;
  readonly control: Control;
  /** What the templates of its script see: numbers as numbers, which in `job` are text. */
  readonly scriptVars: ReadonlyMap<string, TemplateValue>;
  /** What its command reads of others when it runs. */
  readonly reads: readonly RuntimeDep[];
}

/** A job that is not to run this time. */
export interface LeftOutJob extends Draft {
  readonly reason: string;
}

export interface ReadContext {
  /** Of a file that is a sweep. */
  readonly part?: FilePart | undefined;
  readonly renderer: TemplateRenderer;
  readonly defaults?: JobDefaults | undefined;
  /** Of several plans of one file, which then share what it knows. */
  readonly readGroup?: GroupReader | undefined;
}

export interface ReadJobs {
  /** Parents before children. */
  readonly jobs: readonly ReadJob[];
  /** Of these only names, edges and exports are known. */
  readonly leftOut: readonly LeftOutJob[];
}

/** All jobs that are sound; what is wrong with the others is added to the problems of their files. */
export function readJobs(unit: Unit, context: ReadContext): ReadJobs {
  const drafts = collectDrafts(unit, context);
  unit.problems.push(...checkGraph(drafts), ...drafts.flatMap(checkLength));
  const broken = new Set<string>();
  const { readGroup = createGroupReader() } = context;
  const exports = new Map<string, Exports>();
  const jobs: ReadJob[] = [];
  const leftOut = new Map<string, LeftOutJob>();
  for (const draft of sortTopologically(drafts)) {
    // What is wrong with one job of a matrix is wrong with most of them.
    const { name, family = name } = draft;
    const read = broken.has(family) ? undefined : readJob(draft, { ...context, readGroup, exports, leftOut });
    if (read === undefined) broken.add(family);
    if (read === undefined) continue;
    exports.set(draft.name, read.exports);
    if ('reason' in read) leftOut.set(draft.name, { ...draft, reason: read.reason });
    else jobs.push(read.job);
  }
  return { jobs, leftOut: [...leftOut.values()] };
}

/** The name in its file has been looked at; the including files have put theirs before it. */
function checkLength({ name, offset, file }: Draft): Problem[] {
  return isJobName(name) ? [] : [{ offset, file, message: `\`${name}\` is not a job name`, hint: jobNameHint }];
}

type Exports = Readonly<Record<string, string>>;

interface JobContext extends ReadContext {
  readonly readGroup: GroupReader;
  readonly exports: ReadonlyMap<string, Exports>;
  /** So far. */
  readonly leftOut: ReadonlyMap<string, LeftOutJob>;
}

type Read = { readonly exports: Exports } & ({ readonly job: ReadJob } | { readonly reason: string });

function readJob(draft: Draft, jobs: JobContext): Read | undefined {
  const { name, node, matrix, families, unit } = draft;
  const context = {
    ...jobs,
    scope: unit.scope,
    problems: unit.problems,
    ...(families === undefined ? {} : { families }),
  };
  const failed = new Set<number>();
  const runtime = createRuntimeDeps(draft.edges);
  const values = matrix === undefined ? undefined : matrixValue(matrix);
  const leaves = { ...context, deps: depsOf(draft, context), failed, runtime, matrix: values };
  const render = (keys: readonly string[]) => renderKeys(draft, keys, leaves);
  const control = readControl(render(controlKeys), { ...context, name, node, failed });
  if (control === undefined) return undefined;
  // One that is left out is checked like any other: the next run may be the one that has it.
  const job = parseJob(render(contentKeys), { ...context, name, node });
  if (Array.isArray(job)) {
    // A leaf that could not be rendered is wrong already.
    context.problems.push(...job.filter(({ offset }) => offset === undefined || !failed.has(offset)));
    return undefined;
  }
  if (failed.size > 0) return undefined;
  const { exports = {} } = job;
  const { handles = '' } = draft;
  if (context.leftOut.has(handles)) return { exports, reason: `${handles} is skipped` };
  if (control.when === false) return { exports, reason: `when is false: ${textOfScalar(childNode(node, 'when'))}` };
  return { exports, job: { ...draft, job, control, scriptVars: scriptVars(draft, job), reads: runtime.found } };
}

/** What a job does, as against what it is called, and whether and when it runs. */
const contentKeys = jobKeys.filter((key) => ![...structuralKeys, ...controlKeys].includes(key));

function textOfScalar(node: FileNode | undefined): string {
  return node?.kind === 'scalar' ? String(node.value) : '';
}

function renderKeys(
  { name, node }: Draft,
  keys: readonly string[],
  { runtime, ...context }: Omit<LeavesContext, 'key' | 'what'>,
): Record<string, unknown> {
  return Object.fromEntries(
    [...node.entries]
      .filter(([key]) => keys.includes(key))
      .map(([key, { value }]) => {
        const own = key === 'command' ? { ...context, runtime } : context;
        return [key, renderLeaves(value, { ...own, key, what: `job \`${name}\`: \`${key}\`` })];
      }),
  );
}

/** Of all kinds of dependencies, and of direct ones only that were written. */
function depsOf(
  { edges }: Draft,
  { exports }: JobContext,
): Record<string, Readonly<Record<string, string>>> | 'unknown' {
  const deps: Record<string, Readonly<Record<string, string>>> = {};
  for (const { parent, implied, local = parent } of edges) {
    if (implied === true) continue;
    const found = exports.get(parent);
    if (found === undefined) return 'unknown';
    deps[local] = found;
  }
  return deps;
}

function scriptVars({ node }: Draft, { script_vars: texts = {} }: JobFile): ReadonlyMap<string, TemplateValue> {
  return new Map(
    Object.entries(texts).map(([name, text]) => {
      const written = childNode(childNode(node, 'script_vars'), name);
      const isText = written?.kind !== 'scalar' || typeof written.value === 'string';
      return [name, { value: isText ? text : written.value, text }];
    }),
  );
}
