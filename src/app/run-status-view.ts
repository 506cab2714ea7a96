import { countedState, type EngineState, isFailure, type RunStatus, runStatus } from '../core/workflow/run-state.ts';
import { notesOf, type PlanNotes } from '../engine/plan-notes.ts';
import { isSweepPlan } from '../engine/run-description.ts';
import { type LeftOutCell, leftOutCells, type SweepFacts, sweepFactsOf } from '../engine/sweep-facts.ts';
import { durationsOf } from '../store/durations.ts';
import { hasOpenJobs, jobsInBrief, jobsOfRun } from '../store/jobs.ts';
import type { Store } from '../store/open-store.ts';
import type { RunRow } from '../store/runs.ts';

export interface RunStatusView {
  readonly id: string;
  readonly kind: 'workflow' | 'job';
  readonly name: string;
  readonly source: string | null;
  readonly target: string;
  readonly status: RunStatus;
  readonly handover: RunRow['handover'];
  /** Epoch ms. */
  readonly createdAt: number;
  readonly directory: string;
  readonly jobs: readonly JobStatusView[];
  /** Its jobs are those of cells: `train#12`. */
  readonly isSweep: boolean;
  /** Cells of a sweep of which `when` leaves out every job. */
  readonly leftOut: readonly LeftOutCell[];
  /** By the indices of cells, the values that are numbers, or true or false; where the outlook was asked for. */
  readonly typed?: SweepFacts['typed'];
  /** How much of a sweep runs at once, and for how long; where it was asked for. */
  readonly outlook?: SweepOutlook;
}

export interface SweepOutlook extends Omit<SweepFacts, 'leftOut' | 'typed'> {
  /** How many seconds tasks of each job ran that have completed. */
  readonly durations: ReadonlyMap<string, readonly number[]>;
}

export interface JobStatusView {
  readonly name: string;
  readonly jobId: string | undefined;
  readonly state: EngineState;
  readonly rawState: string | undefined;
  readonly final: boolean;
  /** It failed, and that counts as success. */
  readonly ignored: boolean;
  readonly reason: string | undefined;
  /** Of an array. */
  readonly tasks: { readonly total: number; readonly done: number } | undefined;
  /** Its values, where it is one of a matrix. */
  readonly matrix: Readonly<Record<string, string>> | undefined;
  readonly exitCode: number | undefined;
  readonly exitSignal: number | undefined;
  readonly attempts: number;
  /** How often it went back into the queue as the job that it is now. */
  readonly restarts: number;
  /** Epoch seconds. */
  readonly startTime: number | undefined;
  readonly endTime: number | undefined;
  readonly nodeList: string | undefined;
}

export interface ViewOptions {
  /** Without times, nodes and attempts of jobs with whom all went well, and without the values of cells. */
  readonly isBrief?: boolean | undefined;
  /** With the outlook of a sweep. */
  readonly hasOutlook?: boolean | undefined;
}

/** A run as the store has it. */
export function viewRun(
  store: Store,
  run: RunRow,
  { isBrief = false, hasOutlook = false }: ViewOptions = {},
): RunStatusView {
  const { id, kind, name, source, target, handover, createdAt, directory } = run;
  const { ignorable, matrix, skipped } = notesOf(run.plan, { isBrief });
  const jobs = (isBrief ? jobsInBrief : jobsOfRun)(store, id).map(({ observation: seen, ...job }): JobStatusView => {
    const state = job.state as EngineState;
    return {
      name: job.name,
      jobId: job.jobId,
      state,
      final: job.final,
      ignored: job.final && ignorable.has(job.ordinal) && isFailure(state),
      rawState: seen?.state.raw,
      reason: job.reason,
      tasks: seen?.tasks,
      matrix: matrix.get(job.ordinal),
      exitCode: seen?.exit?.code,
      exitSignal: seen?.exit?.signal,
      restarts: seen?.restarts ?? 0,
      attempts: job.tries - 1 + (seen?.restarts ?? 0) + (seen?.startTime === undefined || state === 'skipped' ? 0 : 1),
      startTime: seen?.startTime,
      endTime: seen?.endTime,
      nodeList: seen?.nodeList,
    };
  });
  const status = runStatus(jobs.map(({ state, ignored }) => countedState(state, { ignored })));
  const all = [...jobs, ...skipped.map(viewSkipped)];
  const isSweep = isSweepPlan(run.plan);
  const facts = isSweep && hasOutlook ? sweepFactsOf(run.plan) : undefined;
  return {
    ...{ id, kind, name, source, target, status, handover, createdAt, directory, jobs: all, isSweep },
    leftOut: facts?.leftOut ?? (isSweep ? leftOutCells(run.plan) : []),
    ...(facts === undefined ? {} : outlookOf(facts, durationsOf(store, id))),
  };
}

function outlookOf(
  { leftOut: _leftOut, typed, ...facts }: SweepFacts,
  durations: SweepOutlook['durations'],
): Pick<RunStatusView, 'typed' | 'outlook'> {
  return { typed, outlook: { ...facts, durations } };
}

/** No job will change by itself. A hand-over that broke off may have got further than is known. */
export function isSettled(store: Store, { id, handover }: Pick<RunRow, 'id' | 'handover'>): boolean {
  return (handover === 'done' || handover === 'refused') && !hasOpenJobs(store, id);
}

/** What the plan left out: it never was a job of the cluster, nor is it one of the store. */
function viewSkipped({ name, reason }: PlanNotes['skipped'][number]): JobStatusView {
  return { ...neverSubmitted, name, reason };
}

const neverSubmitted = {
  jobId: undefined,
  state: 'skipped',
  rawState: undefined,
  final: true,
  ignored: false,
  tasks: undefined,
  matrix: undefined,
  exitCode: undefined,
  exitSignal: undefined,
  attempts: 0,
  restarts: 0,
  startTime: undefined,
  endTime: undefined,
  nodeList: undefined,
} as const;
