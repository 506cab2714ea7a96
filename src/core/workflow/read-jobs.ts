import type { JobDefaults } from '../config/job-defaults.ts';
import type { ArgScope } from './arg-scope.ts';
import { childNode, type FileMap } from './file-tree.ts';
import { checkGraph, sortTopologically } from './graph.ts';
import { type JobFile, jobKeys } from './job-schema.ts';
import { createGroupReader, type GroupReader, parseJob } from './parse-job.ts';
import type { Problem } from './problems.ts';
import { type Draft, readDrafts } from './read-drafts.ts';
import { renderLeaves } from './render-leaves.ts';
import type { TemplateValue } from './render-template.ts';
import type { TemplateRenderer } from './renderer.ts';

/** A job as the file has it, checked and with all its templates rendered. */
export interface ReadJob extends Draft {
  readonly job: JobFile;
  /** What the templates of its script see: numbers as numbers, which in `job` are text. */
  readonly scriptVars: ReadonlyMap<string, TemplateValue>;
}

export interface ReadContext {
  readonly scope: ArgScope;
  readonly renderer: TemplateRenderer;
  readonly problems: Problem[];
  readonly defaults?: JobDefaults | undefined;
}

/** All jobs that are sound, parents before children; what is wrong with the others is added to the problems. */
export function readJobs(root: FileMap, context: ReadContext): readonly ReadJob[] {
  const drafts = readDrafts(childNode(root, 'jobs'), context);
  context.problems.push(...checkGraph(drafts));
  const readGroup = createGroupReader();
  const exports = new Map<string, Readonly<Record<string, string>>>();
  return sortTopologically(drafts).flatMap((draft): ReadJob[] => {
    const read = readJob(draft, { ...context, readGroup, exports });
    if (read !== undefined) exports.set(draft.name, read.job.exports ?? {});
    return read === undefined ? [] : [read];
  });
}

interface JobContext extends ReadContext {
  readonly readGroup: GroupReader;
  readonly exports: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

function readJob(draft: Draft, context: JobContext): ReadJob | undefined {
  const { name, node } = draft;
  const failed = new Set<number>();
  const leaves = { ...context, deps: depsOf(draft, context), failed };
  const rendered: Record<string, unknown> = {};
  for (const [key, { value }] of node.entries) {
    if (key === 'name' || key === 'depends_on' || !jobKeys.includes(key)) continue;
    rendered[key] = renderLeaves(value, { ...leaves, key, what: `job \`${name}\`: \`${key}\`` });
  }
  const job = parseJob(rendered, { name, node, readGroup: context.readGroup, defaults: context.defaults });
  if (Array.isArray(job)) {
    // A leaf that could not be rendered is wrong already.
    context.problems.push(...job.filter(({ offset }) => offset === undefined || !failed.has(offset)));
    return undefined;
  }
  return failed.size > 0 ? undefined : { ...draft, job, scriptVars: scriptVars(draft, job) };
}

/** Of all kinds of dependencies, and of direct ones only. */
function depsOf(
  { edges }: Draft,
  { exports }: JobContext,
): Record<string, Readonly<Record<string, string>>> | 'unknown' {
  const deps: Record<string, Readonly<Record<string, string>>> = {};
  for (const { parent } of edges) {
    const found = exports.get(parent);
    if (found === undefined) return 'unknown';
    deps[parent] = found;
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
