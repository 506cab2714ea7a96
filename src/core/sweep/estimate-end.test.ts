import { describe, expect, it } from 'vitest';
import type { EngineState } from '../workflow/run-state.ts';
import { type EstimatedJob, type EstimateFacts, estimateEnd } from './estimate-end.ts';

const now = 10_000;

const tasks = (
  stage: string,
  states: readonly EngineState[],
  { reason, ran = 0 }: { readonly reason?: string; readonly ran?: number } = {},
): readonly EstimatedJob[] =>
  states.map((state, cell) => ({
    name: `${stage}#${cell}`,
    state,
    reason: state === 'pending' ? reason : undefined,
    startTime: state === 'running' ? now - ran : undefined,
  }));

const many = (count: number, state: EngineState) => Array.from({ length: count }, () => state);

const after = (parent: string, type = 'afterok') => ({ edges: [{ type, parent }] });

const train = { name: 'train', edges: [] };
const both = [train, { name: 'eval', ...after('train') }];

const estimate = (facts: Partial<EstimateFacts>) =>
  estimateEnd({ jobs: [], stages: [train], durations: new Map([['train', [100]]]), maxParallel: 2, now, ...facts });

describe('estimateEnd', () => {
  it('is not known before a task has completed, nor when all have ended', () => {
    const jobs = tasks('train', ['running', 'pending']);
    expect(estimate({ jobs, durations: new Map() })).toBeUndefined();
    expect(estimate({ jobs: tasks('train', ['completed', 'failed']) })).toBeUndefined();
    expect(estimate({ jobs })).toBe(100);
  });

  it('is not known of a sweep that is paused, or that has no room at all', () => {
    expect(estimate({ jobs: tasks('train', ['completed', 'pending'], { reason: 'JobHeldUser' }) })).toBeUndefined();
    expect(estimate({ jobs: tasks('train', ['completed', 'pending'], { reason: 'Resources' }) })).toBeUndefined();
  });

  it('is not known where some is held and nothing runs, and else leaves out nothing', () => {
    const held = tasks('train', ['completed', 'pending'], { reason: 'JobHeldUser' });
    const waiting = tasks('eval', ['pending'], { reason: 'Dependency' });
    expect(estimate({ jobs: [...held, ...waiting], stages: both })).toBeUndefined();
    expect(estimate({ jobs: [...held, ...waiting, ...tasks('train', ['running'])], stages: both })).toBe(200);
  });

  it('takes the median, and what has run already off', () => {
    const durations = new Map([['train', [1, 100, 100, 100, 5000]]]);
    expect(estimate({ jobs: tasks('train', ['running'], { ran: 30 }), durations })).toBe(70);
    expect(estimate({ jobs: tasks('train', ['running'], { ran: 300 }), durations })).toBe(0);
    expect(estimate({ jobs: tasks('train', ['running']), durations: new Map([['train', [10, 20]]]) })).toBe(15);
  });

  it('fills the places one after another', () => {
    const jobs = tasks('train', ['running', 'running', ...many(5, 'pending')], {
      ran: 40,
      reason: 'JobArrayTaskLimit',
    });
    // 60 for those that run, then five in two places.
    expect(estimate({ jobs })).toBe(60 + 300);
    expect(estimate({ jobs, maxParallel: 7 })).toBe(100);
  });

  it('keeps as many places as run now where the others wait for room', () => {
    const jobs = tasks('train', ['running', 'running', ...many(6, 'pending')], { reason: 'Resources' });
    expect(estimate({ jobs, maxParallel: 100 })).toBe(400);
  });

  it('adds what comes after the last task of a job, and guesses by the others how long that takes', () => {
    const jobs = [...tasks('train', ['completed', 'running']), ...tasks('eval', ['pending', 'pending'])];
    expect(estimate({ jobs, stages: both })).toBe(200);
    expect(
      estimate({
        jobs,
        stages: both,
        durations: new Map([
          ['train', [100]],
          ['eval', [7]],
        ]),
      }),
    ).toBe(107);
  });

  it('does not count tasks that never begin', () => {
    const sorry = [train, { name: 'sorry', ...after('train', 'afternotok') }];
    const handlers = [...tasks('train', ['running', 'running']), ...tasks('sorry', ['pending', 'pending'])];
    expect(estimate({ jobs: handlers, stages: sorry })).toBe(100);
    // Of four that could, one did.
    const states: readonly EngineState[] = ['completed', 'skipped', 'skipped', 'skipped', ...many(8, 'pending')];
    expect(estimate({ jobs: tasks('train', states), maxParallel: 1 })).toBe(200);
  });

  it('lets cells take turns', () => {
    const jobs = [...tasks('train', many(6, 'pending')), ...tasks('eval', many(6, 'pending'))];
    const durations = new Map([
      ['train', [100]],
      ['eval', [50]],
    ]);
    expect(estimate({ jobs, stages: both, durations, maxParallel: 6 })).toBe(150);
    expect(estimate({ jobs, stages: both, durations, maxParallel: 6, cellsInTurn: 2 })).toBe(450);
  });
});
