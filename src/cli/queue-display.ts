import { listQueue, type QueueFilter } from '../app/list-queue.ts';
import { takeTurn } from '../app/take-turn.ts';
import { ConnectionError } from '../core/errors.ts';
import type { CommandContext, ParsedInput } from './define-command.ts';
import { type ColumnChoice, jobColumns } from './job-columns.ts';
import { formatTable } from './table.ts';

type Jobs = Awaited<ReturnType<typeof listQueue>>;

interface Display {
  readonly options: ParsedInput['options'];
  readonly context: CommandContext;
}

/** Nothing at all for an empty queue: a pipe counts lines. */
export function queueLines(jobs: Jobs, { options, context }: Display): string[] {
  if (jobs.length === 0) return [];
  const lines = formatTable(jobColumns(choiceOf(options)), jobs, { ...context.out.terminal });
  return options['header'] === false ? lines.slice(1) : lines;
}

interface Repetition {
  readonly filter: QueueFilter;
  readonly seconds: number;
  readonly options: ParsedInput['options'];
}

/** A table that changes in place on a terminal; elsewhere one after another. A cluster that is silent ends nothing. */
export async function showRepeatedly(
  { filter, seconds, options }: Repetition,
  context: CommandContext,
): Promise<never> {
  const { app, out } = context;
  let lines: readonly string[] | undefined;
  for (;;) {
    let failure: string | undefined;
    try {
      const jobs = await listQueue(app, filter);
      lines = jobs.length === 0 ? ['No jobs in queue'] : queueLines(jobs, { options, context });
    } catch (error) {
      if (!(error instanceof ConnectionError) || lines === undefined) throw error;
      failure = `(refresh failed: ${error.message})`;
    }
    if (out.terminal !== undefined)
      out.redraw(firstRows(failure === undefined ? lines : [...lines, failure], out.terminal.rows - 1));
    else if (failure === undefined) [...lines, ''].forEach(out.line);
    else out.note(`srunx: ${failure}`);
    await app.sleep(seconds * 1000);
    await takeTurn(app, filter.target);
  }
}

/** The first lines of a long queue, and how many more there are. */
function firstRows(lines: readonly string[], room: number): readonly string[] {
  if (lines.length <= room) return lines;
  const shown = Math.max(1, room - 1);
  return [...lines.slice(0, shown), `… and ${lines.length - shown} more`];
}

function choiceOf(options: ParsedInput['options']): ColumnChoice {
  const all = options['all'] === true;
  return {
    partition: all || options['showPartition'] === true,
    limit: all || options['showLimit'] === true,
    nodes: all || options['showNodes'] === true,
  };
}
