import { fractionOf } from './decimals.ts';
import { divideInts } from './exact.ts';

/**
 * Exponentials, logarithms and angles to the last digit. JavaScript's own are off by one digit in up to a tenth of all cases, where
 * the C library that Python calls is right; and which cases, depends on the release of the engine, while a plan must not.
 * Numbers are ints, in units of `2 ** -160`.
 */
const bits = 160n;
const one = 1n << bits;
const ln2 = 0xb17217f7d1cf79abc9e3b39803f2f6af40f34326n;
const ln10 = 0x24d763776aaa2b05ba95b58ae0b4c28a38a3fb3e7n;
const halfPi = 0x1921fb54442d18469898cc51701b839a252049c11n;

function toFixed(value: number): bigint {
  const { top, bottom } = fractionOf(value);
  return (top << bits) / bottom;
}

function toFloat(value: bigint, shift = 0): number {
  return shift >= 0 ? divideInts(value << BigInt(shift), one) : divideInts(value, one << BigInt(-shift));
}

function times(left: bigint, right: bigint): bigint {
  return (left * right) >> bits;
}

/** `sum * 2 ** shift` is the exponential. */
function exponential(value: bigint): { readonly sum: bigint; readonly shift: number } {
  const shift = (value + ln2 / 2n) / ln2;
  // Small enough that few terms are needed; squared again at the end.
  const rest = (value - shift * ln2) >> 8n;
  let sum = one;
  let term = one;
  for (let index = 1n; term !== 0n && term !== -1n; index += 1n) {
    term = times(term, rest) / index;
    sum += term;
  }
  for (let round = 0; round < 8; round += 1) sum = times(sum, sum);
  return { sum, shift: Number(shift) };
}

/** Of a float above 0: the engine's own value, and one step of Newton's behind it. */
function logarithm(value: number): bigint {
  const { top, bottom } = fractionOf(value);
  const guess = toFixed(Math.log(value));
  const { sum, shift } = exponential(-guess);
  const product = (sum * top) << BigInt(Math.max(shift, 0));
  const off = product / (bottom << BigInt(Math.max(-shift, 0))) - one;
  const square = times(off, off);
  return guess + off - square / 2n + times(square, off) / 3n;
}

/** Sine and cosine of a float that is not too large. */
function circle(value: number): { readonly sine: bigint; readonly cosine: bigint } {
  const fixed = toFixed(value);
  const turns = (fixed + (fixed < 0n ? -halfPi : halfPi) / 2n) / halfPi;
  const rest = fixed - turns * halfPi;
  const square = times(rest, rest);
  const series = (first: bigint, from: bigint): bigint => {
    let sum = first;
    let term = first;
    for (let index = from; term !== 0n && term !== -1n; index += 2n) {
      term = -times(term, square) / (index * (index + 1n));
      sum += term;
    }
    return sum;
  };
  const [sine, cosine] = [series(rest, 2n), series(one, 1n)];
  switch (Number(((turns % 4n) + 4n) % 4n)) {
    case 0:
      return { sine, cosine };
    case 1:
      return { sine: cosine, cosine: -sine };
    case 2:
      return { sine: -sine, cosine: -cosine };
    default:
      return { sine: -cosine, cosine: sine };
  }
}

/** Otherwise the result is a matter of course: 0, infinite, or the argument itself; or all digits stand in front of the point. */
function isOrdinary(value: number, most: number): boolean {
  return Number.isFinite(value) && Math.abs(value) < most && Math.abs(value) > 1e-15;
}

export function exp(value: number): number {
  if (!isOrdinary(value, 745)) return Math.exp(value);
  const { sum, shift } = exponential(toFixed(value));
  return shift > 1020 ? Math.exp(value) : toFloat(sum, shift);
}

export function log(value: number): number {
  return value > 0 && Number.isFinite(value) ? toFloat(logarithm(value)) : Math.log(value);
}

export function log2(value: number): number {
  return value > 0 && Number.isFinite(value) ? divideInts(logarithm(value), ln2) : Math.log2(value);
}

export function log10(value: number): number {
  return value > 0 && Number.isFinite(value) ? divideInts(logarithm(value), ln10) : Math.log10(value);
}

export function sin(value: number): number {
  return isOrdinary(value, 1e15) ? toFloat(circle(value).sine) : Math.sin(value);
}

export function cos(value: number): number {
  return isOrdinary(value, 1e15) ? toFloat(circle(value).cosine) : Math.cos(value);
}

export function tan(value: number): number {
  if (!isOrdinary(value, 1e15)) return Math.tan(value);
  const { sine, cosine } = circle(value);
  return divideInts(sine, cosine);
}

export function sinh(value: number): number {
  if (!isOrdinary(value, 300)) return Math.sinh(value);
  const [up, down] = [toExact(value), toExact(-value)];
  return toFloat((up - down) / 2n);
}

export function cosh(value: number): number {
  return isOrdinary(value, 300) ? toFloat((toExact(value) + toExact(-value)) / 2n) : Math.cosh(value);
}

function toExact(value: number): bigint {
  const { sum, shift } = exponential(toFixed(value));
  return shift >= 0 ? sum << BigInt(shift) : sum >> BigInt(-shift);
}

/** `base ** exponent` of floats. */
export function pow(base: number, exponent: number): number {
  if (exponent === 2) return base * base;
  if (exponent === 0.5 && base > 0) return Math.sqrt(base);
  const isExact = base > 0 && Number.isFinite(base) && base !== 1 && isOrdinary(exponent, 2 ** 30);
  if (!isExact) return base ** exponent;
  const wanted = times(logarithm(base), toFixed(exponent));
  // Close to the limits the engine's own says whether it is infinite.
  if (wanted > toFixed(707) || wanted < toFixed(-707)) return base ** exponent;
  const { sum, shift } = exponential(wanted);
  return toFloat(sum, shift);
}

/** Angles of sines, cosines and tangents: the engine's own value, and one step of Newton's behind it. */
export function atan(value: number): number {
  if (!isOrdinary(value, 1e15)) return Math.atan(value);
  return toFloat(angleOf(toFixed(value), Math.atan(value)));
}

function angleOf(tangent: bigint, guess: number): bigint {
  const { sine, cosine } = circle(guess);
  const off = ((times(tangent, cosine) - sine) << bits) / (times(tangent, sine) + cosine);
  return toFixed(guess) + off - times(times(off, off), off) / 3n;
}

export function asin(value: number): number {
  if (!isOrdinary(value, 1)) return Math.asin(value);
  return toFloat(angleOfSine(toFixed(value), value));
}

export function acos(value: number): number {
  return isOrdinary(value, 1) ? toFloat(halfPi - angleOfSine(toFixed(value), value)) : Math.acos(value);
}

function angleOfSine(sine: bigint, value: number): bigint {
  return angleOf((sine << bits) / squareRoot(one - times(sine, sine)), Math.asin(value));
}

function squareRoot(value: bigint): bigint {
  const wanted = value << bits;
  let root = BigInt(Math.ceil(Math.sqrt(toFloat(value)) * 2 ** 53) + 1) << (bits - 53n);
  for (let next = (root + wanted / root) >> 1n; next < root; next = (root + wanted / root) >> 1n) root = next;
  return root;
}

export function cbrt(value: number): number {
  if (!isOrdinary(value, 1e60)) return Math.cbrt(value);
  const wanted = toFixed(Math.abs(value)) << (2n * bits);
  let root = toFixed(Math.cbrt(Math.abs(value)));
  for (let round = 0; round < 3; round += 1) root = (2n * root + wanted / (root * root)) / 3n;
  return Math.sign(value) * toFloat(root);
}
