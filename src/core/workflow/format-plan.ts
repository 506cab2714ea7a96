import { configuredJson, formatConfigured } from '../config/configured-value.ts';
import { countOf } from '../count-of.ts';
import { quoteWords } from '../quote.ts';
import { defaultStrategy } from './error-strategy.ts';
import { formatEdge } from './graph.ts';
import { formatMatrix } from './matrix-text.ts';
import type { Plan, PlannedJob } from './plan.ts';
import { formatTotals, planTotals, roundHours, type Usage, usageOf } from './plan-totals.ts';

/** For people: every job with its edges, the command line of its submission and its script. Values of variables are left out. */
export function formatPlan(plan: Plan): string {
  const finalNames = new Set(plan.jobs.filter(({ isFinal }) => isFinal).map(({ name }) => name));
  const count = countOf(plan.jobs.length, 'job');
  return [
    `${plan.workflow.name}: ${count}, plan ${plan.hash.slice(0, 12)}`,
    ...(plan.jobs.length === 0 ? [] : [formatTotals(planTotals(plan.jobs), plan.jobs.length)]),
    ...planNotes(plan),
    ...plan.configured.map((value) => `configured: ${formatConfigured(value)}`),
    ...plan.jobs.map((job) => formatJob(job, finalNames)),
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

function formatJob(job: PlannedJob, finalNames: ReadonlySet<string>): string {
  const edges = describeEdges(job, finalNames);
  const variables = Object.keys(job.env);
  const script = job.script.replace(/\n$/, '').split('\n');
  return [
    '',
    `== ${job.name}`,
    ...(job.matrix === undefined ? [] : [`matrix: ${formatMatrix(job.matrix)}`]),
    `waits for: ${edges}`,
    `submitted: ${quoteWords(['sbatch', ...job.options, `${job.name}.sh`, ...job.args])}`,
    ...formatFiles(job),
    ...(job.onError === undefined ? [] : [`on error: ${job.onError}`]),
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
  const told = edges.filter(({ parent }) => isFinal !== true || finalNames.has(parent)).map(formatEdge);
  const words = [...(isFinal === true ? ['the end of all other jobs of its file'] : []), ...told];
  return words.length === 0 ? 'nothing' : words.join(', ');
}

/** The documented JSON of a plan. */
export function planJson(plan: Plan): Record<string, unknown> {
  const totals = planTotals(plan.jobs);
  return {
    name: plan.workflow.name,
    source: plan.workflow.source,
    hash: plan.hash,
    skipped: plan.skipped,
    satisfied: plan.satisfied.map(({ job, edge, because }) => ({ job, edge: formatEdge(edge), because })),
    warnings: plan.warnings,
    configured: configuredJson(plan.configured),
    totals: usageJson(totals),
    jobs: plan.jobs.map(jobJson),
  };
}

function jobJson(job: PlannedJob): Record<string, unknown> {
  return {
    name: job.name,
    kind: job.kind,
    depends_on: job.edges.map(formatEdge),
    argv: ['sbatch', ...job.options],
    args: job.args,
    variables: Object.keys(job.env),
    wrapped: job.wrapped,
    inputs: job.files?.inputs ?? [],
    outputs: job.files?.outputs ?? [],
    script: job.script,
    array: job.array ?? null,
    matrix: job.matrix ?? null,
    finally: job.isFinal ?? false,
    on_error: job.onError ?? defaultStrategy,
    ...usageJson(usageOf(job)),
  };
}

/** `null`: not known. */
function usageJson({ coreHours, gpuHours }: Usage): Record<string, number | null> {
  const round = (hours: number | undefined) => (hours === undefined ? null : roundHours(hours));
  return { core_hours: round(coreHours), gpu_hours: round(gpuHours) };
}
