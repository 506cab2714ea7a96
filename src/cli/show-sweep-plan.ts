import type { TargetName } from '../app/app-context.ts';
import type { PlacedRun } from '../app/place-workflow.ts';
import { verdictOf } from '../app/require-submitted.ts';
import { configuredJson, formatConfigured } from '../core/config/configured-value.ts';
import { countOf } from '../core/count-of.ts';
import { NotFoundError } from '../core/errors.ts';
import { quoteWords } from '../core/quote.ts';
import type { FailFast } from '../core/sweep/sweep.ts';
import { idToCome } from '../core/sweep/sweep-value.ts';
import { formatEdge } from '../core/workflow/graph.ts';
import { formatMatrix } from '../core/workflow/matrix-text.ts';
import { type Stage, type SweepPlan, scriptOfCell, tasksOf, type ValuedCell } from '../core/workflow/plan-sweep.ts';
import { codePart } from './code-options.ts';
import type { CommandContext, ParsedInput } from './define-command.ts';
import { printableLines } from './table.ts';

interface SweepPlanView {
  readonly plan: SweepPlan;
  readonly target: TargetName;
  readonly options: ParsedInput['options'];
  readonly placed: PlacedRun | undefined;
}

/** What a sweep would submit: how many cells and arrays, and the jobs of one cell. */
export async function showSweepPlan(
  { plan, placed, target, options }: SweepPlanView,
  context: CommandContext,
): Promise<void> {
  const { out } = context;
  const shown = chooseCell(plan, options['cell']);
  const name = options['script'] as string | undefined;
  const verdict = verdictOf(target, { failsFast: plan.failFast !== undefined });
  if (name !== undefined) {
    const after = plan.reduce?.jobs.find((job) => job.name === name);
    const text = after === undefined ? scriptOf(shown, name) : after.script;
    if (out.json) out.result({ name, cell: after === undefined ? shown.cell.index : null, text }, '');
    else out.bytes(new TextEncoder().encode(text));
    return;
  }
  const code = await codePart({ placed, target }, context);
  if (out.json) out.result({ ...sweepPlanJson(plan, verdict), ...code?.data }, '');
  else {
    const head = [...formatHead(plan, verdict), ...(code?.lines ?? [])];
    const lines = [...head, '', ...formatCell(shown), ...formatReduce(plan)];
    out.result(undefined, printableLines(lines.join('\n')));
  }
}

interface ShownCell {
  readonly cell: ValuedCell;
  /** Its place in its group. */
  readonly at: number;
  readonly stages: readonly Stage[];
}

function chooseCell(plan: SweepPlan, word: unknown): ShownCell {
  const index = Number(word ?? plan.cells[0]?.index);
  const cell = plan.cells.find((one) => one.index === index);
  const group = plan.groups.find(({ cells }) => cells.includes(index));
  if (cell !== undefined && group !== undefined) {
    return { cell, at: group.cells.indexOf(index), stages: group.stages };
  }
  throw new NotFoundError(`--cell ${String(word)}: the sweep has no such cell`, {
    code: 'sweep.cell_not_found',
    hint: `They are ${plan.cells[0]?.index} to ${plan.cells.at(-1)?.index}.`,
  });
}

function scriptOf({ cell, at, stages }: ShownCell, name: string): string {
  const stage = stages.find(({ job }) => job.name === name);
  if (stage !== undefined) return scriptOfCell(stage, at);
  throw new NotFoundError(`--script ${name}: cell ${cell.index} has no such job`, {
    code: 'workflow.job_not_found',
    hint: `There are: ${stages.map(({ job }) => job.name).join(', ')}.`,
  });
}

