import { z } from 'zod';
import { environmentKeys, environmentSchema } from '../job/environment-schema.ts';
import { isJobName, jobNameHint } from '../job/job-name.ts';
import { launchers } from '../job/render-script.ts';
import { resourceKeys, resourcesSchema } from '../job/resources-schema.ts';

const line = z.string().refine((text) => !/[\0\n]/.test(text), 'must be one line of text');
const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const identifier = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be a name of letters, digits and `_`');
const words = z.array(scalar);

/** A job of a workflow file after its templates were rendered and its flat keys were put in place. */
export const jobSchema = z.strictObject({
  name: z.string().refine(isJobName, `is no job name: ${jobNameHint}`),
  command: z.union([z.string().min(1), words.min(1)], 'must be text or a list of words').optional(),
  script_path: line.optional(),
  script_args: words.optional(),
  script_vars: z.record(identifier, scalar).optional(),
  depends_on: z.unknown().optional(),
  exports: z.record(identifier, scalar).optional(),
  // Both are read by schemas of their own, once for all jobs that say the same.
  resources: z.unknown().optional(),
  environment: z.unknown().optional(),
  log_dir: line.optional(),
  work_dir: line.optional(),
  launcher: z.enum(launchers).optional(),
  srun_args: line.optional(),
  launch_prefix: line.optional(),
});

export const groupSchemas = { resources: resourcesSchema, environment: environmentSchema } as const;

export type JobFile = Omit<z.output<typeof jobSchema>, 'resources' | 'environment'> & {
  readonly resources: z.output<typeof resourcesSchema>;
  readonly environment: z.output<typeof environmentSchema>;
};

/** Keys that may stand in the job itself instead of below `resources` or `environment`. */
export const flatKeys: Readonly<Record<string, 'resources' | 'environment'>> = {
  ...Object.fromEntries(resourceKeys.map((key) => [key, 'resources'] as const)),
  ...Object.fromEntries(environmentKeys.map((key) => [key, 'environment'] as const)),
};

export const jobKeys = [...Object.keys(jobSchema.shape), 'path', ...Object.keys(flatKeys)];

/** Keys of the file format whose work is not done yet: silently ignored they would be worse than an error. */
export const unsupportedJobKeys: Readonly<Record<string, string>> = {
  retry: 'retries',
  retry_delay: 'retries',
  when: 'conditions',
  on_failure: 'failure handlers',
  array: 'job arrays',
  matrix: 'a matrix of one job',
  inputs: 'declared inputs',
  template: 'script templates',
};

export const rootKeys = ['name', 'description', 'args', 'default_project', 'jobs'] as const;

export const unsupportedRootKeys: Readonly<Record<string, string>> = {
  sweep: 'sweeps',
  include: 'included files',
  finally: 'final jobs',
};
