import { type QueueJob, type QueueTask, type Resources, timeLimitOf } from './queue.ts';

/** What is left, with the numbers of the GPUs that nobody has. */
export interface FreeResources {
  readonly cpus: number;
  readonly memoryMb: number;
  readonly gpus: readonly number[];
}

export function fits(wanted: Resources, free: FreeResources): boolean {
  return wanted.cpus <= free.cpus && wanted.memoryMb <= free.memoryMb && wanted.gpus <= free.gpus.length;
}

/** The machine without what its running tasks have. */
export function freeResources(machine: Resources, jobs: readonly QueueJob[]): FreeResources {
  let { cpus, memoryMb } = machine;
  const taken = new Set<number>();
  for (const { spec, tasks } of jobs) {
    for (const { state } of tasks) {
      if (state.kind !== 'running') continue;
      cpus -= spec.resources.cpus;
      memoryMb -= spec.resources.memoryMb;
      for (const gpu of state.gpus) taken.add(gpu);
    }
  }
  const gpus = Array.from({ length: machine.gpus }, (_, number) => number).filter((number) => !taken.has(number));
  return { cpus, memoryMb, gpus };
}

/** Takes what is wanted, the lowest GPU numbers first. */
export function takeFrom(
  free: FreeResources,
  wanted: Resources,
): { readonly rest: FreeResources; readonly gpus: readonly number[] } {
  return {
    gpus: free.gpus.slice(0, wanted.gpus),
    rest: {
      cpus: free.cpus - wanted.cpus,
      memoryMb: free.memoryMb - wanted.memoryMb,
      gpus: free.gpus.slice(wanted.gpus),
    },
  };
}

/** What is promised to the first task that has to wait for resources. */
export interface Reservation {
  /** The latest moment at which it can start (epoch ms); infinite where it waits for a task without a time limit. */
  readonly at: number;
  /** What it leaves free then: whoever takes no more than this does not delay it. */
  readonly spare: FreeResources;
}

export interface ReservationRequest {
  readonly free: FreeResources;
  readonly wanted: Resources;
  readonly now: number;
  readonly jobs: readonly QueueJob[];
  /** Tasks that start at this moment. */
  readonly started: readonly Taken[];
}

/** What a task takes. */
interface Taken {
  readonly job: QueueJob;
  readonly task: QueueTask;
  readonly gpus: readonly number[];
}

/** Lets running tasks end one after another, by their time limits, until there is room. */
export function createReservation({ free, wanted, now, jobs, started }: ReservationRequest): Reservation {
  const ends = [
    ...jobs.flatMap((job) =>
      job.tasks.flatMap((task) => {
        const { state } = task;
        return state.kind === 'running' ? [release({ job, task, gpus: state.gpus }, state.startedAt)] : [];
      }),
    ),
    ...started.map((start) => release(start, now)),
  ].sort((a, b) => (a.at === b.at ? 0 : a.at - b.at));
  let room = free;
  let at = now;
  for (const end of ends) {
    if (fits(wanted, room)) break;
    at = Math.max(at, end.at);
    room = {
      cpus: room.cpus + end.cpus,
      memoryMb: room.memoryMb + end.memoryMb,
      gpus: [...room.gpus, ...end.gpus],
    };
  }
  // More than the whole machine (its GPUs were taken away since): it must not keep everybody else from running.
  if (!fits(wanted, room)) return { at: Number.POSITIVE_INFINITY, spare: free };
  return { at, spare: Number.isFinite(at) ? takeFrom(room, wanted).rest : remainder(free, wanted) };
}

/**
 * Where nobody knows which task ends first, only what the waiting one does not lack is spare: then it is not delayed in
 * whatever order they end.
 */
function remainder(free: FreeResources, wanted: Resources): FreeResources {
  return {
    cpus: Math.max(0, free.cpus - wanted.cpus),
    memoryMb: Math.max(0, free.memoryMb - wanted.memoryMb),
    gpus: free.gpus.slice(wanted.gpus),
  };
}

function release(
  { job, task, gpus }: Taken,
  startedAt: number,
): { at: number; cpus: number; memoryMb: number; gpus: readonly number[] } {
  const { resources } = job.spec;
  const timeLimitSeconds = timeLimitOf(job, task);
  const at = timeLimitSeconds === null ? Number.POSITIVE_INFINITY : startedAt + timeLimitSeconds * 1000;
  return { at, cpus: resources.cpus, memoryMb: resources.memoryMb, gpus };
}
