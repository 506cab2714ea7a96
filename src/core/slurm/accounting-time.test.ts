import { describe, expect, it } from 'vitest';
import { SrunxError } from '../errors.ts';
import { checkAccountingTime } from './accounting-time.ts';

describe('checkAccountingTime', () => {
  // Each of them was given to a real sacct.
  it.each([
    ...[
      'now',
      'NOW',
      'now-2days',
      'now-30minutes',
      'now-1week',
      'now - 1hour',
      'now-5',
      'now-1hours',
      'midnight',
      'noon',
    ],
    ...['today', 'tomorrow', '2026-11-25', '2026-11-25T10:00', '2026-11-25T10:00:00', '2026-11-25 10:00:00', '11/25'],
    ...['1125', '112526', '11.25.26-10:00', '10:00', '10:00PM', 'uts1795470000', 'fika'],
  ])('takes %j as it is', (text) => expect(checkAccountingTime(text, '-S')).toBe(text));

  it.each([
    ...['now-1hou', 'today+3hours', 'noon-1hour', '2026-13-01', '25:00', '2026-11-25T10:00:00.5', 'uts1000', '11-25'],
    ...['now+', 'elevenses', '', ' ', '2026-11-25; rm', 'now-1day,x'],
  ])('refuses %j, as Slurm does', (text) => expect(() => checkAccountingTime(text, '-S')).toThrow(SrunxError));

  it.each([
    ['now-24h', 'now-24hours'],
    ['2d', 'now-2days'],
    ['-90m', 'now-90minutes'],
    ['yesterday', 'now-1day'],
    ['2026-11', '2026-11-01'],
    ['11/25/2026', '11/25/26'],
    ['2026-11-25T10', '2026-11-25T10:00'],
  ])('knows what %j is for Slurm', (text, meant) => {
    expect(() => checkAccountingTime(text, '-S')).toThrow(
      expect.objectContaining({ hint: `Slurm writes it \`${meant}\`.` }),
    );
    expect(checkAccountingTime(meant, '-S')).toBe(meant);
  });
});
