import { describe, expect, it } from 'vitest';
import { planText } from '../../../test/support/plan-text.ts';
import { planSpan } from './plan-span.ts';

function spanOf(jobs: string, waits: Readonly<Record<string, number>> = {}): string {
  const span = planSpan(planText(`jobs: [${jobs}]`).jobs, new Map(Object.entries(waits)));
  return span === undefined ? 'not known' : `${span.seconds / 60} ${span.path.join(' ')}`;
}

describe('the longest way through a plan', () => {
  it.each([
    ['{name: a, command: x, time_limit: 10}', '10 a'],
    ['{name: a, command: x, time_limit: 10}, {name: b, command: x, time_limit: 5}', '10 a'],
    ['{name: a, command: x, time_limit: 10}, {name: b, command: x, time_limit: 5, depends_on: a}', '15 a b'],
    ['{name: a, command: x, time_limit: 10}, {name: b, command: x, time_limit: 5, depends_on: "after:a"}', '10 a'],
    [
      '{name: a, command: x, time_limit: 10}, {name: s, command: x, time_limit: 1}, {name: b, command: x, time_limit: 5, depends_on: [s, "afterany:a"]}',
      '15 a b',
    ],
    ['{name: a, command: x, time_limit: 10, array: 0-9%4}', '30 a'],
    ['{name: a, command: x, time_limit: 10, array: 0-9}', '10 a'],
    ['{name: a, command: x}', 'not known'],
    ['{name: a, command: x, time_limit: unlimited}', 'not known'],
  ])('%s: %s', (jobs, expected) => expect(spanOf(jobs)).toBe(expected));

  it('begins when the first jobs start', () => {
    const jobs = '{name: a, command: x, time_limit: 10}, {name: b, command: x, time_limit: 9}';
    expect(spanOf(jobs, { b: 120 })).toBe('11 b');
  });
});
