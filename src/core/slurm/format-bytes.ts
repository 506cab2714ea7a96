export const byteUnits = ['K', 'M', 'G', 'T', 'P'] as const;
export type ByteUnit = (typeof byteUnits)[number];

/** Bytes as Slurm writes amounts of memory: powers of 1024, `1.50G`, whole ones without a fraction. */
export function formatBytes(bytes: number, unit?: ByteUnit): string {
  const exponent = unit === undefined ? naturalExponent(bytes) : byteUnits.indexOf(unit) + 1;
  const value = bytes / 1024 ** exponent;
  return `${Number.isInteger(value) ? value : value.toFixed(2)}${exponent === 0 ? '' : byteUnits[exponent - 1]}`;
}

function naturalExponent(bytes: number): number {
  if (bytes < 1024) return 0;
  return Math.min(byteUnits.length, Math.floor(Math.log2(bytes) / 10));
}
