import { describe, expect, it } from 'vitest';
import { parseStates } from './list-queue.ts';

describe('parseStates', () => {
  it.each([
    ['PENDING', 'PENDING'],
    ['pd', 'PENDING'],
    ['R', 'RUNNING'],
    ['cg', 'COMPLETING'],
    ['OOM', 'OUT_OF_MEMORY'],
    ['node_fail', 'NODE_FAIL'],
    ['all', 'ALL'],
    ['unknown', 'UNKNOWN'],
  ])('reads %s as %s', (word, expected) => {
    expect(parseStates([word])).toEqual([expected]);
  });

  it.each([
    ['PENDNG', 'Did you mean `PENDING`?'],
    ['constructor', 'There are: ALL, '],
    ['X', 'There are: ALL, '],
  ])('refuses %s', (word, hint) => {
    expect(() => parseStates([word])).toThrow(expect.objectContaining({ hint: expect.stringContaining(hint) }));
  });
});
