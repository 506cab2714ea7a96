import { expect, it } from 'vitest';
import type { JobObservation } from './job-observation.ts';
import { parseJobState } from './job-state.ts';
import { observationFromReceipt, type Receipt } from './observation-from-receipt.ts';

const known: JobObservation = {
  ...{
    jobId: '7',
    rawId: '7',
    state: parseJobState('RUNNING'),
    name: 'train',
    nodes: 2,
    cpus: 8,
    gpus: 1,
    restarts: 0,
  },
  ...{ submitTime: 90, startTime: 100, timeLimitSeconds: 60, partition: 'gpu', source: 'controller' },
};

const receipt = (facts: Partial<Receipt>): Receipt => ({
  token: 't',
  attempts: 1,
  signals: [],
  startTime: 100,
  ...facts,
});
const job = { jobId: '7', name: 'n', notBefore: 0, known };

it.each<[string, Partial<Receipt>, string, string | undefined]>([
  ['an end', { endTime: 110, exitCode: 0 }, 'COMPLETED', undefined],
  ['a failure', { endTime: 110, exitCode: 3 }, 'FAILED', 'exit'],
  ['a signal', { endTime: 110, exitCode: 137 }, 'FAILED', 'exit'],
  ['a cancellation', { endTime: 110, exitCode: 143, signals: ['TERM'] }, 'CANCELLED', 'cancelled'],
  ['the time limit', { endTime: 161, exitCode: 143, signals: ['TERM'] }, 'TIMEOUT', 'timeout'],
  ['the time limit, well taken', { endTime: 161, exitCode: 0, signals: ['CONT', 'TERM'] }, 'TIMEOUT', 'timeout'],
  ['a signal that was asked for', { endTime: 110, exitCode: 0, signals: ['TERM'] }, 'COMPLETED', undefined],
  ['another signal', { endTime: 110, exitCode: 1, signals: ['USR1'] }, 'FAILED', 'exit'],
  ['only a start', {}, 'RUNNING', undefined],
])('tells %s', (_, facts, status, failureKind) => {
  const { state } = observationFromReceipt(receipt(facts), job);
  expect(state).toMatchObject({ status, terminal: status !== 'RUNNING' });
  expect(state.failureKind).toBe(failureKind);
});

it('keeps what was known before', () => {
  const seen = observationFromReceipt(receipt({ endTime: 110, exitCode: 130 }), job);
  expect(seen).toMatchObject({ name: 'train', nodes: 2, partition: 'gpu', submitTime: 90, source: 'receipt' });
  expect(seen).toMatchObject({ startTime: 100, endTime: 110, exit: { code: 130, signal: 0 } });
});

it('is enough alone', () => {
  const seen = observationFromReceipt(receipt({ attempts: 3, exitCode: 0 }), { ...job, known: undefined });
  expect(seen).toMatchObject({ jobId: '7', rawId: '7', name: 'n', restarts: 2, state: { status: 'COMPLETED' } });
});

it('never counts fewer restarts than the controller did', () => {
  expect(observationFromReceipt(receipt({}), { ...job, known: { ...known, restarts: 2 } }).restarts).toBe(2);
});
