import { z } from 'zod';
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
});

export type Control = z.output<typeof controlSchema>;

export type ControlKey = keyof typeof controlSchema.shape;

export const controlKeys = Object.keys(controlSchema.shape) as readonly ControlKey[];

/** The next step where a value was refused. */
export const controlHints: Readonly<Record<ControlKey, string | undefined>> = {
  when: 'Write the whole expression into braces: {{ mode == "full" }}.',
  on_error: undefined,
};
