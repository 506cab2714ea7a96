import type { JobObservation } from './job-observation.ts';
import { rollUpStates } from './job-state.ts';

/** Finds what a snapshot says of a submission, in constant time. */
export interface ObservationIndex {
  /** One observation; the rows of an array or heterogeneous job are rolled up into one. */
  find(job: { readonly jobId: string; readonly token: string }): JobObservation | undefined;
}

export function indexObservations(rows: readonly JobObservation[]): ObservationIndex {
  const byBase = new Map<string, JobObservation[]>();
  for (const row of rows) {
    const base = row.arrayJobId ?? row.hetJobId ?? row.rawId;
    const list = byBase.get(base);
    if (list === undefined) byBase.set(base, [row]);
    else list.push(row);
  }
  return {
    find({ jobId, token }) {
      const candidates = byBase.get(jobId)?.filter((row) => isOurs(row, token)) ?? [];
      const [first, ...others] = candidates;
      return first === undefined || others.length === 0 ? first : rollUp(jobId, candidates);
    },
  };
}

const tokenInComment = /srunx:([\w.-]+)\s*$/;

/** Ids are used again after a database reset: a row that carries another submission's token is not ours. */
function isOurs(row: JobObservation, token: string): boolean {
  const other = row.comment === undefined ? undefined : tokenInComment.exec(row.comment)?.[1];
  return other === undefined || other === token;
}

function rollUp(jobId: string, rows: readonly JobObservation[]): JobObservation {
  const state = rollUpStates(rows.map((row) => row.state)).state;
  // The row that shows the array's state best lends the rest of the facts.
  const model = rows.find((row) => row.state.status === state.status) ?? rows[0];
  if (model === undefined) throw new RangeError('nothing to roll up');
  const { arrayTask: _task, ...rest } = model;
  const starts = rows.flatMap(({ startTime }) => startTime ?? []);
  const ends = rows.flatMap(({ endTime }) => endTime ?? []);
  return {
    ...rest,
    jobId,
    rawId: jobId,
    state,
    ...(starts.length > 0 ? { startTime: Math.min(...starts) } : {}),
    ...(ends.length > 0 ? { endTime: Math.max(...ends) } : {}),
  };
}
