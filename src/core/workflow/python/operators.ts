import { indexOf } from './convert-number.ts';
import { combineDates } from './date-arithmetic.ts';
import { limits, spendItems, spendText } from './limits.ts';
import type { BinaryOperator } from './node.ts';
import { add, asNumber, divide, floorDivide, modulo, multiply, type Num, power, subtract } from './numbers.ts';
import { formatPercent } from './percent-format.ts';
import { exceed, raise } from './python-error.ts';
import { listOf, type PyList, type PySet, type PyTuple, type PyValue, type Run, tupleOf, typeName } from './values.ts';

const onNumbers: Readonly<Record<BinaryOperator, (left: Num, right: Num, run: Run) => Num>> = {
  '+': add,
  '-': subtract,
  '*': multiply,
  '/': divide,
  '//': floorDivide,
  '%': modulo,
  '**': power,
};

/** `left + right` and the like. */
export function combine(operator: BinaryOperator, left: PyValue, right: PyValue, run: Run): PyValue {
  const [one, other] = [asNumber(left), asNumber(right)];
  if (one !== undefined && other !== undefined) return onNumbers[operator](one, other, run);
  const found = combineOthers(operator, left, right, run) ?? combineDates(operator, left, right);
  if (found !== undefined) return found;
  const sign = operator === '**' ? '** or pow()' : operator;
  return raise('TypeError', `unsupported operand type(s) for ${sign}: '${typeName(left)}' and '${typeName(right)}'`);
}

function combineOthers(operator: BinaryOperator, left: PyValue, right: PyValue, run: Run): PyValue | undefined {
  switch (operator) {
    case '+':
      return concatenate(left, right, run);
    case '*':
      return isSequence(left) ? repeat(left, right, run) : isSequence(right) ? repeat(right, left, run) : undefined;
    case '%':
      return typeof left === 'string' ? formatPercent(left, right, run) : undefined;
    case '-':
      return isSet(left) && isSet(right) ? without(left, right, run) : undefined;
    default:
      return undefined;
  }
}

type Sequence = string | PyList | PyTuple;

function isSequence(value: PyValue): value is Sequence {
  return (
    typeof value === 'string' || (typeof value === 'object' && (value?.type === 'list' || value?.type === 'tuple'))
  );
}

function isSet(value: PyValue): value is PySet {
  return typeof value === 'object' && value?.type === 'set';
}

function concatenate(left: PyValue, right: PyValue, run: Run): PyValue | undefined {
  if (!isSequence(left)) return undefined;
  if (typeof left === 'string' && typeof right === 'string') {
    spendText(run, left.length + right.length);
    return left + right;
  }
  if (typeof left === 'object' && typeof right === 'object' && right !== null && left.type === right.type) {
    return sequenceOf(left, [...left.items, ...(right as typeof left).items], run);
  }
  const name = typeName(left);
  const quoted = typeof left === 'string' ? `"${typeName(right)}"` : `"${typeName(right)}"`;
  const hint = typeof left === 'string' ? 'Make it a text with `str(...)`, or write an f-string.' : undefined;
  return raise('TypeError', `can only concatenate ${name} (not ${quoted}) to ${name}`, hint);
}

function sequenceOf({ type }: PyList | PyTuple, items: readonly PyValue[], run: Run): PyValue {
  return type === 'list' ? listOf(run, items) : tupleOf(run, items);
}

function repeat(sequence: Sequence, times: PyValue, run: Run): PyValue {
  if (typeof asNumber(times) !== 'bigint') {
    return raise('TypeError', `can't multiply sequence by non-int of type '${typeName(times)}'`);
  }
  const length = typeof sequence === 'string' ? sequence.length : sequence.items.length;
  const wanted = indexOf(times);
  if (BigInt.asIntN(64, wanted) !== wanted) raise('OverflowError', "cannot fit 'int' into an index-sized integer");
  const count = wanted < 0n || length === 0 ? 0 : Number(wanted);
  if (count * length > limits.textLength) exceed('a text or a list is repeated too often');
  if (typeof sequence === 'string') {
    spendText(run, count * length);
    return sequence.repeat(count);
  }
  spendItems(run, count * length);
  return sequenceOf(sequence, Array.from({ length: count }, () => sequence.items).flat(), run);
}

function without(left: PySet, right: PySet, run: Run): PyValue {
  spendItems(run, left.entries.size);
  const entries = new Map([...left.entries].filter(([key]) => !right.entries.has(key)));
  return { type: 'set', entries, depth: left.depth };
}

/** `-value`. */
export function negate(value: PyValue): PyValue {
  const number = asNumber(value);
  if (number !== undefined) return -number;
  if (typeof value === 'object' && value?.type === 'timedelta') return { ...value, microseconds: -value.microseconds };
  return raise('TypeError', `bad operand type for unary -: '${typeName(value)}'`);
}
