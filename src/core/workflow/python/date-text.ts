import { calendarParts, dayOfYear, isoWeek, microsecondsPerDay, weekdayOf } from './calendar.ts';
import { type Budget, spend, spendText } from './limits.ts';
import { raise } from './python-error.ts';
import type { PyDate, PyDateTime, PyDelta } from './values.ts';

function pad(value: number, width = 2): string {
  return String(value).padStart(width, '0');
}

/** `2024-01-31`. */
export function formatDate(value: PyDate | PyDateTime): string {
  const { year, month, day } = calendarParts(value);
  return `${pad(year, 4)}-${pad(month)}-${pad(day)}`;
}

/** `2024-01-31 12:00:00`, with microseconds where there are any. */
export function formatDateTime(value: PyDateTime, separator: string): string {
  const { hour, minute, second, microsecond } = calendarParts(value);
  const fraction = microsecond === 0 ? '' : `.${pad(microsecond, 6)}`;
  return `${formatDate(value)}${separator}${pad(hour)}:${pad(minute)}:${pad(second)}${fraction}`;
}

export interface DeltaParts {
  readonly days: bigint;
  readonly seconds: number;
  readonly microseconds: number;
}

/** As Python keeps it: only the days are negative. */
export function deltaParts({ microseconds }: PyDelta): DeltaParts {
  const rest = ((microseconds % microsecondsPerDay) + microsecondsPerDay) % microsecondsPerDay;
  const days = (microseconds - rest) / microsecondsPerDay;
  return { days, seconds: Math.floor(Number(rest) / 1e6), microseconds: Number(rest) % 1e6 };
}

/** `1 day, 2:03:04`. */
export function formatDelta(value: PyDelta): string {
  const { days, seconds, microseconds } = deltaParts(value);
  const isOne = days === 1n || days === -1n;
  const before = days === 0n ? '' : `${days} day${isOne ? '' : 's'}, `;
  const time = `${Math.floor(seconds / 3600)}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`;
  return `${before}${time}${microseconds === 0 ? '' : `.${pad(microseconds, 6)}`}`;
}

export function representDate(value: PyDate): string {
  const { year, month, day } = calendarParts(value);
  return `datetime.date(${year}, ${month}, ${day})`;
}

export function representDateTime(value: PyDateTime): string {
  const { year, month, day, hour, minute, second, microsecond } = calendarParts(value);
  const behind = microsecond > 0 ? [second, microsecond] : second > 0 ? [second] : [];
  return `datetime.datetime(${[year, month, day, hour, minute, ...behind].join(', ')})`;
}

export function representDelta(value: PyDelta): string {
  const shown = Object.entries(deltaParts(value)).filter(([, part]) => Number(part) !== 0);
  return `datetime.timedelta(${shown.length === 0 ? '0' : shown.map(([name, part]) => `${name}=${part}`).join(', ')})`;
}

const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** A directive makes at most thirty characters, of up to ten others. */
export function spendPattern(budget: Budget, pattern: string): void {
  spendText(budget, pattern.length * 15);
  spend(budget, pattern.length * 5);
}

/** `strftime`, with English names, whatever the locale. */
export function formatByPattern(value: PyDate | PyDateTime, pattern: string): string {
  return pattern.replace(/%([\s\S]?)/g, (_, letter: string) => {
    const format = Object.hasOwn(directives, letter) ? directives[letter] : undefined;
    return format?.(value) ?? raise('ValueError', `\`%${letter}\` is no part of a date that is known here`);
  });
}

type Directive = (value: PyDate | PyDateTime) => string;

const directives: Readonly<Record<string, Directive>> = {
  '%': () => '%',
  a: (value) => (weekdays[weekdayOf(value)] ?? '').slice(0, 3),
  A: (value) => weekdays[weekdayOf(value)] ?? '',
  b: (value) => (months[calendarParts(value).month - 1] ?? '').slice(0, 3),
  B: (value) => months[calendarParts(value).month - 1] ?? '',
  c: (value) => formatByPattern(value, `%a %b ${String(calendarParts(value).day).padStart(2)} %H:%M:%S %Y`),
  d: (value) => pad(calendarParts(value).day),
  D: (value) => formatByPattern(value, '%m/%d/%y'),
  e: (value) => String(calendarParts(value).day).padStart(2),
  f: (value) => pad(calendarParts(value).microsecond, 6),
  F: (value) => formatByPattern(value, '%Y-%m-%d'),
  G: (value) => pad(isoWeek(value).year, 4),
  H: (value) => pad(calendarParts(value).hour),
  I: (value) => pad(((calendarParts(value).hour + 11) % 12) + 1),
  j: (value) => pad(dayOfYear(calendarParts(value)), 3),
  m: (value) => pad(calendarParts(value).month),
  M: (value) => pad(calendarParts(value).minute),
  n: () => '\n',
  p: (value) => (calendarParts(value).hour < 12 ? 'AM' : 'PM'),
  R: (value) => formatByPattern(value, '%H:%M'),
  S: (value) => pad(calendarParts(value).second),
  t: () => '\t',
  T: (value) => formatByPattern(value, '%H:%M:%S'),
  u: (value) => String(weekdayOf(value) + 1),
  U: (value) => pad(Math.floor((dayOfYear(calendarParts(value)) + 6 - ((weekdayOf(value) + 1) % 7)) / 7)),
  V: (value) => pad(isoWeek(value).week),
  w: (value) => String((weekdayOf(value) + 1) % 7),
  W: (value) => pad(Math.floor((dayOfYear(calendarParts(value)) + 6 - weekdayOf(value)) / 7)),
  x: (value) => formatByPattern(value, '%m/%d/%y'),
  X: (value) => formatByPattern(value, '%H:%M:%S'),
  y: (value) => pad(calendarParts(value).year % 100),
  Y: (value) => String(calendarParts(value).year),
  z: () => '',
  Z: () => '',
};
