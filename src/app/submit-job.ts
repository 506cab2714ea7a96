import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { posix } from 'node:path';
import type { ClusterIdentity, SubmissionBatch } from '../cluster/cluster.ts';
import { BugError } from '../core/errors.ts';
import { maskExportList } from '../core/job/export-list.ts';
import { expandLogPattern } from '../core/slurm/log-pattern.ts';
import type { SentCode } from '../core/sync/sent-code.ts';
import { tokenOf } from '../engine/compile-batch.ts';
import type { RunDescription } from '../engine/describe-run.ts';
import { createRunId } from '../engine/run-id.ts';
import { startRun } from '../engine/start-run.ts';
import { type AppContext, contextOn, engineContext, openAll, type TargetName } from './app-context.ts';
import { inOneTurn } from './in-one-turn.ts';
import type { PlacedSubmission } from './place-submission.ts';
import type { PlannedJob } from './plan-job.ts';
import { prepareDirectories } from './prepare-directories.ts';
import { requireSubmitted, verdictOf } from './require-submitted.ts';
import { isRemote } from './target-name.ts';

export interface SubmitJobRequest {
  readonly job: PlannedJob;
  readonly target: TargetName;
  /** The script as the user named it; `null` for a command or standard input. */
  readonly source: string | null;
  /** Where on the cluster it takes place, if not in the home there. */
  readonly placed?: Pick<PlacedSubmission, 'runId' | 'cwd' | 'script'> | undefined;
  readonly code?: SentCode | undefined;
  /** From here on the submission is not forgotten, whatever happens. */
  readonly onRecorded?: ((runId: string) => void) | undefined;
}

export interface SubmittedJob {
  readonly jobId: string;
  readonly runId: string;
  readonly name: string;
  /** What must stay alive for the job to finish. */
  readonly verdict: string;
  /** What the cluster does otherwise than asked for. */
  readonly remarks: readonly string[];
  /** Absolute; `undefined` where it depends on what is not known yet, such as the node or the task. */
  readonly log: string | undefined;
}

/** Submits one job exactly once: a run of a single job, recorded before anything is sent. */
export async function submitJob(context: AppContext, request: SubmitJobRequest): Promise<SubmittedJob> {
  const { job, target, source, placed } = request;
  const at = await contextOn(context, target);
  const there = placed === undefined ? at : { ...at, cwd: placed.cwd };
  // Under Slurm it may be a directory that only the nodes have.
  const required = target === 'embedded' ? [{ path: job.log.workDir, job: job.name }] : [];
  await openAll(context, target);
  const [engine, isThere] = await inOneTurn([
    engineContext(context, target),
    isWorkDirectory(there, { target, path: job.log.workDir }),
    prepareDirectories(context, { target, required, made: job.directories }),
  ]);
  const identity = await engine.cluster.identity(context.signal);
  const missing = isThere || isMade(job) ? [] : [missingRemark(job.log.workDir, target)];
  const id = placed?.runId ?? createRunId(context.randomBytes);
  const token = tokenOf(id, 0);
  const description = describeSubmission({ id, token, there, identity, kind: engine.cluster.kind }, request);
  const plan = JSON.stringify(description);
  const inPlace = placed?.script;
  const batch = batchOf(job, { runId: id, runRoot: there.runRoot, cwd: there.cwd, description: plan, inPlace });
  const { kind, name, createdAt } = description;
  const run = { id, kind, name, source, target, directory: batch.directory, plan, createdAt, batch, jobNames: [name] };
  const report = await startRun(engine, run, { onRecorded: request.onRecorded });
  await requireSubmitted(context, report, { runId: id, jobNames: [name], target });
  const outcome = report.outcomes.get(token);
  if (outcome?.kind !== 'submitted') throw new BugError('a submitted job has no id', { code: 'bug.no_job_id' });
  const { jobId } = outcome;
  const log = logOf(job, { jobId, user: identity.user });
  return { jobId, runId: id, name, verdict: verdictOf(target), remarks: [...missing, ...(report.remarks ?? [])], log };
}

interface Submission {
  readonly id: string;
  readonly token: string;
  readonly there: AppContext;
  readonly identity: ClusterIdentity;
  readonly kind: RunDescription['cluster']['kind'];
}

