import type { Cluster } from '../cluster/cluster.ts';
import { controlAtOnce, type LookedAt, sendControl } from '../cluster/slurm/send-control.ts';
import { SrunxError } from '../core/errors.ts';
import type { ControlComplaint } from '../core/slurm/control-complaints.ts';
import type { JobObservation } from '../core/slurm/job-observation.ts';
import { matchesJobId } from '../core/slurm/match-job-id.ts';
import type { SqueueExtra } from '../core/slurm/squeue-extras.ts';
import type { AppContext, TargetName } from './app-context.ts';
import { refusedJobs } from './control-answers.ts';
import { slurmClient } from './slurm-client.ts';

export type ControlOutcome = 'done' | 'not_found' | 'already_finished' | 'denied' | 'failed';

export interface ControlResult {
  readonly jobId: string;
  readonly outcome: ControlOutcome;
  /** As a later snapshot shows it. */
  readonly state?: string | undefined;
  /** Slurm's own words, or what the snapshot shows instead of what was asked for. */
  readonly message?: string | undefined;
}

/** Something to do to jobs, and how to see that it was done. */
export interface ControlVerb {
  readonly name: string;
  /** The words of scontrol for a list of ids, which share them; they may depend on how a job is. */
  readonly words: (list: string, row: JobObservation | undefined) => readonly string[];
  /** What the embedded runner has of it. */
  readonly embedded: 'hold' | 'release' | 'requeue' | undefined;
  /** Also for jobs that have ended. */
  readonly takesEnded: boolean;
  /** Its words cannot be said before the job was looked at. */
  readonly looksFirst?: boolean;
  /** What a later row shows of what was asked for; `undefined`: it is done. */
  readonly missing: (after: JobObservation, before: JobObservation | undefined) => string | undefined;
  /** What Slurm's words mean here, where they do not say it. */
  readonly explain?: (message: string) => string | undefined;
  /** A job that has ended since was let go on: only then could it. */
  readonly endProves?: true;
  /** Slurm's words about a task of an array to which there is nothing to do. */
  readonly isIdle?: (message: string) => boolean;
  /** Fields of squeue that `missing` looks at. */
  readonly extra: readonly SqueueExtra[];
}

interface ControlRequest {
  readonly target: TargetName;
  readonly jobIds: readonly string[];
  readonly verb: ControlVerb;
}

/** How long a later snapshot may take to show it. */
const verifyMs = 3_000;

/** Does it to all of them at once, and says of each what the queue shows afterwards. */
export async function controlJobs(context: AppContext, request: ControlRequest): Promise<readonly ControlResult[]> {
  const { verb, jobIds } = request;
  const cluster = await context.cluster(request.target);
  if (jobIds.length === 0) return [];
  const looked = await controlThere(context, cluster, request);
  const observer = createObserver(context, cluster, request);
  const before = looked?.sent === undefined ? await observer.first(looked?.before) : looked.before;
  const known = jobIds.map((jobId) => ({ jobId, rows: rowsOf(before, jobId) }));
  const isOpen = ({ rows }: { readonly rows: readonly JobObservation[] }) =>
    rows.some(({ state }) => verb.takesEnded || !state.terminal);
  const open = known.filter(isOpen);
  const complaints = looked?.sent?.complaints ?? (await send(context, cluster, { ...request, open }));
  const shut = await ended(
    context,
    cluster,
    known.filter((entry) => !isOpen(entry)),
  );
  const results = new Map<string, ControlResult>(
    [...shut, ...refusedJobs(open, { complaints, verb })].map((one) => [one.jobId, one]),
  );
  const sent = open.filter(({ jobId }) => !results.has(jobId));
  for (const one of await verify(context, { observer, sent, verb, seen: looked?.sent?.after }))
    results.set(one.jobId, one);
  return jobIds.map((jobId) => results.get(jobId) ?? { jobId, outcome: 'failed' });
}

/** Jobs that wait or run are looked at, and it is done to them, in one go: to another machine, each of both is a round trip. */
async function controlThere(
  context: AppContext,
  cluster: Cluster,
  { target, jobIds, verb }: ControlRequest,
): Promise<LookedAt | undefined> {
  if (cluster.kind !== 'slurm') return undefined;
  const client = slurmClient(context, { target, what: `\`${verb.name}\` is a command of Slurm's` });
  let [row]: JobObservation[] = [];
  if (verb.looksFirst === true) {
    const before = await lookAt(context, cluster, { jobIds, verb, scope: 'me' });
    const rows = jobIds.map((jobId) => rowsOf(before, jobId)[0]);
    // Only what is the same for all of them is said at once.
    const isSame = new Set(rows.map((one) => JSON.stringify(verb.words('', one)))).size === 1;
    if (!isSame || rows.includes(undefined)) return { before };
    row = rows[0];
  }
  const words = (list: string) => verb.words(list, row);
  const look = { words: wordsOfLook(cluster, jobIds), extra: verb.extra };
  return controlAtOnce(client, { jobIds, words, look, takesEnded: verb.takesEnded, signal: context.signal });
}

/** Tasks that wait for different reasons stand in one row otherwise, and the row does not say which is which. */
function wordsOfLook({ kind }: Cluster, jobIds: readonly string[]): readonly string[] {
  return kind === 'slurm' && jobIds.some((id) => id.includes('_')) ? ['--array'] : [];
}

export interface KnownJob {
  readonly jobId: string;
  readonly rows: readonly JobObservation[];
}

