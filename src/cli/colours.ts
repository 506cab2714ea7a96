import type { JobState } from '../core/slurm/job-state.ts';
import type { NodeState } from '../core/slurm/node-info.ts';
import type { EngineState, RunStatus } from '../core/workflow/run-state.ts';

/** SGR codes. */
const colours = {
  cyan: '36',
  green: '32',
  yellow: '33',
  blue: '34',
  magenta: '35',
  grey: '90',
  red: '31',
  brightRed: '91',
} as const;
export type Colour = keyof typeof colours;

export function paint(text: string, colour: Colour | undefined): string {
  return colour === undefined || text === '' ? text : `\x1b[${colours[colour]}m${text}\x1b[0m`;
}

const severe: readonly JobState['failureKind'][] = ['boot_fail', 'node_fail', 'oom'];

/** One colour per group of states: what runs, what is done, what waits, what went wrong. */
export function jobStateColour({ status, phase, failureKind }: JobState): Colour {
  switch (status) {
    case 'RUNNING':
      return phase === 'suspended' || phase === 'stopped' ? 'magenta' : 'cyan';
    case 'COMPLETED':
      return 'green';
    case 'PENDING':
      return phase === 'configuring' ? 'cyan' : 'yellow';
    case 'TIMEOUT':
      return 'red';
    case 'FAILED':
      return severe.includes(failureKind) ? 'brightRed' : 'red';
    case 'CANCELLED':
    case 'UNKNOWN':
      return 'grey';
  }
}

/** What takes jobs, what is full, what is kept for others, what is out of use. */
export function nodeStateColour({ class: use, flags, raw }: NodeState): Colour {
  if (use === 'idle') return 'green';
  if (use === 'mixed') return 'yellow';
  if (use === 'reserved') return 'blue';
  if (use === 'allocated') return flags.includes('completing') || raw.startsWith('completing') ? 'cyan' : 'red';
  if (/^(?:down|fail|error|inval)/i.test(raw) || flags.includes('not_responding')) return 'brightRed';
  return /drain|drng/i.test(raw) ? 'magenta' : 'grey';
}

const engineStateColours: Readonly<Record<EngineState, Colour>> = {
  waiting: 'yellow',
  pending: 'yellow',
  running: 'cyan',
  completed: 'green',
  failed: 'red',
  timeout: 'red',
  lost: 'red',
  refused: 'red',
  cancelled: 'grey',
  skipped: 'grey',
  unknown: 'grey',
  withdrawn: 'grey',
};

export function engineStateColour(state: EngineState): Colour {
  return engineStateColours[state];
}

const runStatusColours: Readonly<Record<RunStatus, Colour>> = {
  pending: 'yellow',
  running: 'cyan',
  completed: 'green',
  failed: 'red',
  cancelled: 'grey',
  unknown: 'grey',
};

export function runStatusColour(status: RunStatus): Colour {
  return runStatusColours[status];
}

/** Of a job or of a whole cell. */
export function stateColour(state: EngineState | RunStatus): Colour {
  return { ...runStatusColours, ...engineStateColours }[state];
}
