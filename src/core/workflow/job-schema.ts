import { z } from 'zod';
import { environmentKeys, environmentSchema } from '../job/environment-schema.ts';
import { filePattern } from '../job/file-pattern.ts';
import { orText } from '../job/or-text.ts';
import { launchers } from '../job/render-script.ts';
import { resourceKeys, resourcesSchema } from '../job/resources-schema.ts';
import { keyMessage, ownVariableName, variableName } from '../job/variable-name.ts';
import { controlKeys } from './control-schema.ts';
import { checkpointSchema, retryDelaySchema, retrySchema } from './retry-schema.ts';

const line = z
  .string({ error: 'must be text: put it into quotes' })
  .refine((text) => !/[\0\n]/.test(text), 'must be one line of text');

/** A directory that sbatch gets as it is. */
const directory = line.refine((text) => !/^(?:~|\$\{?[A-Za-z_])/.test(text), {
  error: 'is not expanded by Slurm: write the full path, or one that is relative to where you start from',
});

/** Slurm replaces nothing in a log's path that has a backslash, so all jobs would share one log. */
const logDirectory = directory.refine((text) => !text.includes('\\'), { error: 'must not contain a backslash' });

const noNul = { error: 'must not contain NUL' };
const notEmpty = { error: 'must not be empty' };

const scalar = z.union([z.string(), z.number(), z.boolean()], { error: 'must be text, a number, true or false' });
const word = scalar.transform(String).refine((text) => !text.includes('\0'), noNul);
const words = z.array(word, { error: 'must be a list of words' });

const filePatterns = orText((text) => [text], z.array(filePattern, { error: 'must be a path, or a list of paths' }));

/** Values by name. The names become variables of the shell or of templates. */
function named(pattern: RegExp) {
  const name = z.string().regex(pattern, {
    error: ({ input }) =>
      variableName.test(String(input))
        ? 'names that begin with SLURM_ or SBATCH_ belong to Slurm'
        : 'is no name: write letters, digits and _, not beginning with a digit',
  });
  return z.record(name, word, { error: (issue) => keyMessage(issue) ?? 'must be a mapping of names to values' });
}

/** A job of a workflow file after its templates were rendered and its flat keys were put in place, without name and edges. */
export const jobSchema = z.object({
  command: z
    .union(
      [
        z
          .string()
          .min(1, notEmpty)
          .refine((text) => !text.includes('\0'), noNul),
        words.min(1, notEmpty),
      ],
      { error: 'must be text or a list of words' },
    )
    .optional(),
  script_path: line.min(1, notEmpty).optional(),
  script_args: words.optional(),
  script_vars: named(ownVariableName).optional(),
  exports: named(variableName).optional(),
  inputs: filePatterns.optional(),
  outputs: filePatterns.optional(),
  hash: orText(
    (text) => (text === 'true' ? true : text === 'false' ? false : text),
    z.boolean({ error: 'must be true or false' }),
  ).optional(),
  log_dir: logDirectory.optional(),
  work_dir: directory.optional(),
  launcher: z.enum(launchers, { error: `must be one of ${launchers.join(', ')}` }).optional(),
  template: line.min(1, notEmpty).optional(),
  srun_args: line.optional(),
  launch_prefix: line.optional(),
  retry: retrySchema.optional(),
  retry_delay: retryDelaySchema.optional(),
  checkpoint: checkpointSchema.optional(),
});

/** Both are read once for all jobs that say the same. */
export const groupSchemas = { resources: resourcesSchema, environment: environmentSchema } as const;
export type Group = keyof typeof groupSchemas;

export const groupKeys: Readonly<Record<Group, readonly string[]>> = {
  resources: resourceKeys,
  environment: environmentKeys,
};

export type JobFile = z.output<typeof jobSchema> & {
  readonly resources: z.output<typeof resourcesSchema>;
  readonly environment: z.output<typeof environmentSchema>;
};

/** Keys that may stand in the job itself instead of below `resources` or `environment`. */
export const flatKeys: ReadonlyMap<string, Group> = new Map([
  ...resourceKeys.map((key) => [key, 'resources'] as const),
  ...environmentKeys.map((key) => [key, 'environment'] as const),
]);

/** Keys that begin with `x-` are for other tools. */
export function isJobKey(key: string): boolean {
  return key.startsWith('x-') || jobKeys.includes(key);
}

/** Read before any template of the job is rendered: which jobs there are, and what they wait for. */
export const structuralKeys: readonly string[] = ['name', 'depends_on', 'on_failure', 'matrix'];

export const jobKeys: readonly string[] = [
  ...structuralKeys,
  ...['path', 'resources', 'environment'],
  ...Object.keys(jobSchema.shape),
  ...controlKeys,
  ...flatKeys.keys(),
];

/** Where every scalar is wanted as the text it was written as: `0.10` in the environment is not `0.1`. */
export const textContainers: ReadonlySet<string> = new Set([
  'command',
  'script_args',
  'script_vars',
  'exports',
  'env_vars',
  'env',
]);

/** Keys of the file format whose work is not done yet: silently ignored they would be worse than an error. */
export const unsupportedKeys: ReadonlySet<string> = new Set<string>([]);
