export interface PollSituation {
  readonly kind: 'slurm' | 'embedded';
  /** Somebody is looking at this moment. */
  readonly focused: boolean;
  /** Looks in a row that brought nothing new. */
  readonly quietLooks: number;
}

/**
 * How long to wait before the next look, in ms, without jitter. A controller sees one request for all jobs of a user:
 * every 5 s under somebody's eyes, else every 15 s; longer, up to 3 minutes, the longer nothing happens.
 */
export function pollIntervalMs({ kind, focused, quietLooks }: PollSituation): number {
  if (kind === 'embedded') return 100;
  const first = focused ? 5_000 : 15_000;
  const patience = Math.max(0, quietLooks - (focused ? 12 : 0));
  return Math.min(first * 1.5 ** patience, focused ? 15_000 : 180_000);
}
