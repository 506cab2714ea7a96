import { raise } from './python-error.ts';

export function bitLength(value: bigint): number {
  const magnitude = value < 0n ? -value : value;
  let low = 0;
  let high = 64;
  while (BigInt.asUintN(high, magnitude) !== magnitude) [low, high] = [high, high * 2];
  // It has more than `low` bits, or none, and at most `high`.
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (BigInt.asUintN(middle, magnitude) === magnitude) high = middle;
    else low = middle;
  }
  return magnitude === 0n ? 0 : high;
}

/** The float that is nearest to a fraction. */
export function divideInts(top: bigint, bottom: bigint): number {
  const [left, right] = [Number(top), Number(bottom)];
  if (Number.isSafeInteger(left) && Number.isSafeInteger(right)) {
    return left / right;
  }
  const negative = top < 0n !== bottom < 0n;
  const [above, below] = [top < 0n ? -top : top, bottom < 0n ? -bottom : bottom];
  // 66 bits of the quotient and one for whatever is behind them: enough to round once. Below the smallest normal float fewer count.
  const shift = Math.min(66 - (bitLength(above) - bitLength(below)), 1074);
  const [numerator, denominator] = shift > 0 ? [above << BigInt(shift), below] : [above, below << BigInt(-shift)];
  const isExact = shift === 1074;
  const quotient = isExact
    ? divideHalfEven(numerator, denominator)
    : ((numerator / denominator) << 1n) | (numerator % denominator === 0n ? 0n : 1n);
  const float = scale(Number(quotient), isExact ? -shift : -shift - 1);
  if (!Number.isFinite(float)) raise('OverflowError', 'integer division result too large for a float');
  return negative ? -float : float;
}

/** Times a power of two, in two steps: the power alone may be no float. */
export function scale(value: number, exponent: number): number {
  const half = Math.trunc(exponent / 2);
  return value * 2 ** half * 2 ** (exponent - half);
}

/** Of two ints that are not negative, the nearest whole quotient; of two equally near ones the even one. */
export function divideHalfEven(top: bigint, bottom: bigint): bigint {
  const quotient = top / bottom;
  const twice = (top % bottom) * 2n;
  return twice > bottom || (twice === bottom && quotient % 2n === 1n) ? quotient + 1n : quotient;
}
