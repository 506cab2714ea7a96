import { expect, it } from 'vitest';
import { hasBegun } from './has-begun.ts';

const job = { restarts: 0, startTime: undefined, endTime: undefined };

it.each([
  ['a job in the queue', { ...job, state: 'pending' }, false],
  ['one that is not submitted yet', { ...job, state: 'waiting' }, false],
  ['one that is back for its second attempt', { ...job, state: 'pending', restarts: 1 }, true],
  ['one that runs', { ...job, state: 'running', restarts: 1, startTime: 5 }, true],
  ['one that failed', { ...job, state: 'failed', restarts: 1, startTime: 5, endTime: 5 }, true],
  ['one that was cancelled while it waited', { state: 'cancelled', restarts: 1, startTime: 5, endTime: 5 }, false],
  ['one that was cancelled while it ran', { state: 'cancelled', restarts: 1, startTime: 5, endTime: 7 }, true],
  ['one that never will', { ...job, state: 'skipped' }, false],
] as const)('%s', (_, facts, begun) => {
  expect(hasBegun(facts)).toBe(begun);
});
