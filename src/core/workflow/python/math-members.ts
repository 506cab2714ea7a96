import { define } from './call.ts';
import { indexOf, roundTowardsZero } from './convert-number.ts';
import { bitLength, divideInts, scale } from './exact.ts';
import { collect, iterate } from './iterate.ts';
import { spend } from './limits.ts';
import { asNumber, multiply, toFloat } from './numbers.ts';
import { combine } from './operators.ts';
import * as precise from './precise-math.ts';
import { raise } from './python-error.ts';
import { type PyModule, type PyValue, type Run, typeName } from './values.ts';

type Member = readonly [name: string, value: PyValue];

function floatOf(value: PyValue | undefined): number {
  const number = asNumber(value);
  return number === undefined
    ? raise('TypeError', `must be real number, not ${typeName(value ?? null)}`)
    : toFloat(number);
}

/** A function of floats. What is no number without being given one is out of its domain, what is infinite out of range. */
function real(name: string, body: (...values: number[]) => number, parameters: readonly string[] = ['x']): Member {
  const call = (args: readonly (PyValue | undefined)[], run: Run): number => {
    spend(run, 20);
    const values = args.map(floatOf);
    const result = body(...values);
    if (Number.isNaN(result) && !values.some(Number.isNaN)) raise('ValueError', 'math domain error');
    if (!Number.isFinite(result) && values.every(Number.isFinite)) {
      // A pole, such as log(0), or too large.
      raise(
        /^(?:log|atanh)/.test(name) ? 'ValueError' : 'OverflowError',
        /^(?:log|atanh)/.test(name) ? 'math domain error' : 'math range error',
      );
    }
    return result;
  };
  return [name, define({ name, parameters }, call)];
}

function whole(name: string, round: (value: number) => number): Member {
  return [
    name,
    define({ name, parameters: ['x'] }, ([value = null]) => {
      const number = asNumber(value);
      return typeof number === 'bigint' ? number : roundTowardsZero(round(floatOf(value)));
    }),
  ];
}

function test(name: string, holds: (value: number) => boolean): Member {
  return [name, define({ name, parameters: ['x'] }, ([value]) => holds(floatOf(value)))];
}

/** The logarithm of an int may be a float where the int itself is too large for one. */
function logarithm(value: PyValue, ofFloat: (value: number) => number, run: Run): number {
  spend(run, 20);
  const number = asNumber(value);
  if (typeof number === 'bigint' && number > 0n && bitLength(number) > 1023) {
    const length = bitLength(number);
    return ofFloat(Number(number >> BigInt(length - 64)) / 2 ** 64) + ofFloat(2) * length;
  }
  const float = floatOf(value);
  if (float <= 0) raise('ValueError', 'math domain error');
  return ofFloat(float);
}

function greatestDivisor(left: bigint, right: bigint, run: Run): bigint {
  let [one, other] = [left < 0n ? -left : left, right < 0n ? -right : right];
  while (other !== 0n) {
    spend(run, 1 + (bitLength(one) >> 8));
    [one, other] = [other, one % other];
  }
  return one;
}

function foldInts(name: string, start: bigint, combineTwo: (left: bigint, right: bigint, run: Run) => bigint): Member {
  const call = ({ positional }: { readonly positional: readonly PyValue[] }, run: Run): bigint =>
    positional.map(indexOf).reduce((left, right) => combineTwo(left, right, run), start);
  return [name, { type: 'function', name, isClass: false, call }];
}

function leastMultiple(left: bigint, right: bigint, run: Run): bigint {
  if (left === 0n || right === 0n) return 0n;
  const product = multiply(left / greatestDivisor(left, right, run), right, run);
  return BigInt(product) < 0n ? -BigInt(product) : BigInt(product);
}

/** `from * (from + 1) * … * to`. */
function productOf(from: bigint, to: bigint, run: Run): bigint {
  let product: bigint | number = 1n;
  for (let factor = from; factor <= to; factor += 1n) {
    spend(run, 2);
    product = multiply(product, factor, run);
  }
  return BigInt(product);
}

function notNegative(name: string, value: PyValue | undefined): bigint {
  const number = indexOf(value ?? null);
  return number < 0n ? raise('ValueError', `${name}() not defined for negative values`) : number;
}

function combinations(count: bigint, chosen: bigint, run: Run): bigint {
  if (chosen > count) return 0n;
  const fewer = chosen > count - chosen ? count - chosen : chosen;
  let result: bigint | number = 1n;
  for (let index = 1n; index <= fewer; index += 1n) {
    spend(run, 1 + (bitLength(BigInt(result)) >> 8));
    result = BigInt(multiply(result, count - fewer + index, run)) / index;
  }
  return BigInt(result);
}

