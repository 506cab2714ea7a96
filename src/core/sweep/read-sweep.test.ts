import { describe, expect, it } from 'vitest';
import { fileError, type Problem } from '../workflow/problems.ts';
import { readWorkflowFile } from '../workflow/workflow-file.ts';
import { readSweep } from './read-sweep.ts';
import type { Sweep } from './sweep.ts';

interface Typed {
  readonly maxParallel?: number;
  readonly maxParallelCells?: number;
  readonly maxCells?: number;
}

function read(block: string, { maxParallel, maxParallelCells, maxCells }: Typed = {}): Sweep | undefined {
  const text = `sweep:\n${block.replace(/^/gm, '  ')}\njobs: []\n`;
  const problems: Problem[] = [];
  const files = {
    glob: (pattern: string) => [`a-${pattern}`, `b-${pattern}`],
    read: () => 'first\nsecond\n',
  };
  const flags = { axes: new Map(), failFast: undefined, maxParallel, maxParallelCells, maxCells };
  const found = readSweep(readWorkflowFile(text, 'f.yaml'), { flags, args: [], files, problems });
  if (problems.length > 0) throw fileError(problems, { source: 'f.yaml', text });
  return found;
}

const cellsOf = (sweep: Sweep | undefined) =>
  sweep?.cells.map(({ values }) => [...values].map(([axis, { text }]) => `${axis}=${text}`).join(' '));

const parallel = 'max_parallel: 2';

describe('the cells of a sweep', () => {
  it.each([
    ['matrix: {a: [1, 2], b: [x, y]}', ['a=1 b=x', 'a=1 b=y', 'a=2 b=x', 'a=2 b=y']],
    ['matrix: {a: [0.10, 1e-5, true]}', ['a=0.10', 'a=1e-5', 'a=true']],
    ['matrix: {a: [1]}', ['a=1']],
    ['matrix: {a: [1, 2], b: [x, y]}\nexclude: [{a: 1, b: y}]', ['a=1 b=x', 'a=2 b=x', 'a=2 b=y']],
    ['matrix: {a: [1, 2]}\ninclude: [{a: 2, c: z}, {a: 9}]', ['a=1', 'a=2 c=z', 'a=9']],
    [
      'matrix: {a: [1, 2], b: [x, y], c: [0, 1]}\nzip: [[a, b]]',
      ['a=1 b=x c=0', 'a=1 b=x c=1', 'a=2 b=y c=0', 'a=2 b=y c=1'],
    ],
    ['matrix: {a: [1, 2], b: [x, y]}\nzip: [a, b]', ['a=1 b=x', 'a=2 b=y']],
    ['matrix: {a: {range: [0, 3]}}', ['a=0', 'a=1', 'a=2']],
    ['matrix: {a: {range: [0, 0.4, 0.1]}}', ['a=0', 'a=0.1', 'a=0.2', 'a=0.3']],
    ['matrix: {a: {range: [3, 0, -1]}}', ['a=3', 'a=2', 'a=1']],
    ['matrix: {a: {linspace: [0, 1, 3]}}', ['a=0', 'a=0.5', 'a=1']],
    ['matrix: {a: {logspace: [0.001, 1, 4]}}', ['a=0.001', 'a=0.01', 'a=0.1', 'a=1']],
    ['matrix: {a: {choice: [x, y]}}', ['a=x', 'a=y']],
    ['matrix: {a: {glob: "*.csv"}}', ['a=a-*.csv', 'a=b-*.csv']],
    ['matrix: {a: {file: names.txt}}', ['a=first', 'a=second']],
    ['matrix: {m: {small: {layers: 2}, big: {layers: 8}}}', ['m=small', 'm=big']],
  ])('%s', (block, cells) => {
    expect(cellsOf(read(`${block}\n${parallel}`))).toEqual(cells);
  });

  it('have mappings as values', () => {
    const sweep = read(`matrix: {m: {small: {layers: 2}}}\n${parallel}`);
    expect(sweep?.cells[0]?.values.get('m')).toEqual({ value: { layers: 2 }, text: 'small' });
  });

  it.each(['random', 'sobol', 'latin'])('are drawn by %s, the same for the same seed and no other', (method) => {
    const block = (seed: number) =>
      `matrix: {a: {range: [0, 50]}, b: {range: [0, 50]}}\nsamples: 20\nmethod: ${method}\nseed: ${seed}\n${parallel}`;
    const drawn = cellsOf(read(block(1)));
    expect(drawn).toHaveLength(20);
    expect(new Set(drawn).size).toBe(20);
    expect(cellsOf(read(block(1)))).toEqual(drawn);
    expect(cellsOf(read(block(2)))).not.toEqual(drawn);
  });

  it('are all there are where more are to be drawn', () => {
    expect(cellsOf(read(`matrix: {a: [1, 2, 3]}\nsamples: 9\n${parallel}`))).toEqual(['a=1', 'a=2', 'a=3']);
  });

  it('have names for files, no two the same', () => {
    const sweep = read(`matrix: {path: [data/a b.csv, "data/a,b.csv", ""], n: [1]}\n${parallel}`);
    const names = sweep?.cells.map(({ name }) => name) ?? [];
    expect(new Set(names).size).toBe(3);
    expect(names.every((name) => /^[\w.+-]+$/.test(name))).toBe(true);
  });
});

