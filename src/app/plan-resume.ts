import { resolve } from 'node:path';
import { parseRecordedFiles } from '../core/job/files-shell.ts';
import { parseTaskSet } from '../core/slurm/job-id.ts';
import { isUnneeded } from '../core/workflow/is-unneeded.ts';
import type { Plan, PlannedJob } from '../core/workflow/plan.ts';
import { type LeftJob, reducePlan } from '../core/workflow/reduce-plan.ts';
import { differenceOf } from '../core/workflow/same-job.ts';
import { hashOfPlan } from '../engine/stored-plan.ts';
import type { AppContext, TargetName } from './app-context.ts';
import { changedFile } from './changed-file.ts';
import { type FormerJob, type FormerRequest, findFormerJobs } from './former-jobs.ts';
import { lookAtFiles } from './look-at-files.ts';
import { contextOfRun, type PlacedRun } from './place-workflow.ts';
import { readExports } from './read-exports.ts';
import { importFoundRuns, refreshTargets, type StaleTarget } from './refresh-runs.ts';

export interface ResumedPlan {
  readonly plan: Plan;
  /** Why jobs run that were done or begun before, one line each. */
  readonly reasons: readonly string[];
  readonly stale: readonly StaleTarget[];
}

/**
 * Leaves out of a plan what was done before and has not changed since. Each job is judged by the newest run that has had it; where
 * that did not complete it, or anything is different, it runs, and so does all that comes after it.
 */
export async function planResume(
  context: AppContext,
  request: FormerRequest & { readonly placed?: PlacedRun | undefined },
): Promise<ResumedPlan> {
  const { plan, target, placed } = request;
  const unread = await importFoundRuns(context);
  const { stale } = await refreshTargets(context, [target]);
  const former = await findFormerJobs(context, request);
  const there = await contextOfRun(context, { target, sending: { placed }, sent: [] });
  const left = new Map<string, LeftJob>();
  const reasons = new Map<string, string>();
  const unneeded = new Set<string>();
  const hasCompleted = (name: string) => left.has(name);
  const exportsOf = createExportsReader(context, target);
  const readers = new Set(plan.jobs.flatMap(({ reads = [] }) => reads.map(({ parent }) => parent)));
  for (const job of plan.jobs) {
    if (isUnneeded(job, { hasCompleted, unneeded })) unneeded.add(job.name);
    const known = former.get(job.name);
    if (known === undefined || unneeded.has(job.name)) continue;
    const parent = job.edges.find((edge) => !left.has(edge.parent) && !unneeded.has(edge.parent))?.parent;
    const judged = parent === undefined ? await judge(there, { job, known, target, exportsOf }) : `${parent} runs`;
    const isRead = readers.has(job.name) && typeof judged !== 'string' && judged.values === undefined;
    if (typeof judged !== 'string' && !isRead) left.set(job.name, judged);
    else reasons.set(job.name, isRead ? 'the values that it wrote are gone' : String(judged));
  }
  const reduced = left.size === 0 ? plan : reducePlan(plan, { left, because: 'done', hash: hashOfPlan });
  const told = reduced.jobs.flatMap(({ name }) =>
    reasons.has(name) ? [`${name} runs again: ${reasons.get(name)}`] : [],
  );
  return { plan: reduced, reasons: told, stale: [...unread, ...stale] };
}

interface Judged {
  readonly job: PlannedJob;
  readonly known: FormerJob;
  readonly target: TargetName;
  readonly exportsOf: ReturnType<typeof createExportsReader>;
}

/** As it was left, where it is done and unchanged; else why it is not. */
async function judge(context: AppContext, { job, known, target, exportsOf }: Judged): Promise<LeftJob | string> {
  const { end, run, token, cwd } = known;
  if (end?.state !== 'completed') {
    const state = end?.state ?? 'unknown';
    return `in run ${run.id} it ${end?.final === true ? 'ended as' : 'is'} ${state}`;
  }
  if (cwd !== context.cwd) return 'it was submitted from another directory';
  const why = differenceOf(job, known.job) ?? (await changeOfFiles(context, { job, known, target }));
  if (why !== undefined) return why;
  const values = known.job.wrapped ? (await exportsOf(run.directory)).get(token) : undefined;
  const reason = `done in run ${run.id} and unchanged`;
  return { state: 'completed', final: true, ignored: false, run: run.id, reason, values };
}

/** Of a run's directory, what its jobs have written for others: asked for once, however many of them are judged. */
function createExportsReader(context: AppContext, target: TargetName) {
  const known = new Map<string, ReturnType<typeof readExports>>();
  return (directory: string): ReturnType<typeof readExports> => {
    const exports = known.get(directory) ?? readExports(context.shell(target), { directory, signal: context.signal });
    known.set(directory, exports);
    return exports;
  };
}

const maxReceiptBytes = 16 * 1024 * 1024;

async function changeOfFiles(
  context: AppContext,
  { job, known, target }: Omit<Judged, 'exportsOf'>,
): Promise<string | undefined> {
  const { files, array } = job;
  if (files === undefined) return undefined;
  // The tasks of an array have the same inputs: one of them speaks for all.
  const first = array === undefined ? undefined : parseTaskSet(array)?.ranges[0]?.first;
  const path = `${known.run.directory}/receipts/${known.token}${first === undefined ? '' : `.${first}`}`;
  const { signal } = context;
  const receipt = await context.shell(target).readFile({ path, maxBytes: maxReceiptBytes, signal });
  if (receipt === undefined) return 'what its files were is not known any more';
  const recorded = parseRecordedFiles(new TextDecoder().decode(receipt.bytes));
  const directory = resolve(context.cwd, files.directory ?? '.');
  const look = lookAtFiles(context, target);
  for (const key of ['inputs', 'outputs'] as const) {
    const change = await changedFile({ patterns: files[key], recorded: recorded[key], directory, look });
    if (change !== undefined) return `${key === 'inputs' ? 'input' : 'output'} ${change}`;
  }
  return undefined;
}
