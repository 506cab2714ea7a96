import { describe, expect, it } from 'vitest';
import { parseArgFlags, parseSweepFlags } from './flags.ts';
import { expandMatrix, mergeSweepSpecs } from './library.ts';

describe('parseArgFlags', () => {
  it.each([
    [['lr=0.1'], { lr: '0.1' }],
    [['cmd=a=b'], { cmd: 'a=b' }],
    [['x='], { x: '' }],
    [['x=1', 'x=2'], { x: '2' }],
  ])('%j', (words, args) => expect(parseArgFlags(words)).toEqual(args));

  it.each(['x', '=v'])('%s is refused', (word) => expect(() => parseArgFlags([word])).toThrow(word));
});

describe('parseSweepFlags', () => {
  it.each([
    [['lr=1,2'], { lr: ['1', '2'] }],
    [['x=a,,b'], { x: ['a', '', 'b'] }],
    [['x='], { x: [''] }],
    [['k=a=1,b=2'], { k: ['a=1', 'b=2'] }],
    [['x= a ,b'], { x: [' a ', 'b'] }],
    [['x=1,2', 'y=3', 'x=4'], { x: ['4'], y: ['3'] }],
  ])('%j', (words, axes) => expect(parseSweepFlags(words)).toEqual(axes));

  it('takes values for what YAML does where they are typed', () => {
    expect(parseSweepFlags(['a=1,0.5,true,no,x', 'b=["p,q", 2]', 'c='], { typed: true })).toEqual({
      a: [1, 0.5, true, 'no', 'x'],
      b: ['p,q', 2],
      c: [''],
    });
  });

  it.each(['x={a: 1}', 'x=[[1]]', 'x=["a'])('typed, %s is refused', (word) => {
    expect(() => parseSweepFlags([word], { typed: true })).toThrow('non-scalar');
  });
});

describe('expandMatrix', () => {
  it('puts the values of each cell over the base args, the last axis changing first', () => {
    expect(expandMatrix({ a: [1, 2], b: ['x', 'y'] }, { a: 0, z: true })).toEqual([
      { a: 1, b: 'x', z: true },
      { a: 1, b: 'y', z: true },
      { a: 2, b: 'x', z: true },
      { a: 2, b: 'y', z: true },
    ]);
  });

  it.each([
    [{}, 'matrix must declare at least one axis'],
    [{ deps: [1] }, "matrix axis 'deps' is reserved"],
    [{ a: [] }, 'must contain at least one value'],
    [{ a: [null] }, 'contains non-scalar value null'],
    [{ a: [{}] }, 'contains non-scalar value {}'],
    [{ a: Array.from({ length: 1001 }, (_, index) => index) }, 'matrix cell_count=1001 exceeds limit 1000'],
  ])('%j is refused', (matrix, message) => {
    expect(() => expandMatrix(matrix as Record<string, unknown[]>)).toThrow(message);
  });
});

describe('mergeSweepSpecs', () => {
  const nothing = { cliSweepAxes: {}, cliArgOverrides: {} };

  it('is nothing without an axis', () => {
    expect(mergeSweepSpecs({ ...nothing, cliMaxParallel: 3, cliFailFast: true })).toBeUndefined();
  });

  it('replaces axes of the file in their place and adds others', () => {
    const yamlSweep = { matrix: { a: [1], b: [2] }, failFast: true, maxParallel: 3 };
    const merged = mergeSweepSpecs({ ...nothing, yamlSweep, cliSweepAxes: { c: ['z'], a: ['9'] } });
    expect(merged).toEqual({ matrix: { a: ['9'], b: [2], c: ['z'] }, failFast: true, maxParallel: 3 });
    expect(Object.keys(merged?.matrix ?? {})).toEqual(['a', 'b', 'c']);
  });

  it('takes what the command line says before what the file says', () => {
    const yamlSweep = { matrix: { a: [1] }, failFast: true, maxParallel: 3 };
    expect(mergeSweepSpecs({ ...nothing, yamlSweep, cliFailFast: false, cliMaxParallel: 5 })).toMatchObject({
      failFast: false,
      maxParallel: 5,
    });
  });

  it.each([
    [{ cliSweepAxes: { a: ['1'] }, cliArgOverrides: { a: '2' } }, 'both --arg and --sweep: a'],
    [{ yamlSweep: { matrix: { a: [1] } }, cliArgOverrides: { a: '2' } }, 'cannot be both in sweep.matrix and --arg'],
    [{ cliSweepAxes: { a: ['1'] } }, 'sweep.max_parallel must be specified and >= 1'],
    [{ cliSweepAxes: { a: ['1'] }, cliMaxParallel: 0 }, 'sweep.max_parallel must be specified and >= 1'],
  ])('%j is refused', (request, message) => {
    expect(() => mergeSweepSpecs({ ...nothing, ...request })).toThrow(message);
  });
});
