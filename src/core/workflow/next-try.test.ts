import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RetryPlan } from '../job/retry-shell.ts';
import { parseJobState } from '../slurm/job-state.ts';
import { type NextTry, nextTry, type TryReceipt } from './next-try.ts';

const retry: RetryPlan = {
  ...{ max: 2, on: ['failed', 'oom', 'node_fail'], delays: [10, 40], jitterPercent: 0 },
  ...{ memory: ['MinMemoryNode=200', 'MinMemoryNode=400'], time: ['TimeLimit=20'] },
};

const receipt = (facts: Partial<TryReceipt> = {}): TryReceipt => ({ jobId: '7', signals: [], causes: [], ...facts });
const told = (...causes: readonly string[]) => receipt({ exitCode: 1, retrying: true, causes });

function next(state: string, of?: TryReceipt, plan: Parameters<typeof nextTry>[0] = { retry }): NextTry | undefined {
  return nextTry(plan, { token: 'r-0', jobId: '7', state: parseJobState(state), receipt: of });
}

describe('a job that ended', () => {
  it.each([
    ['well', 'COMPLETED', told('failed')],
    ['by a person', 'CANCELLED by 0', told('failed')],
    ['and was judged by its wrapper', 'FAILED', receipt({ exitCode: 1 })],
    ['often enough', 'FAILED', told('failed', 'oom', 'failed')],
    ['for a cause that is none here', 'PREEMPTED', receipt()],
    ['after somebody told it to', 'FAILED', receipt({ exitCode: 143, signals: ['TERM'] })],
    ['too late', 'DEADLINE', receipt({ exitCode: 1 })],
    ['not yet', 'RUNNING', receipt()],
  ])('%s has no other attempt', (_, state, of) => expect(next(state, of)).toBeUndefined());

  it.each<[string, string, TryReceipt | undefined, Partial<NextTry>]>([
    ['for the first time', 'FAILED', told('failed'), { cause: 'failed', isUntold: false, delaySeconds: 10 }],
    ['once more', 'FAILED', told('failed', 'failed'), { delaySeconds: 40 }],
    ['with its node', 'NODE_FAIL', receipt(), { cause: 'node_fail', isUntold: true }],
    ['before its wrapper ran', 'NODE_FAIL', undefined, { cause: 'node_fail', isUntold: true }],
    ['by a kill of its wrapper', 'FAILED', receipt(), { cause: 'failed', isUntold: true }],
    ['with its wrapper, for want of memory', 'OUT_OF_MEMORY', receipt(), { cause: 'oom', options: ['--mem=200M'] }],
    ['twice for want of memory', 'OUT_OF_MEMORY', told('oom', 'oom'), { options: ['--mem=400M'] }],
    ['and keeps what it has grown to', 'FAILED', told('oom', 'failed'), { cause: 'failed', options: ['--mem=200M'] }],
    // What an attempt before it wrote is no word about this one.
    ['and wrote nothing', 'NODE_FAIL', { ...told('failed'), jobId: '6' }, { cause: 'node_fail', delaySeconds: 40 }],
    // What a person put back is no attempt.
    ['after a requeue by hand', 'FAILED', told('requeue', 'failed'), { delaySeconds: 10 }],
  ])('%s has another', (_, state, of, expected) => expect(next(state, of)).toMatchObject(expected));

  it('goes on from a checkpoint, which is no attempt of `retry`, as often as it may', () => {
    const plan = { retry, checkpoint: { max: 2 } };
    expect(next('FAILED', told('failed', 'failed', 'checkpoint'), plan)).toMatchObject({ delaySeconds: 0 });
    expect(next('FAILED', told('checkpoint', 'checkpoint', 'checkpoint'), plan)).toBeUndefined();
    expect(next('FAILED', told('checkpoint', 'failed'), plan)).toMatchObject({ delaySeconds: 10 });
  });

  it('retries for an exit code that `on` names, and that the wrapper has seen', () => {
    expect(next('FAILED', told('failed'), { retry: { ...retry, on: ['exit:3'] } })).toMatchObject({ cause: 'failed' });
    expect(next('FAILED', receipt(), { retry: { ...retry, on: ['exit:3'] } })).toBeUndefined();
  });

  it('says the same whenever it is asked, with a delay that differs from job to job', () => {
    const plan = { retry: { ...retry, jitterPercent: 50 } };
    const ask = (token: string) =>
      nextTry(plan, { token, jobId: '7', state: parseJobState('FAILED'), receipt: told('failed') })?.delaySeconds ?? 0;
    fc.assert(
      fc.property(fc.string(), (token) => {
        expect(ask(token)).toBe(ask(token));
        expect(ask(token)).toBeGreaterThanOrEqual(10);
        expect(ask(token)).toBeLessThan(15);
      }),
    );
    expect(new Set(['a', 'b', 'c', 'd', 'e'].map(ask)).size).toBeGreaterThan(1);
  });
});
