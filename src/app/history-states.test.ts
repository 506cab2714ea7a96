import { describe, expect, it } from 'vitest';
import { parseHistoryStates } from './history-states.ts';

describe('parseHistoryStates', () => {
  it.each<[words: string[], states: string[], failureKinds: string[], phases: string[]]>([
    [['failed'], ['failed', 'lost', 'refused'], [], []],
    [['PD'], ['waiting', 'pending'], [], []],
    [['Skipped', 'lost'], ['skipped', 'lost'], [], []],
    [['OOM', 'NF'], [], ['oom', 'node_fail'], []],
    [['SUSPENDED', 'RUNNING'], ['running'], [], ['suspended']],
    [['CA'], ['cancelled', 'skipped', 'withdrawn'], [], []],
  ])('reads %j', (words, states, failureKinds, phases) => {
    const filter = parseHistoryStates(words);
    expect(filter).toEqual({ states: expect.arrayContaining(states), failureKinds, phases });
    expect(filter?.states).toHaveLength(states.length);
  });

  it.each([[[]], [['all']], [['failed', 'ALL']]])('%j means every job', (words) => {
    expect(parseHistoryStates(words)).toBeUndefined();
  });

  it('refuses another word with what was meant', () => {
    expect(() => parseHistoryStates(['FAILD'])).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('FAILED') }),
    );
  });
});
