import { expect, it } from 'vitest';
import { firstToken, tokenOfTry } from './try-token.ts';

it('gives every attempt a token from which that of the job is told', () => {
  expect([1, 2, 11].map((number) => tokenOfTry('run-3', number))).toEqual(['run-3', 'run-3.t2', 'run-3.t11']);
  expect(tokenOfTry('run-3.t2', 3)).toBe('run-3.t3');
  expect(firstToken('run-3.t11')).toBe('run-3');
  // The receipt of a task.
  expect(firstToken('run-3.11')).toBe('run-3.11');
});
