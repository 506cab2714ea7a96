import { describe, expect, it } from 'vitest';
import { parseHandoverLog, parseRefusal } from './handover-log.ts';

describe('the log of a hand-over', () => {
  it('has nothing to tell before it begins', () => {
    expect(parseHandoverLog('')).toEqual({ jobs: new Map(), released: new Set(), begun: undefined, end: undefined });
  });

  it('names the jobs, and how it ended', () => {
    expect(parseHandoverLog('begin 42 host 1700000000\njob a-0 4711\njob a-1 4712\ndone\n')).toEqual({
      jobs: new Map([
        ['a-0', '4711'],
        ['a-1', '4712'],
      ]),
      released: new Set(),
      begun: { pid: 42, host: 'host', at: 1700000000 },
      end: { kind: 'done' },
    });
  });

  it.each([
    ['unresolved a-0', { kind: 'unresolved', token: 'a-0' }],
    ['stopped release', { kind: 'stopped', token: 'release' }],
    ['withdrawn', { kind: 'withdrawn' }],
    ['deferred 2 room', { kind: 'deferred', window: 2, why: 'room' }],
  ])('ends with `%s`', (line, end) => {
    expect(parseHandoverLog(`begin 1 h 1\n${line}\n`).end).toEqual(end);
  });

  it('knows which jobs were let go on before the others', () => {
    const text = 'begin 1 h 1\njob a 1\nreleased 0\ndeferred 1 turn\nbegin 2 h 2\njob b 2\n';
    const { jobs, released, end } = parseHandoverLog(text);
    expect([[...jobs.keys()], [...released], end]).toEqual([['a', 'b'], ['a'], undefined]);
  });

  it('is open again when another process has begun', () => {
    const { begun, end } = parseHandoverLog('begin 1 h 1\nstopped a-0\nbegin 2 h 9\n');
    expect([begun?.pid, end]).toEqual([2, undefined]);
  });

  it('does not hear a line that is still being written', () => {
    const { jobs, end } = parseHandoverLog('begin 1 h 1\njob a 1\njob b 12');
    expect([[...jobs.keys()], end]).toEqual([['a'], undefined]);
    expect(parseHandoverLog('done').end).toBeUndefined();
  });
});

describe('a refusal', () => {
  it.each([
    ['', undefined],
    ['refused', undefined],
    ['refused a-1 1\nno\n', { token: 'a-1', code: 1, message: 'no' }],
    ['refused a-1 255\ntwo\nlines\n', { token: 'a-1', code: 255, message: 'two\nlines' }],
    ['refused a-1 unreachable\n\n', { token: 'a-1', code: 'unreachable', message: '' }],
  ])('%j', (text, refusal) => {
    expect(parseRefusal(text)).toEqual(refusal);
  });
});
