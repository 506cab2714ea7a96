import { NotFoundError, RefusedError, UsageError } from '../core/errors.ts';
import { baseIdOf, tokenOfRow } from '../core/slurm/observation-index.ts';
import { arrayOfTask, indexOfTask } from '../core/slurm/task-token.ts';
import { firstToken, tokenOfTry } from '../core/slurm/try-token.ts';
import type { EngineContext } from '../engine/engine-context.ts';
import { readStoredRun } from '../engine/run-description.ts';
import { handoverDirectory } from '../engine/sweep-parts.ts';
import { type JobRow, jobsOfRun } from '../store/jobs.ts';
import type { RunRow } from '../store/runs.ts';
import { type AppContext, engineContext } from './app-context.ts';
import { findRunNamed } from './find-run.ts';
import { knownTarget, refreshRun } from './refresh-runs.ts';

export interface ResumeRequest {
  /** An id, the beginning of one, or the path of a plan directory; the newest run where there is none. */
  readonly word: string | undefined;
  /** Names of jobs that the cluster has not, whatever it may have been told. */
  readonly absent: readonly string[];
  /** `JOB=ID`: jobs that it has, under these ids. */
  readonly present: readonly string[];
}

/**
 * Goes on with a run whose hand-over stands still because nobody can tell whether Slurm has one of its jobs: srunx never guesses, so a
 * person says it. Returns the id of the run. Throws, with the question, while one is left.
 */
export async function resumeRun(context: AppContext, { word, absent, present }: ResumeRequest): Promise<string> {
  const { run } = await findRunNamed(context, word);
  const unseen = await refreshRun(context, run);
  const target = knownTarget(context, run);
  const [problem] = unseen;
  if (target === undefined || problem !== undefined) {
    throw new RefusedError(
      `run ${run.id} cannot be resumed from here: ${problem?.message ?? `no target ${run.target}`}`,
      {
        code: 'run.elsewhere',
        hint: 'Do it on a machine of its cluster, when that answers.',
      },
    );
  }
  const engine = await engineContext(context, target);
  for (const decision of onePerSubmission(engine, run, decisionsOf(absent, present))) await decide(engine, decision);
  if (absent.length + present.length > 0) await refreshRun(context, run);
  const [open, ...others] = openQuestions(engine, run);
  if (open !== undefined) throw question(run, open, others);
  return run.id;
}

interface Decision {
  readonly name: string;
  readonly jobId: string | undefined;
}

function decisionsOf(absent: readonly string[], present: readonly string[]): readonly Decision[] {
  const found = present.map((text): Decision => {
    const [, name, jobId] = /^(.+)=(\d+)$/.exec(text) ?? [];
    if (name !== undefined && jobId !== undefined) return { name, jobId };
    throw new UsageError(`--job-id ${text}: it takes a name and an id, such as train=4711`, { code: 'usage.job_id' });
  });
  const all = [...absent.map((name) => ({ name, jobId: undefined })), ...found];
  const twice = all.find(({ name }, index) => all.findIndex((one) => one.name === name) < index);
  if (twice === undefined) return all;
  throw new UsageError(`of \`${twice.name}\` two things are said`, { code: 'usage.contradiction' });
}

/** Jobs of which it is not known whether the cluster has them. */
function openQuestions({ store }: EngineContext, { id }: RunRow): readonly JobRow[] {
  return jobsOfRun(store, id).filter(({ submission }) => submission === 'unknown');
}

interface Place {
  readonly directory: string;
  readonly token: string;
}

interface RunDecision extends Decision {
  readonly run: RunRow;
  readonly place: Place;
}

