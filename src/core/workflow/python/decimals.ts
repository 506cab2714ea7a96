import { divideHalfEven } from './exact.ts';

/** A float exactly: the mantissa times a power of two. The sign is left out. */
export function partsOf(value: number): { readonly mantissa: bigint; readonly exponent: number } {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, Math.abs(value));
  const high = bits.getUint32(0);
  const fraction = (BigInt(high & 0xfffff) << 32n) | BigInt(bits.getUint32(4));
  const biased = high >>> 20;
  return biased === 0
    ? { mantissa: fraction, exponent: -1074 }
    : { mantissa: fraction | (1n << 52n), exponent: biased - 1075 };
}

/** A float exactly, as a fraction with its sign. */
export function fractionOf(value: number): { readonly top: bigint; readonly bottom: bigint } {
  const { mantissa, exponent } = partsOf(value);
  const top = value < 0 ? -mantissa : mantissa;
  return exponent >= 0 ? { top: top << BigInt(exponent), bottom: 1n } : { top, bottom: 1n << BigInt(-exponent) };
}

/** `|value| * 10 ** places`, rounded to the nearest int, and to the even one of two. Exact, whatever the size. */
export function roundedDigits(value: number, places: number): bigint {
  const { top, bottom } = fractionOf(Math.abs(value));
  const factor = 10n ** BigInt(Math.abs(places));
  return places >= 0 ? divideHalfEven(top * factor, bottom) : divideHalfEven(top, bottom * factor);
}

/** `1.50`: with so many digits behind the point, and without a sign. */
export function fixedDigits(value: number, places: number): string {
  return withPoint(roundedDigits(value, places).toString(), places);
}

function withPoint(digits: string, places: number): string {
  if (places === 0) return digits;
  const padded = digits.padStart(places + 1, '0');
  return `${padded.slice(0, -places)}.${padded.slice(-places)}`;
}

/** The first `count` digits and the power of ten of the first of them. Without a sign. */
export function leadingDigits(value: number, count: number): { readonly digits: string; readonly exponent: number } {
  if (value === 0) return { digits: '0'.repeat(count), exponent: 0 };
  const guess = Number(value.toExponential().split('e')[1]);
  for (const exponent of [guess, guess - 1, guess + 1]) {
    const digits = roundedDigits(value, count - 1 - exponent).toString();
    if (digits.length === count) return { digits, exponent };
  }
  // Rounded up from 9.99 to 10.0.
  return { digits: `1${'0'.repeat(count - 1)}`, exponent: guess + 1 };
}

/** `round(value, places)` of a float. */
export function roundFloat(value: number, places: number): number {
  if (!Number.isFinite(value) || value === 0 || places > 323) return value;
  if (places < -309) return value < 0 ? -0 : 0;
  const digits = roundedDigits(value, places);
  const float = Number(`${digits}e${-places}`);
  return value < 0 ? -float : float;
}

/** `round(value)` of a float that is finite. */
export function roundToInt(value: number): bigint {
  const digits = roundedDigits(value, 0);
  return value < 0 ? -digits : digits;
}
