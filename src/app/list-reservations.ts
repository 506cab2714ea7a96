import type { Reservation } from '../core/slurm/reservations.ts';
import type { AppContext, TargetName } from './app-context.ts';

/** What nodes are kept for, now and later. The embedded runner keeps none for anybody. */
export async function listReservations(context: AppContext, target: TargetName): Promise<readonly Reservation[]> {
  const { slurm } = await context.cluster(target);
  return (await slurm?.reservations(context.signal)) ?? [];
}
