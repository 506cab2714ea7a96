import type { JobObservation } from '../../core/slurm/job-observation.ts';
import { fitsLook } from '../../core/slurm/look-script.ts';
import { matchesJobId } from '../../core/slurm/match-job-id.ts';
import { narrowJobId } from '../../core/slurm/narrow-job-id.ts';
import type { CancelRequest, CancelResult, ObserveQuery } from '../cluster.ts';
import { requireJobIds } from '../require-job-ids.ts';
import { observeJobs, queryAccounting, queueQuestion } from './observe-jobs.ts';
import { pause } from './pause.ts';
import { complaintsOf, type ScancelComplaint, scancelArgv, sendScancel } from './send-scancel.ts';
import type { SlurmClient } from './slurm-client.ts';

/**
 * One `scancel` for all ids. It is silent and exits 0 for unknown and finished jobs, so what happened is read from
 * snapshots before and after: nothing is called cancelled that a snapshot does not show so.
 */
export async function cancelJobs(client: SlurmClient, request: CancelRequest): Promise<readonly CancelResult[]> {
  requireJobIds(request.jobIds);
  if (request.jobIds.length === 0) return [];
  const looked = await cancelAtOnce(client, request);
  const before = await snapshotOf(client, { ...request, own: looked?.before });
  const aliveRows = (jobId: string) => rowsOf(before.jobs, jobId).filter(({ state }) => !state.terminal);
  const orders = [...new Set(request.jobIds)].map((jobId) => orderOf(jobId, aliveRows(jobId), request.signalName));
  const open = orders.filter(isOpen);
  const complaints =
    looked?.sent?.complaints ?? (await send(client, { ...request, orders: open, before: before.jobs }));
  const others = orders.filter((order) => !isOpen(order) && order.complaint === undefined).map(({ jobId }) => jobId);
  const sent = open.flatMap(({ jobId }) => (complaints.has(jobId) ? [] : [jobId]));
  const results = [
    ...orders.flatMap(({ jobId, complaint }) => (complaint === undefined ? [] : [{ jobId, ...complaint }])),
    ...[...complaints].map(([jobId, complaint]) => ({ jobId, ...complaint })),
    ...(await untouched(client, { request: { ...request, jobIds: others }, before: before.jobs })),
    ...(isEnd(request.signalName)
      ? await verify(client, { request: { ...request, jobIds: sent }, scope: before.scope, seen: looked?.sent?.after })
      : sent.map((jobId): CancelResult => ({ jobId, outcome: 'signalled', state: startedState(aliveRows(jobId)) }))),
  ];
  const byId = new Map(results.map((result) => [result.jobId, result]));
  return request.jobIds.map((jobId) => byId.get(jobId) ?? { jobId, outcome: 'failed' });
}

interface LookedAt {
  readonly before: readonly JobObservation[];
  /** Absent where one of them is not alive, or not one of the account's: then nothing was sent. */
  readonly sent?: {
    readonly complaints: ReadonlyMap<string, ScancelComplaint>;
    readonly after: readonly JobObservation[];
  };
}

/**
 * Looks at the account's own jobs, cancels those that are meant where all of them are alive, and looks again, as one execution: to another
 * machine, each is a round trip. `undefined`: these ids have to be looked at first.
 */
async function cancelAtOnce(client: SlurmClient, request: CancelRequest): Promise<LookedAt | undefined> {
  const jobIds = [...new Set(request.jobIds)];
  if (request.signalName !== undefined || !fitsLook(jobIds)) return undefined;
  const { argv: look, fieldMark, read } = queueQuestion(client, { scope: 'me' });
  const argv = scancelArgv({ words: jobIds, signalName: undefined, options: request.words });
  const next = { alive: [argv, 'again'] as const };
  const [seen, done, later] = await client.goOn({ look, fieldMark, jobIds, next }, request.signal);
  if (seen === undefined) return undefined;
  const before = read(seen).jobs;
  if (done === undefined || later === undefined) return { before };
  return { before, sent: { complaints: complaintsOf(client, done), after: read(later).jobs } };
}

/** What `scancel` is told about one id: words to cancel, and words to signal. */
interface Order {
  readonly jobId: string;
  readonly cancel: readonly string[];
  readonly signal: readonly string[];
  /** Why nothing is sent, although it lives. */
  readonly complaint?: ScancelComplaint;
}

/**
 * Beside `--signal`, scancel (22.05) takes the id of a waiting task for its whole array: `-s KILL 12_4` ends all of it, and
 * other signals are tried again for a minute. So only what has started is signalled, task by task; what waits is cancelled by
 * a signal that nothing survives, and cannot get another.
 */
function orderOf(jobId: string, alive: readonly JobObservation[], signalName: string | undefined): Order {
  if (alive.length === 0) return { jobId, cancel: [], signal: [] };
  if (signalName === undefined) return { jobId, cancel: [jobId], signal: [] };
  const [waiting, started] = [alive.filter(isWaiting), alive.filter((row) => !isWaiting(row))];
  const signal = started.map((row) => row.jobId);
  if (isEnd(signalName)) return { jobId, cancel: waiting.map((row) => narrowJobId(row, jobId)), signal };
  if (started.length > 0) return { jobId, cancel: [], signal };
  const message = 'a job that has not started cannot be signalled';
  return { jobId, cancel: [], signal, complaint: { outcome: 'failed', state: alive[0]?.state.raw, message } };
}

