import { describe, expect, it } from 'vitest';
import { notBuilt, type Requirement, specified } from '../../../test/support/sweep-requirements.ts';
import { runRequirements } from '../../../test/support/sweep-run-requirements.ts';
import { createRenderer } from '../../templates/minijinja-renderer.ts';
import { planAny } from '../workflow/plan-any.ts';
import { scriptOfCell } from '../workflow/plan-sweep.ts';
import { parseArgFlags, parseSweepFlags, readSweepFlags } from './flags.ts';
import { expandMatrix, mergeSweepSpecs } from './library.ts';
import { representativeError, sweepRowStatus } from './sweep-row.ts';
import { type CellJob, summarizeSweep } from './sweep-summary.ts';

interface Typed {
  readonly args?: readonly string[];
  readonly sweep?: readonly string[];
  readonly typed?: boolean;
  readonly failFast?: boolean;
  readonly maxParallel?: number;
  readonly configured?: number;
  readonly python?: 'allowed';
}

const renderer = createRenderer();

/** A workflow of one job that says `x`, with these lines at its top. */
function plan(head: string, { args = [], sweep = [], typed, failFast, maxParallel, configured, python }: Typed = {}) {
  const leaf = { kind: 'count', description: '' } as const;
  const origin = { kind: 'variable', name: 'V' } as const;
  return planAny(
    {
      text: `name: w\n${head}\njobs:\n  - {name: a, command: "say {{ x }}"}\n`,
      source: 'f.yaml',
      overrides: parseArgFlags(args),
      selection: { from: undefined, to: undefined, only: [] },
      renderer,
      launcher: 'none',
      readScript: () => undefined,
      hash: () => '',
      python,
    },
    {
      flags: {
        axes: readSweepFlags(sweep, { typed: typed === true }),
        failFast,
        maxParallel,
        maxCells: undefined,
        maxParallelCells: undefined,
      },
      configuredParallel: () =>
        configured === undefined ? undefined : { key: 'sweep.max_parallel', leaf, value: configured, origin },
    },
  );
}

/** What the job says: of each cell, or the only one. */
function sayings(head: string, typed: Typed = {}): readonly string[] {
  const planned = plan(head, typed);
  const scripts =
    planned.kind === 'workflow'
      ? planned.plan.jobs.map(({ script }) => script)
      : planned.plan.groups.flatMap(({ cells, stages }) =>
          cells.flatMap((_, at) => stages.map((stage) => scriptOfCell(stage, at))),
        );
  return scripts.map((script) => /^(?:exec )?say (.*)$/m.exec(script)?.[1] ?? '');
}

function sweepOf(head: string, typed: Typed = {}) {
  const planned = plan(head, typed);
  if (planned.kind !== 'sweep') throw new Error('no sweep');
  return planned.plan;
}

const block = (keys: string) => `sweep: {${keys}}`;
const grid = block('matrix: {x: [1, 2]}, max_parallel: 2');
const tasks = (states: string): CellJob[] =>
  states.split(' ').map((state, cell) => ({ name: `a#${cell}`, state: state as CellJob['state'], ignored: false }));
const statusOf = (states: string, isCancelled = false) =>
  sweepRowStatus(summarizeSweep(tasks(states)).status, { isCancelled });
const noFlags = { cliSweepAxes: {}, cliArgOverrides: {} };

