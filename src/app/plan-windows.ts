import type { SubmissionReport, SubmissionWindows } from '../cluster/cluster.ts';
import { RefusedError } from '../core/errors.ts';
import { formatSbatchOptions, parseSbatchArgs, type SbatchOption } from '../core/job/sbatch-options.ts';
import { parseDirectives } from '../core/job/script-directives.ts';
import { describeSubmitLimit, type SubmitLimit } from '../core/slurm/submit-limits.ts';
import { type CutSweep, cutWindows } from '../core/sweep/cut-windows.ts';
import type { PlannedJob } from '../core/workflow/plan.ts';
import { type SweepPlan, tasksOf } from '../core/workflow/plan-sweep.ts';
import type { EngineContext } from '../engine/engine-context.ts';
import type { AppContext, TargetName } from './app-context.ts';
import { type FoundRoom, findRoom } from './find-room.ts';
import { whyNoRelay } from './require-run-directory.ts';

export interface WindowRequest {
  readonly plan: SweepPlan;
  readonly target: TargetName;
  readonly engine: EngineContext;
  /** Of the run, and its plan directory. */
  readonly id: string;
  readonly directory: string;
}

export interface PlannedWindows {
  /** The first cell of each. */
  readonly starts: readonly number[];
  readonly batch: SubmissionWindows;
  /** Why it has to be more than one. */
  readonly limit: SubmitLimit;
  /** Why no job can hand over the rest; absent where one does. */
  readonly noRelay?: string;
}

/** The parts of a sweep that is more than the cluster takes now; `undefined`: it is taken whole, as far as is known. */
export async function planWindows(context: AppContext, request: WindowRequest): Promise<PlannedWindows | undefined> {
  const { plan, target, engine } = request;
  const jobs = plan.groups.flatMap(({ stages }) => stages.map(({ job }) => job));
  const tasks = tasksOf(plan);
  const found = await findRoom(context, { target, jobs, tasks });
  if (found === undefined || tasks <= found.room) return undefined;
  const { tightest: limit, question: room } = found;
  const noRelay = whyNoRelay(engine, context.runRoot);
  const withRelay = noRelay === undefined ? cut(plan, found, 1) : undefined;
  if (withRelay !== undefined) {
    const relay = relayOptions(request, jobs[0]);
    return { starts: withRelay.starts, batch: { tasks: withRelay.tasks, room, relay }, limit };
  }
  const parts = cut(plan, found, 0);
  if (parts === undefined) throw tooSmall(request, found);
  const because = noRelay ?? 'there is no place in the queue for a job that does';
  return { starts: parts.starts, batch: { tasks: parts.tasks, room }, limit, noRelay: because };
}

/**
 * A relay that submits a window is in the queue itself, together with the next one. So are those of other sweeps that wait for room:
 * without places to spare, two such sweeps would each keep from the other what its relay takes, for ever.
 */
function cut(plan: SweepPlan, { room, limit }: FoundRoom, relays: number): CutSweep | undefined {
  const sizes = new Map(
    plan.groups.flatMap(({ cells, stages }) => cells.map((cell) => [cell, stages.length] as const)),
  );
  const counts = plan.cells.map(({ index }) => sizes.get(index) ?? 0);
  const most = limit - 2 * relays;
  const later = relays === 0 ? most : Math.max(most - placesToSpare(limit), Math.min(most, largestCell(plan)));
  const parts = cutWindows(counts, { first: room - relays, later });
  // Of what is added to a sweep, cells do not begin with 0.
  return parts && { ...parts, starts: parts.starts.map((position) => plan.cells[position]?.index ?? 0) };
}

function largestCell({ groups }: SweepPlan): number {
  return Math.max(...groups.map(({ stages }) => stages.length));
}

/** So many other sweeps may wait with a relay. */
function placesToSpare(limit: number): number {
  return Math.max(2, Math.ceil(limit / 10));
}

function tooSmall({ plan, target }: WindowRequest, { tightest, limit }: FoundRoom): RefusedError {
  const most = largestCell(plan);
  return new RefusedError(
    `${target} does not even take the ${most} jobs of one cell now: ${describeSubmitLimit(tightest)}; nothing was submitted`,
    {
      code: 'limits.submit',
      hint:
        most > limit
          ? 'A cell is handed over whole: give it fewer jobs.'
          : 'Run it again when there are fewer jobs in the queue; `srunx squeue --me` shows them.',
    },
  );
}

/** Where jobs of the sweep may run, the relay may, too. */
const places = new Set(['partition', 'account', 'qos', 'reservation', 'wckey']);

function relayOptions(
  { id, directory }: WindowRequest,
  job: Pick<PlannedJob, 'options' | 'script'> | undefined,
): readonly string[] {
  const options = [...parseDirectives(job?.script ?? ''), ...parseSbatchArgs(job?.options ?? []).options];
  const own = new Map<string, SbatchOption>();
  for (const option of options) if (places.has(option.name)) own.set(option.name, option);
  return [
    ...formatSbatchOptions([...own.values()]),
    ...['--job-name=srunx-relay', '--nodes=1', '--ntasks=1', '--mem=100M', '--time=20', '--requeue', '--export=ALL'],
    ...[`--output=${directory}/relay.log`, '--open-mode=append', `--comment=srunx:${id}-relay`],
  ];
}

interface HandedOver {
  readonly windows: PlannedWindows | undefined;
  readonly report: SubmissionReport;
  readonly runId: string;
}

/** What must stay alive for the rest of a sweep to be handed over; `undefined` where nothing is left. */
export function verdictOfWindows({ windows, report: { deferred }, runId }: HandedOver): string | undefined {
  if (windows === undefined || deferred === undefined) return undefined;
  const { tasks } = windows.batch;
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
  const handed = `handed over ${sum(tasks.slice(0, deferred.window))} of ${sum(tasks)} tasks (${describeSubmitLimit(windows.limit)})`;
  if (deferred.relay !== undefined) {
    return `${handed}; the rest follows by itself, by jobs on the cluster (the first is ${deferred.relay}): you may close the laptop`;
  }
  const because = deferred.problem ?? windows.noRelay ?? 'the cluster did not take a job that does it';
  return `${handed}; the rest needs a srunx to keep running (this one, or \`srunx flow attach ${runId}\`), because ${because}`;
}
