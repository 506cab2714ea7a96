import { NotFoundError, RefusedError, UsageError } from '../core/errors.ts';
import { baseIdOf, tokenOfRow } from '../core/slurm/observation-index.ts';
import { firstToken, tokenOfTry } from '../core/slurm/try-token.ts';
import type { EngineContext } from '../engine/engine-context.ts';
import { readStoredRun } from '../engine/run-description.ts';
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
  const target = knownTarget(run);
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
  for (const { name, jobId } of decisionsOf(absent, present)) await decide(engine, { run, name, jobId });
  if (absent.length + present.length > 0) await refreshRun(context, run);
  const [open] = openQuestions(engine, run);
  if (open !== undefined) throw question(run, open);
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

interface RunDecision extends Decision {
  readonly run: RunRow;
}

async function decide(engine: EngineContext, { run, name, jobId }: RunDecision): Promise<void> {
  const { cluster, store, signal } = engine;
  const row = jobsOfRun(store, run.id).find((job) => job.name === name);
  if (row === undefined) {
    throw new NotFoundError(`run ${run.id} has no job \`${name}\``, {
      code: 'run.no_job',
      hint: `\`srunx flow status ${run.id}\` lists them.`,
    });
  }
  const place = placeOf(run, row);
  if (jobId !== undefined) await requireJob(engine, { jobId, token: place.token });
  if ((await cluster.decide?.(place, { token: place.token, jobId }, signal)) === true) return;
  throw new RefusedError(`whether ${cluster.target} has \`${name}\` of run ${run.id} is not in question`, {
    code: 'run.no_question',
    hint: `\`srunx flow status ${run.id}\` shows how it stands; \`srunx flow retry\` runs again what failed.`,
  });
}

/** Where its submission was claimed: of an attempt that srunx submits, in a directory of its own. */
function placeOf(run: RunRow, row: JobRow): { readonly directory: string; readonly token: string } {
  const { jobs } = readStoredRun(run.plan);
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

function question({ id, target }: RunRow, { name }: JobRow): RefusedError {
  return new RefusedError(`whether ${target} has \`${name}\` of run ${id} cannot be told; nothing was submitted`, {
    code: 'run.undecided',
    detail:
      'Its submission was sent, the answer was lost, and neither the queue nor the accounting knows it. The jobs before it are held, so ' +
      'nothing has started.',
    hint:
      `Look for a job with this name (\`srunx squeue\`, \`srunx sacct\`). If it is not there: \`srunx flow resume ${id} --submit ${name}\`; ` +
      `if it is: \`--job-id ${name}=ID\`; to give up: \`srunx flow cancel ${id}\`.`,
  });
}
