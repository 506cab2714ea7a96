import { existsSync } from 'node:fs';
import { NotFoundError, RefusedError, TimeoutError, UsageError } from '../../core/errors.ts';
import { hasTask, type ParsedJobId, parseJobId } from '../../core/slurm/job-id.ts';
import { parseJobState } from '../../core/slurm/job-state.ts';
import type { CancelRequest, CancelResult } from '../cluster.ts';
import type { Command } from './commands.ts';
import { databasePath, query, transact } from './database.ts';
import type { EmbeddedContext } from './embedded-context.ts';
import type { QueueJob, QueueTask } from './queue.ts';
import { findJob, findNumber, hasCommand, insertCommand } from './rows.ts';
import { parseSignalName } from './signal-name.ts';

/** Ends jobs, or signals them, and says what the queue shows afterwards. */
export async function cancelJobs(context: EmbeddedContext, request: CancelRequest): Promise<readonly CancelResult[]> {
  const signalName = request.signalName === undefined ? undefined : requireSignal(request.signalName);
  const before = await findTargets(context, request.jobIds);
  const wanted = (task: QueueTask): boolean => isWanted(task, request.states);
  const alive = [...before.values()].flatMap((tasks) => tasks.filter(wanted));
  if (alive.length > 0) {
    const command = toCommand(signalName, alive);
    await send(context, command, { waitMs: request.verifyMs ?? 2_000, signal: request.signal });
  }
  const ends = isEnd(signalName);
  const after = ends ? await verify(context, request, before) : before;
  return request.jobIds.map((jobId): CancelResult => {
    const known = before.get(jobId) ?? [];
    if (known.length === 0) return { jobId, outcome: 'not_found' };
    const targets = known.filter(wanted);
    if (targets.length === 0) return untouched(jobId, known);
    return ends ? cancelResult(jobId, { targets, now: after.get(jobId) ?? [] }) : signalResult(jobId, targets);
  });
}

function toCommand(signalName: string | undefined, targets: readonly QueueTask[]): Command {
  const tasks = targets.map(({ rawId }) => rawId);
  if (signalName === undefined) return { kind: 'cancel', tasks };
  return isEnd(signalName) ? { kind: 'kill', tasks } : { kind: 'signal', tasks, name: signalName };
}

/** What cannot be caught is an end without the grace; every other signal is for the job to deal with. */
function isEnd(signalName: string | undefined): boolean {
  return signalName === undefined || signalName === 'KILL' || signalName === '9';
}

function requireSignal(text: string): string {
  const name = parseSignalName(text);
  if (name !== undefined) return name;
  const hint = 'Write a name such as USR1, or a number.';
  throw new UsageError(`\`${text}\` is not a signal`, { code: 'usage.signal', hint });
}

function isWanted({ state }: QueueTask, states: readonly string[] | undefined): boolean {
  if (state.kind === 'ended') return false;
  if (states === undefined || states.length === 0) return true;
  return states.some((word) => parseJobState(word).status === (state.kind === 'pending' ? 'PENDING' : 'RUNNING'));
}

function untouched(jobId: string, known: readonly QueueTask[]): CancelResult {
  const alive = known.find(({ state }) => state.kind !== 'ended');
  if (alive === undefined) return { jobId, outcome: 'already_finished', state: stateWord(known[0]) };
  return { jobId, outcome: 'failed', state: stateWord(alive), message: 'it is in none of the states asked for' };
}

function cancelResult(
  jobId: string,
  { targets, now }: { readonly targets: readonly QueueTask[]; readonly now: readonly QueueTask[] },
): CancelResult {
  const current = now.filter(({ rawId }) => targets.some((target) => target.rawId === rawId));
  const going = current.find((task) => !isEnding(task));
  if (going !== undefined) return { jobId, outcome: 'signalled', state: stateWord(going) };
  const cancelled = current.find(({ state }) => state.kind !== 'ended' || state.word === 'CANCELLED');
  return cancelled === undefined
    ? { jobId, outcome: 'already_finished', state: stateWord(current[0]) }
    : { jobId, outcome: 'cancelled', state: stateWord(cancelled) };
}

function signalResult(jobId: string, targets: readonly QueueTask[]): CancelResult {
  const running = targets.find(({ state }) => state.kind === 'running');
  if (running !== undefined) return { jobId, outcome: 'signalled', state: stateWord(running) };
  return { jobId, outcome: 'failed', state: 'PENDING', message: 'a job that has not started cannot be signalled' };
}

function isEnding({ state }: QueueTask): boolean {
  return state.kind === 'ended' || (state.kind === 'running' && state.ending !== undefined);
}

function stateWord(task: QueueTask | undefined): string | undefined {
  switch (task?.state.kind) {
    case undefined:
      return undefined;
    case 'pending':
      return 'PENDING';
    case 'running':
      return task.state.ending === undefined ? 'RUNNING' : 'COMPLETING';
    case 'ended':
      return task.state.word;
  }
}

