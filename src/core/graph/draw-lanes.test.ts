import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planText } from '../../../test/support/plan-text.ts';
import { asciiSigns, unicodeSigns } from '../../cli/signs.ts';
import { edgeTypes } from '../workflow/graph.ts';
import { collapseGraph } from './collapse-graph.ts';
import { drawLanes } from './draw-lanes.ts';
import { type DrawnGraph, type GraphJob, graphOf, jobsOfPlan } from './job-graph.ts';

function draw(graph: DrawnGraph, { columns = 80, signs = unicodeSigns } = {}): string {
  const lines = drawLanes(graph, { signs: signs.graph, columns });
  return lines
    .map((spans) =>
      spans
        .map(({ text }) => text)
        .join('')
        .trimEnd(),
    )
    .join('\n');
}

function graphOfText(jobs: string): DrawnGraph {
  return graphOf('flow', jobsOfPlan(planText(`jobs:\n${jobs}`)));
}

const diamond = `  - {name: start, command: x}
  - {name: watch, command: x, depends_on: "after:start"}
  - {name: left, command: x, depends_on: start}
  - {name: right, command: x, depends_on: start}
  - {name: join, command: x, depends_on: [left, right]}
  - {name: collect, command: x, depends_on: [left, "afterany:right"]}
  - {name: repair, command: x, depends_on: ["afternotok:right"]}
`;

const matrix = `  - {name: prepare, command: x}
  - {name: train, command: x, depends_on: prepare, matrix: {i: [1, 2, 3]}, on_failure: y}
  - {name: score, command: x, depends_on: "train-{{ matrix.i }}", matrix: {i: [1, 2, 3]}, array: 0-9}
  - {name: compare, command: x, depends_on: [score]}
finally: [{name: clean, command: x}, {name: tell, command: x, depends_on: clean}]
`;

describe('a graph', () => {
  it('has a line for each job, beside lines that show what waits for what', () => {
    expect(draw(graphOfText(diamond))).toBe(`●         start
├─╮
● │       watch  after:start
  ├─●     left
  ● │     right
  ├╌│╌┬═╗
  ●─┤ ╎ ║ join
    ●╌╯ ║ collect  afterany:right
        ● repair  afternotok:right

── has completed   ┈┈ has started   ╌╌ has ended   ══ has failed`);
  });

  it('has jobs that `when` leaves out where they would have been', () => {
    const jobs = `  - {name: a, command: x, when: false}
  - {name: b, command: x, depends_on: a}
  - {name: c, command: x, depends_on: b, when: false}
  - {name: d, command: x, depends_on: c}
`;
    expect(draw(graphOfText(jobs))).toBe('⊘ a  skipped\n● b\n⊘ c  skipped\n● d');
  });

  it('keeps apart what has nothing to do with each other', () => {
    const jobs = '  - {name: a, command: x}\n  - {name: b, command: x, depends_on: a}\n  - {name: c, command: x}\n';
    expect(draw(graphOfText(jobs))).toBe('● a\n● b\n\n● c');
    expect(draw(graphOfText('  - {name: a, command: x}\n  - {name: b, command: x}\n'))).toBe('● a\n● b');
  });

  it('can do without Unicode', () => {
    const text = draw(graphOfText(diamond), { signs: asciiSigns });
    expect(text).toMatch(/^[\n\x20-\x7e]*$/);
    expect(text).toContain('\n  +.|.+=.\n  *-+ : ! join\n');
  });

  it('shows the jobs of a matrix as one, and everything that follows from something else not at all', () => {
    expect(draw(collapseGraph(graphOfText(matrix)))).toBe(`●   prepare
●   train ×3
╠─╮
◆ │ train.on_failure ×3  afternotok:train
╎ ● score ×30
╎ ● compare
├╌╯
■   clean  at the end
■   tell  at the end

── has completed   ╌╌ has ended   ══ has failed`);
  });

  it('does not, where that would make a circle', () => {
    const jobs: readonly GraphJob[] = [
      { name: 'step-1', edges: [], matrix: { i: '1' } },
      { name: 'between', edges: [{ type: 'afterok', parent: 'step-1' }] },
      { name: 'step-2', edges: [{ type: 'afterok', parent: 'between' }], matrix: { i: '2' } },
    ];
    expect(collapseGraph(graphOf('x', jobs)).nodes.map(({ id }) => id)).toEqual(['step-1', 'between', 'step-2']);
  });

  it('draws narrower, and at last lists, what has no room', () => {
    const wide = Array.from({ length: 20 }, (_, index) => `  - {name: a${index}, command: x}\n`).join('');
    const joined = `${wide}${Array.from({ length: 20 }, (_, index) => `  - {name: b${index}, command: x, depends_on: [a${index}, a${(index + 7) % 20}]}\n`).join('')}`;
    const graph = graphOfText(joined);
    const width = (columns: number) =>
      draw(graph, { columns })
        .split('\n')
        .find((line) => line.endsWith(' b19'))?.length ?? 0;
    expect(width(200)).toBeGreaterThan(width(48));
    expect(width(48)).toBeLessThanOrEqual(48);
    expect(draw(graph, { columns: 20 })).toContain('● b0  after a0, a7\n');
  });

  it('sums up how the jobs of a matrix stand', () => {
    const [first, ...others] = ['completed', 'running', 'running'].map(
      (text, index): GraphJob => ({
        name: `t-${index + 1}`,
        edges: [],
        matrix: { i: `${index}` },
        mark: {
          kind: text === 'running' ? 'running' : 'completed',
          text: index === 2 ? `${text} (1 of 3 done)` : text,
        },
      }),
    );
    if (first === undefined) throw new Error('no job');
    const [node] = collapseGraph(graphOf('x', [first, ...others])).nodes;
    expect(node?.mark).toEqual({ kind: 'running', text: '1 completed, 2 running' });
  });
});

