import type { JobStatusView } from '../app/run-status-view.ts';
import { drawLanes, type Span } from '../core/graph/draw-lanes.ts';
import type { DrawnGraph, JobMark, MarkKind } from '../core/graph/job-graph.ts';
import type { EdgeType } from '../core/workflow/graph.ts';
import { type EngineState, engineStates } from '../core/workflow/run-state.ts';
import { clipLine } from './clip-line.ts';
import { type Colour, paint } from './colours.ts';
import type { CommandContext } from './define-command.ts';
import { stateText } from './run-table.ts';
import { printable } from './table.ts';

const kinds: Readonly<Record<EngineState, MarkKind>> = {
  waiting: 'waiting',
  pending: 'waiting',
  running: 'running',
  completed: 'completed',
  failed: 'failed',
  timeout: 'failed',
  lost: 'failed',
  refused: 'failed',
  cancelled: 'stopped',
  skipped: 'stopped',
  withdrawn: 'stopped',
  unknown: 'unknown',
};

export function markOf(job: JobStatusView): JobMark {
  return { kind: kinds[job.state], text: stateText(job) };
}

/** Of all tasks of a job of a sweep: how many are in which state, and what matters most of that. */
export function markOfTasks(tasks: readonly JobStatusView[]): JobMark {
  const counts = engineStates.flatMap((state) => {
    const count = tasks.filter((task) => task.state === state).length;
    return count === 0 ? [] : [{ state, count }];
  });
  const present = new Set(counts.map(({ state }) => kinds[state]));
  const kind = (['failed', 'running', 'unknown', 'waiting', 'completed', 'stopped'] as const).find((one) =>
    present.has(one),
  );
  return { kind: kind ?? 'waiting', text: counts.map(({ state, count }) => `${count} ${state}`).join(', ') };
}

const markColours: Readonly<Record<MarkKind, Colour>> = {
  waiting: 'yellow',
  running: 'cyan',
  completed: 'green',
  failed: 'red',
  stopped: 'grey',
  unknown: 'magenta',
};

const edgeColours: Readonly<Partial<Record<EdgeType, Colour>>> = { after: 'grey', afterany: 'blue', afternotok: 'red' };

export async function printGraph(
  graph: DrawnGraph,
  { format, context }: { readonly format: 'text' | 'mermaid' | 'svg'; readonly context: CommandContext },
): Promise<void> {
  const { out } = context;
  if (format === 'text') return printLanes(graph, context);
  const text =
    format === 'svg'
      ? (await import('../core/graph/render-svg.ts')).renderSvg(graph)
      : (await import('../core/graph/render-mermaid.ts')).renderMermaid(graph);
  out.bytes(new TextEncoder().encode(text));
}

function printLanes(graph: DrawnGraph, { out }: CommandContext): void {
  const { columns = Number.POSITIVE_INFINITY, colour = false } = out.terminal ?? {};
  out.line(printable(graph.title));
  for (const spans of drawLanes(graph, { signs: out.signs.graph, columns })) {
    const line = spans.map((span) => (colour ? paint(printable(span.text), colourOf(span)) : printable(span.text)));
    out.line(clipLine(line.join('').trimEnd(), columns, out.signs));
  }
}

function colourOf({ edge, mark, isNote }: Span): Colour | undefined {
  if (mark !== undefined) return markColours[mark];
  return edge === undefined ? isNote && 'grey' : edgeColours[edge];
}

/** The documented JSON of a drawing. */
export function graphJson({ title, nodes, edges }: DrawnGraph): Record<string, unknown> {
  return {
    title,
    nodes: nodes.map(({ id, kind, count, jobs, note, mark }) => ({
      ...{ id, kind, count, jobs },
      matrix: note === '' ? null : note,
      state: mark?.text ?? null,
    })),
    edges,
  };
}
