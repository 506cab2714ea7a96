import { bitLength, divideInts } from './exact.ts';
import { type Budget, limits, spend } from './limits.ts';
import { pow } from './precise-math.ts';
import { exceed, raise } from './python-error.ts';

/** An int or a float. */
export type Num = bigint | number;

/** A bool is an int. `undefined`: no number. */
export function asNumber(value: unknown): Num | undefined {
  if (typeof value === 'boolean') return value ? 1n : 0n;
  return typeof value === 'bigint' || typeof value === 'number' ? value : undefined;
}

export function toFloat(value: Num): number {
  const float = Number(value);
  if (typeof value === 'bigint' && !Number.isFinite(float)) raise('OverflowError', 'int too large to convert to float');
  return float;
}

function isSmall(value: bigint): boolean {
  return BigInt.asIntN(512, value) === value;
}

export function checkInt(value: bigint): bigint {
  return BigInt.asIntN(limits.intBits + 1, value) === value ? value : tooManyBits();
}

function tooManyBits(): never {
  return exceed(`an int has more than ${limits.intBits} bits`);
}

/** The multiplication of long numbers takes more than a step. */
function spendProduct(budget: Budget, leftBits: number, rightBits: number): void {
  spend(budget, 10 + Math.ceil((leftBits / 64) * (rightBits / 64) * 0.02));
}

export function add(left: Num, right: Num): Num {
  if (typeof left === 'bigint' && typeof right === 'bigint') return checkInt(left + right);
  return toFloat(left) + toFloat(right);
}

export function subtract(left: Num, right: Num): Num {
  if (typeof left === 'bigint' && typeof right === 'bigint') return checkInt(left - right);
  return toFloat(left) - toFloat(right);
}

export function multiply(left: Num, right: Num, budget: Budget): Num {
  if (typeof left === 'number' || typeof right === 'number') return toFloat(left) * toFloat(right);
  if (isSmall(left) && isSmall(right)) return left * right;
  const bits = [bitLength(left), bitLength(right)] as const;
  if (bits[0] + bits[1] - 1 > limits.intBits) tooManyBits();
  spendProduct(budget, ...bits);
  return checkInt(left * right);
}

export function divide(left: Num, right: Num, budget: Budget): number {
  if (typeof left === 'bigint' && typeof right === 'bigint') {
    spendQuotient(left, right, budget);
    return right === 0n ? raise('ZeroDivisionError', 'division by zero') : divideInts(left, right);
  }
  const [top, bottom] = [toFloat(left), toFloat(right)];
  return bottom === 0 ? raise('ZeroDivisionError', 'float division by zero') : top / bottom;
}

/** Long divisions take more than a step. */
function spendQuotient(top: bigint, bottom: bigint, budget: Budget): void {
  if (!isSmall(top)) spendProduct(budget, bitLength(top), bitLength(bottom));
}

export function floorDivide(left: Num, right: Num, budget: Budget): Num {
  if (typeof left === 'bigint' && typeof right === 'bigint') {
    spendQuotient(left, right, budget);
    return floorInts(left, right);
  }
  const [top, bottom] = [toFloat(left), toFloat(right)];
  if (bottom === 0) raise('ZeroDivisionError', 'float floor division by zero');
  return divideFloats(top, bottom).quotient;
}

export function floorInts(top: bigint, bottom: bigint): bigint {
  if (bottom === 0n) raise('ZeroDivisionError', 'integer division or modulo by zero');
  const quotient = top / bottom;
  return top % bottom !== 0n && top < 0n !== bottom < 0n ? quotient - 1n : quotient;
}

export function modulo(left: Num, right: Num, budget: Budget): Num {
  if (typeof left === 'bigint' && typeof right === 'bigint') {
    spendQuotient(left, right, budget);
    return moduloInts(left, right);
  }
  const [top, bottom] = [toFloat(left), toFloat(right)];
  if (bottom === 0) raise('ZeroDivisionError', 'float modulo by zero');
  return divideFloats(top, bottom).rest;
}

export function moduloInts(top: bigint, bottom: bigint): bigint {
  if (bottom === 0n) raise('ZeroDivisionError', 'integer modulo by zero');
  const rest = top % bottom;
  return rest !== 0n && rest < 0n !== bottom < 0n ? rest + bottom : rest;
}

/** As Python does it: the rest has the sign of the divisor, and the quotient fits to it. */
function divideFloats(top: number, bottom: number): { readonly quotient: number; readonly rest: number } {
  let rest = top % bottom;
  let quotient = (top - rest) / bottom;
  if (rest === 0) rest = bottom < 0 ? -0 : 0;
  else if (bottom < 0 !== rest < 0) {
    rest += bottom;
    quotient -= 1;
  }
  if (quotient === 0) return { quotient: top / bottom < 0 || Object.is(top / bottom, -0) ? -0 : 0, rest };
  const floor = Math.floor(quotient);
  return { quotient: quotient - floor > 0.5 ? floor + 1 : floor, rest };
}

export function power(base: Num, exponent: Num, budget: Budget): Num {
  if (typeof base === 'bigint' && typeof exponent === 'bigint' && exponent >= 0n) {
    return powerOfInts(base, exponent, budget);
  }
  const [low, high] = [toFloat(base), toFloat(exponent)];
  if (high !== 2) spend(budget, 20);
  if (low === 0 && high < 0) raise('ZeroDivisionError', zeroPower);
  if (low < 0 && Number.isFinite(low) && Number.isFinite(high) && !Number.isInteger(high)) {
    raise('ValueError', 'a negative number to the power of a fraction is complex, which is not available');
  }
  // JavaScript has no number for these two, other than C.
  if (low === 1 || (low === -1 && !Number.isFinite(high) && !Number.isNaN(high))) return 1;
  const result = pow(low, high);
  if (!Number.isFinite(result) && Number.isFinite(low) && Number.isFinite(high)) {
    raise('OverflowError', "(34, 'Numerical result out of range')");
  }
  return result;
}

const zeroPower = 'zero to a negative power';

function powerOfInts(base: bigint, exponent: bigint, budget: Budget): bigint {
  if (base === 0n || base === 1n) return exponent === 0n ? 1n : base;
  if (base === -1n) return exponent % 2n === 0n ? 1n : -1n;
  const bits = Number(exponent) * (bitLength(base) - 1);
  if (bits > limits.intBits) tooManyBits();
  spendProduct(budget, bits, bits);
  return checkInt(base ** exponent);
}
