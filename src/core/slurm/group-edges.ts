import type { DependencyType } from './dependency.ts';

/** `afterok:1:2,afterany:3`: one argument may not exceed 128 KiB, so thousands of parents must be written shortly. */
export function groupEdges(edges: readonly { readonly type: DependencyType; readonly id: string }[]): string {
  const types = [...new Set(edges.map(({ type }) => type))];
  return types
    .map((type) => [type, ...edges.filter((edge) => edge.type === type).map(({ id }) => id)].join(':'))
    .join(',');
}
