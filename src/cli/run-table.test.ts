import { describe, expect, it } from 'vitest';
import type { RunStatusView } from '../app/run-status-view.ts';
import type { EngineState } from '../core/workflow/run-state.ts';
import { formatRun, runJson } from './run-table.ts';

function runOf(states: readonly EngineState[]): RunStatusView {
  const final = new Set<EngineState>(['completed', 'failed', 'skipped']);
  return {
    ...{ id: 'abc', kind: 'workflow', name: 'pipe', source: 'pipe.yaml', target: 'embedded', status: 'running' },
    ...{ handover: 'done', createdAt: Date.UTC(2026, 0, 1), directory: '/runs/abc', isSweep: false, leftOut: [] },
    jobs: states.map((state, index) => ({
      ...{ name: `j${index}`, jobId: `${index}`, state, rawState: undefined, final: final.has(state), ignored: false },
      ...{
        reason: undefined,
        tasks: undefined,
        matrix: undefined,
        exitCode: undefined,
        exitSignal: undefined,
        attempts: 0,
        restarts: 0,
      },
      ...{ startTime: undefined, endTime: undefined, nodeList: undefined },
    })),
  } as RunStatusView;
}

describe('formatRun', () => {
  it('shows every job where there is room', () => {
    const lines = formatRun(runOf(['completed', 'running']), 0);
    expect(lines[0]).toBe('pipe  run abc on embedded: running (1 of 2 jobs ended)');
    expect(lines).toHaveLength(4);
  });

  it('shows what runs and what failed first where there is not, in the order of the run, and counts the rest', () => {
    const states: EngineState[] = ['completed', 'completed', 'failed', 'completed', 'pending', 'running', 'pending'];
    const lines = formatRun(runOf(states), 0, { maxLines: 6 });
    expect(lines.map((line) => line.split(/\s+/)[0])).toEqual(['pipe', 'JOB', 'j2', 'j4', 'j5', '…']);
    expect(lines.at(-1)).toBe('… and 4 more: 3 completed, 1 pending');
  });
});

it('says of a failed job that it is ignored', () => {
  const run = runOf(['failed', 'completed']);
  const jobs = run.jobs.map((job, index) => ({ ...job, ignored: index === 0 }));
  expect(formatRun({ ...run, jobs }, 0)[2]).toMatch(/^j0 +0 +failed \(ignored\) /);
});

it('says how far an array is', () => {
  const run = runOf(['running', 'completed']);
  const jobs = run.jobs.map((job) => ({ ...job, tasks: { total: 10, done: job.final ? 10 : 3 } }));
  const lines = formatRun({ ...run, jobs }, 0);
  expect(lines[2]).toMatch(/^j0 +0 +running \(3 of 10 done\) /);
  expect(lines[3]).toMatch(/^j1 +1 +completed +-/);
});

it('shows the values of a matrix where there is one', () => {
  const run = runOf(['running', 'completed']);
  const jobs = run.jobs.map((job, index) => (index === 0 ? { ...job, matrix: { lr: '0.10', data: 'a b' } } : job));
  const lines = formatRun({ ...run, jobs }, 0);
  expect(lines[1]).toMatch(/^JOB {2}MATRIX +ID /);
  expect(lines[2]).toMatch(/^j0 +lr=0\.10 'data=a b' +0 /);
  expect(lines[3]).toMatch(/^j1 +- +1 /);
});

describe('runJson', () => {
  it('is public: its fields do not change', () => {
    const json = runJson(runOf(['completed']));
    expect(Object.keys(json)).toEqual(
      'run_id kind name source target status handover created_at directory jobs'.split(' '),
    );
    expect(Object.keys((json['jobs'] as object[])[0] ?? {})).toEqual(
      'name job_id state ignored raw_state reason tasks matrix exit_code exit_signal attempts start_time end_time nodelist'.split(
        ' ',
      ),
    );
    expect(json['created_at']).toBe('2026-01-01T00:00:00.000Z');
  });
});
