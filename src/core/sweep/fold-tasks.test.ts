import { expect, it } from 'vitest';
import { foldTasks } from './fold-tasks.ts';

const fold = (meant: readonly string[], spared: readonly string[] = []) => [...foldTasks({ meant, spared })];

it('names whole arrays by their ids', () => {
  expect(fold(['8_1', '7_1', '8_0', '7_0'])).toEqual([
    ['8', ['8_1', '8_0']],
    ['7', ['7_1', '7_0']],
  ]);
});

it('names the tasks of an array of which others are spared', () => {
  const meant = ['8_9', '8_2', '8_1', '8_0', '7_4', '9_1', '9_2'];
  expect(fold(meant, ['8_3', '7_5']).map(([word]) => word)).toEqual(['8_[0-2,9]', '7_4', '9']);
});

it('names the last task by its array, and what is no task by itself', () => {
  expect(fold(['12_5', '13', '14+1'])).toEqual([
    ['12', ['12_5']],
    ['13', ['13']],
    ['14+1', ['14+1']],
  ]);
  expect(fold([])).toEqual([]);
});
