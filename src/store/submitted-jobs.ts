import type { JobRow } from './jobs.ts';
import type { Store } from './open-store.ts';

/** A job with what is needed to recognize it on the cluster. There may be tens of thousands at every look. */
export interface SubmittedJob extends Pick<JobRow, 'runId' | 'name' | 'token' | 'submission' | 'final'> {
  readonly jobId: string;
  /** At the last look no source knew it any more. */
  readonly isMissing: boolean;
  /** The text of what was observed of it last, as it is stored: of most it need not be parsed. */
  readonly observed: string | undefined;
  /** Of its run, epoch ms. */
  readonly createdAt: number;
  readonly directory: string;
}

/** Whether there is anything to look for on a cluster. */
export function hasSubmittedJobs({ db }: Store, clusterId: number): boolean {
  const query = `SELECT 1 FROM run JOIN job INDEXED BY job_open ON job.run_id = run.id
     WHERE cluster_id = ? AND final = 0 AND job_id IS NOT NULL LIMIT 1`;
  return db.prepare(query).get(clusterId) !== undefined;
}

/** What a look says of those tasks of an array that have not started. */
export interface WaitingTasks {
  readonly arrayJobId: string;
  /** Of the submission. */
  readonly token: string;
  /** Its indices. */
  readonly ranges: readonly { readonly first: number; readonly last: number; readonly step: number }[];
  /** As it is stored of each of them: before its id, between that and its index, and behind it. */
  readonly texts: readonly [string, string, string];
}

/** Of the tasks in its first parameter, a row for each range of them. */
const waitingTable = `waiting AS MATERIALIZED (
       SELECT value ->> 'array' AS array, value ->> 'token' AS token, value ->> 'first' AS first, value ->> 'last' AS last,
         value ->> 'step' AS step, value ->> 'head' AS head, value ->> 'middle' AS middle, value ->> 'tail' AS tail
       FROM json_each(?))`;

function toRanges(waiting: readonly WaitingTasks[]): string {
  const ranges = waiting.flatMap(({ arrayJobId, token, ranges, texts: [head, middle, tail] }) =>
    ranges.map((range) => ({ ...range, array: arrayJobId, token, head, middle, tail })),
  );
  return JSON.stringify(ranges);
}

/** Whether a range has the task of that index. */
const isIn = (index: string) => `${index} BETWEEN first AND last AND (${index} - first) % step = 0`;

/**
 * The submitted jobs on a cluster that may still change, without the tasks that still wait as they did when they were seen last: of a
 * large sweep these are nearly all, and the database compares tens of thousands in a fraction of the time that it takes to read them.
 */
export function openJobs({ db }: Store, clusterId: number, waiting: readonly WaitingTasks[] = []): SubmittedJob[] {
  // Those that have ended are the whole history.
  const runs = db.prepare(
    `SELECT id, created_at, directory FROM run WHERE cluster_id = ?
       AND EXISTS (SELECT 1 FROM job INDEXED BY job_open WHERE job.run_id = run.id AND job.final = 0)`,
  );
  const index = 'substr(job.job_id, length(waiting.array) + 2)';
  const ofRun = `WITH ${waitingTable}
     SELECT ${columns} FROM job LEFT JOIN waiting
       ON waiting.array = substr(job.job_id, 1, instr(job.job_id, '_') - 1) AND ${isIn(`CAST(${index} AS INTEGER)`)}
     WHERE run_id = ? AND final = 0 AND job_id IS NOT NULL AND (waiting.array IS NULL OR missing_since IS NOT NULL
       OR submission <> 'submitted' OR job.token <> waiting.token || '.' || ${index}
       OR observation IS NOT concat(head, '"', job_id, '"', middle, '"', ${index}, '"', tail))`;
  const ranges = toRanges(waiting);
  return runs.all(clusterId).flatMap(({ id, created_at: createdAt, directory }) => {
    const run = { runId: String(id), createdAt: Number(createdAt), directory: String(directory) };
    return db.rows(ofRun, ranges, run.runId).map((row) => toSubmittedJob(row, run));
  });
}

const columns = 'job.name, job.token, job.submission, job.final, job.job_id, job.missing_since, job.observation';

export interface SightedJobs {
  readonly clusterId: number;
  /** Job ids by token, as a snapshot shows them. */
  readonly sighted: ReadonlyMap<string, string>;
  readonly waiting: readonly WaitingTasks[];
}

/** Those that are not among the open jobs, but were seen all the same: they count as ended, or their id was not known. */
export function sightedJobs(store: Store, { clusterId, sighted, waiting }: SightedJobs): SubmittedJob[] {
  const isHidden = 'run.cluster_id = ? AND (job.final = 1 OR job.job_id IS NULL) ORDER BY job.run_id, job.ordinal';
  const run = 'run.id, run.created_at, run.directory';
  // From the tokens to the jobs: the other way leads through the whole history.
  const found = store.db.rows(
    `SELECT ${columns}, ${run}, seen.value ->> 1
       FROM json_each(?) AS seen CROSS JOIN job ON job.token = seen.value ->> 0 JOIN run ON run.id = job.run_id
       WHERE ${isHidden}`,
    JSON.stringify([...sighted]),
    clusterId,
  );
  const index = 'substr(job.token, length(waiting.token) + 2)';
  // Of a run that has tasks in these sets, all jobs in their order: one by one by their tokens takes three times as long.
  const tasks = store.db.rows(
    `WITH ${waitingTable}, concerned AS MATERIALIZED (
       SELECT DISTINCT (SELECT run_id FROM job WHERE token > waiting.token || '.' AND token < waiting.token || '/' LIMIT 1) AS id
       FROM waiting)
     SELECT ${columns}, ${run}, waiting.array || '_' || ${index}
       FROM concerned JOIN run USING (id) CROSS JOIN job ON job.run_id = run.id
         JOIN waiting ON waiting.token = rtrim(rtrim(job.token, '0123456789'), '.') AND ${isIn(`CAST(${index} AS INTEGER)`)}
       WHERE ${isHidden}`,
    toRanges(waiting),
    clusterId,
  );
  return [...found, ...tasks].map((row) => {
    const [runId, createdAt, directory, jobId] = row.slice(-4);
    const facts = { runId: String(runId), createdAt: Number(createdAt), directory: String(directory) };
    return toSubmittedJob(row, facts, String(jobId));
  });
}

type RunFacts = Pick<SubmittedJob, 'runId' | 'createdAt' | 'directory'>;

function toSubmittedJob(
  [name, token, submission, final, jobId, missingSince, observation]: readonly unknown[],
  { runId, createdAt, directory }: RunFacts,
  sightedId = '',
): SubmittedJob {
  return {
    runId,
    name: name as string,
    token: token as string,
    submission: submission as JobRow['submission'],
    final: final === 1,
    jobId: (jobId as string | null) ?? sightedId,
    isMissing: missingSince !== null,
    observed: (observation as string | null) ?? undefined,
    createdAt,
    directory,
  };
}