/** The largest int whose square is not greater. */
function integerRoot(value: bigint, run: Run): bigint {
  if (value < 2n) return value;
  let root = 1n << BigInt((bitLength(value) + 1) >> 1);
  for (;;) {
    spend(run, 1 + (bitLength(value) >> 8));
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

function isClose([left, right, relative, absolute]: readonly (PyValue | undefined)[]): boolean {
  const [one, other] = [floatOf(left), floatOf(right)];
  const tolerances = [
    relative === undefined ? 1e-9 : floatOf(relative),
    absolute === undefined ? 0 : floatOf(absolute),
  ] as const;
  if (tolerances[0] < 0 || tolerances[1] < 0) raise('ValueError', 'tolerances must be non-negative');
  if (one === other) return true;
  if (!Number.isFinite(one) || !Number.isFinite(other)) return false;
  const difference = Math.abs(one - other);
  return difference <= Math.max(tolerances[0] * Math.max(Math.abs(one), Math.abs(other)), tolerances[1]);
}

/** Exact to the last digit: the terms are added as ints of the finest unit there is. */
function exactSum(values: PyValue, run: Run): number {
  let total = 0n;
  let special = 0;
  for (const value of iterate(values, run)) {
    const float = floatOf(value);
    spend(run, 20);
    if (Number.isFinite(float)) total += toUnits(float);
    else special += float;
  }
  return Number.isNaN(special) || special !== 0 ? special : divideInts(total, 1n << 1074n);
}

function toUnits(value: number): bigint {
  const exponent = value === 0 ? 0 : Math.max(-1074, Math.floor(Math.log2(Math.abs(value))) - 54);
  const scaled = scale(value, -exponent);
  return BigInt(scaled) << BigInt(exponent + 1074);
}

const degree = Math.PI / 180;

const floats: readonly Member[] = [
  real('sqrt', Math.sqrt),
  real('cbrt', precise.cbrt),
  real('exp', precise.exp),
  real('exp2', (x) => 2 ** x),
  real('expm1', Math.expm1),
  real('log1p', Math.log1p),
  real('sin', precise.sin),
  real('cos', precise.cos),
  real('tan', precise.tan),
  real('asin', precise.asin),
  real('acos', precise.acos),
  real('atan', precise.atan),
  real('sinh', precise.sinh),
  real('cosh', precise.cosh),
  real('tanh', Math.tanh),
  real('asinh', Math.asinh),
  real('acosh', Math.acosh),
  real('atanh', Math.atanh),
  real('fabs', Math.abs),
  real('degrees', (x) => x * (180 / Math.PI)),
  real('radians', (x) => x * degree),
  real('atan2', Math.atan2, ['y', 'x']),
  real('fmod', (x, y) => x % y, ['x', 'y']),
  real('pow', powerOfFloats, ['x', 'y']),
  real('copysign', (x, y) => (y < 0 || Object.is(y, -0) ? -Math.abs(x) : Math.abs(x)), ['x', 'y']),
  test('isfinite', Number.isFinite),
  test('isinf', (x) => x === Number.POSITIVE_INFINITY || x === Number.NEGATIVE_INFINITY),
  test('isnan', Number.isNaN),
  whole('ceil', Math.ceil),
  whole('floor', Math.floor),
  whole('trunc', Math.trunc),
];

function powerOfFloats(base: number, exponent: number): number {
  if (base === 0 && exponent < 0 && Number.isFinite(exponent)) raise('ValueError', 'math domain error');
  return base === 1 || (base === -1 && Math.abs(exponent) === Number.POSITIVE_INFINITY)
    ? 1
    : precise.pow(base, exponent);
}

const others: readonly Member[] = [
  [
    'log',
    define({ name: 'log', parameters: ['x', 'base?'] }, ([value = null, base], run) => {
      const top = logarithm(value, precise.log, run);
      if (base === undefined) return top;
      const bottom = logarithm(base, precise.log, run);
      return bottom === 0 ? raise('ZeroDivisionError', 'division by zero') : top / bottom;
    }),
  ],
  ['log2', define({ name: 'log2', parameters: ['x'] }, ([value = null], run) => logarithm(value, precise.log2, run))],
  [
    'log10',
    define({ name: 'log10', parameters: ['x'] }, ([value = null], run) => logarithm(value, precise.log10, run)),
  ],
  [
    'hypot',
    {
      type: 'function',
      name: 'hypot',
      isClass: false,
      call: ({ positional }) => Math.hypot(...positional.map(floatOf)),
    },
  ],
  foldInts('gcd', 0n, greatestDivisor),
  foldInts('lcm', 1n, leastMultiple),
  [
    'factorial',
    define({ name: 'factorial', parameters: ['n'] }, ([value], run) =>
      productOf(1n, notNegative('factorial', value), run),
    ),
  ],
  [
    'comb',
    define({ name: 'comb', parameters: ['n', 'k'] }, ([count, chosen], run) =>
      combinations(notNegative('comb', count), notNegative('comb', chosen), run),
    ),
  ],
  [
    'perm',
    define({ name: 'perm', parameters: ['n', 'k?'] }, ([count, chosen], run) => {
      const all = notNegative('perm', count);
      const taken = chosen === undefined || chosen === null ? all : notNegative('perm', chosen);
      return taken > all ? 0n : productOf(all - taken + 1n, all, run);
    }),
  ],
  [
    'isqrt',
    define({ name: 'isqrt', parameters: ['n'] }, ([value], run) => {
      const number = indexOf(value ?? null);
      return number < 0n ? raise('ValueError', 'isqrt() argument must be nonnegative') : integerRoot(number, run);
    }),
  ],
  ['isclose', define({ name: 'isclose', parameters: ['a', 'b', '*rel_tol', '*abs_tol'] }, isClose)],
  ['fsum', define({ name: 'fsum', parameters: ['seq'] }, ([values = null], run) => exactSum(values, run))],
  [
    'prod',
    define({ name: 'prod', parameters: ['iterable', '*start'] }, ([values = null, start = 1n], run) =>
      collect(values, run).reduce((product, value) => combine('*', product, value, run), start),
    ),
  ],
];

export const mathModule: PyModule = {
  type: 'module',
  name: 'math',
  members: new Map<string, PyValue>([
    ['pi', Math.PI],
    ['e', Math.E],
    ['tau', 2 * Math.PI],
    ['inf', Number.POSITIVE_INFINITY],
    ['nan', Number.NaN],
    ...floats,
    ...others,
  ]),
};
