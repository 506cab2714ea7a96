import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { validateSbatchOption } from '../job/validate-sbatch-option.ts';
import { parseTaskSet } from '../slurm/job-id.ts';
import { errorStrategies } from './error-strategy.ts';
import { readTruth } from './truth.ts';

/** The keys of a job that say whether it runs, and what its end means to others: read before and apart from what it does. */
export const controlSchema = z.object({
  when: z
    .union([z.boolean(), z.number(), z.string()], { error: 'must be true, false, or a template that says so' })
    .transform((value, context) => {
      const truth = readTruth(value);
      if (truth !== undefined) return truth;
      context.addIssue(`\`${value}\` is neither true nor false`);
      return z.NEVER;
    })
    .optional(),
  on_error: z.enum(errorStrategies, { error: `must be one of ${errorStrategies.join(', ')}` }).optional(),
  array: z
    .union([z.string(), z.int()], { error: 'must be indices' })
    .transform((value, context) => {
      const text = String(value).trim();
      if (isArrayValue(text)) return text;
      context.addIssue(`\`${text}\` is no set of indices`);
      return z.NEVER;
    })
    .optional(),
});

export type Control = z.output<typeof controlSchema>;

/** As sbatch takes it. */
function isArrayValue(text: string): boolean {
  try {
    validateSbatchOption({ name: 'array', value: text });
    return parseTaskSet(text) !== undefined;
  } catch (error) {
    if (error instanceof UsageError) return false;
    throw error;
  }
}

export type ControlKey = keyof typeof controlSchema.shape;

export const controlKeys = Object.keys(controlSchema.shape) as readonly ControlKey[];

/** The next step where a value was refused. */
export const controlHints: Readonly<Record<ControlKey, string | undefined>> = {
  when: 'Write the whole expression into braces: {{ mode == "full" }}.',
  on_error: undefined,
  array: 'Write indices such as 0-99, 1,3,5 or 0-15:4, with %N to limit how many run at once.',
};
