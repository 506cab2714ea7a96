import type { ExitStatus } from './job-observation.ts';

/** The seven words on the wire. */
export const jobStatuses = ['PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED', 'TIMEOUT', 'UNKNOWN'] as const;
export type JobStatus = (typeof jobStatuses)[number];

export function isJobStatus(word: string): word is JobStatus {
  return (jobStatuses as readonly string[]).includes(word);
}

/** Why a job ended badly. `launch`: the script could not be started (missing log directory, prolog failure). */
export const failureKinds = [
  'exit',
  'signal',
  'launch',
  'timeout',
  'cancelled',
  'oom',
  'node_fail',
  'preempted',
  'boot_fail',
  'deadline',
] as const;
export type FailureKind = (typeof failureKinds)[number];

/** What a flag (COMPLETING, CONFIGURING …) adds to the status. */
export const jobPhases = [
  'suspended',
  'stopped',
  'completing',
  'configuring',
  'resizing',
  'signaling',
  'requeued',
  'held',
] as const;
export type JobPhase = (typeof jobPhases)[number];

/** A job's state as Slurm reported it, normalised; unknown words are data, never exceptions. */
export interface JobState {
  readonly status: JobStatus;
  /** The word(s) Slurm wrote, verbatim. */
  readonly raw: string;
  /** The job will not change any more (unless somebody requeues it). */
  readonly terminal: boolean;
  readonly phase?: JobPhase;
  readonly failureKind?: FailureKind;
  /** From `CANCELLED by <uid>`. */
  readonly cancelledByUid?: number;
}

type Meaning = Omit<JobState, 'raw' | 'cancelledByUid'> & { readonly short?: string };

/**
 * Slurm's flags, in the order in which its text output lets one of them hide the base state. While a flag is set the job
 * is not over, whatever accounting says already: only REVOKED ends it here, because a sibling runs on another cluster.
 */
const flags: Readonly<Record<string, Meaning>> = {
  COMPLETING: { short: 'CG', status: 'RUNNING', terminal: false, phase: 'completing' },
  STAGE_OUT: { short: 'SO', status: 'RUNNING', terminal: false, phase: 'completing' },
  CONFIGURING: { short: 'CF', status: 'PENDING', terminal: false, phase: 'configuring' },
  EXPEDITING: { status: 'PENDING', terminal: false },
  RESIZING: { short: 'RS', status: 'RUNNING', terminal: false, phase: 'resizing' },
  REQUEUED: { short: 'RQ', status: 'PENDING', terminal: false, phase: 'requeued' },
  REQUEUE_FED: { short: 'RF', status: 'PENDING', terminal: false, phase: 'requeued' },
  REQUEUE_HOLD: { short: 'RH', status: 'PENDING', terminal: false, phase: 'held' },
  SPECIAL_EXIT: { short: 'SE', status: 'PENDING', terminal: false, phase: 'held' },
  STOPPED: { short: 'ST', status: 'RUNNING', terminal: false, phase: 'stopped' },
  REVOKED: { short: 'RV', status: 'CANCELLED', terminal: true, failureKind: 'cancelled' },
  RESV_DEL_HOLD: { short: 'RD', status: 'PENDING', terminal: false, phase: 'held' },
  SIGNALING: { short: 'SI', status: 'RUNNING', terminal: false, phase: 'signaling' },
};

const baseStates: Readonly<Record<string, Meaning>> = {
  PENDING: { short: 'PD', status: 'PENDING', terminal: false },
  RUNNING: { short: 'R', status: 'RUNNING', terminal: false },
  SUSPENDED: { short: 'S', status: 'RUNNING', terminal: false, phase: 'suspended' },
  COMPLETED: { short: 'CD', status: 'COMPLETED', terminal: true },
  CANCELLED: { short: 'CA', status: 'CANCELLED', terminal: true, failureKind: 'cancelled' },
  FAILED: { short: 'F', status: 'FAILED', terminal: true, failureKind: 'exit' },
  TIMEOUT: { short: 'TO', status: 'TIMEOUT', terminal: true, failureKind: 'timeout' },
  NODE_FAIL: { short: 'NF', status: 'FAILED', terminal: true, failureKind: 'node_fail' },
  PREEMPTED: { short: 'PR', status: 'FAILED', terminal: true, failureKind: 'preempted' },
  BOOT_FAIL: { short: 'BF', status: 'FAILED', terminal: true, failureKind: 'boot_fail' },
  DEADLINE: { short: 'DL', status: 'FAILED', terminal: true, failureKind: 'deadline' },
  OUT_OF_MEMORY: { short: 'OOM', status: 'FAILED', terminal: true, failureKind: 'oom' },
};

const meanings = { ...flags, ...baseStates };
const names = Object.keys(meanings);
const namesByShort = new Map(names.map((name) => [meanings[name]?.short, name]));

