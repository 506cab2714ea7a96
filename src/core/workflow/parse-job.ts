import type { z } from 'zod';
import { defaultsFor, type JobDefaults } from '../config/job-defaults.ts';
import { containerKeys } from '../job/environment-schema.ts';
import { didYouMean } from '../suggest.ts';
import { configuredProblem } from './configured-fault.ts';
import { type FileMap, offsetOf } from './file-tree.ts';
import { flatKeys, type Group, groupKeys, groupSchemas, isJobKey, type JobFile, jobSchema } from './job-schema.ts';
import type { Problem } from './problems.ts';

export interface ParseContext {
  readonly name: string;
  /** The job as the file has it: where what stands. */
  readonly node: FileMap;
  readonly readGroup: GroupReader;
  readonly defaults?: JobDefaults | undefined;
}

type Rendered = Readonly<Record<string, unknown>>;

/** A job whose templates are rendered, as precise types; or all that is wrong with it. */
export function parseJob(rendered: Rendered, context: ParseContext): JobFile | Problem[] {
  const placed = withDefaults(placeFlatKeys(rendered), context.defaults);
  const job = jobSchema.safeParse(placed);
  const resources = context.readGroup('resources', placed['resources'] ?? {});
  const environment = context.readGroup('environment', placed['environment'] ?? {});
  const problems = [
    ...checkConflicts(rendered, context),
    ...(job.error?.issues ?? []).flatMap((issue) => toProblems(issue, context)),
    ...(resources.error?.issues ?? []).flatMap((issue) => toProblems(issue, context, 'resources')),
    ...(environment.error?.issues ?? []).flatMap((issue) => toProblems(issue, context, 'environment')),
    ...checkOtherPath(rendered, context),
    ...checkKind(placed, context),
  ];
  if (problems.length > 0 || !job.success || !resources.success || !environment.success) return problems;
  if (placed['command'] === undefined && placed['script_path'] === undefined) return problems;
  return { ...job.data, resources: resources.data, environment: environment.data };
}

export type GroupReader = <Name extends Group>(
  group: Name,
  value: unknown,
) => z.ZodSafeParseResult<z.output<(typeof groupSchemas)[Name]>>;

/** Most jobs of a large workflow ask for the same: each distinct text is checked once. */
export function createGroupReader(): GroupReader {
  const known = new Map<string, unknown>();
  return ((group: Group, value: unknown) => {
    const key = `${group}${JSON.stringify(value)}`;
    const result = known.get(key) ?? groupSchemas[group].safeParse(value);
    known.set(key, result);
    return result;
  }) as GroupReader;
}

/** Flat keys go below `resources` and `environment`, and `path` becomes `script_path`, which wins where both stand. */
function placeFlatKeys(job: Rendered): Rendered {
  const placed: Record<string, unknown> = { ...job };
  if (placed['script_path'] === undefined && job['path'] !== undefined) placed['script_path'] = job['path'];
  for (const group of ['resources', 'environment'] as const) {
    const flat = Object.entries(job).filter(([key]) => flatKeys.get(key) === group);
    // A key above lines that are all commented out has no value.
    const nested = job[group] ?? {};
    // What is no mapping is left for the schema to refuse.
    if (!isRecord(nested)) continue;
    placed[group] = { ...nested, ...Object.fromEntries(flat) };
  }
  return placed;
}

/** What the configuration says where the job says nothing. A script brings its own environment, but for variables. */
function withDefaults(job: Rendered, defaults: JobDefaults | undefined): Rendered {
  if (defaults === undefined) return job;
  const { resources = {}, environment = {}, command } = job;
  // What is no mapping is left for the schema to refuse.
  if (!isRecord(resources) || !isRecord(environment)) return job;
  const { env_vars: variables = {}, ...own } = environment;
  const activation = command === undefined ? {} : defaultsFor(defaults.environment, Object.keys(own));
  const merged = isRecord(variables) ? { ...defaults.variables, ...variables } : variables;
  const hasVariables = !isRecord(merged) || Object.keys(merged).length > 0;
  const { logDir, workDir } = defaults;
  return {
    ...(command === undefined || logDir === undefined ? {} : { log_dir: logDir }),
    ...(command === undefined || workDir === undefined ? {} : { work_dir: workDir }),
    ...job,
    resources: { ...defaultsFor(defaults.resources, Object.keys(resources)), ...resources },
    environment: { ...activation, ...own, ...(hasVariables ? { env_vars: merged } : {}) },
  };
}

/** The same thing said twice must agree. */
function checkConflicts(job: Rendered, { name, node }: ParseContext): Problem[] {
  return Object.entries(job).flatMap(([key, value]): Problem[] => {
    const group = flatKeys.get(key);
    const nested = group === undefined ? undefined : job[group];
    if (group === undefined || !isRecord(nested) || nested[key] === undefined) return [];
    if (JSON.stringify(nested[key]) === JSON.stringify(value)) return [];
    const message = `job \`${name}\` has two values for \`${key}\`: here and below \`${group}\``;
    return [{ offset: offsetOf(node, [key], { atKey: true }), message, hint: 'Keep one of them.' }];
  });
}

/** `path` beside `script_path`, which wins: it has to be as sound. */
function checkOtherPath({ path, script_path: script }: Rendered, { name, node }: ParseContext): Problem[] {
  if (path === undefined || script === undefined) return [];
  const issues = jobSchema.shape.script_path.safeParse(path).error?.issues ?? [];
  return issues.map(({ message }) => ({
    offset: offsetOf(node, ['path']),
    message: `job \`${name}\`: \`path\`: ${message}`,
  }));
}

function checkKind({ command, script_path: script }: Rendered, { name, node }: ParseContext): Problem[] {
  const isMistyped = [...node.entries.keys()].some((key) => !isJobKey(key));
  // A mistyped key is most likely the one that is missing.
  if ((command === undefined) !== (script === undefined) || (command === undefined && isMistyped)) return [];
  const message =
    command === undefined
      ? `job \`${name}\` must have either \`command\` or \`script_path\``
      : `job \`${name}\` cannot have both \`command\` and \`script_path\``;
  return [{ offset: offsetOf(node, ['name']), message }];
}

function toProblems(issue: z.core.$ZodIssue, { name, node, defaults }: ParseContext, group?: Group): Problem[] {
  const path = writtenPath(issue.path, node, group);
  const field = path.length === 0 ? '' : `: \`${path.map(String).join('.')}\``;
  const what = `job \`${name}\`${field}`;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      offset: offsetOf(node, [...path, key], { atKey: true }),
      message: `${what} has an unknown key \`${key}\``,
      hint: () => didYouMean(key, keysAt(issue.path, group)),
    }));
  }
  const configured = configuredProblem({ path: issue.path, group, message: issue.message }, { node, defaults });
  if (configured !== undefined) return [configured];
  const atKey = issue.code === 'invalid_key';
  return [{ offset: offsetOf(node, path, { atKey }), message: `${what}: ${issue.message}` }];
}

function keysAt(path: readonly PropertyKey[], group: Group | undefined): readonly string[] {
  if (path[0] === 'container') return containerKeys;
  return group === undefined ? [] : groupKeys[group];
}

/** An issue of a group's schema stands below the group's key, or flat in the job. */
function writtenPath(path: readonly PropertyKey[], node: FileMap, group: Group | undefined): readonly PropertyKey[] {
  if (group === undefined) return path[0] === 'script_path' && !node.entries.has('script_path') ? ['path'] : path;
  const isFlat = typeof path[0] === 'string' && node.entries.has(path[0]);
  return isFlat ? path : [group, ...path];
}

function isRecord(value: unknown): value is Rendered {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
