import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkGraph } from './check-graph.ts';
import { edgeTypes, formatEdge, type GraphNode, parseEdge, selectNodes, sortTopologically } from './graph.ts';

/** `b: a, after:c`: one job per line. The offset of an edge is its number, that of a job ten times its number. */
function graphOf(...lines: readonly string[]): GraphNode[] {
  return lines.map((line, index) => {
    const [name = '', parents = ''] = line.split(': ');
    const edges = parents.split(', ').flatMap((text, offset) => {
      const edge = parseEdge(text);
      return text === '' || edge === undefined ? [] : [{ ...edge, offset }];
    });
    return { name, offset: index * 10, edges };
  });
}

/** Jobs that depend only on earlier ones, in any order of the file. */
const acyclic = fc
  .array(fc.array(fc.tuple(fc.constantFrom(...edgeTypes), fc.nat()), { maxLength: 4 }), { minLength: 1, maxLength: 18 })
  .map((jobs) =>
    jobs.map(
      (edges, index): GraphNode => ({
        name: `j${index}`,
        offset: index,
        edges:
          index === 0
            ? []
            : distinct(edges.map(([type, parent]) => ({ type, parent: `j${parent % index}`, offset: 0 }))),
      }),
    ),
  )
  .chain((nodes) => fc.shuffledSubarray(nodes, { minLength: nodes.length, maxLength: nodes.length }));

function distinct(edges: GraphNode['edges']): GraphNode['edges'] {
  return [...new Map(edges.map((edge) => [formatEdge(edge), edge])).values()];
}

describe('parseEdge', () => {
  it.each([
    ['a', { type: 'afterok', parent: 'a' }],
    ['afterany:a', { type: 'afterany', parent: 'a' }],
    [' afternotok : a ', { type: 'afternotok', parent: 'a' }],
    ['aftercorr:a', undefined],
    ['AFTEROK:a', undefined],
    [':a', undefined],
  ])('%s', (text, edge) => expect(parseEdge(text)).toEqual(edge));

  it('reads what formatEdge writes', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...edgeTypes),
        fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,9}$/),
        (type, parent) => {
          expect(parseEdge(formatEdge({ type, parent }))).toEqual({ type, parent });
        },
      ),
    );
  });
});

describe('a graph without cycles', () => {
  it('has no problems, and every parent stands before its children', () => {
    fc.assert(
      fc.property(acyclic, (nodes) => {
        expect(checkGraph(nodes)).toEqual([]);
        const sorted = sortTopologically(nodes);
        expect(new Set(sorted)).toEqual(new Set(nodes));
        const position = new Map(sorted.map(({ name }, index) => [name, index]));
        for (const { name, edges } of sorted) {
          for (const { parent } of edges) expect(position.get(parent)).toBeLessThan(position.get(name) ?? -1);
        }
      }),
    );
  });

  it('is cut by --from and --to along its edges', () => {
    fc.assert(
      fc.property(acyclic, fc.nat(), (nodes, pick) => {
        const name = nodes[pick % nodes.length]?.name ?? '';
        const after = selectNodes(nodes, { from: name, to: undefined, only: [] });
        const before = selectNodes(nodes, { from: undefined, to: name, only: [] });
        for (const { name: child, edges } of nodes) {
          for (const { parent } of edges) {
            if (after.has(parent)) expect(after.has(child)).toBe(true);
            if (before.has(child)) expect(before.has(parent)).toBe(true);
          }
        }
        expect(selectNodes(nodes, { from: name, to: name, only: [] })).toEqual(new Set([name]));
      }),
    );
  });
});

describe('checkGraph', () => {
  it.each([
    [['a', 'b: a', 'a'], [[20, 'two jobs are called `a`', 'Give one of them another name.']]],
    [['train', 'b: trian'], [[0, 'job `b` depends on `trian`, and there is no such job', 'Did you mean `train`?']]],
    [['a', 'b: a, zzzz'], [[1, 'job `b` depends on `zzzz`, and there is no such job', undefined]]],
    [['a', 'b: a, a'], [[1, 'job `b` depends on `a` twice', 'Remove one of the two.']]],
    [['a', 'b: after:a, a, after:a'], [[2, 'job `b` depends on `after:a` twice', 'Remove one of the two.']]],
    [['a', 'b: a, afternotok:a, afterany:a, after:a'], []],
    [['a: a'], [[0, 'job `a` depends on itself: a -> a', 'Remove this dependency.']]],
    [['a: b', 'b: a'], [[0, 'jobs wait for each other: a -> b -> a', 'Remove one of these dependencies.']]],
    [
      ['x: b', 'a: x, afterany:b', 'b: after:a'],
      [[0, 'jobs wait for each other: x -> b -> a -> x', expect.any(String)]],
    ],
    [
      ['a: nope', 'b: nope'],
      [
        [0, expect.stringContaining('job `a`'), undefined],
        [0, expect.stringContaining('job `b`'), undefined],
      ],
    ],
  ])('%j', (lines, expected) => {
    const found = checkGraph(graphOf(...lines)).map(({ offset, message, hint }) => [
      offset,
      message,
      typeof hint === 'function' ? hint() : hint,
    ]);
    expect(found).toEqual(expected);
  });
});

describe('sortTopologically', () => {
  it.each([
    [['a', 'b: a', 'e', 'c: b'], 'a b e c'],
    [['d: b, afterany:c', 'a', 'b: a', 'c: after:a', 'e'], 'a b c d e'],
    [['a: nope', 'b: a'], 'a b'],
    [['z', 'a: b', 'b: a', 'c: a'], 'z a b c'],
  ])('keeps the order of the file where it can: %j', (lines, order) => {
    expect(
      sortTopologically(graphOf(...lines))
        .map(({ name }) => name)
        .join(' '),
    ).toBe(order);
  });
});

describe('a cycle', () => {
  it('is found wherever it is closed, and named along its edges', () => {
    fc.assert(
      fc.property(acyclic, fc.nat(), fc.nat(), (nodes, first, second) => {
        const from = nodes[first % nodes.length]?.name ?? '';
        const reachable = [...selectNodes(nodes, { from, to: undefined, only: [] })];
        const to = reachable[second % reachable.length] ?? from;
        const closed = nodes.map((node) =>
          node.name === from
            ? {
                ...node,
                edges: [
                  ...node.edges.filter(({ parent }) => parent !== to),
                  { type: 'after' as const, parent: to, offset: 0 },
                ],
              }
            : node,
        );
        const [problem] = checkGraph(closed);
        const names = problem?.message.split(': ')[1]?.split(' -> ') ?? [];
        expect(problem?.message).toMatch(from === to ? /depends on itself/ : /^jobs wait for each other/);
        expect(names.length).toBeGreaterThan(1);
        expect(names[0]).toBe(names.at(-1));
        for (const [index, name] of names.slice(0, -1).entries()) {
          const parents = closed.find((node) => node.name === name)?.edges.map(({ parent }) => parent);
          expect(parents).toContain(names[index + 1]);
        }
      }),
    );
  });

  it('of ten thousand jobs does not exhaust the stack', () => {
    const count = 10_000;
    const chain = Array.from(
      { length: count },
      (_, index): GraphNode => ({
        name: `j${index}`,
        offset: index,
        edges: [{ type: 'afterok', parent: `j${(index + 1) % count}`, offset: index }],
      }),
    );
    expect(checkGraph(chain)).toHaveLength(1);
    expect(sortTopologically(chain.slice(0, -1))).toHaveLength(count - 1);
  });
});
