import { expect, it } from 'vitest';
import { chooseStages } from './choose-stages.ts';

const jobs = ['prep#0', 'train-a#0', 'prep#1', 'train-a#1'].map((name) => ({ name }));
const chosen = (...words: string[]) => chooseStages(jobs, words).jobs.map(({ name }) => name);

it.each([
  ['all', [], ['prep#0', 'train-a#0', 'prep#1', 'train-a#1']],
  ['a job of every cell', ['prep'], ['prep#0', 'prep#1']],
  ['a pattern', ['train-*'], ['train-a#0', 'train-a#1']],
  ['a job of one cell', ['prep#1'], ['prep#1']],
  ['both', ['prep', 'train-a#0'], ['prep#0', 'train-a#0', 'prep#1']],
])('%s', (_, words, expected) => {
  expect(chosen(...words)).toEqual(expected);
});

it('says which words name nothing', () => {
  expect(chooseStages(jobs, ['prep', 'eval', 'prep#7'])).toMatchObject({
    unknown: ['eval', 'prep#7'],
    stages: ['prep', 'train-a'],
  });
});
