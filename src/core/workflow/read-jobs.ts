import type { z } from 'zod';
import { didYouMean } from '../suggest.ts';
import type { ArgScope } from './evaluate-args.ts';
import { checkGraph, type Edge, edgeTypes, type GraphNode, parseEdge, sortTopologically } from './graph.ts';
import { flatKeys, groupSchemas, type JobFile, jobKeys, jobSchema, unsupportedJobKeys } from './job-schema.ts';
import type { Path, Problem } from './problems.ts';
import { isRecord, type WorkflowFile } from './workflow-file.ts';

/** A job as the file has it, checked and with all its templates rendered. */
export interface ReadJob extends GraphNode {
  readonly job: JobFile;
}

/** All jobs, parents before children. Throws one error with everything that is wrong. */
export function readJobs(file: WorkflowFile, scope: ArgScope): readonly ReadJob[] {
  const items = Array.isArray(file.root['jobs']) ? (file.root['jobs'] as unknown[]) : [];
  file.check(items.flatMap((item, index) => checkKeys(item, ['jobs', index])));
  const problems: Problem[] = [];
  const drafts = items.map((item, index) =>
    readDraft(item as Record<string, unknown>, { path: ['jobs', index], scope, problems }),
  );
  file.check(problems);
  file.check(checkGraph(drafts));
  const readGroup = createGroupReader();
  const exports = new Map<string, Readonly<Record<string, string>>>();
  const jobs = sortTopologically(drafts).flatMap((draft) => {
    const deps = Object.fromEntries(draft.edges.map(({ parent }) => [parent, exports.get(parent) ?? {}]));
    const before = problems.length;
    const rendered = renderLeaves(draft.raw, { scope, deps, path: draft.path, job: draft.name, problems });
    // What could not be rendered would only cause a second complaint.
    if (problems.length > before) return [];
    const job = parseJob(rendered, { path: draft.path, name: draft.name, problems, readGroup });
    if (job === undefined) return [];
    exports.set(draft.name, job.exports ?? {});
    const { name, edges, path } = draft;
    return [{ name, edges, path, job }];
  });
  file.check(problems);
  return jobs;
}

/** Keys are looked at before any template: they say which leaves there are. */
function checkKeys(item: unknown, path: Path): Problem[] {
  if (!isRecord(item)) return [{ path, message: 'a job must be a mapping with `name` and `command` or `script_path`' }];
  const problems: Problem[] = [];
  const name = typeof item['name'] === 'string' ? `job \`${item['name']}\`` : 'a job';
  for (const key of Object.keys(item)) {
    if (key.startsWith('x-') || jobKeys.includes(key)) continue;
    problems.push({ path: [...path, key], atKey: true, ...unknownKey(key, name, item[key]) });
  }
  if (item['name'] === undefined) problems.push({ path, message: 'a job has no `name`' });
  else if (typeof item['name'] !== 'string')
    problems.push({ path: [...path, 'name'], message: 'a job name must be text', hint: 'Put it into quotes.' });
  return problems;
}

function unknownKey(key: string, name: string, value: unknown): Pick<Problem, 'message' | 'hint'> {
  if (key === 'outputs') {
    return isRecord(value)
      ? {
          message: `${name} has \`outputs\`, which was renamed`,
          hint: 'Rename it to `exports`, and read the values as {{ deps.JOB.KEY }}.',
        }
      : { message: `${name} has \`outputs\`: declared output files are not supported yet`, hint: 'Remove the key.' };
  }
  const feature = unsupportedJobKeys[key];
  if (feature !== undefined) {
    return {
      message: `${name} has \`${key}\`: ${feature} are not supported yet`,
      hint: 'Remove the key; it would have no effect.',
    };
  }
  return {
    message: `${name} has an unknown key \`${key}\``,
    hint: didYouMean(key, jobKeys) ?? 'Keys for other tools begin with `x-`.',
  };
}

interface Draft extends GraphNode {
  readonly raw: Readonly<Record<string, unknown>>;
}

interface DraftContext {
  readonly path: Path;
  readonly scope: ArgScope;
  readonly problems: Problem[];
}

/** Name and edges come first, as everything else may depend on them; they see the args only. */
function readDraft(item: Readonly<Record<string, unknown>>, { path, scope, problems }: DraftContext): Draft {
  const name =
    attempt(() => scope.render(String(item['name'])), { path: [...path, 'name'], what: 'the job name', problems }) ??
    '';
  const listed = item['depends_on'] ?? [];
  const texts: unknown[] = Array.isArray(listed) ? listed : [listed];
  const edges = texts.flatMap((text, index): Edge[] => {
    const at = Array.isArray(listed) ? [...path, 'depends_on', index] : [...path, 'depends_on'];
    if (typeof text !== 'string') {
      problems.push({
        path: at,
        message: `a dependency of job \`${name}\` must be text`,
        hint: 'Write JOB, or TYPE:JOB.',
      });
      return [];
    }
    const rendered = attempt(() => scope.render(text), { path: at, what: `a dependency of job \`${name}\``, problems });
    if (rendered === undefined) return [];
    const edge = parseEdge(rendered);
    if (edge !== undefined) return [edge];
    const type = rendered.split(':', 1)[0] ?? '';
    problems.push({
      path: at,
      message: `\`${type}\` is no type of dependency`,
      hint: didYouMean(type, edgeTypes) ?? `There are: ${edgeTypes.join(', ')}.`,
    });
    return [];
  });
  return { name, edges, path, raw: item };
}

