import { findRunGraph, findSweepGraph } from '../../app/find-run-graph.ts';
import { namesFile } from '../../app/names-file.ts';
import type { RunStatusView } from '../../app/run-status-view.ts';
import { countOf } from '../../core/count-of.ts';
import { UsageError } from '../../core/errors.ts';
import { collapseGraph } from '../../core/graph/collapse-graph.ts';
import { type DrawnGraph, type GraphJob, graphOf, jobsAfterCells, jobsOfPlan } from '../../core/graph/job-graph.ts';
import { summarizeSweep } from '../../core/sweep/sweep-summary.ts';
import { planOfCell } from '../../core/workflow/plan-sweep.ts';
import { addJsonOption, targetOf } from '../common-options.ts';
import { type CommandContext, defineCommand, type ParsedInput } from '../define-command.ts';
import { graphJson, markOf, markOfTasks, printGraph } from '../graph-report.ts';
import { addPlanOptions, planOf } from '../plan-options.ts';
import { noteStale } from '../run-table.ts';

const formats = ['text', 'mermaid', 'svg'] as const;

export const flowGraph = defineCommand({
  name: 'flow graph',
  summary: 'Draw what waits for what, in a workflow file or in a run',
  examples: [
    'srunx flow graph pipeline.yaml',
    'srunx flow graph k3v9 --expand',
    'srunx flow graph pipeline.yaml --format svg > pipeline.svg',
  ],
  configure(command) {
    addPlanOptions(command, [
      '<workflow>',
      'a workflow file, or a run: its id, the beginning of it, or its plan directory',
    ])
      .option('--expand', 'show every job of a matrix, or of the cells of a sweep, by itself')
      .option('--format <format>', `one of ${formats.join(', ')}; text if left out`);
    addJsonOption(command);
  },
  async run(input, context) {
    const { options } = input;
    const format = formatOf(options['format']);
    const whole = await loadGraph(input, context);
    const graph = options['expand'] === true ? whole : collapseGraph(whole);
    if (context.out.json) context.out.result(graphJson(graph), '');
    else await printGraph(graph, { format, context });
    return 0;
  },
});

async function loadGraph(input: ParsedInput, context: CommandContext): Promise<DrawnGraph> {
  const word = String(input.args[0]);
  if (namesFile(context.app, word)) {
    const place = { target: targetOf(context), isPreview: true, onlyIfReady: true, context };
    const { kind, plan } = await planOf(input, place);
    if (kind === 'workflow') return graphOf(plan.workflow.name, jobsOfPlan(plan));
    return graphOf(`${plan.workflow.name}: each of ${plan.cells.length} cells`, [
      ...jobsOfPlan(planOfCell(plan)),
      ...jobsAfterCells(plan),
    ]);
  }
  requireNoSelection(input.options);
  const { run, jobs, stale } = await findRunGraph(context.app, { id: word });
  noteStale(stale, context.out);
  if (run.isSweep && input.options['expand'] !== true) return graphOfSweep(run, context);
  return graphOf(
    `${run.name}, run ${run.id}: ${run.status}`,
    jobs.map(({ status, ...job }): GraphJob => {
      return { ...job, name: status.name, matrix: status.matrix, mark: markOf(status) };
    }),
  );
}

/** Every cell has the same jobs. */
async function graphOfSweep(run: RunStatusView, { app }: CommandContext): Promise<DrawnGraph> {
  const jobs = await findSweepGraph(app, run);
  const { cells } = summarizeSweep(run.jobs, run.leftOut);
  return graphOf(
    `${run.name}, sweep ${run.id} of ${countOf(cells.length, 'cell')}: ${run.status}`,
    jobs.map(({ tasks, ...job }): GraphJob => ({ ...job, tasks: tasks.length, mark: markOfTasks(tasks) })),
  );
}

function requireNoSelection(options: ParsedInput['options']): void {
  const given = ['arg', 'from', 'to', 'job'].find((name) => options[name] !== undefined);
  if (given === undefined) return;
  throw new UsageError(`--${given} has no meaning for a run, whose jobs are what they are`, {
    code: 'usage.option_conflict',
    hint: 'Leave it out, or name a workflow file.',
  });
}

function formatOf(value: unknown): (typeof formats)[number] {
  const format = formats.find((name) => name === (value ?? 'text'));
  if (format !== undefined) return format;
  throw new UsageError(`--format ${String(value)}: there is no such format`, {
    code: 'usage.option_value',
    hint: `There are: ${formats.join(', ')}.`,
  });
}
