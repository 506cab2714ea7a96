import { UsageError } from '../errors.ts';

/** MiB per unit. Slurm's units are powers of 1024, whatever they are called. */
const units = { K: 1 / 1_024, M: 1, G: 1_024, T: 1_024 ** 2, P: 1_024 ** 3, E: 1_024 ** 4 } as const;

function unitOf(letter: string | undefined): number {
  return units[(letter?.toUpperCase() ?? 'M') as keyof typeof units];
}

/**
 * What a user may write for `--mem`, in whole MiB: an integer with K, M (default), G or T, upper or lower case, perhaps
 * followed by B; below 1 MiB rounds up, as sbatch does. `0` is all memory of the node. Throws a UsageError for everything
 * else: sbatch refuses fractions.
 */
export function parseMemoryInput(text: string): number {
  const match = /^(\d{1,15})(?:([KMGT])B?)?$/i.exec(text);
  const mib = match === null ? Number.NaN : Math.ceil(Number(match[1]) * unitOf(match[2]));
  if (!Number.isSafeInteger(mib)) {
    throw new UsageError(`\`${text}\` is not an amount of memory`, {
      code: 'usage.memory',
      hint: 'Write a whole number with K, M, G or T, such as 1536M or 64G; 0 takes all memory of the node.',
    });
  }
  return mib;
}

/**
 * Memory as Slurm prints it, in MiB, perhaps with a fraction: `10M`, `62.50G`, `123456K`, `32000`. Releases before 21.08 end
 * requested memory with `n` (per node) or `c` (per CPU), which does not change the number.
 */
export function parseMemoryOutput(text: string): number | undefined {
  const match = /^(\d{1,15}(?:\.\d{1,15})?)([KMGTPE]?)[nc]?$/.exec(text);
  return match === null ? undefined : Number(match[1]) * unitOf(match[2] || undefined);
}

/** The shortest text that sbatch and the parsers above read back as the same whole number of MiB: `1536M`, `64G`. */
export function formatMemory(mib: number): string {
  const whole = Math.ceil(mib);
  if (whole === 0) return '0';
  if (whole % units.T === 0) return `${whole / units.T}T`;
  if (whole % units.G === 0) return `${whole / units.G}G`;
  return `${whole}M`;
}
