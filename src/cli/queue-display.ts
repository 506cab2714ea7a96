import { listQueue, type QueueFilter } from '../app/list-queue.ts';
import { takeTurn } from '../app/take-turn.ts';
import { ConnectionError } from '../core/errors.ts';
import type { JobObservation } from '../core/slurm/job-observation.ts';
import type { CommandContext } from './define-command.ts';
import { unfoldArrays } from './unfold-arrays.ts';

export interface Repetition {
  readonly filter: QueueFilter;
  readonly seconds: number;
  /** One row per task of an array. */
  readonly unfold: boolean;
  readonly lines: (jobs: readonly JobObservation[]) => readonly string[];
}

/** A table that changes in place on a terminal; elsewhere one after another. A cluster that is silent ends nothing. */
export async function showRepeatedly(
  { filter, seconds, unfold, lines: linesOf }: Repetition,
  { app, out }: CommandContext,
): Promise<never> {
  let lines: readonly string[] | undefined;
  for (;;) {
    let failure: string | undefined;
    try {
      const jobs = await listQueue(app, filter);
      lines = jobs.length === 0 ? ['No jobs in queue'] : linesOf(unfold ? unfoldArrays(jobs) : jobs);
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
