import type { Edge } from './graph.ts';
import type { PlannedJob } from './plan.ts';

export type NativeJob = Pick<PlannedJob, 'name' | 'edges' | 'onError'>;

/**
 * The edges of each job as Slurm is told them, by name; parents before children. Where the failure of a parent is to be ignored,
 * its child waits for any end of it; and as a job that never started has an end too, also for what the parent needed to start.
 */
export function nativeEdges(jobs: readonly NativeJob[]): Map<string, Edge[]> {
  const native = new Map<string, Edge[]>();
  const ignoring = new Set(jobs.filter(({ onError }) => onError === 'ignore').map(({ name }) => name));
  for (const { name, edges } of jobs) {
    const all = edges.flatMap((edge): Edge[] => {
      if (edge.type !== 'afterok' || !ignoring.has(edge.parent)) return [edge];
      const needed = native.get(edge.parent)?.filter(({ type }) => type === 'afterok' || type === 'afternotok') ?? [];
      return [{ type: 'afterany', parent: edge.parent }, ...needed];
    });
    native.set(name, [...new Map(all.map((edge) => [`${edge.type}:${edge.parent}`, edge])).values()]);
  }
  return native;
}
