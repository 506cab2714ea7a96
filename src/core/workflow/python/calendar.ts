import { raise } from './python-error.ts';
import type { PyDate, PyDateTime } from './values.ts';

/** Of a day or a moment, in the calendar. */
export interface CalendarParts {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly microsecond: number;
}

export const microsecondsPerDay = 86_400_000_000n;

const daysBefore = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365];
const lastDay = 3_652_059;

export function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

export function daysIn(year: number, month: number): number {
  return (daysBefore[month] ?? 0) - (daysBefore[month - 1] ?? 0) + (month === 2 && isLeap(year) ? 1 : 0);
}

/** Days from the beginning of the year, from 1. */
export function dayOfYear({ year, month, day }: CalendarParts): number {
  return (daysBefore[month - 1] ?? 0) + (month > 2 && isLeap(year) ? 1 : 0) + day;
}

function daysUntil(year: number): number {
  const before = year - 1;
  return before * 365 + Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400);
}

export function dayOf(year: number, month: number, day: number): number {
  if (year < 1 || year > 9999) raise('ValueError', `year ${year} is out of range`);
  if (month < 1 || month > 12) raise('ValueError', 'month must be in 1..12');
  if (day < 1 || day > daysIn(year, month)) raise('ValueError', 'day is out of range for month');
  return daysUntil(year) + dayOfYear({ year, month, day, hour: 0, minute: 0, second: 0, microsecond: 0 });
}

export function dateOf(day: number): PyDate {
  return day < 1 || day > lastDay ? raise('OverflowError', 'date value out of range') : { type: 'date', day };
}

export function dateTimeOf(microseconds: bigint): PyDateTime {
  dateOf(Number(microseconds / microsecondsPerDay));
  return { type: 'datetime', microseconds };
}

export function calendarParts(value: PyDate | PyDateTime): CalendarParts {
  if (value.type === 'date') return { ...splitDay(value.day), hour: 0, minute: 0, second: 0, microsecond: 0 };
  const rest = Number(value.microseconds % microsecondsPerDay);
  const seconds = Math.floor(rest / 1e6);
  return {
    ...splitDay(Number(value.microseconds / microsecondsPerDay)),
    hour: Math.floor(seconds / 3600),
    minute: Math.floor(seconds / 60) % 60,
    second: seconds % 60,
    microsecond: rest % 1e6,
  };
}

function splitDay(day: number): { readonly year: number; readonly month: number; readonly day: number } {
  // A little too late or right, and then corrected.
  let year = Math.floor(day / 365.2425) + 1;
  while (daysUntil(year) >= day) year -= 1;
  while (daysUntil(year + 1) < day) year += 1;
  let rest = day - daysUntil(year);
  let month = 1;
  while (rest > daysIn(year, month)) {
    rest -= daysIn(year, month);
    month += 1;
  }
  return { year, month, day: rest };
}

/** Monday is 0. */
export function weekdayOf(value: PyDate | PyDateTime): number {
  const day = value.type === 'date' ? value.day : Number(value.microseconds / microsecondsPerDay);
  return (day + 6) % 7;
}

/** The year that a week belongs to, and its number from 1, by ISO 8601. */
export function isoWeek(value: PyDate | PyDateTime): { readonly year: number; readonly week: number } {
  const parts = calendarParts(value);
  const week = Math.floor((dayOfYear(parts) - weekdayOf(value) + 9) / 7);
  if (week < 1) return { year: parts.year - 1, week: weeksIn(parts.year - 1) };
  return week > weeksIn(parts.year) ? { year: parts.year + 1, week: 1 } : { year: parts.year, week };
}

function weeksIn(year: number): number {
  // Those that begin with a Thursday, and leap years that begin with a Wednesday.
  const first = (daysUntil(year) + 7) % 7;
  return first === 3 || (first === 2 && isLeap(year)) ? 53 : 52;
}
