import { configuredJson } from '../config/configured-value.ts';
import { defaultStrategy } from './error-strategy.ts';
import { dependencyOptions } from './format-plan.ts';
import { type Edge, formatEdge } from './graph.ts';
import { nativeEdges } from './native-edges.ts';
import type { Plan, PlannedJob } from './plan.ts';
import { planSpan } from './plan-span.ts';
import { planTotals, roundHours, type Usage, usageOf } from './plan-totals.ts';
import { requestOf } from './request-of-job.ts';
import { checkpointJson, retryJson } from './retry-json.ts';

/** The documented JSON of a plan. */
export function planJson(plan: Plan, verdict?: string): Record<string, unknown> {
  const totals = planTotals(plan.jobs);
  const native = nativeEdges(plan.jobs);
  const span = planSpan(plan.jobs);
  return {
    name: plan.workflow.name,
    source: plan.workflow.source,
    hash: plan.hash,
    verdict: verdict ?? null,
    skipped: plan.skipped.map(({ name, reason }) => ({ name, reason })),
    satisfied: plan.satisfied.map(({ job, edge, because }) => ({ job, edge: formatEdge(edge), because })),
    warnings: plan.warnings,
    configured: configuredJson(plan.configured),
    totals: {
      ...usageJson(totals),
      with_retries: totals.withRetries === undefined ? null : usageJson(totals.withRetries),
    },
    span: span === undefined ? null : { seconds: span.seconds, path: span.path },
    jobs: plan.jobs.map((job) => jobJson(job, native.get(job.name) ?? [])),
  };
}

function jobJson(job: PlannedJob, edges: readonly Edge[]): Record<string, unknown> {
  return {
    name: job.name,
    kind: job.kind,
    depends_on: job.edges.map(formatEdge),
    argv: ['sbatch', ...job.options, ...dependencyOptions(edges)],
    args: job.args,
    variables: Object.keys(job.env),
    wrapped: job.wrapped,
    inputs: job.files?.inputs ?? [],
    outputs: job.files?.outputs ?? [],
    script: job.script,
    resources: requestJson(job),
    retry: job.retry === undefined ? null : retryJson(job.retry),
    checkpoint: job.checkpoint === undefined ? null : checkpointJson(job.checkpoint),
    array: job.array ?? null,
    matrix: job.matrix ?? null,
    finally: job.isFinal ?? false,
    on_error: job.onError ?? defaultStrategy,
    ...usageJson(usageOf(job)),
  };
}

function requestJson(job: PlannedJob): Record<string, unknown> | null {
  const request = requestOf(job);
  if (request === undefined) return null;
  const { nodes, ntasks, cpus, gpus, memoryMbPerNode, timeLimitSeconds, partition } = request;
  return {
    ...{ nodes, ntasks, cpus, gpus },
    memory_mb_per_node: memoryMbPerNode ?? null,
    time_limit_seconds: timeLimitSeconds,
    partition: partition ?? null,
  };
}

/** `null`: not known. */
function usageJson({ coreHours, gpuHours }: Usage): Record<string, number | null> {
  const round = (hours: number | undefined) => (hours === undefined ? null : roundHours(hours));
  return { core_hours: round(coreHours), gpu_hours: round(gpuHours) };
}
