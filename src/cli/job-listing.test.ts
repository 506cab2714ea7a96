import { expect, it } from 'vitest';
import { parseJobState } from '../core/slurm/job-state.ts';
import { jobJson, stateText } from './job-listing.ts';

it.each([
  ['RUNNING', 'RUNNING'],
  ['COMPLETING', 'RUNNING (COMPLETING)'],
  ['NODE_FAIL', 'FAILED (NODE_FAIL)'],
  ['CANCELLED by 1000', 'CANCELLED'],
  ['BRAND_NEW', 'UNKNOWN (BRAND_NEW)'],
])('shows %s as %s', (raw, expected) => {
  expect(stateText({ state: parseJobState(raw) })).toBe(expected);
});

it('has a JSON of a job whose fields do not change, with null for what is not known', () => {
  const json = jobJson({
    ...{ jobId: '7', rawId: '7', state: parseJobState('PENDING'), nodes: 1, cpus: 2, gpus: 0, restarts: 0 },
    ...{ name: 'a "b"\n日本', submitTime: 1_767_225_600, timeLimitSeconds: null, source: 'controller' },
  });
  expect(json).toEqual({
    ...{ job_id: '7', raw_id: '7', array_job_id: null, array_task: null, user: null, name: 'a "b"\n日本' },
    ...{ account: null, qos: null, priority: null, dependency: null, scheduled_nodes: null },
    ...{ partition: null, status: 'PENDING', raw_state: 'PENDING', phase: null, failure_kind: null, reason: null },
    ...{ exit_code: null, exit_signal: null, restarts: 0, nodes: 1, cpus: 2, gpus: 0, nodelist: null },
    ...{ submit_time: '2026-01-01T00:00:00.000Z', start_time: null, end_time: null, elapsed_time: null },
    ...{ elapsed_seconds: null, time_limit: 'UNLIMITED', time_limit_seconds: null, work_dir: null },
  });
});
