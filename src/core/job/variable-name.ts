import type { z } from 'zod';

/** What can be a variable of the shell, and a name in a template. */
export const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** A variable that is not Slurm's, which sets those itself and reads them as options. */
export const ownVariableName = /^(?!SLURM_|SBATCH_)[A-Za-z_][A-Za-z0-9_]*$/;

/** What a mapping says of a key that is none of these; `undefined` where something else is wrong with the mapping. */
export function keyMessage(issue: z.core.$ZodRawIssue): string | undefined {
  return issue.code === 'invalid_key' ? issue.issues[0]?.message : undefined;
}
