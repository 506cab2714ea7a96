import type { TargetName } from '../app/app-context.ts';
import { verdictOf } from '../app/require-submitted.ts';
import { configuredJson, formatConfigured } from '../core/config/configured-value.ts';
import { countOf } from '../core/count-of.ts';
import { NotFoundError } from '../core/errors.ts';
import { quoteWords } from '../core/quote.ts';
import { formatEdge } from '../core/workflow/graph.ts';
import { formatMatrix } from '../core/workflow/matrix-text.ts';
import { type Stage, type SweepPlan, scriptOfCell, tasksOf, type ValuedCell } from '../core/workflow/plan-sweep.ts';
import type { CommandContext, ParsedInput } from './define-command.ts';
import { printableLines } from './table.ts';

interface SweepPlanView {
  readonly plan: SweepPlan;
  readonly target: TargetName;
  readonly options: ParsedInput['options'];
}

/** What a sweep would submit: how many cells and arrays, and the jobs of one cell. */
export function showSweepPlan({ plan, target, options }: SweepPlanView, { out }: CommandContext): void {
  const shown = chooseCell(plan, options['cell']);
  const name = options['script'] as string | undefined;
  const verdict = verdictOf(target, { failsFast: plan.failFast !== undefined });
  if (name !== undefined) {
    const text = scriptOf(shown, name);
    if (out.json) out.result({ name, cell: shown.cell.index, text }, '');
    else out.bytes(new TextEncoder().encode(text));
  } else if (out.json) out.result(sweepPlanJson(plan, verdict), '');
  else {
    const lines = [...formatHead(plan, verdict), '', ...formatCell(shown)];
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
    tasks: tasksOf(plan),
    groups: plan.groups.map(({ cells, stages }) => ({ cells: cells.length, jobs: stages.map(({ job }) => job.name) })),
    cells: plan.cells.map(({ index, name, values }) => ({ index, name, values })),
    warnings: plan.warnings,
    configured: configuredJson(plan.configured),
  };
}

function formatHead(plan: SweepPlan, verdict: string): string[] {
  const size = `${countOf(plan.cells.length, 'cell')} over ${plan.axes.join(', ')}, ${countOf(tasksOf(plan), 'task')}`;
  return [
    `${plan.workflow.name}: sweep of ${size}, at most ${plan.maxParallel} at once in each job, plan ${plan.hash.slice(0, 12)}`,
    `verdict: ${verdict}`,
    ...plan.configured.map((value) => `configured: ${formatConfigured(value)}`),
    ...plan.warnings.map((warning) => `warning: ${warning}`),
    ...plan.groups.map(
      ({ cells, stages }) =>
        `arrays: ${stages.map(({ job }) => job.name).join(', ')}, of ${countOf(cells.length, 'cell')} each`,
    ),
  ];
}

function formatCell({ cell, at, stages }: ShownCell): string[] {
  return [
    `cell ${cell.index}: ${formatMatrix(cell.values)}`,
    ...stages.flatMap((stage) => {
      const { name, edges, options } = stage.job;
      const script = scriptOfCell(stage, at).trimEnd().split('\n');
      return [
        '',
        `== ${name}`,
        `waits for: ${edges.length === 0 ? 'nothing' : edges.map(formatEdge).join(', ')}`,
        `submitted: ${quoteWords(['sbatch', ...options])}`,
        ...script.map((line) => `  ${line}`.trimEnd()),
      ];
    }),
  ];
}
