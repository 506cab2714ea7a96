import { describe, expect, it } from 'vitest';
import { tell } from './act-on-jobs.ts';

const done = (jobId: string) => ({ jobId, words: 'held', isFailure: false });
const denied = (jobId: string) => ({ jobId, words: 'permission denied: not yours', isFailure: true });

describe('tell', () => {
  it.each([
    [[done('1')], '1: held', false],
    [[done('1'), done('2'), done('3')], '1, 2, 3: held', false],
    [[done('1'), done('2'), done('3'), done('4')], '4 jobs: held', false],
    [[done('1'), denied('2'), done('3')], '2: permission denied: not yours; 1, 3: held', true],
    [[], '', false],
  ])('says %j in one line, what went wrong first', (outcomes, text, isFailure) => {
    expect(tell(outcomes)).toEqual({ text, isFailure });
  });
});
