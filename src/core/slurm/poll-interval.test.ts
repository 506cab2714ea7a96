import { expect, it } from 'vitest';
import { type PollSituation, pollIntervalMs } from './poll-interval.ts';

const calm: PollSituation = { kind: 'slurm', focused: false, quietLooks: 0 };

it.each<[string, Partial<PollSituation>, number]>([
  ['while something may change', {}, 15_000],
  ['longer while nothing does', { quietLooks: 2 }, 33_750],
  ['never longer than three minutes', { quietLooks: 50 }, 180_000],
  ['under somebody’s eyes', { focused: true, quietLooks: 12 }, 5_000],
  ['under fresh eyes', { focused: true, looks: 1 }, 2_000],
  ['under eyes that have looked once', { focused: true, looks: 2 }, 3_000],
  ['under patient eyes', { focused: true, quietLooks: 13 }, 7_500],
  ['under tired eyes', { focused: true, quietLooks: 99 }, 15_000],
  ['before the controller forgets', { quietLooks: 50, onlyMemorySeconds: 90 }, 30_000],
  ['but not faster than is polite', { onlyMemorySeconds: 2 }, 1_000],
  ['a little later', { jitter: 1 }, 17_250],
  ['a little earlier', { jitter: -1 }, 12_750],
  ['on this machine', { kind: 'embedded', quietLooks: 99 }, 100],
])('%s', (_, situation, expected) => {
  expect(pollIntervalMs({ ...calm, ...situation })).toBe(expected);
});
