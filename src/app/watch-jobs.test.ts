import { expect, it } from 'vitest';
import { parseJobState } from '../core/slurm/job-state.ts';
import { isWatchOver, type WatchEnd } from './watch-jobs.ts';

function isOver(states: string, until: WatchEnd | undefined, failFast = false): boolean {
  const rows = states.split(' ').flatMap((raw) => (raw === '' ? [] : [{ state: parseJobState(raw) }]));
  return isWatchOver(rows, { until, failFast });
}

it.each([
  // What is seen, and whether that is the end for: no choice, running, any.
  ['', true, true, true],
  ['PENDING', false, false, false],
  ['CONFIGURING', false, false, false],
  ['REQUEUED', false, false, false],
  ['RUNNING PENDING', false, false, false],
  ['RUNNING SUSPENDED', false, true, false],
  ['COMPLETING', false, true, false],
  ['RUNNING COMPLETED', false, true, true],
  ['PENDING CANCELLED', false, false, true],
  ['COMPLETED NODE_FAIL', true, true, true],
  ['SOMETHING_NEW', false, false, false],
])('%j: all ended %s, all started %s, one ended %s', (states, done, running, any) => {
  expect(isOver(states, undefined)).toBe(done);
  expect(isOver(states, 'done')).toBe(done);
  expect(isOver(states, 'running')).toBe(running);
  expect(isOver(states, 'any')).toBe(any);
});

it.each([
  ['RUNNING PENDING COMPLETED', false],
  ['RUNNING CANCELLED', false],
  ['RUNNING FAILED', true],
  ['PENDING TIMEOUT', true],
  ['PENDING OUT_OF_MEMORY', true],
])('ends fast with %j: %s', (states, over) => {
  expect(isOver(states, 'done', true)).toBe(over);
  expect(isOver(states, 'done', false)).toBe(false);
});
