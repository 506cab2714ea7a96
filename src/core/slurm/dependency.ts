/** The dependency types that a workflow's edges and `sbatch --dependency` know by id. */
export const dependencyTypes = ['afterok', 'after', 'afterany', 'afternotok', 'aftercorr'] as const;
export type DependencyType = (typeof dependencyTypes)[number];