it('draws every line from its beginning to its end, whatever the graph', () => {
  const graphs = fc.array(
    fc.array(fc.record({ back: fc.integer({ min: 1, max: 12 }), type: fc.constantFrom(...edgeTypes) }), {
      maxLength: 4,
    }),
    {
      maxLength: 25,
    },
  );
  fc.assert(
    fc.property(graphs, (lists) => {
      const jobs = lists.map((edges, index): GraphJob => {
        const known = edges.filter(({ back }) => back <= index);
        const distinct = new Map(
          known.map(({ back, type }) => [`${back} ${type}`, { type, parent: `j${index - back}` }]),
        );
        return { name: `j${index}`, edges: [...distinct.values()] };
      });
      const lines = drawLanes(graphOf('x', jobs), { signs: unicodeSigns.graph, columns: Number.POSITIVE_INFINITY });
      const drawn = lines.filter((spans) => !spans.some(({ text }) => text.startsWith('has ')));
      const nameAt = drawn.map((spans) => spans.findIndex(({ text }) => /^j\d+$/.test(text)));
      const names = drawn.flatMap((spans, index) => spans[nameAt[index] ?? -1]?.text ?? []);
      expect(names.toSorted()).toEqual(jobs.map(({ name }) => name).toSorted());
      const graphic = drawn.map((spans, index) => {
        const at = nameAt[index] ?? -1;
        return [...(at < 0 ? spans : spans.slice(0, at)).map(({ text }) => text).join('')];
      });
      requireWhole(graphic);
      const nameOf = (index: number) => drawn[index]?.[nameAt[index] ?? -1]?.text ?? '';
      if (jobs.some(({ edges }) => edges.length > 0)) requireReadable(graphic, { jobs, nameOf });
    }),
    { numRuns: 200 },
  );
});

/** One right below another waits for it, unless something else leads to it. */
function requireReadable(
  rows: readonly (readonly string[])[],
  { jobs, nameOf }: { readonly jobs: readonly GraphJob[]; readonly nameOf: (index: number) => string },
): void {
  for (const [index, row] of rows.entries()) {
    const column = row.indexOf('●');
    if (column < 0 || rows[index - 1]?.[column] !== '●') continue;
    const isLed = [row[column - 1], row[column + 1]].some((sign) => (sign ?? ' ') !== ' ');
    const { edges = [] } = jobs.find(({ name }) => name === nameOf(index)) ?? {};
    expect(edges.some(({ parent }) => parent === nameOf(index - 1))).toBe(!isLed);
  }
}

const downwards = new Set('│┊╎║╭╮╔╗├┤┬╠╣╦┼╬');
const upwards = new Set('│┊╎║╰╯╚╝├┤┴╠╣╩┼╬');

/** What goes down is taken up below, and the other way round; a job may be the end of both. */
function requireWhole(rows: readonly (readonly string[])[]): void {
  for (const [index, row] of rows.entries()) {
    for (const [column, sign] of row.entries()) {
      const below = rows[index + 1]?.[column] ?? ' ';
      const above = index === 0 ? ' ' : (rows[index - 1]?.[column] ?? ' ');
      if (downwards.has(sign))
        expect(upwards.has(below) || below === '●', `${rows.map((line) => line.join('')).join('\n')}`).toBe(true);
      if (upwards.has(sign)) expect(downwards.has(above) || above === '●').toBe(true);
    }
  }
}
