import { UsageError } from '../../core/errors.ts';
import type { CancelRequest, CancelResult } from '../cluster.ts';
import type { Command } from './commands.ts';
import { isStorageTrouble } from './database.ts';
import type { EmbeddedContext } from './embedded-context.ts';
import { findTasks } from './find-tasks.ts';
import { signalSession } from './processes.ts';
import { hasEnded, type QueueTask } from './queue.ts';
import { pause, sendCommand } from './send-command.ts';
import { parseSignalName } from './signal-name.ts';

type TasksById = ReadonlyMap<string, readonly QueueTask[]>;

/** Ends jobs, or signals them, and says what the queue shows afterwards. */
export async function cancelJobs(context: EmbeddedContext, request: CancelRequest): Promise<readonly CancelResult[]> {
  const signalName = request.signalName === undefined ? undefined : requireSignal(request.signalName);
  const before = await tasksById(context, request.jobIds);
  const targets = new Map([...before].map(([jobId, tasks]) => [jobId, tasks.filter((task) => !hasEnded(task))]));
  const all = [...targets.values()].flat();
  const waitMs = request.verifyMs ?? 2_000;
  if (all.length > 0) {
    try {
      await sendCommand(context, toCommand(signalName, all), { waitMs, signal: request.signal });
    } catch (error) {
      if (!isStorageTrouble(error)) throw error;
      return request.jobIds.map((jobId) =>
        signalDirectly(jobId, { before, targets, signalName: signalName ?? 'TERM' }),
      );
    }
  }
  const ends = isEnd(signalName);
  const after = ends && all.length > 0 ? await verify(context, { ...request, targets: all, waitMs }) : before;
  return request.jobIds.map((jobId) => {
    const wanted = targets.get(jobId) ?? [];
    if (wanted.length === 0) return untouched(jobId, before.get(jobId) ?? []);
    return ends ? endResult(jobId, { wanted, now: after.get(jobId) ?? [] }) : signalResult(jobId, wanted);
  });
}

async function tasksById(context: EmbeddedContext, jobIds: readonly string[]): Promise<TasksById> {
  return new Map([...(await findTasks(context, jobIds))].map(([jobId, { tasks }]) => [jobId, tasks]));
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

function untouched(jobId: string, known: readonly QueueTask[]): CancelResult {
  if (known.length === 0) return { jobId, outcome: 'not_found' };
  return { jobId, outcome: 'already_finished', state: stateWord(known[0]) };
}

function endResult(
  jobId: string,
  { wanted, now }: { readonly wanted: readonly QueueTask[]; readonly now: readonly QueueTask[] },
): CancelResult {
  const sent = new Set(wanted.map(({ rawId }) => rawId));
  const current = now.filter(({ rawId }) => sent.has(rawId));
  const going = current.find((task) => !isEnding(task));
  if (going !== undefined) return { jobId, outcome: 'signalled', state: stateWord(going) };
  const cancelled = current.find(({ state }) => state.kind !== 'ended' || state.word === 'CANCELLED');
  return cancelled === undefined
    ? { jobId, outcome: 'already_finished', state: stateWord(current[0]) }
    : { jobId, outcome: 'cancelled', state: stateWord(cancelled) };
}

const notStarted = 'a job that has not started cannot be signalled';

function signalResult(jobId: string, wanted: readonly QueueTask[]): CancelResult {
  const running = wanted.find(({ state }) => state.kind === 'running');
  if (running !== undefined) return { jobId, outcome: 'signalled', state: stateWord(running) };
  return { jobId, outcome: 'failed', state: 'PENDING', message: notStarted };
}

interface Unwritable {
  readonly before: TasksById;
  readonly targets: TasksById;
  readonly signalName: string;
}

/** The disk is full or write-protected: a job can be told to end all the same, though the queue will not know why it did. */
function signalDirectly(jobId: string, { before, targets, signalName }: Unwritable): CancelResult {
  const wanted = targets.get(jobId) ?? [];
  if (wanted.length === 0) return untouched(jobId, before.get(jobId) ?? []);
  for (const { state } of wanted) if (state.kind === 'running') signalSession(state.process, signalName);
  const running = wanted.find(({ state }) => state.kind === 'running');
  const message = 'the queue cannot be written';
  if (running === undefined) return { jobId, outcome: 'failed', state: 'PENDING', message };
  return {
    jobId,
    outcome: 'signalled',
    state: stateWord(running),
    message: `${message}, so the job itself was signalled`,
  };
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

interface Verification {
  readonly jobIds: readonly string[];
  readonly targets: readonly QueueTask[];
  readonly waitMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Looks until all have ended, or the time is over. */
async function verify(context: EmbeddedContext, request: Verification): Promise<TasksById> {
  const deadline = performance.now() + request.waitMs;
  const sent = new Set(request.targets.map(({ rawId }) => rawId));
  for (let pauseMs = 2; ; pauseMs = Math.min(pauseMs * 2, 100)) {
    const now = await tasksById(context, request.jobIds);
    const isOpen = [...now.values()].flat().some(({ rawId, state }) => sent.has(rawId) && state.kind !== 'ended');
    if (!isOpen || performance.now() + pauseMs > deadline) return now;
    await pause(pauseMs, request.signal);
  }
}
