import { describe, expect, it } from 'vitest';
import type { EngineState } from '../workflow/run-state.ts';
import { placeOf } from './place-of.ts';
import { summarizeSweep } from './sweep-summary.ts';

const job = (name: string, state: EngineState, ignored = false) => ({ name, state, ignored });

describe('summarizeSweep', () => {
  it('derives cells, counts and the whole from the jobs', () => {
    const summary = summarizeSweep([
      job('prep#0', 'completed'),
      job('train#0', 'completed'),
      job('prep#1', 'failed'),
      job('train#1', 'skipped'),
      job('prep#2', 'completed'),
      job('train#2', 'running'),
      job('prep#3', 'pending'),
      job('train#3', 'pending'),
    ]);
    expect(summary.status).toBe('running');
    expect(summary.cells.map(({ index, status }) => [index, status])).toEqual([
      [0, 'completed'],
      [1, 'failed'],
      [2, 'running'],
      [3, 'pending'],
    ]);
    expect(summary.counts).toMatchObject({ completed: 1, failed: 1, running: 1, pending: 1, cancelled: 0 });
    expect([...summary.stages.keys()]).toEqual(['prep', 'train']);
    expect(summary.stages.get('train')?.get('skipped')).toBe(1);
  });

  it('keeps what comes after all cells apart from them, and counts it', () => {
    const all = [job('train#0', 'completed'), job('sum', 'failed'), job('tell', 'skipped')];
    const { status, cells, counts, after, stages } = summarizeSweep(all);
    expect([status, cells.length, counts.completed]).toEqual(['failed', 1, 1]);
    expect(after.map(({ name }) => name)).toEqual(['sum', 'tell']);
    expect([...stages.keys()]).toEqual(['train', 'sum', 'tell']);
    expect(summarizeSweep([job('train#0', 'completed'), job('sum', 'pending')]).status).toBe('running');
  });

  it('counts an ignored failure as success', () => {
    expect(summarizeSweep([job('a#0', 'failed', true)]).status).toBe('completed');
  });

  it('counts cells that never had a job, in their place', () => {
    const { cells, counts, status } = summarizeSweep(
      [{ ...job('a#0', 'completed'), matrix: { x: '1' } }, job('a#2', 'failed')],
      [{ index: 1, values: { x: '2' } }],
    );
    expect(cells.map(({ index, status: one, values }) => [index, one, values])).toEqual([
      [0, 'completed', { x: '1' }],
      [1, 'skipped', { x: '2' }],
      [2, 'failed', {}],
    ]);
    expect([counts.skipped, status]).toEqual([1, 'failed']);
  });

  it('knows the place of a job by its name', () => {
    expect(placeOf('train-2#17')).toEqual({ stage: 'train-2', cell: 17 });
    expect(placeOf('train')).toBeUndefined();
  });
});
