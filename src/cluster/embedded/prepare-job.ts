import { hostname } from 'node:os';
import { basename, posix } from 'node:path';
import { SrunxError, SubmissionError } from '../../core/errors.ts';
import { lintScript } from '../../core/job/lint-script.ts';
import { parseSbatchArgs, type SbatchOption } from '../../core/job/sbatch-options.ts';
import { resolveRequest, type SbatchRequest } from '../../core/job/sbatch-request.ts';
import { readDirectives } from '../../core/job/script-directives.ts';
import { countTasks, expandTaskSet, type TaskSet } from '../../core/slurm/job-id.ts';
import { defaultLogPattern } from '../../core/slurm/log-pattern.ts';
import { parseTimeWords } from '../../core/slurm/time-words.ts';
import type { Submission } from '../cluster.ts';
import { type Condition, type Dependency, type FindParent, parseDependency } from './dependency.ts';
import type { JobSpec, LaunchSpec, Resources, TimeLimitWarning } from './queue.ts';
import { parseSignalName } from './signal-name.ts';

/** Array indices must be below it. */
export const maxArraySize = 10_001;

export interface PrepareContext {
  readonly machine: Resources;
  /** Of the submitting process, for its `SBATCH_*` variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly user: string;
  readonly umask: number;
  readonly now: number;
  /** The job of a token; of this batch, or submitted earlier. */
  readonly jobOfToken: (token: string) => number | undefined;
  readonly findParent: FindParent;
}

export interface PreparedJob {
  readonly spec: JobSpec;
  /** Indices of the array's tasks in order; `undefined`: no array. */
  readonly indices: readonly number[] | undefined;
  readonly held: boolean;
  /** It asked for more nodes, CPUs or memory than there are, and gets what there is. */
  readonly isCut: boolean;
}

/**
 * What a submission amounts to on this machine. Throws a SubmissionError, or a UsageError, for what sbatch would refuse
 * and for what can never run here. CPUs and memory beyond the machine are cut to it, so that workflows made for a
 * cluster can be tried: such a job then runs alone.
 */
export function prepareJob(submission: Submission, script: Uint8Array, context: PrepareContext): PreparedJob {
  const text = new TextDecoder().decode(script);
  const directives = readScript(text);
  const options = readOptions(submission);
  const request = resolveRequest({ directives, options, env: { ...context.env, ...submission.env } });
  const indices = arrayIndices(request.array);
  const dependency = dependencyOf(submission, request, context);
  const limit = request.array?.limit;
  const begin = beginOf(request, context.now);
  const warning = parseWarning(request.signal);
  const { isCut, ...resources } = resourcesOf(request, context.machine);
  const spec: JobSpec = {
    name: request.name ?? basename(submission.script),
    comment: [submission.comment ?? request.comment, `srunx:${submission.token}`].filter(Boolean).join(' '),
    partition: request.partition ?? partitionName,
    user: context.user,
    resources,
    timeLimitSeconds: request.timeLimitSeconds,
    isArray: indices !== undefined,
    dependency,
    killOnInvalidDep: request.killOnInvalidDep ?? hasEdges(submission),
    ...(limit === undefined ? {} : { arrayLimit: limit }),
    ...(begin === undefined ? {} : { beginAt: begin }),
    ...(request.requeue === undefined ? {} : { requeue: request.requeue }),
    ...(warning === undefined ? {} : { warning }),
    ...(submission.onFailure === undefined ? {} : { onFailure: submission.onFailure }),
    launch: launchOf(submission, request, { ...context, options }),
  };
  return { spec, indices, held: request.hold, isCut };
}

/** The one partition; any other name is accepted too. */
export const partitionName = 'embedded';

function refusal(message: string, hint: string): SubmissionError {
  return new SubmissionError(message, { code: 'embedded.refused', hint });
}

function readScript(text: string): readonly SbatchOption[] {
  const fault = lintScript(text).find(
    ({ severity, code }) => severity === 'error' || code === 'script.unknown_option' || code === 'script.heterogeneous',
  );
  if (fault === undefined) return readDirectives(text).options;
  const place = fault.line === undefined ? '' : `line ${fault.line}: `;
  throw refusal(`${place}${fault.message}`, fault.hint);
}

/** As `sbatch` gets them: variables of the job need `--export=ALL`, unless the options say otherwise. */
function readOptions({ options, env }: Submission): readonly SbatchOption[] {
  const parsed = parseSbatchArgs(options);
  if (parsed.error !== undefined) throw parsed.error;
  const [rest] = parsed.rest;
  if (rest !== undefined) throw refusal(`\`${rest}\` is no option`, 'Write options as --NAME=VALUE.');
  const exports = Object.keys(env).length > 0 && !parsed.options.some(({ name }) => name === 'export');
  return exports ? [...parsed.options, { name: 'export', value: 'ALL' }] : parsed.options;
}

