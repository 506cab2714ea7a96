import { expect, it } from 'vitest';
import { checkpointJson, retryJson } from './retry-json.ts';

it('a retry has the names of workflow files, and units', () => {
  const plan = {
    max: 2,
    on: ['oom'],
    delays: [60, 120],
    jitterPercent: 10,
    memory: ['MinMemoryNode=200'],
    time: [],
  } as const;
  expect(retryJson(plan)).toEqual({
    ...{ max: 2, on: ['oom'], delays_seconds: [60, 120], jitter_percent: 10 },
    grow: { memory: ['MinMemoryNode=200'], time: [] },
  });
});

it('a checkpoint says what it has not', () => {
  expect(checkpointJson({ before: 300, signal: 'USR1', wait: 270, max: 3 })).toEqual({
    ...{ before_seconds: 300, signal: 'USR1', command: null, wait_seconds: 270, max: 3 },
  });
});
