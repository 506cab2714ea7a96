import { describe, expect, it } from 'vitest';
import { type CellFact, failFastWords, judgeSweep } from './fail-fast.ts';

const fact = (name: string, facts: Partial<CellFact> = {}): CellFact => ({
  name,
  failed: false,
  running: false,
  begun: false,
  endTime: undefined,
  ...facts,
});
const failed = (name: string, endTime: number) => fact(name, { failed: true, begun: true, endTime });

describe('judgeSweep', () => {
  it('names the failure that was one too many, whatever the order of the cells', () => {
    const facts = [failed('train#0', 30), failed('train#1', 10), failed('train#2', 20), fact('train#3')];
    expect(judgeSweep(facts, { after: 1 }).by).toBe('train#1');
    expect(judgeSweep(facts, { after: 2 }).by).toBe('train#2');
    expect(judgeSweep(facts, { after: 3 }).by).toBe('train#0');
    expect(judgeSweep(facts, { after: 4 })).toMatchObject({ by: undefined, mayCome: false });
    expect(failFastWords('train#0')).toBe('fail_fast: train#0 failed');
  });

  it('counts a cell once, with the first of its failures', () => {
    const facts = [failed('a#0', 20), failed('b#0', 10), failed('a#1', 15)];
    expect(judgeSweep(facts, { after: 1 }).by).toBe('b#0');
    expect(judgeSweep(facts, { after: 2 }).by).toBe('a#1');
    expect(judgeSweep(facts, { after: 3 }).by).toBeUndefined();
  });

  it('expects that what runs may fail, but no cell twice', () => {
    const running = (name: string) => fact(name, { running: true, begun: true });
    expect(judgeSweep([failed('a#0', 1), running('b#0')], { after: 2 }).mayCome).toBe(false);
    expect(judgeSweep([failed('a#0', 1), running('a#1')], { after: 2 }).mayCome).toBe(true);
  });

  it('knows the cells that have begun, and leaves jobs of no cell out', () => {
    const facts = [failed('a#0', 1), fact('a#1'), fact('b#1', { begun: true }), fact('a#2'), failed('best', 1)];
    const { begun, failed: cells } = judgeSweep(facts, { after: 1 });
    expect([[...begun], [...cells]]).toEqual([[0, 1], [0]]);
  });
});
