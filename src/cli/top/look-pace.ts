export interface LookPace {
  /** As the user or the cluster wants it. */
  readonly usualMs: number;
  /** How long the last look took. */
  readonly tookMs: number;
  /** Looks in a row without an answer. */
  readonly failures: number;
}

/** A cluster is asked for at most a sixth of the time. */
const rest = 5;

/** Where a cluster does not answer: at first, and at last. */
const firstRetryMs = 5_000;
const lastRetryMs = 120_000;

/** How long to wait after a look: a slow cluster is asked more rarely, one that does not answer more and more rarely. */
export function lookPauseMs({ usualMs, tookMs, failures }: LookPace): number {
  const wanted = Math.max(usualMs, tookMs * rest);
  if (failures === 0) return wanted;
  return Math.max(usualMs, Math.min(Math.max(wanted, firstRetryMs) * 2 ** (failures - 1), lastRetryMs));
}