interface Observer {
  /** `own`: our own jobs, where they have been looked at. */
  first(own?: readonly JobObservation[]): Promise<readonly JobObservation[]>;
  again(): Promise<readonly JobObservation[]>;
}

/** Our own jobs are the cheap question; only ids that are not among them need the whole table. */
function createObserver(context: AppContext, cluster: Cluster, { jobIds, verb }: ControlRequest): Observer {
  let scope: 'me' | 'all' = 'me';
  const look = () => lookAt(context, cluster, { jobIds, verb, scope });
  return {
    async first(known) {
      const own = known ?? (await look());
      if (jobIds.every((jobId) => rowsOf(own, jobId).length > 0)) return own;
      scope = 'all';
      return look();
    },
    again: look,
  };
}

async function lookAt(
  context: AppContext,
  cluster: Cluster,
  { jobIds, verb, scope }: Omit<ControlRequest, 'target'> & { readonly scope: 'me' | 'all' },
): Promise<readonly JobObservation[]> {
  const words = wordsOfLook(cluster, jobIds);
  return (await cluster.observe({ scope, words, extra: verb.extra, signal: context.signal })).jobs;
}

function rowsOf(jobs: readonly JobObservation[], jobId: string): readonly JobObservation[] {
  return jobs.filter((job) => matchesJobId(job, jobId));
}

async function send(
  context: AppContext,
  cluster: Cluster,
  { target, open, verb }: ControlRequest & { readonly open: readonly KnownJob[] },
): Promise<readonly ControlComplaint[]> {
  if (cluster.kind !== 'slurm') return sendEmbedded(context, cluster, { open, verb });
  const client = slurmClient(context, { target, what: `\`${verb.name}\` is a command of Slurm's` });
  const complaints: ControlComplaint[] = [];
  // Nearly always one group: only what depends on the job itself differs from job to job.
  for (const jobs of Map.groupBy(open, ({ rows }) => JSON.stringify(verb.words('', rows[0]))).values()) {
    const words = (list: string) => verb.words(list, jobs[0]?.rows[0]);
    const jobIds = jobs.map(({ jobId }) => jobId);
    complaints.push(...(await sendControl(client, { jobIds, words, signal: context.signal })));
  }
  return complaints;
}

/** One by one, because the runner does it for all or for none. */
async function sendEmbedded(
  context: AppContext,
  cluster: Cluster,
  { open, verb }: { readonly open: readonly KnownJob[]; readonly verb: ControlVerb },
): Promise<readonly ControlComplaint[]> {
  const complaints: ControlComplaint[] = [];
  for (const { jobId } of open) {
    try {
      if (verb.embedded !== undefined) await cluster[verb.embedded]([jobId], context.signal);
    } catch (error) {
      if (!(error instanceof SrunxError) || error.kind === 'connection' || error.kind === 'storage') throw error;
      complaints.push({ jobId, message: error.message });
    }
  }
  return complaints;
}

/** Jobs that were over or unknown before anything was sent. */
async function ended(
  context: AppContext,
  cluster: Cluster,
  known: readonly KnownJob[],
): Promise<readonly ControlResult[]> {
  const absent = known.flatMap(({ jobId, rows }) => (rows.length === 0 ? [jobId] : []));
  const { signal } = context;
  const records = absent.length === 0 ? [] : await cluster.accounting({ jobIds: absent, since: 0, signal });
  return known.map(({ jobId, rows }): ControlResult => {
    const row = rows[0] ?? rowsOf(records, jobId)[0];
    if (row === undefined) return { jobId, outcome: 'not_found' };
    return { jobId, outcome: 'already_finished', state: row.state.raw };
  });
}

interface Verification {
  readonly observer: Observer;
  readonly sent: readonly KnownJob[];
  readonly verb: ControlVerb;
  /** By a look that has been taken. */
  readonly seen?: readonly JobObservation[] | undefined;
}

/** Looks until every job shows it, or the time is over; what is not seen then is not called done. */
async function verify(
  context: AppContext,
  { observer, sent, verb, seen }: Verification,
): Promise<readonly ControlResult[]> {
  if (sent.length === 0) return [];
  const deadline = context.monotonicNow() + verifyMs;
  let jobs = seen ?? (await observer.again());
  for (let pauseMs = 100; ; pauseMs *= 2) {
    const results = sent.map((job) => resultOf(job, rowsOf(jobs, job.jobId), verb));
    if (context.monotonicNow() >= deadline || results.every(({ outcome }) => outcome === 'done')) return results;
    await context.sleep(pauseMs);
    jobs = await observer.again();
  }
}

function resultOf(
  { jobId, rows: before }: KnownJob,
  after: readonly JobObservation[],
  verb: ControlVerb,
): ControlResult {
  const alive = after.filter(({ state }) => verb.takesEnded || !state.terminal);
  if (alive.length === 0) {
    const outcome = verb.endProves === true && after.length > 0 ? 'done' : 'already_finished';
    return { jobId, outcome, state: after[0]?.state.raw };
  }
  for (const row of alive) {
    const message = verb.missing(
      row,
      before.find(({ rawId, jobId: id }) => rawId === row.rawId && id === row.jobId),
    );
    if (message !== undefined) return { jobId, outcome: 'failed', state: row.state.raw, message };
  }
  const shown = alive.find(({ state }) => state.status === 'PENDING') ?? alive[0];
  return { jobId, outcome: 'done', state: shown?.state.raw };
}
