import type { JobObservation } from '../../core/slurm/job-observation.ts';
import { findStateName } from '../../core/slurm/job-state.ts';
import { matchesJobId } from '../../core/slurm/match-job-id.ts';
import type { CancelRequest, CancelResult, ObserveQuery } from '../cluster.ts';
import { requireJobIds } from '../require-job-ids.ts';
import { observeJobs, queryAccounting } from './observe-jobs.ts';
import { pause } from './pause.ts';
import { type ScancelComplaint, sendScancel } from './send-scancel.ts';
import type { SlurmClient } from './slurm-client.ts';

/**
 * One `scancel` for all ids. It is silent and exits 0 for unknown and finished jobs, so what happened is read from
 * snapshots before and after: nothing is called cancelled that a snapshot does not show so.
 */
export async function cancelJobs(client: SlurmClient, request: CancelRequest): Promise<readonly CancelResult[]> {
  requireJobIds(request.jobIds);
  if (request.jobIds.length === 0) return [];
  const before = await snapshotOf(client, request);
  const rowsBefore = (jobId: string) => rowsOf(before.jobs, jobId);
  const isWanted = (jobId: string) => rowsBefore(jobId).some((row) => isTarget(row, request.states));
  const targets = [...new Set(request.jobIds.filter(isWanted))];
  const others = request.jobIds.filter((jobId) => !isWanted(jobId));
  const complaints =
    targets.length === 0
      ? new Map<string, ScancelComplaint>()
      : await sendScancel(client, { ...request, jobIds: targets });
  const sent = targets.filter((jobId) => !complaints.has(jobId));
  const ends = request.signalName === undefined || /^(SIG)?KILL$|^9$/i.test(request.signalName);
  const results = [
    ...(await untouched(client, { request: { ...request, jobIds: others }, before: before.jobs })),
    ...[...complaints].map(([jobId, complaint]) => ({ jobId, ...complaint })),
    ...(ends
      ? await verify(client, { request: { ...request, jobIds: sent }, scope: before.scope })
      : sent.map((jobId): CancelResult => ({ jobId, outcome: 'signalled', state: rowsBefore(jobId)[0]?.state.raw }))),
  ];
  const byId = new Map(results.map((result) => [result.jobId, result]));
  return request.jobIds.map((jobId) => byId.get(jobId) ?? { jobId, outcome: 'failed' });
}

/** Whether scancel would touch the job: it lives, and its state is one of those asked for. */
function isTarget({ state }: JobObservation, states: CancelRequest['states']): boolean {
  if (state.terminal) return false;
  if (states === undefined || states.length === 0) return true;
  return states.some((word) => findStateName(word) === findStateName(state.raw));
}

interface Verification {
  readonly request: CancelRequest;
  readonly scope: ObserveQuery['scope'];
}

/** Looks until every job is seen ending, or the time is over; a job that still runs then was only signalled. */
async function verify(client: SlurmClient, { request, scope }: Verification): Promise<CancelResult[]> {
  const { jobIds, signal, verifyMs = 2_000 } = request;
  if (jobIds.length === 0) return [];
  const deadline = performance.now() + verifyMs;
  for (let pauseMs = 100; ; pauseMs *= 3) {
    const { jobs } = await observeJobs(client, { scope, signal });
    const results = jobIds.map((jobId) => outcomeOf(jobId, { rows: rowsOf(jobs, jobId), states: request.states }));
    const leftMs = deadline - performance.now();
    if (leftMs <= 0 || results.every(({ outcome }) => outcome !== 'signalled')) return results;
    await pause(Math.min(pauseMs, leftMs), signal);
  }
}

function outcomeOf(
  jobId: string,
  { rows, states }: { rows: readonly JobObservation[]; states: CancelRequest['states'] },
): CancelResult {
  const alive = rows.find((row) => isTarget(row, states) && row.state.phase !== 'completing');
  if (alive !== undefined) return { jobId, outcome: 'signalled', state: alive.state.raw };
  const ended = rows.find(({ state }) => state.status === 'CANCELLED' || state.phase === 'completing');
  if (ended !== undefined) return { jobId, outcome: 'cancelled', state: ended.state.raw };
  // A pending task that was cancelled simply leaves the queue, without a record anywhere.
  const isOver = rows.length > 0 && rows.every(({ state }) => state.terminal);
  return isOver ? { jobId, outcome: 'already_finished', state: rows[0]?.state.raw } : { jobId, outcome: 'cancelled' };
}

interface Untouched {
  readonly request: CancelRequest;
  readonly before: readonly JobObservation[];
}

/** Jobs that were over, unknown, or in another state than asked for, before anything was sent. */
async function untouched(client: SlurmClient, { request, before }: Untouched): Promise<CancelResult[]> {
  const { jobIds, signal, states = [] } = request;
  const absent = jobIds.filter((jobId) => rowsOf(before, jobId).length === 0);
  const records = await queryAccounting(client, { jobIds: absent, since: 0, signal });
  return jobIds.map((jobId): CancelResult => {
    const rows = [...rowsOf(before, jobId), ...rowsOf(records, jobId)];
    const row = rows.find(({ state }) => !state.terminal && state.status !== 'UNKNOWN') ?? rows[0];
    if (row === undefined) return { jobId, outcome: 'not_found' };
    const state = row.state.raw;
    if (row.state.terminal || row.source === 'accounting') return { jobId, outcome: 'already_finished', state };
    return { jobId, outcome: 'failed', state, message: `it is ${state}, not ${states.join(' or ')}` };
  });
}

/** Our own jobs are the cheap question; only ids that are not among them need the whole table. */
async function snapshotOf(
  client: SlurmClient,
  { jobIds, signal }: CancelRequest,
): Promise<{ readonly scope: ObserveQuery['scope']; readonly jobs: readonly JobObservation[] }> {
  const own = await observeJobs(client, { scope: 'me', signal });
  if (jobIds.every((jobId) => rowsOf(own.jobs, jobId).length > 0)) return { scope: 'me', jobs: own.jobs };
  return { scope: 'all', jobs: (await observeJobs(client, { scope: 'all', signal })).jobs };
}

function rowsOf(jobs: readonly JobObservation[], jobId: string): readonly JobObservation[] {
  return jobs.filter((job) => matchesJobId(job, jobId));
}