it.each([
  ['fail_fast: true', { after: 1, cancelRunning: false }],
  ['fail_fast: {after: 3}', { after: 3, cancelRunning: false }],
  ['fail_fast: {after: "10%", cancel_running: true}', { after: 2, cancelRunning: true }],
  ['fail_fast: {cancel_running: true}', { after: 1, cancelRunning: true }],
])('%s', (line, failFast) => {
  expect(read(`matrix: {a: {range: [0, 20]}}\n${parallel}\n${line}`)?.failFast).toEqual(failFast);
});

it.each([
  ['matrix: {a: ["python: 1 + 1"]}\nmax_parallel: 1', '`python:` value'],
  ['matrix: {a: [1, 1]}\nmax_parallel: 1', 'cells 0 and 1 are the same: a=1'],
  ['matrix: {a: {range: [0, 0]}}\nmax_parallel: 1', '`range` must be'],
  ['matrix: {a: {logspace: [0, 1, 3]}}\nmax_parallel: 1', '`logspace` must be'],
  ['matrix: {a: [1]}\nmax_parallel_cells: 0', 'sweep.max_parallel_cells must be an integer >= 1'],
  ['matrix: {a: [1]}\nmax_paralel: 2', 'unknown key `max_paralel`'],
  ['matrix: {a: [1]}\nmax_parallel: 1\nfail_fast: maybe', 'sweep.fail_fast must be'],
  ['matrix: {a: [1]}\nmax_parallel: 1\nfail_fast: {after: 0}', 'sweep.fail_fast must be'],
  ['matrix: {a: [1]}\nmax_parallel: 1\nfail_fast: {after: "0%"}', 'sweep.fail_fast must be'],
  ['matrix: {a: [1]}\nmax_parallel: 1\nfail_fast: {kill: true}', 'sweep.fail_fast must be'],
  ['matrix: {a: {small: 2}}\nmax_parallel: 1', "matrix axis 'a'.small must be a mapping of values"],
  ['matrix: {a: [1]}\nmax_parallel: 1\ninclude: [{a: [1]}]', 'sweep: `include`: `a` contains non-scalar value a list'],
  ['matrix: {a: [1]}\nmax_parallel: 1\ninclude: [{my-lr: 1}]', 'no name that a template can use'],
  ['matrix: {a: [1]}\nmax_parallel: 1\nmax_cells: none', 'sweep.max_cells must be an integer >= 1'],
  ['matrix: {a: [1]}\nmax_parallel: 1\nexclude: [{a: 1}]', 'no cell is left'],
  ['matrix: {a: [1]}\nmax_parallel: 1\nexclude: [{b: 1}]', 'names `b`, which is no axis'],
  ['matrix: {a: [1], b: [1, 2]}\nmax_parallel: 1\nzip: [[a, b]]', 'axes of the same length: a has 1, b has 2'],
  ['matrix: {a: [1]}\nmax_parallel: 1\nzip: [[a, c]]', 'names `c`, which is no axis'],
  ['matrix: {a: [1]}\nmax_parallel: 1\nseed: 3', '`seed` has no meaning without `samples`'],
  ['matrix: {a: [1]}\nmax_parallel: 1\nsamples: 1\nmethod: grid', '`method` must be one of'],
])('%s is refused', (block, message) => {
  expect(() => read(block)).toThrow(message);
});

it('takes `max_parallel_cells` for the limit of each job, too, unless that has one', () => {
  const block = 'matrix: {a: [1, 2, 3]}\nmax_parallel_cells: 2';
  expect(read(block)).toMatchObject({ maxParallel: 2, maxParallelCells: 2 });
  expect(read(block, { maxParallelCells: 3 })).toMatchObject({ maxParallel: 3, maxParallelCells: 3 });
  expect(read(`${block}\nmax_parallel: 1`)).toMatchObject({ maxParallel: 1, maxParallelCells: 2 });
  expect(read('matrix: {a: [1]}\nmax_parallel: 1')).not.toHaveProperty('maxParallelCells');
});

it('allows more cells where it is told to', () => {
  expect(read('matrix: {a: {range: [0, 1001]}}\nmax_parallel: 1', { maxCells: 1001 })?.cells).toHaveLength(1001);
});
