import { expect, it } from 'vitest';
import { drivenEdges } from './driven-edges.ts';
import { edgeTypes } from './graph.ts';

const isRetried = (parent: string) => parent === 'a';

it('tells Slurm of a parent that is submitted again only what stays true', () => {
  const edges = edgeTypes.flatMap((type) => ['a', 'b'].map((parent) => ({ type, parent })));
  const { native, withheld, mayMove } = drivenEdges(edges, isRetried);
  const words = (list: typeof native) => list.map(({ type, parent }) => `${type}:${parent}`).sort();
  expect(words(withheld)).toEqual(['afterany:a', 'afternotok:a']);
  expect(words(native)).toEqual(['after:a', 'after:b', 'afterany:b', 'afternotok:b', 'afterok:a', 'afterok:b']);
  expect(mayMove).toBe(true);
});

it('leaves all others to Slurm', () => {
  const edges = [{ type: 'afternotok', parent: 'b' } as const];
  expect(drivenEdges(edges, isRetried)).toEqual({ native: edges, withheld: [], mayMove: false });
  expect(drivenEdges([{ type: 'afterany', parent: 'a' }], isRetried).mayMove).toBe(false);
});