const requirements: readonly Requirement[] = [
  {
    numbers: ['1.1'],
    says: '--arg goes before the arg of the file, and what is made of it follows',
    prove() {
      expect(sayings('args: {who: you, x: "{{ who }}!"}', { args: ['who=me'] })).toEqual(['me!']);
    },
  },
  {
    numbers: ['1.2'],
    says: 'the last --arg of a name counts',
    prove: () => expect(parseArgFlags(['x=1', 'x=2'])).toEqual({ x: '2' }),
  },
  {
    numbers: ['1.3'],
    says: 'values with `python:` are evaluated for the command line',
    prove: () => expect(sayings('args: {x: "python: 6 * 7"}', { python: 'allowed' })).toEqual(['42']),
  },
  {
    numbers: ['1.4'],
    says: 'and refused for everybody else',
    prove() {
      expect(() => plan('args: {x: "python: 6 * 7"}')).toThrow("'python:' prefix which is not allowed");
      expect(() => plan('args: {x: 1}', { args: ['x= Python: 6'] })).toThrow("'python:' prefix which is not allowed");
    },
  },
  {
    numbers: ['1.7'],
    says: 'an --arg that the file does not have is one more arg',
    prove: () => expect(sayings('args: {}', { args: ['x=new'] })).toEqual(['new']),
  },
  {
    numbers: ['2.1'],
    says: '`sweep` of a file is the cross product of its axes, the last changing first',
    prove() {
      const { cells } = sweepOf(block('matrix: {x: [1, 2], y: [p, q]}, max_parallel: 1'));
      expect(cells.map(({ index, values }) => [index, values['x'], values['y']])).toEqual([
        ...[
          [0, '1', 'p'],
          [1, '1', 'q'],
          [2, '2', 'p'],
          [3, '2', 'q'],
        ],
      ]);
    },
  },
  {
    numbers: ['2.2'],
    says: 'an axis goes before the arg of its name, and what is made of it follows',
    prove() {
      expect(sayings(`args: {lr: 0, x: "{{ lr }}!"}\n${block('matrix: {lr: [0.10, 1e-5]}, max_parallel: 1')}`)).toEqual(
        ['0.10!', '1e-5!'],
      );
      expect(expandMatrix({ a: [1, 2], b: ['x', 'y'] }, { a: 0, z: true })).toEqual([
        { a: 1, b: 'x', z: true },
        { a: 1, b: 'y', z: true },
        { a: 2, b: 'x', z: true },
        { a: 2, b: 'y', z: true },
      ]);
    },
  },
  {
    numbers: ['2.3'],
    says: '`deps` is no name of an axis; nor are other words of templates, and what is no name at all',
    prove() {
      const named = (name: string) => () => sweepOf(block(`matrix: {${name}: [1]}, max_parallel: 1`));
      expect(named('deps')).toThrow("f.yaml:2:18: sweep: matrix axis 'deps' is reserved");
      expect(named('cell')).toThrow("matrix axis 'cell' is reserved");
      for (const name of ['my-lr', '1x', 'if', 'None']) expect(named(name), name).toThrow('is no name that a template');
      expect(() => plan('', { sweep: ['deps=1'], maxParallel: 1 })).toThrow("--sweep deps: matrix axis 'deps' is");
      expect(() => expandMatrix({ deps: [1] })).toThrow("matrix axis 'deps' is reserved");
    },
  },
  {
    numbers: ['2.4'],
    says: 'an axis has a value',
    prove() {
      expect(() => plan(block('matrix: {x: []}, max_parallel: 1'))).toThrow("axis 'x' must contain at least one value");
      expect(() => expandMatrix({ x: [] })).toThrow("matrix axis 'x' must contain at least one value");
    },
  },
  {
    numbers: ['2.5'],
    says: 'values are scalars; a date is text, as it is written, and named groups are values of their own',
    prove() {
      const having = (values: string) => () => sayings(block(`matrix: {x: ${values}}, max_parallel: 1`));
      const scalars = '(only str/int/float/bool allowed)';
      expect(having('[[1]]')).toThrow(`f.yaml:2:22: matrix axis 'x' contains non-scalar value a list ${scalars}`);
      expect(having('[{a: 1}]')).toThrow(`contains non-scalar value a mapping ${scalars}`);
      expect(having('[1, null]')).toThrow(`contains non-scalar value null ${scalars}`);
      expect(having('3')).toThrow("matrix axis 'x' must be a list (got number)");
      expect(having('{}')).toThrow("matrix axis 'x' must be a list (got an empty mapping)");
      expect(having('[2024-01-01, true]')()).toEqual(['2024-01-01', 'true']);
      expect(having('{small: {layers: 2}, big: {layers: {deep: 8}}}')()).toEqual(['small', 'big']);
      expect(() => expandMatrix({ x: [null] })).toThrow(`contains non-scalar value null ${scalars}`);
      expect(() => expandMatrix({ x: 3 } as never)).toThrow("matrix axis 'x' must be a list (got number)");
    },
  },
  {
    numbers: ['2.6'],
    says: '`max_parallel` is there and at least 1, wherever it stands: command line, file, or configuration',
    prove() {
      const without = block('matrix: {x: [1, 2]}');
      expect(() => plan(without)).toThrow('sweep.max_parallel must be specified and >= 1');
      expect(() => plan(grid, { maxParallel: 0 })).toThrow('sweep.max_parallel must be specified and >= 1');
      for (const count of ['0', '-1', '1.5', 'two']) {
        expect(() => plan(block(`matrix: {x: [1]}, max_parallel: ${count}`)), count).toThrow(
          'sweep.max_parallel must be an integer >= 1',
        );
      }
      expect(sweepOf(without, { maxParallel: 2 }).maxParallel).toBe(2);
      expect(sweepOf(without, { configured: 2 })).toMatchObject({ maxParallel: 2, configured: [{ value: 2 }] });
      const spec = { ...noFlags, cliSweepAxes: { a: ['1'] } };
      for (const cliMaxParallel of [undefined, 0]) {
        expect(() => mergeSweepSpecs({ ...spec, cliMaxParallel })).toThrow('max_parallel must be specified and >= 1');
      }
      expect(sweepOf(grid, { configured: 1 })).toMatchObject({ maxParallel: 2, configured: [] });
    },
  },
  {
    numbers: ['2.7'],
    says: '`fail_fast` is off unless it is said',
    prove: () => expect(sweepOf(grid)).not.toHaveProperty('failFast'),
  },
  {
    numbers: ['2.8'],
    says: 'more than 1000 cells are an error, unless `max_cells` says that they are meant',
    prove() {
      const cells = (count: number, more = '') => block(`matrix: {x: {range: [0, ${count}]}}, max_parallel: 1${more}`);
      expect(sweepOf(cells(1000)).cells).toHaveLength(1000);
      expect(() => plan(cells(1001))).toThrow('matrix cell_count=1001 exceeds limit 1000');
      expect(sweepOf(cells(1001, ', max_cells: 2000')).cells).toHaveLength(1001);
      const tooMany = { a: Array.from({ length: 1001 }, (_, index) => index) };
      expect(() => expandMatrix(tooMany)).toThrow('matrix cell_count=1001 exceeds limit 1000');
    },
  },
  {
    numbers: ['2.9'],
    says: 'a file without `sweep` is a run; what would change a sweep is refused there',
    prove() {
      expect(plan('args: {x: 1}').kind).toBe('workflow');
      expect(plan('args: {x: 1}\nsweep:').kind).toBe('workflow');
      expect(() => plan('args: {x: 1}', { failFast: true })).toThrow('--fail-fast has no meaning');
      expect(() => plan('args: {x: 1}', { maxParallel: 1 })).toThrow('--max-parallel has no meaning');
      expect(mergeSweepSpecs({ ...noFlags, cliMaxParallel: 3, cliFailFast: true })).toBeUndefined();
    },
  },
  {
    numbers: ['2.10'],
    says: 'a sweep has an axis, if only by --sweep',
    prove() {
      const none = 'matrix must declare at least one axis';
      expect(() => plan(block('matrix: {}, max_parallel: 1'))).toThrow(none);
      expect(() => plan(block('max_parallel: 1'))).toThrow(none);
      expect(() => plan('sweep: [a]')).toThrow('f.yaml:2:8: `sweep` must be a mapping with `matrix`, `max_parallel`');
      expect(() => plan(block('matrix: [x], max_parallel: 1'))).toThrow('`matrix` must be a mapping of names to lists');
      expect(sayings(block('max_parallel: 1'), { sweep: ['x=p,q'] })).toEqual(['p', 'q']);
      expect(sayings(block('matrix: {}, max_parallel: 1'), { sweep: ['x=p'] })).toEqual(['p']);
      expect(() => expandMatrix({})).toThrow(none);
    },
  },
  {
    numbers: ['2.11'],
    says: 'one cell is a sweep',
    prove: () => expect(sweepOf(block('matrix: {x: [1]}, max_parallel: 1')).cells).toHaveLength(1),
  },
  {
    numbers: ['3.1'],
    says: '--sweep adds an axis, or takes the place of one of the file',
    prove() {
      expect(sayings('', { sweep: ['x=p,q'], maxParallel: 1 })).toEqual(['p', 'q']);
      expect(sayings(grid, { sweep: ['x=9'] })).toEqual(['9']);
    },
  },
  {
    numbers: ['3.2'],
    says: '--sweep may be given again; of one name the last counts',
    prove: () => expect(parseSweepFlags(['x=1,2', 'y=3', 'x=4'])).toEqual({ x: ['4'], y: ['3'] }),
  },
  {
    numbers: ['3.3'],
    says: '--fail-fast goes before what the file says; only the library can say `false`',
    prove() {
      const off = block('matrix: {x: [1, 2]}, max_parallel: 2, fail_fast: false');
      const on = block('matrix: {x: [1, 2]}, max_parallel: 2, fail_fast: {after: 2}');
      expect(sweepOf(off, { failFast: true }).failFast).toEqual({ after: 1, cancelRunning: false });
      expect(sweepOf(on, { failFast: false })).not.toHaveProperty('failFast');
      const yamlSweep = { matrix: { a: [1] }, failFast: true, maxParallel: 3 };
      expect(mergeSweepSpecs({ ...noFlags, yamlSweep })).toMatchObject({ failFast: true });
    },
  },
  {
    numbers: ['3.4'],
    says: '--max-parallel goes before what the file says',
    prove() {
      expect(sweepOf(grid, { maxParallel: 1 }).maxParallel).toBe(1);
      const yamlSweep = { matrix: { a: [1] }, failFast: true, maxParallel: 3 };
      expect(mergeSweepSpecs({ ...noFlags, yamlSweep, cliFailFast: false, cliMaxParallel: 5 })).toMatchObject({
        ...{ failFast: false, maxParallel: 5 },
      });
    },
  },
  {
    numbers: ['3.5'],
    says: 'commas of --sweep cannot be escaped; with --typed a list in brackets may have them in quotes',
    prove() {
      expect(parseSweepFlags(['x=a\\,b'])).toEqual({ x: ['a\\', 'b'] });
      expect(parseSweepFlags(['x=["a,b", c]'], { typed: true })).toEqual({ x: ['a,b', 'c'] });
    },
  },
  {
    numbers: ['3.6'],
    says: 'a name is an arg or an axis, of the command line or of the file',
    prove() {
      const typed = { args: ['x=1'], sweep: ['x=2'], maxParallel: 1 };
      expect(() => plan('', typed)).toThrow('keys cannot be specified as both --arg and --sweep: x');
      expect(() => plan(grid, { args: ['x=1'] })).toThrow('key(s) x cannot be both in sweep.matrix and --arg');
      expect(() =>
        mergeSweepSpecs({ ...noFlags, yamlSweep: { matrix: { a: [1] } }, cliArgOverrides: { a: '2' } }),
      ).toThrow('cannot be both in sweep.matrix and --arg');
    },
  },
  {
    numbers: ['3.7'],
    says: 'the command line and the file are merged axis by axis: replaced in its place, or added behind',
    prove() {
      const yamlSweep = { matrix: { a: [1], b: [2] }, maxParallel: 3 };
      const merged = mergeSweepSpecs({ ...noFlags, yamlSweep, cliSweepAxes: { c: ['z'], a: ['9'] } });
      expect(merged).toEqual({ matrix: { a: ['9'], b: [2], c: ['z'] }, failFast: false, maxParallel: 3 });
      expect(Object.keys(merged?.matrix ?? {})).toEqual(['a', 'b', 'c']);
      const { axes } = sweepOf(block('matrix: {x: [1], b: [3]}, max_parallel: 1'), { sweep: ['c=z', 'x=9'] });
      expect(axes).toEqual(['x', 'b', 'c']);
    },
  },
  {
    numbers: ['3.8'],
    says: 'words are split at their first `=`; without one, or without a name before it, they are refused',
    prove() {
      expect(parseArgFlags(['cmd=a=b', 'x='])).toEqual({ cmd: 'a=b', x: '' });
      expect(parseSweepFlags(['k=a=1,b=2'])).toEqual({ k: ['a=1', 'b=2'] });
      expect(() => parseArgFlags(['x'])).toThrow('--arg x is not in KEY=VALUE format');
      expect(() => parseArgFlags(['=v'])).toThrow('--arg =v has an empty key');
      expect(() => parseSweepFlags(['x'])).toThrow('--sweep x is not in KEY=v1,v2,... format');
      expect(() => parseSweepFlags(['=1'])).toThrow('--sweep =1 has an empty key');
    },
  },
  {
    numbers: ['3.9'],
    says: 'what stands between two commas is a value, also nothing, with its spaces',
    prove() {
      expect(parseSweepFlags(['x=a,,b', 'y=', 'z= a ,b'])).toEqual({ x: ['a', '', 'b'], y: [''], z: [' a ', 'b'] });
    },
  },
  {
    numbers: ['3.10'],
    says: 'values of --sweep are text, unless --typed says otherwise; a filter makes numbers of them',
    prove() {
      expect(parseSweepFlags(['x=1,0.5,true'])).toEqual({ x: ['1', '0.5', 'true'] });
      expect(parseSweepFlags(['x=1,0.5,true,no', 'e='], { typed: true })).toEqual({ x: [1, 0.5, true, 'no'], e: [''] });
      for (const word of ['x={a: 1}', 'x=[[1]]', 'x=["a']) {
        expect(() => parseSweepFlags([word], { typed: true }), word).toThrow('non-scalar');
      }
      const doubled = 'args: {x: "{{ lr | float * 2 }}"}';
      expect(sayings(doubled, { sweep: ['lr=0.5,1e-1'], maxParallel: 2 })).toEqual(['1.0', '0.2']);
    },
  },
  {
    numbers: ['4.6'],
    says: 'it was cancelled by somebody; all have completed; one has failed; one was cancelled: the first that is true',
    prove() {
      expect(statusOf('completed failed', true)).toBe('cancelled');
      expect(statusOf('completed completed', true)).toBe('cancelled');
      expect(statusOf('completed running', true)).toBe('draining');
      expect(statusOf('completed completed')).toBe('completed');
      expect(statusOf('completed failed cancelled')).toBe('failed');
      expect(statusOf('timeout cancelled')).toBe('failed');
      expect(statusOf('completed cancelled')).toBe('cancelled');
      expect(statusOf('failed pending')).toBe('running');
      expect(statusOf('pending pending')).toBe('pending');
    },
  },
  {
    numbers: ['4.11'],
    says: '`max_parallel` above the number of cells is a warning, and kept as it was asked for',
    prove() {
      const { maxParallel, warnings } = sweepOf(grid, { maxParallel: 9 });
      expect([maxParallel, warnings]).toEqual([9, ['`max_parallel` is 9, and there are 2 cells']]);
      expect(sweepOf(grid).warnings).toEqual([]);
    },
  },
  {
    numbers: ['6.4'],
    says: 'a sweep is represented by the error of the cell that failed first, and of equals by the first cell',
    prove() {
      const ended = (name: string, state: CellJob['state'], endTime: number) => ({
        ...{ name, state, ignored: false, reason: undefined, exitCode: 3, endTime },
      });
      const jobs = [ended('a#0', 'completed', 1), ended('a#7', 'failed', 5), ended('a#9', 'failed', 4)];
      expect(representativeError([...jobs, ended('a#3', 'timeout', 4)])).toBe('a#3 timeout: exit code 3');
      expect(representativeError(jobs.slice(0, 1))).toBeUndefined();
    },
  },
];

describe('the requirements of sweeps', () => {
  it.each(requirements.map((one) => [one.numbers.join(), one.says, one.prove] as const))('%s: %s', (_, __, prove) =>
    prove(),
  );

  it('are all here, with a run, or of faces that are not built, and none twice', () => {
    const all = [...requirements, ...runRequirements, ...notBuilt].flatMap(({ numbers }) => numbers);
    expect(all.toSorted()).toEqual(specified.toSorted());
  });
});
