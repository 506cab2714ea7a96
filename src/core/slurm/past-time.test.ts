import { describe, expect, it } from 'vitest';
import { parseAge, parsePastTime } from './past-time.ts';

/** A Tuesday, 14:00 in whatever time zone this runs. */
const now = new Date(2030, 0, 15, 14, 0, 0).getTime();
const past = (text: string) => parsePastTime(text, { option: '--since', now });

describe('parsePastTime', () => {
  it.each([
    ['now-7days', now - 7 * 86_400_000],
    ['now-2weeks', now - 14 * 86_400_000],
    ['today', new Date(2030, 0, 15).getTime()],
    ['09:30', new Date(2030, 0, 15, 9, 30).getTime()],
    ['16:00', new Date(2030, 0, 15, 16).getTime()],
    ['2029-12-24T18:00', new Date(2029, 11, 24, 18).getTime()],
    ['12/24/29', new Date(2029, 11, 24).getTime()],
  ])('reads %s', (text, expected) => {
    expect(past(text)).toBe(expected);
  });

  it.each(['', 'yesterday', '7d', 'now-7x', '2030-13-01', '25:00', '$(x)'])('refuses `%s`, and says how', (text) => {
    expect(() => past(text)).toThrow(expect.objectContaining({ code: 'usage.time' }));
  });
});

describe('parseAge', () => {
  it.each([
    ['90d', 90 * 86_400_000],
    ['12H', 12 * 3_600_000],
    ['0s', 0],
    ['2w', 14 * 86_400_000],
  ])('reads %s', (text, expected) => {
    expect(parseAge(text, '--older-than')).toBe(expected);
  });

  it.each(['', '90', 'd', '-1d', '1.5h', '1y'])('refuses `%s`', (text) => {
    expect(() => parseAge(text, '--older-than')).toThrow(expect.objectContaining({ code: 'usage.age' }));
  });
});
