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

/** The submitted jobs on a cluster that may still change. */
export function openJobs({ db }: Store, clusterId: number): SubmittedJob[] {
  // Those that have ended are the whole history.
  const runs = db.prepare(
    `SELECT id, created_at, directory FROM run WHERE cluster_id = ?
       AND EXISTS (SELECT 1 FROM job INDEXED BY job_open WHERE job.run_id = run.id AND job.final = 0)`,
  );
  const ofRun = `SELECT ${columns} FROM job INDEXED BY job_open WHERE run_id = ? AND final = 0 AND job_id IS NOT NULL`;
  return runs.all(clusterId).flatMap(({ id, created_at: createdAt, directory }) => {
    const run = { runId: String(id), createdAt: Number(createdAt), directory: String(directory) };
    return db.rows(ofRun, run.runId).map((row) => toSubmittedJob(row, run));
  });
}

const columns = 'job.name, job.token, job.submission, job.final, job.job_id, job.missing_since, job.observation';

export interface SightedJobs {
  readonly clusterId: number;
  /** Job ids by token, as a snapshot shows them. */
  readonly sighted: ReadonlyMap<string, string>;
}

/** Those that are not among the open jobs, but were seen all the same: they count as ended, or their id was not known. */
export function sightedJobs(store: Store, { clusterId, sighted }: SightedJobs): SubmittedJob[] {
  if (sighted.size === 0) return [];
  // From the tokens to the jobs: the other way leads through the whole history.
  const found = store.db.rows(
    `SELECT ${columns}, run.id, run.created_at, run.directory
       FROM json_each(?) AS seen CROSS JOIN job ON job.token = seen.value JOIN run ON run.id = job.run_id
       WHERE run.cluster_id = ? AND (job.final = 1 OR job.job_id IS NULL) ORDER BY job.run_id, job.ordinal`,
    JSON.stringify([...sighted.keys()]),
    clusterId,
  );
  return found.map((row) => {
    const [runId, createdAt, directory] = row.slice(-3);
    const run = { runId: String(runId), createdAt: Number(createdAt), directory: String(directory) };
    return toSubmittedJob(row, run, sighted);
  });
}

type RunFacts = Pick<SubmittedJob, 'runId' | 'createdAt' | 'directory'>;

function toSubmittedJob(
  [name, token, submission, final, jobId, missingSince, observation]: readonly unknown[],
  { runId, createdAt, directory }: RunFacts,
  sighted?: ReadonlyMap<string, string>,
): SubmittedJob {
  return {
    runId,
    name: name as string,
    token: token as string,
    submission: submission as JobRow['submission'],
    final: final === 1,
    jobId: (jobId as string | null) ?? sighted?.get(token as string) ?? '',
    isMissing: missingSince !== null,
    observed: (observation as string | null) ?? undefined,
    createdAt,
    directory,
  };
}