function isOpen({ cancel, signal }: Order): boolean {
  return cancel.length > 0 || signal.length > 0;
}

function isWaiting({ state }: JobObservation): boolean {
  return state.status === 'PENDING';
}

function isEnd(signalName: string | undefined): boolean {
  return signalName === undefined || /^(SIG)?KILL$|^9$/i.test(signalName);
}

function startedState(alive: readonly JobObservation[]): string | undefined {
  return alive.find((row) => !isWaiting(row))?.state.raw;
}

/** What scancel says against the ids. */
async function send(
  client: SlurmClient,
  request: CancelRequest & { readonly orders: readonly Order[]; readonly before: readonly JobObservation[] },
): Promise<ReadonlyMap<string, ScancelComplaint>> {
  const { orders, before, signalName, words: options, signal } = request;
  const wordsOf = (pick: (order: Order) => readonly string[]) => [...new Set(orders.flatMap(pick))];
  // What was named has its signal at once. Then scancel tries for a minute to signal what waits in the same array.
  const enoughMs = before.some((row) => isWaiting(row) && row.arrayJobId !== undefined) ? 4_000 : undefined;
  const complaints = new Map([
    ...(await sendScancel(client, {
      words: wordsOf((order) => order.cancel),
      signalName: undefined,
      // Beside a signal, what waits is simply cancelled.
      options: signalName === undefined ? options : undefined,
      signal,
    })),
    ...(await sendScancel(client, { words: wordsOf((order) => order.signal), signalName, options, signal, enoughMs })),
  ]);
  return new Map(
    orders.flatMap((order) => {
      const complaint = [...order.cancel, ...order.signal].flatMap((word) => complaints.get(word) ?? [])[0];
      return complaint === undefined ? [] : [[order.jobId, complaint] as const];
    }),
  );
}

interface Verification {
  readonly request: CancelRequest;
  readonly scope: ObserveQuery['scope'];
  /** By a look that has been taken. */
  readonly seen?: readonly JobObservation[] | undefined;
}

/** Looks until every job is seen ending, or the time is over; a job that still runs then was only signalled. */
async function verify(client: SlurmClient, { request, scope, seen }: Verification): Promise<CancelResult[]> {
  const { jobIds, signal, verifyMs = 2_000 } = request;
  if (jobIds.length === 0) return [];
  const deadline = performance.now() + verifyMs;
  const look = async () => (await observeJobs(client, { scope, signal })).jobs;
  let jobs = seen ?? (await look());
  for (let pauseMs = 100; ; pauseMs *= 3) {
    const results = jobIds.map((jobId) => outcomeOf(jobId, rowsOf(jobs, jobId)));
    const leftMs = deadline - performance.now();
    if (leftMs <= 0 || results.every(({ outcome }) => outcome !== 'signalled')) return results;
    await pause(Math.min(pauseMs, leftMs), signal);
    jobs = await look();
  }
}

function outcomeOf(jobId: string, rows: readonly JobObservation[]): CancelResult {
  const alive = rows.find(({ state }) => !state.terminal && state.phase !== 'completing');
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

/** Jobs that were over or unknown before anything was sent. */
async function untouched(client: SlurmClient, { request, before }: Untouched): Promise<CancelResult[]> {
  const { jobIds, signal } = request;
  const absent = jobIds.filter((jobId) => rowsOf(before, jobId).length === 0);
  const records = await queryAccounting(client, { jobIds: absent, since: 0, signal });
  return jobIds.map((jobId): CancelResult => {
    const rows = [...rowsOf(before, jobId), ...rowsOf(records, jobId)];
    const row = rows.find(({ state }) => !state.terminal && state.status !== 'UNKNOWN') ?? rows[0];
    if (row === undefined) return { jobId, outcome: 'not_found' };
    return { jobId, outcome: 'already_finished', state: row.state.raw };
  });
}

/** Our own jobs are the cheap question; only ids that are not among them need the whole table. */
async function snapshotOf(
  client: SlurmClient,
  { jobIds, signal, own }: CancelRequest & { readonly own: readonly JobObservation[] | undefined },
): Promise<{ readonly scope: ObserveQuery['scope']; readonly jobs: readonly JobObservation[] }> {
  const jobs = own ?? (await observeJobs(client, { scope: 'me', signal })).jobs;
  if (jobIds.every((jobId) => rowsOf(jobs, jobId).length > 0)) return { scope: 'me', jobs };
  return { scope: 'all', jobs: (await observeJobs(client, { scope: 'all', signal })).jobs };
}

function rowsOf(jobs: readonly JobObservation[], jobId: string): readonly JobObservation[] {
  return jobs.filter((job) => matchesJobId(job, jobId));
}
