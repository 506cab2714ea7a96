import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../errors.ts';
import {
  countTasks,
  expandTaskSet,
  formatJobId,
  formatTaskSet,
  hasTask,
  isJobId,
  type ParsedJobId,
  parseJobId,
  parseJobIdList,
  parseTaskSet,
  rangesOf,
  type TaskRange,
  type TaskSet,
} from './job-id.ts';

const range = (first: number, last = first, step = 1): TaskRange => ({ first, last, step });
const set = (...ranges: TaskRange[]): TaskSet => ({ ranges, truncated: false });

describe('parseJobId', () => {
  it.each<[string, ParsedJobId]>([
    ['12', { base: '12' }],
    ['12_3', { base: '12', task: { kind: 'index', index: 3 } }],
    ['12_0', { base: '12', task: { kind: 'index', index: 0 } }],
    ['12_[1-5%2]', { base: '12', task: { kind: 'set', set: { ...set(range(1, 5)), limit: 2 } } }],
    ['12_[1-51:2]', { base: '12', task: { kind: 'set', set: set(range(1, 51, 2)) } }],
    ['12_[3-5,9%2]', { base: '12', task: { kind: 'set', set: { ...set(range(3, 5), range(9)), limit: 2 } } }],
    ['12+1', { base: '12', hetOffset: 1 }],
    ['12+0', { base: '12', hetOffset: 0 }],
    ['12.0', { base: '12', step: '0' }],
    ['12.batch', { base: '12', step: 'batch' }],
    ['12.extern', { base: '12', step: 'extern' }],
    ['12.interactive', { base: '12', step: 'interactive' }],
    ['12_3.batch', { base: '12', task: { kind: 'index', index: 3 }, step: 'batch' }],
    ['12+1.0', { base: '12', hetOffset: 1, step: '0' }],
    ['4294967295', { base: '4294967295' }],
    ['71_[1-2,4', { base: '71', task: { kind: 'set', set: { ranges: [range(1, 2)], truncated: true } } }],
    ['71_[1-2,4,8,16-17,19,23-24,26,2', truncatedAt31()],
    [
      '71_[1-2,4,...]',
      { base: '71', task: { kind: 'set', set: { ranges: [range(1, 2), range(4)], truncated: true } } },
    ],
    [
      '71_[1-2,4...%3]',
      { base: '71', task: { kind: 'set', set: { ranges: [range(1, 2)], limit: 3, truncated: true } } },
    ],
    ['71_[', { base: '71', task: { kind: 'set', set: { ranges: [], truncated: true } } }],
  ])('reads %s', (text, expected) => {
    expect(parseJobId(text)).toEqual(expected);
    expect(isJobId(text)).toBe(true);
  });

  it.each([
    ...[
      '12_',
      '1_2_3',
      '0',
      '-1',
      '１２',
      '12 ',
      ' 12',
      '',
      '012',
      '12_03',
      '12_-1',
      '12_x',
      '12_[]',
      '12_[a]',
      '12_[a',
    ],
    ...['12_[5-3]', '12_[1-5:0]', '12_[1,]', '12_[1]x', '12+', '12+x', '12+1_2', '12_1+1', '12.', '12.x', '12.1.2'],
    ...['12;demo', '12\n', '1e3', '0x1f', '12_[1-5%x]', '12_[$(x)', '99999999999', '--me', '*', '12_[1 - 2]'],
  ])('refuses %j', (text) => {
    expect(parseJobId(text)).toBeUndefined();
    expect(isJobId(text)).toBe(false);
  });
});

/** squeue's id column has 31 bytes: the last number may be cut, so it is left out. */
function truncatedAt31(): ParsedJobId {
  const ranges = [range(1, 2), range(4), range(8), range(16, 17), range(19), range(23, 24), range(26)];
  return { base: '71', task: { kind: 'set', set: { ranges, truncated: true } } };
}