function sweepPlanJson(plan: SweepPlan, verdict: string): Record<string, unknown> {
  return {
    name: plan.workflow.name,
    hash: plan.hash,
    verdict,
    axes: plan.axes,
    max_parallel: plan.maxParallel,
    max_parallel_cells: plan.maxParallelCells ?? null,
    fail_fast: plan.failFast ? { after: plan.failFast.after, cancel_running: plan.failFast.cancelRunning } : null,
    tasks: tasksOf(plan),
    groups: plan.groups.map(({ cells, stages }) => ({ cells: cells.length, jobs: stages.map(({ job }) => job.name) })),
    cells: plan.cells.map(({ index, name, values }) => ({ index, name, values })),
    reduce: plan.reduce?.jobs.map(({ name, edges }) => ({ name, depends_on: edges.map(formatEdge) })) ?? [],
    warnings: plan.warnings,
    configured: configuredJson(plan.configured),
  };
}

function formatHead(plan: SweepPlan, verdict: string): string[] {
  const size = `${countOf(plan.cells.length, 'cell')} over ${plan.axes.join(', ')}, ${countOf(tasksOf(plan), 'task')}`;
  return [
    `${plan.workflow.name}: sweep of ${size}, at most ${limitsText(plan)}, plan ${plan.hash.slice(0, 12)}`,
    `verdict: ${verdict}`,
    ...plan.configured.map((value) => `configured: ${formatConfigured(value)}`),
    ...(plan.failFast === undefined ? [] : [`fail_fast: ${formatFailFast(plan.failFast)}`]),
    ...plan.warnings.map((warning) => `warning: ${warning}`),
    ...(showsId(plan) ? [`${idToCome} stands for the id that the sweep gets when it runs`] : []),
    ...plan.groups.map(
      ({ cells, stages }) =>
        `arrays: ${stages.map(({ job }) => job.name).join(', ')}, of ${countOf(cells.length, 'cell')} each`,
    ),
  ];
}

/** Somewhere in a text that differs from cell to cell, or in one that does not. */
function showsId({ groups, reduce }: SweepPlan): boolean {
  return JSON.stringify([groups, reduce]).includes(idToCome);
}

/** What runs once. */
function formatReduce({ reduce }: SweepPlan): string[] {
  if (reduce === undefined) return [];
  const skipped = reduce.skipped.map(({ name, reason }) => `skipped: ${name}: ${reason}`);
  const jobs = reduce.jobs.flatMap((job) => formatJob(job, { script: job.script, waits: ['the end of all cells'] }));
  return ['', 'after all cells', ...skipped, ...jobs];
}

/** Of the two limits what is not said by the other. */
function limitsText({ maxParallel, maxParallelCells }: SweepPlan): string {
  const perJob = `${maxParallel} at once in each job`;
  if (maxParallelCells === undefined) return perJob;
  const cells = `${countOf(maxParallelCells, 'cell')} at once`;
  return maxParallel < maxParallelCells ? `${cells}, and ${perJob}` : cells;
}

function formatFailFast({ after, cancelRunning }: FailFast): string {
  const when = after === 1 ? 'the first cell that fails' : `${after} failed cells`;
  const end = after === 1 ? 'ends' : 'end';
  return `${when} ${end} the sweep, ${cancelRunning ? 'with all that runs' : 'but for cells that have begun'}`;
}

function formatCell({ cell, at, stages }: ShownCell): string[] {
  const jobs = stages.flatMap((stage) => formatJob(stage.job, { script: scriptOfCell(stage, at), waits: [] }));
  return [`cell ${cell.index}: ${formatMatrix(cell.values)}`, ...jobs];
}

function formatJob(
  { name, edges, options }: Stage['job'],
  { script, waits }: { readonly script: string; readonly waits: readonly string[] },
): string[] {
  const parents = [...waits, ...edges.map(formatEdge)];
  return [
    '',
    `== ${name}`,
    `waits for: ${parents.length === 0 ? 'nothing' : parents.join(', ')}`,
    `submitted: ${quoteWords(['sbatch', ...options])}`,
    ...script
      .trimEnd()
      .split('\n')
      .map((line) => `  ${line}`.trimEnd()),
  ];
}
