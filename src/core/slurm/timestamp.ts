/**
 * A time as Slurm prints it under SLURM_TIME_FORMAT=%s, in epoch seconds. `undefined` for what has not happened: `N/A`,
 * `NONE`, `None`, `Unknown`, and zero, which Slurm keeps for "never".
 */
export function parseEpoch(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) || undefined : undefined;
}
