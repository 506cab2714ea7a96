import { describe, expect, it } from 'vitest';
import { lookPauseMs } from './look-pace.ts';

describe('lookPauseMs', () => {
  it.each([
    ['as usual', { usualMs: 5_000, tookMs: 100, failures: 0 }, 5_000],
    ['more rarely where the cluster is slow', { usualMs: 5_000, tookMs: 4_000, failures: 0 }, 20_000],
    ['soon after the first failure', { usualMs: 1_000, tookMs: 10, failures: 1 }, 5_000],
    ['later after others', { usualMs: 1_000, tookMs: 10, failures: 3 }, 20_000],
    ['not more rarely than every two minutes', { usualMs: 1_000, tookMs: 10, failures: 60 }, 120_000],
    ['but never sooner than the user wants it', { usualMs: 300_000, tookMs: 10, failures: 4 }, 300_000],
  ])('asks %s', (_, pace, expected) => {
    expect(lookPauseMs(pace)).toBe(expected);
  });
});