function describeSubmission(
  { id, token, there, identity, kind }: Submission,
  { job, target, source, code }: SubmitJobRequest,
): RunDescription {
  return {
    version: 1,
    id,
    kind: 'job',
    name: job.name,
    source,
    target,
    cluster: { key: identity.key, kind, name: identity.name },
    createdAt: there.now(),
    planHash: createHash('sha256')
      .update(job.script)
      .update(JSON.stringify([job.options, job.args]))
      .digest('hex'),
    cwd: there.cwd,
    ...(code === undefined ? {} : { code: [code] }),
    jobs: [
      {
        name: job.name,
        token,
        edges: [],
        options: job.options,
        variables: Object.keys(job.env),
        ...(job.args.length === 0 ? {} : { args: job.args }),
        ...(job.comment === undefined ? {} : { comment: job.comment }),
        wrapped: false,
        log: { ...job.log, user: identity.user, isArray: job.isArray },
      },
    ],
  };
}

interface WorkDirectory {
  readonly target: TargetName;
  readonly path: string;
}

async function isWorkDirectory(there: AppContext, { target, path }: WorkDirectory): Promise<boolean> {
  if (!isRemote(target)) return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  // The home directory there was found at the login.
  if (path === there.cwd) return true;
  const { exitCode } = await there
    .shell(target)
    .run({ argv: ['test', '-d', path], together: true, signal: there.signal });
  return exitCode === 0;
}

/** Where the directory of a log is made in any case, so is what it lies in. */
function isMade({ directories, log: { workDir } }: PlannedJob): boolean {
  return directories.some(({ path, below }) => below === undefined && `${path}/`.startsWith(`${workDir}/`));
}

function missingRemark(path: string, target: TargetName): string {
  const machine = isRemote(target) ? target : 'this machine';
  return `${path} is no directory on ${machine}; where it is none on the nodes either, the job fails without a log`;
}

function logOf(
  job: PlannedJob,
  { jobId, user }: { readonly jobId: string; readonly user: string },
): string | undefined {
  if (job.isArray) return undefined;
  const { pattern, workDir } = job.log;
  const path = expandLogPattern(pattern, { jobId, arrayJobId: jobId, user, name: job.name, restarts: 0 });
  return path.includes('%') ? undefined : posix.resolve(workDir, path);
}

interface BatchOptions {
  readonly runId: string;
  readonly runRoot: string;
  readonly cwd: string;
  readonly description: string;
  /** The user's own file there. */
  readonly inPlace?: string | undefined;
}

function batchOf(job: PlannedJob, { runId, runRoot, cwd, description, inPlace }: BatchOptions): SubmissionBatch {
  const directory = `${runRoot}/${runId}`;
  const token = tokenOf(runId, 0);
  const script = `${directory}/${token}.sh`;
  const { options, args, comment, env } = job;
  return {
    directory,
    files: [
      { path: script, content: job.script, mode: 0o700 },
      // Last: a directory with a description is complete.
      { path: `${directory}/run.json`, content: description },
    ],
    submissions: [{ token, script: inPlace ?? script, args, options, comment, dependencies: [], env, cwd }],
  };
}

/** The command line that a submission amounts to, without values of variables; what is not known before has its name in capitals. */
export function previewCommand(
  context: Pick<AppContext, 'runRoot' | 'cwd'>,
  { job, placed }: { readonly job: PlannedJob; readonly placed?: Pick<PlacedSubmission, 'script'> | undefined },
): readonly string[] {
  const { submissions } = batchOf(job, { ...context, runId: 'RUN', description: '', inPlace: placed?.script });
  const [submission] = submissions;
  if (submission === undefined) return [];
  const comment = [job.comment, `srunx:${submission.token}`].filter(Boolean).join(' ');
  const options = job.options.map(maskExport);
  return ['sbatch', '--parsable', ...options, `--comment=${comment}`, submission.script, ...job.args];
}

function maskExport(option: string): string {
  const prefix = '--export=';
  return option.startsWith(prefix) ? prefix + maskExportList(option.slice(prefix.length)) : option;
}
