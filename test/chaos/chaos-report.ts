import type { Records } from './slurm-records.ts';

export interface ChaosRun {
  readonly run_id: string;
  readonly status: string;
  readonly handover: string;
  readonly jobs: readonly { readonly name: string; readonly job_id: string | null; readonly state: string }[];
}

export interface Figures {
  readonly name: string;
  readonly rounds: number;
  /** How often what was killed when. */
  readonly kills: ReadonlyMap<string, number>;
  readonly deletions: number;
  readonly runs: readonly ChaosRun[];
  readonly cancelled: ReadonlySet<string>;
  readonly questions: number;
  /** Ids of each token. */
  readonly queued: ReadonlyMap<string, ReadonlySet<string>>;
  readonly accounted: Records;
  /** What jobs have written. */
  readonly starts: number;
}

export function chaosReport({
  name,
  rounds,
  kills,
  deletions,
  runs,
  cancelled,
  questions,
  ...tokens
}: Figures): string {
  const { queued, accounted, starts } = tokens;
  const states = Object.groupBy(runs, ({ status, handover }) => (handover === 'interrupted' ? handover : status));
  const counts = Object.entries(states).map(([state, ones]) => `${ones?.length} ${state}`);
  const submissions = [...queued.values()].reduce((sum, { size }) => sum + size, 0);
  return [
    name,
    ...[...kills].sort().map(([what, count]) => `${String(count).padStart(4)} ${what}`),
    `${rounds} kills, ${deletions} databases deleted, ${runs.length} runs (${counts.join(', ')}), ${cancelled.size} cancelled`,
    `${submissions} submissions of ${queued.size} tokens, ${accounted.ids.size} of them in the accounting, ${accounted.rows.size} jobs and tasks there, ${starts} starts, ${questions} runs waited for a person`,
  ].join('\n');
}
