import { UsageError } from './errors.ts';

const units = ['B', 'K', 'M', 'G', 'T'] as const;

/** A size as a person writes it, in bytes: `500M`, `1.5G`, `800K`, `0`. Units are powers of 1024. Throws a UsageError. */
export function parseByteSize(text: string, option: string): number {
  const [, amount, unit = 'B'] = /^(\d{1,12}(?:\.\d{1,3})?)([BKMGT])?(?:i?B)?$/i.exec(text.trim()) ?? [];
  const power = (units as readonly string[]).indexOf(unit.toUpperCase());
  if (amount !== undefined && power >= 0) return Math.round(Number(amount) * 1024 ** power);
  throw new UsageError(`\`${text}\` is no size for ${option}`, {
    code: 'usage.size',
    hint: 'Write a number with its unit: 500M, 1.5G or 800K.',
  });
}

/** `512 B`, `1.5 K`, `12 M`. */
export function formatByteSize(bytes: number): string {
  let value = bytes;
  let power = 0;
  for (; value >= 1024 && power < units.length - 1; power += 1) value /= 1024;
  return `${power > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} ${units[power]}`;
}
