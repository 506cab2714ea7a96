import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../errors.ts';
import { formatDuration, parseElapsed, parseTimeLimitInput, parseTimeLimitOutput } from './duration.ts';

describe('parseElapsed', () => {
  it.each([
    ['0:05', 5],
    ['10:00', 600],
    ['1:30:00', 5_400],
    ['1-12:00:00', 129_600],
    ['365-00:00:00', 31_536_000],
    ['01:02.500', 62.5],
    ['00:00:00', 0],
    ['UNLIMITED', undefined],
    ['NOT_SET', undefined],
    ['INVALID', undefined],
    ['N/A', undefined],
    ['', undefined],
    ['5', undefined],
    ['1-5', undefined],
    ['-1:00', undefined],
    ['1:00 ', undefined],
  ])('%s: %s', (text, seconds) => expect(parseElapsed(text)).toBe(seconds));
});

describe('parseTimeLimitOutput', () => {
  it.each([
    ['1:00', 60],
    ['7-00:00:00', 604_800],
    ['UNLIMITED', null],
    ['infinite', null],
    ['NOT_SET', undefined],
    ['INVALID', undefined],
    ['Partition_Limit', undefined],
    ['N/A', undefined],
    ['', undefined],
  ])('%s: %s', (text, limit) => expect(parseTimeLimitOutput(text)).toBe(limit));
});

describe('parseTimeLimitInput', () => {
  it.each([
    ['90', 90],
    ['1:30', 2],
    ['0:01', 1],
    ['10:00', 10],
    ['1:30:00', 90],
    ['0:00:30', 1],
    ['1-12', 2_160],
    ['1-12:30', 2_190],
    ['1-12:30:01', 2_191],
    ['4294967293', undefined],
    ['0', 'unlimited'],
    ['0:00', 'unlimited'],
    ['0-0', 'unlimited'],
    ['-1', 'unlimited'],
    ['UNLIMITED', 'unlimited'],
    ['infinite', 'unlimited'],
  ])('%s: %s', (text, minutes) => {
    if (minutes === undefined) expect(() => parseTimeLimitInput(text)).toThrow(UsageError);
    else expect(parseTimeLimitInput(text)).toBe(minutes);
  });

  it.each([
    'soon',
    '',
    ' 90',
    '90 ',
    '1.5',
    '-2',
    '1h',
    '1-',
    '-',
    '1:2:3:4',
    '1-1:2:3:4',
    '1-12:',
    '９０',
    '99999999999',
  ])('refuses %j', (text) => expect(() => parseTimeLimitInput(text)).toThrow(UsageError));
});

describe('formatDuration', () => {
  it.each([
    [5, '0:05'],
    [59.9, '0:59'],
    [600, '10:00'],
    [5_400, '1:30:00'],
    [129_600, '1-12:00:00'],
    [-3, '0:00'],
  ])('%i: %s', (seconds, text) => expect(formatDuration(seconds)).toBe(text));

  it('is read back', () => {
    fc.assert(
      fc.property(fc.nat(), (seconds) => {
        expect(parseElapsed(formatDuration(seconds))).toBe(seconds);
        expect(parseTimeLimitOutput(formatDuration(seconds))).toBe(seconds);
      }),
    );
  });

  it('is what a limit may be written as, from one hour on', () => {
    fc.assert(
      fc.property(fc.integer({ min: 60, max: 10_000_000 }), (minutes) => {
        expect(parseTimeLimitInput(formatDuration(minutes * 60))).toBe(minutes);
      }),
    );
  });
});