interface LeafContext extends DraftContext {
  readonly deps: Readonly<Record<string, unknown>>;
  readonly job: string;
}

/** Renders the string leaves of the parsed tree, never the text of the file: a value cannot become a key or a second line. */
function renderLeaves(value: unknown, context: LeafContext): unknown {
  if (typeof value === 'string') {
    const what = `job \`${context.job}\``;
    return attempt(() => context.scope.render(value, { deps: context.deps }), { ...context, what }) ?? '';
  }
  if (Array.isArray(value))
    return value.map((item, index) => renderLeaves(item, { ...context, path: [...context.path, index] }));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, renderLeaves(item, { ...context, path: [...context.path, key] })]),
  );
}

function attempt<T>(
  work: () => T,
  { path, what, problems }: { readonly path: Path; readonly what: string; readonly problems: Problem[] },
): T | undefined {
  try {
    return work();
  } catch (error) {
    problems.push({
      path,
      message: `${what}: ${error instanceof Error ? error.message : String(error)}`,
      hint: 'Templates see the `args` of the file and `deps.JOB.KEY` of direct dependencies.',
    });
    return undefined;
  }
}

interface ParseContext {
  readonly path: Path;
  readonly name: string;
  readonly problems: Problem[];
  readonly readGroup: GroupReader;
}

function parseJob(rendered: unknown, context: ParseContext): JobFile | undefined {
  const { path, name, problems } = context;
  const placed = placeFlatKeys(rendered as Record<string, unknown>, context);
  const result = jobSchema.safeParse(placed);
  const resources = context.readGroup('resources', placed['resources'] ?? {});
  const environment = context.readGroup('environment', placed['environment'] ?? {});
  const failures = [
    ...(result.error?.issues ?? []),
    ...(resources.error?.issues ?? []).map((issue) => ({ ...issue, path: ['resources', ...issue.path] })),
    ...(environment.error?.issues ?? []).map((issue) => ({ ...issue, path: ['environment', ...issue.path] })),
  ];
  if (!result.success || !resources.success || !environment.success) {
    problems.push(...failures.flatMap((issue) => toProblems(issue, context)));
    return undefined;
  }
  const { command, script_path: script } = result.data;
  if ((command === undefined) === (script === undefined)) {
    const message =
      command === undefined ? 'needs `command` or `script_path`' : 'cannot have both `command` and `script_path`';
    problems.push({ path, message: `job \`${name}\` ${message}` });
    return undefined;
  }
  return { ...result.data, resources: resources.data, environment: environment.data };
}

type GroupReader = <Group extends keyof typeof groupSchemas>(
  group: Group,
  value: unknown,
) => z.ZodSafeParseResult<z.output<(typeof groupSchemas)[Group]>>;

/** Most jobs of a large workflow ask for the same: each distinct text is checked once. */
function createGroupReader(): GroupReader {
  const known = new Map<string, unknown>();
  return ((group: keyof typeof groupSchemas, value: unknown) => {
    const key = `${group}${JSON.stringify(value)}`;
    const result = known.get(key) ?? groupSchemas[group].safeParse(value);
    known.set(key, result);
    return result;
  }) as GroupReader;
}

/** Flat keys go below `resources` and `environment`, `path` becomes `script_path`; the same thing said twice must agree. */
function placeFlatKeys(
  job: Readonly<Record<string, unknown>>,
  { path, name, problems }: ParseContext,
): Record<string, unknown> {
  const placed: Record<string, unknown> = {};
  const flat: Record<'resources' | 'environment', Record<string, unknown>> = { resources: {}, environment: {} };
  for (const [key, value] of Object.entries(job)) {
    const group = flatKeys[key];
    if (key.startsWith('x-')) continue;
    if (key === 'path') placed['script_path'] ??= value;
    else if (group === undefined) placed[key] = value;
    else flat[group][key] = value;
  }
  for (const group of ['resources', 'environment'] as const) {
    const nested = job[group];
    if (Object.keys(flat[group]).length === 0 || (nested !== undefined && !isRecord(nested))) continue;
    for (const [key, value] of Object.entries(flat[group])) {
      if (nested?.[key] === undefined || JSON.stringify(nested[key]) === JSON.stringify(value)) continue;
      problems.push({
        path: [...path, key],
        atKey: true,
        message: `job \`${name}\` has two values for \`${key}\`: here and below \`${group}\``,
      });
    }
    placed[group] = { ...nested, ...flat[group] };
  }
  return placed;
}

function toProblems(issue: z.core.$ZodIssue, { path, name }: ParseContext): Problem[] {
  const at: Path = [...path, ...issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))];
  const field = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...at, key],
      atKey: true,
      message: `job \`${name}\` has an unknown key \`${key}\`${field === '' ? '' : ` in \`${field}\``}`,
      hint: didYouMean(key, Object.keys(flatKeys)),
    }));
  }
  return [{ path: at, message: `job \`${name}\`: \`${field}\` ${issue.message}` }];
}
