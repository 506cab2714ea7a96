import { initialTop } from '../../src/cli/top/initial-top.ts';
import { unstyled } from '../../src/cli/top/styles.ts';
import { topColumns } from '../../src/cli/top/top-fields.ts';
import type { TopEffect, TopEvent, TopState } from '../../src/cli/top/top-state.ts';
import { stepTop } from '../../src/cli/top/top-step.ts';
import { createTopView } from '../../src/cli/top/top-view.ts';
import type { JobObservation } from '../../src/core/slurm/job-observation.ts';
import { parseJobState } from '../../src/core/slurm/job-state.ts';

/** A job as squeue shows it. */
export function queued(jobId: string, state: string, facts: Partial<JobObservation> = {}): JobObservation {
  const [base = '', task] = jobId.split('_');
  const array = task === undefined ? {} : { arrayJobId: base, arrayTask: task.replace(/[[\]]/g, '') };
  const usual = { nodes: 1, cpus: 1, gpus: 0, restarts: 0, name: 'x', user: 'me', partition: 'gpu', elapsedSeconds: 0 };
  return { jobId, rawId: base, ...array, state: parseJobState(state), source: 'controller', ...usual, ...facts };
}

/** The screen of `srunx top` without a terminal: events in, lines out. */
export interface TopScreen {
  readonly state: () => TopState;
  /** As they are read. */
  readonly lines: () => readonly string[];
  /** With colours and attributes. */
  readonly drawn: () => readonly string[];
  readonly send: (event: TopEvent) => readonly TopEffect[];
  readonly press: (...keys: readonly string[]) => readonly TopEffect[];
  readonly look: (jobs: readonly JobObservation[], left?: readonly JobObservation[]) => void;
}

export interface TopScreenOptions {
  readonly size?: { readonly columns: number; readonly rows: number };
  readonly colour?: boolean;
  readonly unicode?: boolean;
  readonly options?: Readonly<Record<string, unknown>>;
}

export function topScreen(jobs: readonly JobObservation[], settings: TopScreenOptions = {}): TopScreen {
  const { size = { columns: 100, rows: 12 }, colour = false, unicode = true, options = {} } = settings;
  const { columns, orders } = topColumns(options);
  const view = createTopView({ columns, colour, unicode });
  const known = { size, orders, cluster: 'test', intervalSeconds: undefined, now: 0 };
  let state = initialTop({ ...known, scope: 'own', scopeWords: { own: 'my jobs', all: 'all users' } });
  const send = (event: TopEvent) => {
    const step = stepTop(state, event);
    state = step.state;
    return step.effects;
  };
  const look = (now: readonly JobObservation[], left: readonly JobObservation[] = [], isFirst = false) =>
    void send({ kind: 'look', look: { takenAt: 0, jobs: now, left, gpus: undefined }, now: 0, isFirst });
  look(jobs, [], true);
  return {
    state: () => state,
    lines: () => view(state).map(unstyled),
    drawn: () => view(state),
    send,
    press: (...keys) => keys.flatMap((key) => send({ kind: 'key', key })),
    look,
  };
}
