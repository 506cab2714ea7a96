import { NotFoundError, RefusedError, UsageError } from '../core/errors.ts';
import { parseSbatchArgs, type SbatchOption } from '../core/job/sbatch-options.ts';
import { type DescribedJob, userScriptPath } from '../engine/describe-run.ts';
import { readWholeFile } from '../engine/read-whole-file.ts';
import { readStoredRun } from '../engine/run-description.ts';
import type { HistoryRow } from '../store/history.ts';
import { findRun } from '../store/runs.ts';
import { type AppContext, contextOn, engineContext, type TargetName } from './app-context.ts';
import { findHistory, type HistoryName, requireOne } from './find-history.ts';
import { type PlannedJob, planJob } from './plan-job.ts';
import { prepareDirectories } from './prepare-directories.ts';
import { importFoundRuns } from './refresh-runs.ts';
import { type SubmitJobRequest, type SubmittedJob, submitJob } from './submit-job.ts';

export interface ResubmitRequest extends HistoryName {
  /** Take the place of the recorded ones. */
  readonly options: readonly SbatchOption[];
  /** Values of variables: those of a submission are not kept, because they may be secret. */
  readonly env: Readonly<Record<string, string>>;
}

export interface ResubmittedJob extends SubmittedJob {
  readonly target: TargetName;
  readonly source: string | null;
  /** The job whose script and options were submitted again. */
  readonly of: { readonly runId: string; readonly jobId: string | undefined };
}

/** What is to be submitted again, as it would be. */
export interface PlannedResubmission extends Pick<ResubmittedJob, 'target' | 'source' | 'of' | 'remarks'> {
  readonly job: PlannedJob;
  /** With the directory from which it was submitted. */
  readonly from: AppContext;
}

/** Finds what was recorded of a job. Throws where something of it is missing; sends nothing. */
export async function planResubmission(context: AppContext, request: ResubmitRequest): Promise<PlannedResubmission> {
  await importFoundRuns(context);
  const store = await context.store();
  // The target says where to, not which job.
  const row = requireOne(await findHistory(context, { word: request.word, target: undefined }), request.word);
  const { cwd, job } = describe(row, findRun(store, row.runId)?.plan);
  requireVariables(job, request);
  const target = await targetFor(context, { row, wanted: request.target });
  const script = await readScript(context, { row, job });
  const there = await contextOn(context, target);
  const from = { ...there, cwd: cwd ?? job.log?.workDir ?? there.cwd };
  await prepareDirectories(context, { target, required: [{ path: from.cwd, job: row.name }], made: [] });
  const { options, rawOptions, remarks } = optionsOf(job, { row, cwd, overrides: request.options });
  const planned = planJob(from, {
    ...{ script, fileName: row.name, args: job.args ?? [], options, rawOptions, env: request.env },
  });
  const source = row.run.kind === 'job' ? row.run.source : null;
  return { job: planned, from, target, source, remarks, of: { runId: row.runId, jobId: row.jobId } };
}

/** Submits it, as a new job. */
export async function resubmitJob(
  { job, from, target, source, remarks, of }: PlannedResubmission,
  { onRecorded }: Pick<SubmitJobRequest, 'onRecorded'>,
): Promise<ResubmittedJob> {
  const submitted = await submitJob(from, { job, target, source, onRecorded });
  return { ...submitted, target, source, of, remarks: [...remarks, ...submitted.remarks] };
}

function describe(
  { runId, ordinal }: HistoryRow,
  plan: string | undefined,
): { readonly cwd: string | undefined; readonly job: DescribedJob } {
  const description = plan === undefined ? undefined : readStoredRun(plan);
  const job = description?.jobs[ordinal];
  if (job !== undefined) return { cwd: description?.cwd, job };
  throw new NotFoundError(`the plan of run ${runId} is not known`, {
    code: 'history.plan_gone',
    hint: 'Submit the script itself again with `srunx sbatch`.',
  });
}

function requireVariables({ variables }: DescribedJob, { word, env }: ResubmitRequest): void {
  const missing = variables.filter((name) => env[name] === undefined);
  if (missing.length === 0) return;
  throw new UsageError(`job ${word} had variables whose values were not kept: ${missing.join(', ')}`, {
    code: 'history.variables_missing',
    hint: `Give them again (${missing.map((name) => `--env ${name}=VALUE`).join(' ')}), or by name alone from your environment (--env ${missing[0]}).`,
  });
}

/** Where it ran before, unless somebody says otherwise: behind the same name there may be another cluster by now. */
async function targetFor(
  context: AppContext,
  { row, wanted }: { readonly row: HistoryRow; readonly wanted: TargetName | undefined },
): Promise<TargetName> {
  if (wanted !== undefined) return wanted;
  const target = row.run.target as TargetName;
  const { cluster } = await engineContext(context, target);
  const identity = await cluster.identity(context.signal);
  if (identity.key === row.cluster.key) return target;
  throw new RefusedError(`the job ran on the cluster ${row.cluster.name}, and ${target} is now ${identity.name}`, {
    code: 'history.other_cluster',
    hint: `Add --${target} to submit it there all the same.`,
  });
}

const maxScriptBytes = 64 * 1024 * 1024;

async function readScript(
  context: AppContext,
  { row, job }: { readonly row: HistoryRow; readonly job: DescribedJob },
): Promise<Uint8Array> {
  const path = userScriptPath(row.run.directory, job);
  const shell = context.shell(row.run.target as TargetName);
  const script = await readWholeFile(shell, { path, maxBytes: maxScriptBytes, signal: context.signal });
  if (script !== undefined) return script;
  throw new NotFoundError(`the script of ${row.jobId ?? row.name} is gone: there is no ${path}`, {
    code: 'history.plan_gone',
    hint: 'Its plan directory was removed. Submit the script itself again with `srunx sbatch`.',
  });
}

interface OptionsToUse {
  readonly options: readonly SbatchOption[];
  readonly rawOptions: readonly string[];
  readonly remarks: readonly string[];
}

interface OptionSources {
  readonly row: HistoryRow;
  readonly cwd: string | undefined;
  readonly overrides: readonly SbatchOption[];
}

function optionsOf(job: DescribedJob, { row, cwd, overrides }: OptionSources): OptionsToUse {
  const overridden = new Set(overrides.map(({ name }) => name));
  const options: SbatchOption[] = [];
  const rawOptions: string[] = [];
  for (const word of job.options) {
    const { options: read, error } = parseSbatchArgs([word]);
    if (error !== undefined || read.length === 0) rawOptions.push(word);
    else options.push(...read.filter(({ name }) => name !== 'dependency' && !overridden.has(name)));
  }
  const waitedFor = job.options.find((word) => word.startsWith('--dependency='));
  const comment = job.comment === undefined ? [] : [{ name: 'comment', value: job.comment }];
  // The directory of a submission was not always recorded; the one in which the job worked was.
  const workDir = cwd !== undefined || job.log === undefined ? [] : [{ name: 'chdir', value: job.log.workDir }];
  return {
    options: [{ name: 'job-name', value: row.name }, ...options, ...comment, ...workDir, ...overrides],
    rawOptions,
    remarks: [
      ...(waitedFor === undefined ? [] : [`${waitedFor} is left out: it named jobs of that time`]),
      ...(job.edges.length === 0 ? [] : ['submitted by itself, without waiting for other jobs of its workflow']),
    ],
  };
}
