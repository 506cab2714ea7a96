import type { JobPlan } from '../app/history-entry.ts';
import { formatShortTime } from './short-time.ts';

interface Entry {
  readonly plan: () => Pick<JobPlan, 'sent'>;
  /** Epoch ms. */
  readonly submittedAt: number;
}

/** Which code of which mount the jobs run, one fact for each mount. */
export function sentCodeFacts({ plan, submittedAt }: Entry, utc = false): (readonly [string, string])[] {
  const { sent = [] } = plan();
  const when = formatShortTime(submittedAt, { utc });
  return sent.map(({ mount, remote, root, snapshot }) => [
    `code of ${mount}`,
    snapshot === undefined
      ? `the mount as it is when the job starts, ${remote}`
      : `copy ${snapshot.slice(0, 12)} of ${when}, in ${root}`,
  ]);
}

/** The same as the documented JSON has it. */
export function sentCodeJson({ plan, submittedAt }: Entry): readonly Record<string, unknown>[] {
  const { sent = [] } = plan();
  return sent.map(({ mount, local, remote, root, snapshot }) => ({
    ...{ mount, local, remote, root },
    snapshot: snapshot ?? null,
    snapshot_at: snapshot === undefined ? null : new Date(submittedAt).toISOString(),
  }));
}