function resourcesOf(request: SbatchRequest, machine: Resources): Resources & { readonly isCut: boolean } {
  if (request.gpus > machine.gpus) {
    const has = machine.gpus === 0 ? 'none' : `only ${machine.gpus}`;
    const hint = 'Ask for fewer GPUs, or set SRUNX_EMBEDDED_GPUS to pretend that there are more.';
    throw refusal(`the job needs ${request.gpus} GPUs, and this machine has ${has}`, hint);
  }
  const { memoryMbPerNode: perNode = 0, nodes, exclusive } = request;
  // `--mem=0` is all memory of a node; a job that does not say how much it needs is not counted.
  const memoryMb = perNode === 0 && request.memoryMbPerNode !== undefined ? machine.memoryMb : perNode * nodes;
  return {
    cpus: exclusive ? machine.cpus : Math.min(request.cpus, machine.cpus),
    memoryMb: Math.min(memoryMb, machine.memoryMb),
    gpus: request.gpus,
    isCut: request.nodes > 1 || request.cpus > machine.cpus || memoryMb > machine.memoryMb,
  };
}

function arrayIndices(array: TaskSet | undefined): readonly number[] | undefined {
  if (array === undefined) return undefined;
  const highest = Math.max(...array.ranges.map(({ last }) => last));
  if (highest >= maxArraySize || countTasks(array) > maxArraySize) {
    throw refusal(
      `the array has an index of ${highest}, and ${maxArraySize - 1} is the highest possible`,
      'Split the array into several.',
    );
  }
  return [...new Set(expandTaskSet(array))].sort((a, b) => a - b);
}

/** Edges of the submission stand for `--dependency` on the command line, which beats the script's own. */
function dependencyOf(submission: Submission, request: SbatchRequest, context: PrepareContext): Dependency | null {
  const { dependencies, elements } = submission;
  const { findParent } = context;
  if (!hasEdges(submission)) {
    return request.dependency === undefined ? null : parseDependency(request.dependency, findParent);
  }
  const wholes = [
    ...dependencies.map((edge) => ({
      type: edge.type,
      jobId: 'jobId' in edge ? edge.jobId : idOf(edge.token, context),
    })),
    ...(elements?.after ?? []).map((token) => ({ type: 'afterany', jobId: idOf(token, context) })),
  ];
  const twins = (elements?.edges ?? []).map(
    ({ type, token }): Condition => ({ type, parent: Number(idOf(token, context)), twin: true }),
  );
  if (wholes.length === 0) return { mode: 'all', conditions: twins };
  const text = wholes.map(({ type, jobId }) => `${type}:${jobId}`).join(',');
  return { mode: 'all', conditions: [...twins, ...parseDependency(text, findParent).conditions] };
}

function hasEdges({ dependencies, elements }: Submission): boolean {
  return dependencies.length > 0 || elements !== undefined;
}

function idOf(token: string, { jobOfToken }: PrepareContext): string {
  const id = jobOfToken(token);
  if (id === undefined) throw refusal('an edge leads to a submission that is not known', 'Submit parents first.');
  return `${id}`;
}

function beginOf({ begin }: SbatchRequest, now: number): number | undefined {
  if (begin === undefined) return undefined;
  const at = parseTimeWords(begin, { now, clock: 'next' });
  if (at === undefined)
    throw refusal(`\`${begin}\` is no time for --begin`, 'Write a time such as now+2hours or 16:00.');
  return at;
}

/** `[R][B]:SIGNAL[@SECONDS]`; 60 s before the limit unless it says otherwise. */
function parseWarning(text: string | undefined): TimeLimitWarning | undefined {
  if (text === undefined) return undefined;
  const [, flags = '', name = '', seconds = '60'] = /^(?:([RB]{1,2}):)?([A-Z0-9]+)(?:@(\d+))?$/i.exec(text) ?? [];
  const signal = parseSignalName(name);
  if (signal === undefined) throw refusal(`\`${text}\` names no signal`, 'Write a signal such as B:USR1@120.');
  return { signal, secondsBefore: Number(seconds), batchOnly: /B/i.test(flags) };
}

function launchOf(
  submission: Submission,
  request: SbatchRequest,
  context: PrepareContext & { readonly options: readonly SbatchOption[] },
): LaunchSpec {
  const { output, error, input, exportPolicy, account, qos, ntasksPerNode, memoryMbPerNode } = request;
  const present = { error, input, exportPolicy, account, qos, ntasksPerNode, memoryMbPerNode };
  return {
    workDir: posix.resolve(submission.cwd, request.chdir ?? '.'),
    submitDir: submission.cwd,
    submitHost: hostname(),
    umask: context.umask,
    output: output ?? defaultLogPattern({ isArray: request.array !== undefined }),
    append: request.openMode === 'append',
    ntasks: request.ntasks,
    cpusPerTask: request.cpusPerTask,
    ...(Object.fromEntries(Object.entries(present).filter(([, value]) => value !== undefined)) as Partial<
      typeof present
    > &
      Partial<LaunchSpec>),
  };
}

/** Whether an error says that the submission is at fault, rather than this machine. */
export function isRefusal(error: unknown): error is SrunxError {
  return error instanceof SrunxError && (error.kind === 'submission' || error.kind === 'usage');
}
