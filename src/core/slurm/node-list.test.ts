import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countNodes, expandNodeList, foldNodeList } from './node-list.ts';

describe('expandNodeList', () => {
  it.each([
    ['c4', ['c4']],
    ['c[1-3],n[08-11]', ['c1', 'c2', 'c3', 'n08', 'n09', 'n10', 'n11']],
    ['n[1-3,5]', ['n1', 'n2', 'n3', 'n5']],
    ['r[1-2]c[01-03]', ['r1c01', 'r1c02', 'r1c03', 'r2c01', 'r2c02', 'r2c03']],
    ['n[001]-gpu', ['n001-gpu']],
    ['a,b', ['a', 'b']],
    ['n[9-11]', ['n9', 'n10', 'n11']],
    ['', []],
    ['None assigned', ['None assigned']],
    ['n[3-1]', ['n3-1']],
    ['n[1-2', ['n[1-2']],
    ['n]1,2[', ['n]1', '2[']],
  ])('%s', (text, names) => {
    expect(expandNodeList(text)).toEqual(names);
    expect(countNodes(text)).toBe(names.length);
  });

  it('gives back what would fill the memory', () => {
    const text = 'n[1-999999999999]';
    expect(expandNodeList(text)).toEqual([text]);
    expect(expandNodeList('a[1-99999]b[1-99999]')).toEqual(['a[1-99999]b[1-99999]']);
  });
});

describe('foldNodeList', () => {
  it.each([
    [['n1', 'n2', 'n04'], 'n[1-2,04]'],
    [['c1', 'c2', 'c3', 'c5'], 'c[1-3,5]'],
    [['n9', 'n10', 'n11'], 'n[9-11]'],
    [['n09', 'n10'], 'n[09-10]'],
    [['c1', 'login', 'c2'], 'c[1-2],login'],
    [['c1', 'c1'], 'c1'],
    [['r1c1', 'r1c2', 'r2c1'], 'r1c[1-2],r2c1'],
    [['a', 'a1', 'a2'], 'a,a[1-2]'],
    [[], ''],
  ])('%j: %s', (names, text) => expect(foldNodeList(names)).toBe(text));
});

const names = fc.array(fc.stringMatching(/^[a-c]{1,2}(\d{1,3}[a-c]?){0,2}$/), { maxLength: 30 });

describe('round trips', () => {
  it('name the same nodes', () => {
    fc.assert(
      fc.property(names, (list) => {
        expect(expandNodeList(foldNodeList(list)).toSorted()).toEqual([...new Set(list)].toSorted());
      }),
    );
  });

  it('count what they expand', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^([an0-2[\],-]|\[\d-\d\]){0,12}$/), (text) => {
        const count = countNodes(text);
        // A list of more nodes than any cluster has stays as it is.
        expect(expandNodeList(text)).toHaveLength(count > 200_000 ? 1 : count);
      }),
    );
  });
});
