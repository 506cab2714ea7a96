import { describe, expect, it } from 'vitest';
import { createRenderer } from '../../templates/minijinja-renderer.ts';
import { ConfigError } from '../errors.ts';
import { type Plan, planWorkflow } from './plan.ts';

const renderer = createRenderer();

function planOf(lines: string): Plan['jobs'][number] {
  const { jobs } = planWorkflow({
    text: `args: {n: 4}\njobs:\n  - name: a\n    ${lines.split('\n').join('\n    ')}\n`,
    ...{ source: 'f.yaml', overrides: {}, selection: { from: undefined, to: undefined, only: [] } },
    ...{ renderer, launcher: 'none', readScript: () => '#!/bin/sh\ntrue\n', hash: () => '' },
  });
  const [first] = jobs;
  if (first === undefined) throw new Error('no job');
  return first;
}

function faultOf(lines: string): string {
  try {
    planOf(lines);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('the plan should have failed');
}

const usualCauses = ['failed', 'oom', 'node_fail', 'preempted', 'boot_fail'];

describe('retry', () => {
  it('is a number of further attempts, a minute apart', () => {
    const { retry, options, wrapped } = planOf('command: x\nretry: 3');
    expect(retry).toEqual({ max: 3, on: usualCauses, delays: [60], jitterPercent: 0, memory: [], time: [] });
    expect(options.slice(-2)).toEqual(['--requeue', '--open-mode=append']);
    expect(wrapped).toBe(true);
  });

  it.each(['retry: 0', 'retry_delay: 5', 'retry: {max: 0, on: timeout}', 'checkpoint: {signal: USR1, max: 0}'])(
    'is nothing with %s',
    (line) => {
      const planned = planOf(`command: x\n${line}`);
      expect([planned.retry, planned.checkpoint]).toEqual([undefined, undefined]);
      expect(planned.options).not.toContain('--requeue');
    },
  );

  it.each([
    ['retry: 2\nretry_delay: 5', [5]],
    ['retry: {max: 2, delay: 90s}', [90]],
    ['retry: {max: "{{ n }}", delay: 10, backoff: 2}', [10, 20, 40, 80]],
    ['retry: {max: 4, delay: 10m, backoff: 3, max_delay: 1h}', [600, 1800, 3600]],
    ['retry: {max: 3, delay: 1, backoff: 1.5}', [1, 2, 2]],
  ])('waits as %j says: %j', (lines, delays) => {
    expect(planOf(`command: x\n${lines}`).retry?.delays).toEqual(delays);
  });

  it('grows memory and time from what the job asks for', () => {
    const growing =
      'memory_per_node: 10G\ntime_limit: 1h\nretry: {max: 3, on: [oom, timeout], grow: {memory: 2, time: 1.5}}';
    const { retry, options } = planOf(`command: x\n${growing}`);
    expect(retry?.memory).toEqual(['MinMemoryNode=20480', 'MinMemoryNode=40960', 'MinMemoryNode=81920']);
    expect(retry?.time).toEqual(['TimeLimit=90', 'TimeLimit=135', 'TimeLimit=203']);
    expect(options).toContain('--signal=B:USR2@60');
    expect(planOf('command: x\nmem_per_cpu: 500M\nretry: {max: 1, grow: {memory: 1.5}}').retry?.memory).toEqual([
      'MinMemoryCPU=750',
    ]);
  });

  it('makes a script of the user be wrapped, and asks for a requeue once', () => {
    const { wrapped, options } = planOf('path: x.sh\nrequeue: true\nretry: 1');
    expect([wrapped, options.filter((option) => option === '--requeue')]).toEqual([true, ['--requeue']]);
  });

  it.each([
    ['retry: -1', '`retry.max`: expected a whole number from 0'],
    ['retry: 1000', '`retry.max`: expected at most 100'],
    ['retry: often', '`retry.max`: expected a whole number'],
    ['retry: {on: oom}', '`retry.max`: expected a whole number'],
    ['retry: {max: 1, on: []}', '`retry.on`'],
    [
      'retry: {max: 1, on: [oops]}',
      '`oops` is no cause: write failed, oom, timeout, node_fail, preempted, boot_fail or',
    ],
    ['retry: {max: 1, on: exit:0}', '`exit:0` is no cause'],
    ['retry: {max: 1, dealy: 5}', '`retry` has an unknown key `dealy`'],
    ['retry: {max: 1, delay: soon}', '`retry.delay`: `soon` is no time'],
    ['retry: {max: 1, backoff: 0.5}', '`retry.backoff`: expected a factor from 1'],
    ['retry: {max: 1, delay: 5}\nretry_delay: 6', '`retry_delay` is said twice'],
    ['retry: 1\nrequeue: false', '`requeue` what may not be requeued cannot be retried'],
    ['retry: {max: 1, grow: {memory: 2}}', '`retry` cannot grow memory that was not asked for'],
    ['mem_per_cpu: 1G\nretry: {max: 1, on: failed, grow: {memory: 2}}', 'memory where `on` does not name oom'],
    ['time_limit: 2h\nretry: {max: 1, grow: {time: 2}}', 'the time limit where `on` does not name timeout'],
    ['retry: {max: 1, on: timeout}', '`retry` needs to know the time limit'],
    ['time_limit: 2h\nsignal: USR1@60\nretry: {max: 1, on: timeout}', '`retry` needs the signal before the time limit'],
    [
      'time_limit: 1m\nretry: {max: 1, on: timeout}',
      'begins 60 seconds before the time limit, and the job has only 60',
    ],
  ])('is refused with %j', (lines, words) => expect(faultOf(`command: x\n${lines}`)).toContain(words));
});

describe('checkpoint', () => {
  it('warns the job, and lets it go on', () => {
    const { checkpoint, retry, options } = planOf('command: x\ntime_limit: 1d\ncheckpoint: {signal: sigusr1}');
    expect(checkpoint).toEqual({ before: 120, signal: 'USR1', wait: 90, max: 100 });
    expect(retry).toBeUndefined();
    expect(options.slice(-3)).toEqual(['--requeue', '--open-mode=append', '--signal=B:USR2@120']);
  });

  it('may run a command, for as long as it says', () => {
    const { checkpoint } = planOf(
      'command: x\ntime_limit: 1d\ncheckpoint: {command: ./save, before: 10m, wait: 5m, max: 3}',
    );
    expect(checkpoint).toEqual({ before: 600, command: './save', wait: 300, max: 3 });
  });

  it.each([
    ['checkpoint: {}', 'name a `signal`, a `command`, or both'],
    ['checkpoint: {signal: KILL}', 'expected one of HUP, INT, QUIT, USR1, USR2, TERM'],
    ['checkpoint: {signal: USR1, before: 30}', '`checkpoint.before`: expected at least 60 seconds'],
    ['checkpoint: {signal: USR1, before: 60, wait: 45}', '`checkpoint.wait`: leave 30 seconds of `before` for the end'],
    ['checkpoint: USR1', '`checkpoint`: expected a mapping with `signal` or `command`'],
  ])('is refused with %j', (line, words) => expect(faultOf(`command: x\ntime_limit: 1h\n${line}`)).toContain(words));
});