/** The tasks of an array are one submission: what is said of one of them is said of all. */
function onePerSubmission(
  { store }: EngineContext,
  run: RunRow,
  decisions: readonly Decision[],
): readonly RunDecision[] {
  const rows = new Map(jobsOfRun(store, run.id).map((row) => [row.name, row]));
  const placed = new Map<string, RunDecision>();
  for (const decision of decisions) {
    const row = rows.get(decision.name);
    if (row === undefined) {
      throw new NotFoundError(`run ${run.id} has no job \`${decision.name}\``, {
        code: 'run.no_job',
        hint: `\`srunx flow status ${run.id}\` lists them.`,
      });
    }
    const place = placeOf(run, row);
    const known = placed.get(place.token);
    if (known !== undefined && known.jobId !== decision.jobId) {
      throw new UsageError(
        `\`${known.name}\` and \`${decision.name}\` are one submission, of which two things are said`,
        { code: 'usage.contradiction' },
      );
    }
    placed.set(place.token, known ?? { ...decision, run, place });
  }
  return [...placed.values()];
}

async function decide(engine: EngineContext, { run, name, jobId, place }: RunDecision): Promise<void> {
  const { cluster, signal } = engine;
  if (jobId !== undefined) await requireJob(engine, { jobId, token: place.token });
  if ((await cluster.decide?.(place, { token: place.token, jobId }, signal)) === true) return;
  throw new RefusedError(`whether ${cluster.target} has \`${name}\` of run ${run.id} is not in question`, {
    code: 'run.no_question',
    hint: `\`srunx flow status ${run.id}\` shows how it stands; \`srunx flow retry\` runs again what failed.`,
  });
}

/** Where its submission was claimed: of an attempt that srunx submits, in a directory of its own. */
function placeOf(run: RunRow, row: JobRow): Place {
  const { jobs, sweep } = readStoredRun(run.plan);
  if (sweep !== undefined) {
    const directory = handoverDirectory(run.directory, jobs[row.ordinal]?.part);
    return { directory, token: arrayOfTask(row.token) };
  }
  const isTry = row.submission === 'submitted' && jobs[row.ordinal]?.retriedBy === 'srunx';
  if (!isTry) return { directory: run.directory, token: firstToken(row.token) };
  const token = tokenOfTry(row.token, row.tries + 1);
  return { directory: `${run.directory}/tries/${token}`, token };
}

/** A slip of the pen would make another job part of the run. */
async function requireJob(
  { cluster, now, signal }: EngineContext,
  { jobId, token }: { readonly jobId: string; readonly token: string },
): Promise<void> {
  const { jobs } = await cluster.observe({ scope: 'me', signal });
  const since = Math.floor(now() / 1000) - recentSeconds;
  const rows = jobs.some((job) => baseIdOf(job) === jobId)
    ? jobs
    : await cluster.accounting({ jobIds: [jobId], since, signal });
  const found = rows.find((job) => baseIdOf(job) === jobId);
  const named = found === undefined ? undefined : tokenOfRow(found);
  if (found !== undefined && (named === undefined || named === token)) return;
  throw new NotFoundError(
    found === undefined
      ? `no job ${jobId} of yours is known on ${cluster.target}`
      : `job ${jobId} on ${cluster.target} is that of another submission (${named})`,
    { code: 'job.not_found', hint: 'Look for it with `srunx squeue` and `srunx sacct`.' },
  );
}

const recentSeconds = 30 * 86_400;

function question(run: RunRow, { name, token }: JobRow, others: readonly JobRow[]): RefusedError {
  const { id, target } = run;
  const isSweep = readStoredRun(run.plan).sweep !== undefined && indexOfTask(token) !== undefined;
  const alike = isSweep ? others.filter((row) => arrayOfTask(row.token) === arrayOfTask(token)) : [];
  const what = isSweep ? `the array of \`${name}\` (${alike.length + 1} tasks)` : `\`${name}\``;
  return new RefusedError(`whether ${target} has ${what} of run ${id} cannot be told; nothing was submitted`, {
    code: 'run.undecided',
    detail:
      'Its submission was sent, the answer was lost, and neither the queue nor the accounting knows it. The jobs before it are held, so ' +
      'nothing has started.',
    hint:
      `Look for a job with this name (\`srunx squeue\`, \`srunx sacct\`). If it is not there: \`srunx flow resume ${id} --submit ${name}\`; ` +
      `if it is: \`--job-id ${name}=ID\`; to give up: \`srunx flow cancel ${id}\`.`,
  });
}
