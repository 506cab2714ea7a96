import type { Cluster } from '../cluster/cluster.ts';
import { pollIntervalMs } from '../core/slurm/poll-interval.ts';
import type { AppContext } from './app-context.ts';

export interface Looks {
  readonly cluster: Cluster;
  /** As the user wants it. */
  readonly intervalSeconds: number | undefined;
  /** So far. */
  readonly looks: number;
  /** In a row that brought nothing new. */
  readonly quietLooks: number;
}

/** As asked for; else as the cluster permits, but soon enough to see the end of a job that nobody else remembers. */
export async function pauseBeforeLook(
  context: AppContext,
  { cluster, intervalSeconds, looks, quietLooks }: Looks,
): Promise<number> {
  if (intervalSeconds !== undefined) return intervalSeconds * 1000;
  const { accounting, minJobAgeSeconds } = await cluster.capabilities(context.signal);
  const onlyMemorySeconds = accounting ? undefined : minJobAgeSeconds;
  return pollIntervalMs({ kind: cluster.kind, focused: true, looks, quietLooks, onlyMemorySeconds });
}
