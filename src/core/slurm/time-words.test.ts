import { expect, test } from 'vitest';
import { parseTimeWords } from './time-words.ts';

/** A Tuesday, 14:00 in whatever time zone this runs. */
const now = new Date(2030, 0, 15, 14, 0, 0).getTime();

function at(month: number, day: number, hours = 0, minutes = 0, seconds = 0): number {
  return new Date(2030, month - 1, day, hours, minutes, seconds).getTime();
}

test.each<[string, number]>([
  ['now', now],
  ['now+1', now + 1_000],
  ['now+1hour', now + 3_600_000],
  ['now+60minutes', now + 3_600_000],
  ['now+2 days', now + 172_800_000],
  ['now-1h', now - 3_600_000],
  ['16:00', at(1, 15, 16)],
  ['13:00', at(1, 16, 13)],
  ['12:30:15', at(1, 16, 12, 30, 15)],
  ['4:00 pm', at(1, 15, 16)],
  ['12:00am', at(1, 16)],
  ['noon', at(1, 16, 12)],
  ['midnight', at(1, 16)],
  ['teatime', at(1, 15, 16)],
  ['today', at(1, 15)],
  ['tomorrow', at(1, 16)],
  ['tomorrow 16:00', at(1, 16, 16)],
  ['noon tomorrow', at(1, 16, 12)],
  ['2030-01-20', at(1, 20)],
  ['2030-01-20T12:34:56', at(1, 20, 12, 34, 56)],
  ['2030-1-20-12:34', at(1, 20, 12, 34)],
  ['01/20', at(1, 20)],
  ['01/20/30-16:00', at(1, 20, 16)],
  ['0120', at(1, 20)],
  ['20.01.30', at(1, 20)],
  ['uts1900000000', 1_900_000_000_000],
])('%s', (text, expected) => {
  expect(parseTimeWords(text, { now, clock: 'next' })).toBe(expected);
});

test.each(['someday', '25', 'now+'])('`%s` is no time', (text) => {
  expect(parseTimeWords(text, { now, clock: 'next' })).toBeUndefined();
});

test.each<[string, number]>([
  ['13:00', at(1, 15, 13)],
  ['16:00', at(1, 15, 16)],
  ['midnight', at(1, 15)],
  ['tomorrow', at(1, 16)],
  ['now-2weeks', now - 14 * 86_400_000],
  ['now - 3 days', now - 3 * 86_400_000],
])('looking back, %s is today where no day is named', (text, expected) => {
  expect(parseTimeWords(text, { now, clock: 'today' })).toBe(expected);
});
