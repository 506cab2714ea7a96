import type { Edge } from './graph.ts';

export interface DrivenEdges {
  /** As Slurm is told them. */
  readonly native: readonly Edge[];
  /** What would be true too early: a job that srunx submits again has an end before its last one. */
  readonly withheld: readonly Edge[];
  /** Slurm must leave the job in its queue when an edge cannot be satisfied: perhaps srunx gives it another parent. */
  readonly mayMove: boolean;
}

/**
 * How a job waits for parents of which srunx submits some again when they fail. Their success means the same to Slurm and to us; any other
 * end of theirs counts only when no further attempt follows, so for that the job is held, and a driver lets it go.
 */
export function drivenEdges(edges: readonly Edge[], isRetried: (parent: string) => boolean): DrivenEdges {
  const isWithheld = ({ type, parent }: Edge) => isRetried(parent) && (type === 'afterany' || type === 'afternotok');
  const native = edges.filter((edge) => !isWithheld(edge));
  return { native, withheld: edges.filter(isWithheld), mayMove: native.some(({ parent }) => isRetried(parent)) };
}
