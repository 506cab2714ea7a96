import type { Edge } from '../workflow/graph.ts';
import { placeOf } from './place-of.ts';

interface EdgesOfJob {
  readonly name: string;
  readonly edges: readonly Edge[];
}

/** What a job waits for, as people are told it: what comes after all cells of a sweep waits for thousands of jobs, in three words. */
export function toldEdges({ name, edges }: EdgesOfJob): readonly Edge[] {
  if (placeOf(name) !== undefined || edges.length === 0) return edges;
  const others = edges.filter(({ parent }) => placeOf(parent) === undefined);
  return others.length === edges.length ? edges : [{ type: 'afterany', parent: 'all cells' }, ...others];
}
