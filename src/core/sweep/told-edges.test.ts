import { expect, it } from 'vitest';
import { toldEdges } from './told-edges.ts';

const edge = (parent: string) => ({ type: 'afterany', parent }) as const;

it.each([
  [{ name: 'sum', edges: [edge('train#0'), edge('train#1')] }, ['all cells']],
  [{ name: 'tell', edges: [edge('train#0'), edge('train#1'), edge('sum')] }, ['all cells', 'sum']],
  [{ name: 'eval#1', edges: [edge('train#1')] }, ['train#1']],
  [{ name: 'eval', edges: [edge('train')] }, ['train']],
  [{ name: 'train', edges: [] }, []],
])('%j waits for %j', (job, told) => {
  expect(toldEdges(job).map(({ parent }) => parent)).toEqual(told);
});
