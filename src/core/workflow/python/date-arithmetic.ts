import { dateOf, dateTimeOf, microsecondsPerDay } from './calendar.ts';
import { fractionOf } from './decimals.ts';
import { divideHalfEven, divideInts } from './exact.ts';
import type { BinaryOperator } from './node.ts';
import { asNumber, floorInts, moduloInts, type Num } from './numbers.ts';
import { raise } from './python-error.ts';
import type { PyDate, PyDateTime, PyDelta, PyValue } from './values.ts';

const maxDelta = 999_999_999n * microsecondsPerDay + microsecondsPerDay - 1n;
const minDelta = -999_999_999n * microsecondsPerDay;

export function deltaOf(microseconds: bigint): PyDelta {
  if (microseconds > maxDelta || microseconds < minDelta) {
    const days = floorInts(microseconds, microsecondsPerDay);
    // More digits would say nothing.
    raise(
      'OverflowError',
      days > 10n ** 20n || days < -(10n ** 20n) ? 'too many days' : `days=${days}; must have magnitude <= 999999999`,
    );
  }
  return { type: 'timedelta', microseconds };
}

/** Days, moments and durations; `undefined` where they do not go together. */
export function combineDates(operator: BinaryOperator, left: PyValue, right: PyValue): PyValue | undefined {
  if (isDelta(left) && isDelta(right)) return combineDeltas(operator, left.microseconds, right.microseconds);
  if (isMoment(left) && isDelta(right)) {
    if (operator === '+') return shift(left, right.microseconds);
    return operator === '-' ? shift(left, -right.microseconds) : undefined;
  }
  if (isDelta(left) && isMoment(right)) return operator === '+' ? shift(right, left.microseconds) : undefined;
  if (isMoment(left) && isMoment(right)) return operator === '-' ? difference(left, right) : undefined;
  const [one, other] = [asNumber(left), asNumber(right)];
  if (isDelta(left) && other !== undefined) return scaleDelta(operator, left.microseconds, other);
  return isDelta(right) && one !== undefined && operator === '*' ? scaleDelta('*', right.microseconds, one) : undefined;
}

export function isDelta(value: PyValue): value is PyDelta {
  return typeof value === 'object' && value?.type === 'timedelta';
}

export function isMoment(value: PyValue): value is PyDate | PyDateTime {
  return typeof value === 'object' && (value?.type === 'date' || value?.type === 'datetime');
}

function shift(value: PyDate | PyDateTime, microseconds: bigint): PyValue {
  if (value.type === 'datetime') return dateTimeOf(value.microseconds + microseconds);
  return dateOf(value.day + Number(floorInts(microseconds, microsecondsPerDay)));
}

function difference(left: PyDate | PyDateTime, right: PyDate | PyDateTime): PyDelta | undefined {
  if (left.type === 'date' && right.type === 'date') return deltaOf(BigInt(left.day - right.day) * microsecondsPerDay);
  if (left.type !== 'datetime' || right.type !== 'datetime') return undefined;
  return deltaOf(left.microseconds - right.microseconds);
}

function combineDeltas(operator: BinaryOperator, left: bigint, right: bigint): PyValue | undefined {
  if (right === 0n && /[/%]/.test(operator)) raise('ZeroDivisionError', 'integer division or modulo by zero');
  switch (operator) {
    case '+':
      return deltaOf(left + right);
    case '-':
      return deltaOf(left - right);
    case '/':
      return divideInts(left, right);
    case '//':
      return floorInts(left, right);
    case '%':
      return deltaOf(moduloInts(left, right));
    default:
      return undefined;
  }
}

function scaleDelta(operator: BinaryOperator, microseconds: bigint, factor: Num): PyDelta | undefined {
  if (operator === '//') {
    if (typeof factor !== 'bigint') return undefined;
    return factor === 0n ? byZero() : deltaOf(floorInts(microseconds, factor));
  }
  if (operator !== '*' && operator !== '/') return undefined;
  if (typeof factor === 'number' && !Number.isFinite(factor)) {
    raise('OverflowError', 'cannot convert a float that is not finite to an integer ratio');
  }
  const { top, bottom } = typeof factor === 'bigint' ? { top: factor, bottom: 1n } : fractionOf(factor);
  if (operator === '*') return deltaOf(nearest(microseconds * top, bottom));
  return top === 0n ? byZero() : deltaOf(nearest(microseconds * bottom, top));
}

function byZero(): never {
  return raise('ZeroDivisionError', 'integer division or modulo by zero');
}

/** The nearest int to a fraction, of two equally near ones the even one. */
export function nearest(top: bigint, bottom: bigint): bigint {
  const negative = top < 0n !== bottom < 0n;
  const quotient = divideHalfEven(top < 0n ? -top : top, bottom < 0n ? -bottom : bottom);
  return negative ? -quotient : quotient;
}
