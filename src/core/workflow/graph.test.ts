import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkGraph,
  edgeTypes,
  formatEdge,
  type GraphNode,
  parseEdge,
  selectNodes,
  sortTopologically,
} from './graph.ts';

/** Jobs that depend only on earlier ones, in any order of the file. */
const acyclic = fc
  .array(fc.array(fc.tuple(fc.constantFrom(...edgeTypes), fc.nat()), { maxLength: 4 }), { minLength: 1, maxLength: 30 })
  .map((jobs) =>
    jobs.map(
      (edges, index): GraphNode => ({
        name: `j${index}`,
        path: ['jobs', index],
        edges: index === 0 ? [] : edges.map(([type, parent]) => ({ type, parent: `j${parent % index}` })),
      }),
    ),
  )
  .chain((nodes) => fc.shuffledSubarray(nodes, { minLength: nodes.length, maxLength: nodes.length }));

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

describe('a cycle', () => {
  it('is found wherever it is closed, and named along its edges', () => {
    fc.assert(
      fc.property(acyclic, fc.nat(), fc.nat(), (nodes, first, second) => {
        const from = nodes[first % nodes.length]?.name ?? '';
        const reachable = [...selectNodes(nodes, { from, to: undefined, only: [] })];
        const to = reachable[second % reachable.length] ?? from;
        const closed = nodes.map((node) =>
          node.name === from ? { ...node, edges: [...node.edges, { type: 'after' as const, parent: to }] } : node,
        );
        const [problem] = checkGraph(closed);
        const names = problem?.message.split(': ')[1]?.split(' -> ') ?? [];
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
        path: ['jobs', index],
        edges: [{ type: 'afterok', parent: `j${(index + 1) % count}` }],
      }),
    );
    expect(checkGraph(chain)).toHaveLength(1);
    expect(sortTopologically(chain.slice(0, -1))).toHaveLength(count - 1);
  });
});
