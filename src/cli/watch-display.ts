import type { JobChange } from '../app/watch-jobs.ts';
import type { JobObservation } from '../core/slurm/job-observation.ts';
import type { CommandContext } from './define-command.ts';
import { jobListing } from './job-listing.ts';
import { openListing } from './listing.ts';
import { firstRows } from './show-repeatedly.ts';

export interface WatchDisplay {
  onLook(rows: readonly JobObservation[]): void;
  onChange(change: JobChange): void;
  end(): void;
}

/** The watched jobs as a table that changes in place on a terminal; elsewhere every change as `report` has it. */
export function createWatchDisplay(
  context: CommandContext,
  report: (change: JobChange, context: CommandContext) => void,
): WatchDisplay {
  const { out } = context;
  if (out.json || out.terminal === undefined) {
    return { onLook: () => undefined, onChange: (change) => report(change, context), end: () => undefined };
  }
  const view = openListing(jobListing(), { options: {}, context });
  let rows: readonly JobObservation[] = [];
  return {
    onLook(seen) {
      rows = seen.toSorted(byId);
      const room = (out.terminal?.rows ?? 24) - 1;
      const fits = rows.length < room;
      out.redraw(
        firstRows(view.lines(fits ? rows : rows.toSorted((a, b) => rank(a) - rank(b))), { room, signs: out.signs }),
      );
    },
    onChange: () => undefined,
    end() {
      if (rows.length > 0) out.settle(view.lines(rows));
    },
  };
}

function byId(a: JobObservation, b: JobObservation): number {
  const number = ({ jobId }: JobObservation) => Number.parseInt(jobId, 10);
  return number(a) - number(b) || taskOf(a) - taskOf(b);
}

/** The index of a task, or the first of a set; what is no task stands first. */
function taskOf({ arrayTask }: JobObservation): number {
  return arrayTask === undefined ? -1 : Number.parseInt(arrayTask, 10);
}

/** Where there are more jobs than rows, those that may change are the ones to look at. */
function rank({ state }: JobObservation): number {
  if (state.terminal) return 2;
  return state.status === 'PENDING' ? 1 : 0;
}