/** The words of `--states`: Slurm's names of states and flags, in full. */
export const stateNames: readonly string[] = names;

/** The full name of a state that a person wrote in any case, in full or short (`pd`, `CG`); `undefined` for another word. */
export function findStateName(word: string): string | undefined {
  const upper = word.toUpperCase();
  return Object.hasOwn(meanings, upper) ? upper : namesByShort.get(upper);
}

/** Slurm's short form of a state that it wrote in full (`RUNNING` → `R`); `undefined` for another word. */
export function shortStateName(text: string): string | undefined {
  const name = findName(text);
  return name === undefined ? undefined : meanings[name]?.short;
}

/**
 * Reads the state that Slurm wrote: one word (with the uid behind `CANCELLED by`), or the list of base state and flags that its
 * JSON has. A trailing `+` and words cut at ten columns (`OUT_OF_ME+`) are understood. Unknown words become UNKNOWN.
 */
export function parseJobState(text: string | readonly string[]): JobState {
  const words = typeof text === 'string' ? [text] : text;
  const raw = words.join('+');
  const known = words.flatMap((word) => findName(word) ?? []);
  // A list holds one base state and perhaps flags; as in Slurm's text output, the first flag hides the rest.
  const name = Object.keys(flags).find((flag) => known.includes(flag)) ?? known[0];
  const meaning = name === undefined ? undefined : meanings[name];
  if (meaning === undefined) return { status: 'UNKNOWN', raw, terminal: false };
  const { short: _short, ...state } = meaning;
  const uid = name === 'CANCELLED' ? /^CANCELLED by (\d+)$/.exec(raw)?.[1] : undefined;
  return { ...state, raw, ...(uid === undefined ? {} : { cancelledByUid: Number(uid) }) };
}

function findName(text: string): string | undefined {
  const word = /^\S*/.exec(text.trimStart())?.[0].replace(/\+$/, '').toUpperCase() ?? '';
  if (Object.hasOwn(meanings, word)) return word;
  const short = word === '' ? undefined : namesByShort.get(word);
  if (short !== undefined || word.length < 6) return short;
  const candidates = names.filter((name) => name.startsWith(word));
  return candidates.length === 1 ? candidates[0] : undefined;
}

/** What Slurm's slurmstepd exits with when it cannot start the script: it cannot open the log, say. */
const launchFailureSignal = 53;

/**
 * Tells apart why a job FAILED: by its exit code, by a signal, or because its script was never started. Up to 22.05 the reason
 * `JobLaunchFailure` stands for any signal, so the exit status, where there is one, decides. A job that is said to have
 * completed with another exit code than 0 has failed.
 */
export function refineFailure(
  state: JobState,
  { exit, reason = '' }: { readonly exit?: ExitStatus | undefined; readonly reason?: string | undefined },
): JobState {
  if (state.status === 'COMPLETED' && state.terminal && exit !== undefined && exit.code !== 0) {
    return { ...state, status: 'FAILED', failureKind: 'exit' };
  }
  if (state.status !== 'FAILED' || state.failureKind !== 'exit') return state;
  const signal = exit?.signal || Number(/^RaisedSignal:(\d+)/.exec(reason)?.[1] ?? 0);
  if (signal === launchFailureSignal) return { ...state, failureKind: 'launch' };
  if (signal !== 0) return { ...state, failureKind: 'signal' };
  return reason === 'JobLaunchFailure' ? { ...state, failureKind: 'launch' } : state;
}

export interface StateRollUp {
  readonly state: JobState;
  readonly counts: Readonly<Partial<Record<JobStatus, number>>>;
}

/** What shows first when the parts of a job differ: what still moves, then what went wrong. */
const rollUpOrder: readonly JobStatus[] = [
  'RUNNING',
  'PENDING',
  'UNKNOWN',
  'FAILED',
  'TIMEOUT',
  'CANCELLED',
  'COMPLETED',
];

/**
 * The state of an array or heterogeneous job from those of its parts: terminal only when every part is. `weights` says
 * for how many tasks each part stands (a row of unstarted tasks is one part); the default is one.
 */
export function rollUpStates(
  states: readonly JobState[],
  { weights = [] }: { readonly weights?: readonly number[] } = {},
): StateRollUp {
  const counts: Partial<Record<JobStatus, number>> = {};
  for (const [index, { status }] of states.entries()) counts[status] = (counts[status] ?? 0) + (weights[index] ?? 1);
  const status = rollUpOrder.find((candidate) => counts[candidate] !== undefined);
  const shown = states.filter((state) => state.status === status);
  // A part that is merely completing must not make the whole look so.
  const model = shown.find(({ phase }) => phase === undefined) ?? shown[0];
  if (model === undefined) return { state: { status: 'UNKNOWN', raw: '', terminal: false }, counts };
  return { state: { ...model, terminal: states.every(({ terminal }) => terminal) }, counts };
}
