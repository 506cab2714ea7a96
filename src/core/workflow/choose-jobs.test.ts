import { describe, expect, it } from 'vitest';
import { chooseJobs } from './choose-jobs.ts';

const matrix = { lr: '1' };
const all = [
  { name: 'prep.a' },
  { name: 'train-1', matrix },
  { name: 'train-12', matrix },
  { name: 'train' },
  { name: 'x-1' },
];

describe('the jobs of a run that are chosen', () => {
  it.each<[string[], string[]]>([
    [[], ['prep.a', 'train-1', 'train-12', 'train', 'x-1']],
    [['train-1'], ['train-1']],
    [['train'], ['train-1', 'train-12', 'train']],
    [['x'], []],
    [['train-*'], ['train-1', 'train-12']],
    [
      ['*-1', 'prep*'],
      ['prep.a', 'train-1', 'x-1'],
    ],
    [['?-[0-3]'], ['x-1']],
    [['[!t]*'], ['prep.a', 'x-1']],
    [['prep?a'], ['prep.a']],
    [['prep_a'], []],
    [['train-[9-0]'], []],
    [['train-[1'], []],
    [['(train|x)-1'], []],
  ])('by %j', (words, names) => {
    const { jobs, unknown } = chooseJobs(all, words);
    expect(jobs.map(({ name }) => name)).toEqual(names);
    expect(unknown).toEqual(names.length === 0 ? words : []);
  });

  it('tells the words that name none', () => {
    expect(chooseJobs(all, ['train', 'trian', 'y*']).unknown).toEqual(['trian', 'y*']);
  });
});
