import type { JobObservation } from './job-observation.ts';
import { type JobState, refineFailure } from './job-state.ts';

/** One row's facts: where an observation may lack something, a source says `undefined`. */
export type ObservationFacts = {
  readonly [Key in Exclude<keyof JobObservation, 'extra' | 'tasks'>]-?: object extends Pick<JobObservation, Key>
    ? JobObservation[Key] | undefined
    : JobObservation[Key];
};

/**
 * An observation from the facts of a row, without those that are unknown and those that only look like facts: the end of
 * a job that has not ended is an estimate, and its `0:0` is no exit status.
 */
export function makeObservation(facts: ObservationFacts): JobObservation {
  const { exit, reason, endTime } = facts;
  const state = refineFailure(facts.state, { exit, reason });
  const ended = state.terminal || state.phase === 'completing';
  const row = copyKnown(facts, state);
  if (ended && endTime !== undefined) row.endTime = endTime;
  if (exit !== undefined && (ended || exit.code !== 0 || exit.signal !== 0)) row.exit = exit;
  return row;
}

type Writable<Shape> = { -readonly [Key in keyof Shape]: Shape[Key] };

/** Property by property, not in a loop over keys: that is 20 times slower, and a snapshot has thousands of rows. */
function copyKnown(facts: ObservationFacts, state: JobState): Writable<JobObservation> {
  const { jobId, rawId, nodes, cpus, gpus, restarts, name, source } = facts;
  const row: Writable<JobObservation> = { jobId, rawId, state, nodes, cpus, gpus, restarts, name, source };
  if (facts.arrayJobId !== undefined) row.arrayJobId = facts.arrayJobId;
  if (facts.arrayTask !== undefined) row.arrayTask = facts.arrayTask;
  if (facts.hetJobId !== undefined) row.hetJobId = facts.hetJobId;
  if (facts.hetOffset !== undefined) row.hetOffset = facts.hetOffset;
  if (facts.reason !== undefined) row.reason = facts.reason;
  if (facts.submitTime !== undefined) row.submitTime = facts.submitTime;
  if (facts.startTime !== undefined) row.startTime = facts.startTime;
  if (facts.elapsedSeconds !== undefined) row.elapsedSeconds = facts.elapsedSeconds;
  if (facts.timeLimitSeconds !== undefined) row.timeLimitSeconds = facts.timeLimitSeconds;
  if (facts.partition !== undefined) row.partition = facts.partition;
  if (facts.user !== undefined) row.user = facts.user;
  if (facts.nodeList !== undefined) row.nodeList = facts.nodeList;
  if (facts.stdout !== undefined) row.stdout = facts.stdout;
  if (facts.gpuTypes !== undefined) row.gpuTypes = facts.gpuTypes;
  if (facts.workDir !== undefined) row.workDir = facts.workDir;
  if (facts.comment !== undefined) row.comment = facts.comment;
  return row;
}