/** Looks until all have ended, or the time is over. */
async function verify(
  context: EmbeddedContext,
  request: CancelRequest,
  before: ReadonlyMap<string, readonly QueueTask[]>,
): Promise<ReadonlyMap<string, readonly QueueTask[]>> {
  const deadline = performance.now() + (request.verifyMs ?? 2_000);
  const sent = new Set(
    [...before.values()]
      .flat()
      .filter((task) => isWanted(task, request.states))
      .map(({ rawId }) => rawId),
  );
  for (let pauseMs = 2; ; pauseMs = Math.min(pauseMs * 2, 100)) {
    const now = await findTargets(context, request.jobIds);
    const open = [...now.values()].flat().some(({ rawId, state }) => sent.has(rawId) && state.kind !== 'ended');
    if (!open || performance.now() + pauseMs > deadline) return now;
    await pause(pauseMs, request.signal);
  }
}

/** Carries out `scontrol hold`, `release` or `requeue`; all of the jobs, or none. */
export async function controlJobs(
  context: EmbeddedContext,
  request: {
    readonly kind: 'hold' | 'release' | 'requeue';
    readonly jobIds: readonly string[];
    readonly signal?: AbortSignal | undefined;
  },
): Promise<void> {
  const { kind, jobIds, signal } = request;
  if (jobIds.length === 0) return;
  const targets = await findTargets(context, jobIds);
  const unknown = jobIds.filter((jobId) => (targets.get(jobId) ?? []).length === 0);
  if (unknown.length > 0) {
    const hint = 'List jobs with `srunx squeue --embedded`.';
    throw new NotFoundError(`${unknown.join(', ')}: no such job`, { code: 'job.not_found', hint });
  }
  if (kind === 'requeue') await requireRequeueable(context, jobIds);
  const tasks = [...new Set([...targets.values()].flat().map(({ rawId }) => rawId))];
  if (!(await send(context, { kind, tasks }, { waitMs: 10_000, signal }))) throw notCarriedOut();
}

async function requireRequeueable(context: EmbeddedContext, jobIds: readonly string[]): Promise<void> {
  for (const jobId of jobIds) {
    const job = await findJobOf(context, jobId);
    if (job?.spec.requeue !== false) continue;
    const hint = 'Submit it again without --no-requeue.';
    throw new RefusedError(`job ${jobId} was submitted with --no-requeue`, { code: 'embedded.no_requeue', hint });
  }
}

/** Stores the command and waits until the runner has carried it out; false: it will do so later. */
async function send(
  context: EmbeddedContext,
  command: Command,
  { waitMs, signal }: { readonly waitMs: number; readonly signal?: AbortSignal | undefined },
): Promise<boolean> {
  const queue = context.queue();
  const seq = await transact(queue, () => insertCommand(queue.db, command));
  await context.notifyRunner();
  const deadline = performance.now() + waitMs;
  for (let pauseMs = 1; await query(queue, () => hasCommand(queue.db, seq)); pauseMs = Math.min(pauseMs * 2, 50)) {
    if (performance.now() > deadline) return false;
    await pause(pauseMs, signal);
    // It may have been killed since.
    await context.ensureRunner();
  }
  return true;
}

function notCarriedOut(): TimeoutError {
  return new TimeoutError('the embedded runner has not carried out the command yet', {
    code: 'embedded.runner_busy',
    hint: 'It will as soon as it can; look again with `srunx squeue --embedded`.',
  });
}

/** The tasks that each id names, as they are now. Throws a UsageError for what is no id. */
async function findTargets(
  context: EmbeddedContext,
  jobIds: readonly string[],
): Promise<ReadonlyMap<string, readonly QueueTask[]>> {
  const targets = new Map<string, readonly QueueTask[]>();
  const jobs = new Map<string, QueueJob | undefined>();
  for (const jobId of jobIds) {
    const { base } = requireJobId(jobId);
    const job = jobs.has(base) ? jobs.get(base) : await findJobOf(context, jobId);
    jobs.set(base, job);
    targets.set(jobId, job === undefined ? [] : tasksOf(job, jobId));
  }
  return targets;
}

async function findJobOf(context: EmbeddedContext, jobId: string): Promise<QueueJob | undefined> {
  const base = parseJobId(jobId)?.base;
  if (base === undefined || !existsSync(databasePath(context.stateDir))) return undefined;
  const { db } = context.queue();
  return query(context.queue(), () => {
    const found = findNumber(db, Number(base));
    return found === undefined ? undefined : findJob(db, found.job);
  });
}

function requireJobId(jobId: string): ParsedJobId {
  const id = parseJobId(jobId);
  if (id !== undefined) return id;
  const hint = 'Write ids as squeue shows them: 4711, 4711_3, 4711_[0-9].';
  throw new UsageError(`\`${jobId}\` is not a job id`, { code: 'usage.job_id', hint });
}

function tasksOf(job: QueueJob, jobId: string): readonly QueueTask[] {
  const id = parseJobId(jobId);
  if (id === undefined || id.hetOffset !== undefined) return [];
  const { task } = id;
  // The number of one task names that task alone.
  if (Number(id.base) !== job.id) return job.tasks.filter(({ rawId }) => task === undefined && `${rawId}` === id.base);
  if (task === undefined) return job.tasks;
  return job.tasks.filter(({ index }) => {
    if (index === undefined) return false;
    return task.kind === 'index' ? task.index === index : hasTask(task.set, index);
  });
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  return new Promise((resolve) => setTimeout(resolve, ms));
}
