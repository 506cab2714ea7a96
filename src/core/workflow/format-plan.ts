import { formatConfigured } from '../config/configured-value.ts';
import { countOf } from '../count-of.ts';
import { quoteWords } from '../quote.ts';
import { formatDuration } from '../slurm/duration.ts';
import { formatMemory } from '../slurm/memory.ts';
import { formatCycle } from './depth-first.ts';
import { type Edge, formatEdge } from './graph.ts';
import { formatMatrix } from './matrix-text.ts';
import { nativeEdges } from './native-edges.ts';
import type { Plan, PlannedJob } from './plan.ts';
import { planSpan } from './plan-span.ts';
import { formatTotals, planTotals } from './plan-totals.ts';
import { requestOf } from './request-of-job.ts';
import { checkpointText, retryText } from './retry-text.ts';

interface PlanSurroundings {
  readonly verdict?: string | undefined;
  /** Where it would run, a line each. */
  readonly places?: readonly string[] | undefined;
}

/** For people: every job with its edges, the command line of its submission and its script. Values of variables are left out. */
export function formatPlan(plan: Plan, { verdict, places = [] }: PlanSurroundings = {}): string {
  const finalNames = new Set(plan.jobs.filter(({ isFinal }) => isFinal).map(({ name }) => name));
  const native = nativeEdges(plan.jobs);
  const span = planSpan(plan.jobs);
  const count = countOf(plan.jobs.length, 'job');
  return [
    `${plan.workflow.name}: ${count}, plan ${plan.hash.slice(0, 12)}`,
    ...(plan.jobs.length === 0 ? [] : [formatTotals(planTotals(plan.jobs), plan.jobs.length)]),
    ...(span === undefined
      ? []
      : [`takes: at most ${formatDuration(span.seconds)} besides waiting in the queue: ${formatCycle(span.path)}`]),
    ...(verdict === undefined ? [] : [`verdict: ${verdict}`]),
    ...places,
    ...planNotes(plan),
    ...plan.configured.map((value) => `configured: ${formatConfigured(value)}`),
    ...plan.jobs.map((job) => formatJob(job, { finalNames, edges: native.get(job.name) ?? [] })),
  ].join('\n');
}

/** Of more jobs that are done, their number is told. */
const maxNamed = 5;

/** What a person should know before the jobs run, one line each. */
export function planNotes(plan: Plan): string[] {
  const done = Map.groupBy(plan.skipped, ({ run, reason }) => (run === undefined ? '' : reason));
  const skipped = [...done].flatMap(([reason, jobs]) =>
    reason !== '' && jobs.length > maxNamed
      ? [`${jobs.length} jobs are skipped: ${reason}`]
      : jobs.map((job) => `${job.name} is skipped: ${job.reason}`),
  );
  const edges = plan.satisfied.filter(({ because }) => because !== 'done');
  const satisfied = edges.map(({ job, edge, because }) => {
    const why = because === 'when' ? 'is skipped' : 'is not part of this run';
    return `${job} does not wait for ${formatEdge(edge)}, which ${why}`;
  });
  return [...skipped, ...satisfied, ...plan.warnings.map((warning) => `warning: ${warning}`)];
}

interface JobSurroundings {
  readonly finalNames: ReadonlySet<string>;
  /** As Slurm is told them. */
  readonly edges: readonly Edge[];
}

function formatJob(job: PlannedJob, { finalNames, edges }: JobSurroundings): string {
  const variables = Object.keys(job.env);
  const script = job.script.replace(/\n$/, '').split('\n');
  const dependency = dependencyOptions(edges.length <= maxParents ? edges : shortened(edges));
  return [
    '',
    `== ${job.name}`,
    ...(job.matrix === undefined ? [] : [`matrix: ${formatMatrix(job.matrix)}`]),
    `waits for: ${describeEdges(job, finalNames)}`,
    ...formatRequest(job),
    `submitted: ${quoteWords(['sbatch', ...job.options, ...dependency, `${job.name}.sh`, ...job.args])}`,
    ...formatFiles(job),
    ...(job.onError === undefined ? [] : [`on error: ${job.onError}`]),
    ...(job.retry === undefined ? [] : [`retry: ${retryText(job.retry)}`]),
    ...(job.checkpoint === undefined ? [] : [`checkpoint: ${checkpointText(job.checkpoint)}`]),
    ...(variables.length === 0 ? [] : [`variables: ${variables.join(', ')}`]),
    ...script.map((line) => `  ${line}`.trimEnd()),
  ].join('\n');
}

function formatFiles({ files }: PlannedJob): string[] {
  const { inputs = [], outputs = [] } = files ?? {};
  return [
    ...(inputs.length === 0 ? [] : [`inputs: ${quoteWords(inputs)}`]),
    ...(outputs.length === 0 ? [] : [`outputs: ${quoteWords(outputs)}`]),
  ];
}

/** Of a job at the end, not one by one what it waits for. */
function describeEdges({ edges, isFinal }: PlannedJob, finalNames: ReadonlySet<string>): string {
  const told = edges.filter(({ parent }) => isFinal !== true || finalNames.has(parent));
  const words = [
    ...(told.length < edges.length ? ['the end of all other jobs of its file'] : []),
    ...told.map(formatEdge),
  ];
  return words.length === 0 ? 'nothing' : words.join(', ');
}

/** More parents than these would hide the command line. */
const maxParents = 20;

function shortened(edges: readonly Edge[]): readonly Edge[] {
  return [...edges.slice(0, maxParents), { type: edges[maxParents]?.type ?? 'afterok', parent: '...' }];
}

/** What the edges add to the options of sbatch: names stand where ids will. */
export function dependencyOptions(edges: readonly Edge[]): readonly string[] {
  if (edges.length === 0) return [];
  const byType = Map.groupBy(edges, ({ type }) => type);
  const parts = [...byType].map(([type, same]) => [type, ...same.map(({ parent }) => parent)].join(':'));
  return [`--dependency=${parts.join(',')}`, '--kill-on-invalid-dep=yes'];
}

/** What it asks for in words; nothing where it leaves all of that to Slurm. */
function formatRequest(job: PlannedJob): string[] {
  const request = requestOf(job);
  if (request === undefined) return [];
  const { nodes, cpus, gpus, memoryMbPerNode, timeLimitSeconds, partition, hasChoice } = request;
  const words = [
    ...(nodes > 1 || hasChoice ? [`${countOf(nodes, 'node')}${hasChoice ? ' or more' : ''}`] : []),
    ...(cpus > 1 ? [countOf(cpus, 'core')] : []),
    ...(gpus > 0 ? [countOf(gpus, 'GPU')] : []),
    ...(memoryMbPerNode === undefined ? [] : [formatRequestedMemory(memoryMbPerNode)]),
    ...(timeLimitSeconds === null ? [] : [`${formatDuration(timeLimitSeconds)} of time`]),
    ...(partition === undefined ? [] : [`in ${partition}`]),
  ];
  return words.length === 0 ? [] : [`asks for: ${words.join(', ')}`];
}

function formatRequestedMemory(mebibytes: number): string {
  return mebibytes === 0 ? 'all memory of each node' : `${formatMemory(mebibytes)} of memory on each node`;
}
