import { calendarParts, dateOf, dateTimeOf, dayOf, microsecondsPerDay, weekdayOf } from './calendar.ts';
import { bind, define } from './call.ts';
import { indexOf } from './convert-number.ts';
import { deltaOf, nearest } from './date-arithmetic.ts';
import { deltaParts, formatByPattern, formatDate, formatDateTime, spendPattern } from './date-text.ts';
import { fractionOf } from './decimals.ts';
import { divideInts } from './exact.ts';
import { asNumber } from './numbers.ts';
import { raise } from './python-error.ts';
import type { CallArguments, PyDate, PyDateTime, PyDelta, PyFunction, PyModule, PyValue } from './values.ts';
import { typeName } from './values.ts';

function classOf(name: string, call: PyFunction['call']): PyFunction {
  return { type: 'function', name: `datetime.${name}`, isClass: true, call };
}

/** An int of a part of a date; larger ones are out of every range. */
function part(value: PyValue | undefined): number {
  const index = indexOf(value ?? 0n);
  return index > 1_000_000n || index < -1_000_000n
    ? raise('OverflowError', 'signed integer is greater than maximum')
    : Number(index);
}

function makeDate(args: CallArguments): PyDate {
  const [year, month, day] = bind({ name: 'date', parameters: ['year', 'month', 'day'] }, args);
  return dateOf(dayOf(part(year), part(month), part(day)));
}

function makeDateTime(args: CallArguments): PyDateTime {
  const parameters = ['year', 'month', 'day', 'hour?', 'minute?', 'second?', 'microsecond?'];
  const [year, month, day, ...time] = bind({ name: 'datetime', parameters }, args);
  const days = dayOf(part(year), part(month), part(day));
  const [hour, minute, second, microsecond] = [0, 1, 2, 3].map((index) => {
    const value = part(time[index]);
    const most = [23, 59, 59, 999_999][index] ?? 0;
    const name = ['hour', 'minute', 'second', 'microsecond'][index];
    return value < 0 || value > most ? raise('ValueError', `${name} must be in 0..${most}`) : BigInt(value);
  }) as [bigint, bigint, bigint, bigint];
  return dateTimeOf(
    BigInt(days) * microsecondsPerDay + ((hour * 60n + minute) * 60n + second) * 1_000_000n + microsecond,
  );
}

const units: readonly (readonly [string, bigint])[] = [
  ['days', microsecondsPerDay],
  ['seconds', 1_000_000n],
  ['microseconds', 1n],
  ['milliseconds', 1_000n],
  ['minutes', 60_000_000n],
  ['hours', 3_600_000_000n],
  ['weeks', 7n * microsecondsPerDay],
];

function makeDelta(args: CallArguments): PyDelta {
  const given = bind({ name: 'timedelta', parameters: units.map(([name]) => `${name}?`) }, args);
  let top = 0n;
  let bottom = 1n;
  for (const [index, [name, unit]] of units.entries()) {
    const value = given[index];
    if (value === undefined) continue;
    const number = asNumber(value);
    if (number === undefined) {
      return raise('TypeError', `unsupported type for timedelta ${name} component: ${typeName(value)}`);
    }
    if (typeof number === 'number' && !Number.isFinite(number)) raise('ValueError', `timedelta ${name} must be finite`);
    const fraction = typeof number === 'bigint' ? { top: number, bottom: 1n } : fractionOf(number);
    top = top * fraction.bottom + fraction.top * unit * bottom;
    bottom *= fraction.bottom;
  }
  return deltaOf(nearest(top, bottom));
}

export const datetimeModule: PyModule = {
  type: 'module',
  name: 'datetime',
  members: new Map<string, PyValue>([
    ['date', classOf('date', makeDate)],
    ['datetime', classOf('datetime', makeDateTime)],
    ['timedelta', classOf('timedelta', makeDelta)],
    ['MINYEAR', 1n],
    ['MAXYEAR', 9999n],
  ]),
};

/** `undefined` if there is none of this name. */
export function dateAttribute(value: PyDate | PyDateTime | PyDelta, name: string): PyValue | undefined {
  return value.type === 'timedelta' ? deltaAttribute(value, name) : momentAttribute(value, name);
}

function deltaAttribute(value: PyDelta, name: string): PyValue | undefined {
  if (name === 'total_seconds') {
    return define({ name, parameters: [] }, () => divideInts(value.microseconds, 1_000_000n));
  }
  const { days, seconds, microseconds } = deltaParts(value);
  const parts: ReadonlyMap<string, bigint> = new Map([
    ['days', days],
    ['seconds', BigInt(seconds)],
    ['microseconds', BigInt(microseconds)],
  ]);
  return parts.get(name);
}

const dateParts: readonly string[] = ['year', 'month', 'day'];
const timeParts: readonly string[] = ['hour', 'minute', 'second', 'microsecond'];

function momentAttribute(value: PyDate | PyDateTime, name: string): PyValue | undefined {
  const isTime = value.type === 'datetime';
  if (dateParts.includes(name) || (isTime && timeParts.includes(name))) {
    return BigInt(calendarParts(value)[name as 'year']);
  }
  switch (name) {
    case 'weekday':
      return define({ name, parameters: [] }, () => BigInt(weekdayOf(value)));
    case 'isoweekday':
      return define({ name, parameters: [] }, () => BigInt(weekdayOf(value) + 1));
    case 'toordinal':
      return define({ name, parameters: [] }, () => BigInt(dayNumber(value)));
    case 'date':
      return isTime ? define({ name, parameters: [] }, () => dateOf(dayNumber(value))) : undefined;
    case 'strftime':
      return define({ name, parameters: ['format'] }, ([pattern = null], run) => {
        if (typeof pattern !== 'string')
          return raise('TypeError', `strftime() argument 1 must be str, not ${typeName(pattern)}`);
        spendPattern(run, pattern);
        return formatByPattern(value, pattern);
      });
    case 'isoformat':
      return isTime
        ? define({ name, parameters: ['sep?'] }, ([separator = 'T']) => formatDateTime(value, requireLetter(separator)))
        : define({ name, parameters: [] }, () => formatDate(value));
    default:
      return undefined;
  }
}

function dayNumber(value: PyDate | PyDateTime): number {
  return value.type === 'date' ? value.day : Number(value.microseconds / microsecondsPerDay);
}

function requireLetter(value: PyValue): string {
  const isLetter = typeof value === 'string' && [...value].length === 1;
  return isLetter ? value : raise('TypeError', 'isoformat() argument 1 must be a unicode character');
}