describe('task sets', () => {
  it.each([
    ['1-5%2', 5],
    ['1-51:2', 26],
    ['0-198:3%1', 67],
    ['1-2,4,8,16-17,19,23-24,26,29,31,37,41,43,47,53,59,61,67,71,73,79,83,89,97', 26],
    ['7', 1],
  ])('%s has %i tasks', (text, count) => {
    const tasks = parseTaskSet(text);
    expect(tasks && countTasks(tasks)).toBe(count);
    expect(tasks && new Set(expandTaskSet(tasks)).size).toBe(count);
  });

  it('expands in the order written', () => {
    expect(expandTaskSet(set(range(9), range(1, 7, 3)))).toEqual([9, 1, 4, 7]);
  });

  it('counts what would not fit into memory, and refuses to expand it', () => {
    const huge = set(range(0, 4_294_967_294));
    expect(countTasks(huge)).toBe(4_294_967_295);
    expect(hasTask(huge, 4_000_000_000)).toBe(true);
    expect(() => expandTaskSet(huge)).toThrow(RangeError);
  });

  it.each([
    [[], ''],
    [[7], '7'],
    [[5, 1, 3, 2, 3], '1-3,5'],
    [[0, 2, 4], '0,2,4'],
  ])('names the indices %j by the fewest ranges', (indices, text) => {
    expect(formatTaskSet({ ranges: rangesOf(indices), truncated: false })).toBe(text);
  });

  it('ignores a limit of 0, which is none', () => expect(parseTaskSet('1-3%0')).not.toHaveProperty('limit'));
});

describe('parseJobIdList', () => {
  it.each([
    ['4711', ['4711']],
    ['1,2_3,4_[1-3,7],5+1', ['1', '2_3', '4_[1-3,7]', '5+1']],
    ['7-9', ['7', '8', '9']],
    [' 7 , 8 ', ['7', '8']],
    ['7,7,6-8', ['7', '6', '8']],
  ])('reads %j', (text, ids) => expect(parseJobIdList(text)).toEqual(ids));

  it.each(['', ',', '12_3x', '1,,2', '9-7', '1-99999', '12_[1-2', 'a', '-1', '1;2', '１２'])('refuses %j', (text) => {
    expect(() => parseJobIdList(text)).toThrow(UsageError);
  });

  it('names what is wrong', () => expect(() => parseJobIdList('7,12_3x')).toThrow('`12_3x` is not a job id'));
});

const indices = fc.nat({ max: 4_000_000 });
const ranges = fc
  .tuple(indices, fc.nat({ max: 1_000 }), fc.integer({ min: 1, max: 100 }))
  .map(([first, length, step]) => range(first, first + length, length === 0 ? 1 : step));
const sets: fc.Arbitrary<TaskSet> = fc.record(
  {
    ranges: fc.array(ranges, { minLength: 1, maxLength: 8 }),
    limit: fc.integer({ min: 1, max: 9_999 }),
    truncated: fc.boolean(),
  },
  { requiredKeys: ['ranges', 'truncated'] },
);
const tasks = fc.oneof(
  indices.map((index) => ({ kind: 'index', index }) as const),
  sets.map((members) => ({ kind: 'set', set: members }) as const),
);
const bases = fc.integer({ min: 1, max: 4_294_967_295 }).map(String);
const steps = fc.oneof(fc.constantFrom('batch', 'extern', 'interactive'), fc.nat().map(String));
const jobIds: fc.Arbitrary<ParsedJobId> = fc.oneof(
  fc.record({ base: bases, task: tasks, step: steps }, { requiredKeys: ['base'] }),
  fc.record({ base: bases, hetOffset: fc.nat({ max: 127 }), step: steps }, { requiredKeys: ['base'] }),
);

describe('round trips', () => {
  it('read back every job id', () => {
    fc.assert(
      fc.property(jobIds, (id) => {
        expect(parseJobId(formatJobId(id))).toEqual(id);
      }),
    );
  });

  it('read back every task set', () => {
    fc.assert(
      fc.property(sets, (members) => {
        expect(parseTaskSet(formatTaskSet(members))).toEqual(members);
      }),
    );
  });

  it('agree on which tasks a set has', () => {
    fc.assert(
      fc.property(sets, indices, (members, index) => {
        const all = expandTaskSet(members);
        expect(all).toHaveLength(countTasks(members));
        expect(hasTask(members, index)).toBe(all.includes(index));
        for (const one of all.slice(0, 5)) expect(hasTask(members, one)).toBe(true);
      }),
    );
  });

  it('keep a text that is an id', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[1-9]\d{0,3}(_(\d|[1-9]\d)|_\[\d(,\d){0,2}(%[1-9])?\]|\+\d)?(\.(batch|\d))?$/),
        (text) => {
          const id = parseJobId(text);
          expect(id && formatJobId(id)).toBe(text);
        },
      ),
    );
  });
});
