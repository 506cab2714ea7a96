import { z } from 'zod';
import { camelKeys } from './camel-keys.ts';
import { containerRuntimes, misfitFields } from './container.ts';
import { orText } from './or-text.ts';
import { keyMessage, ownVariableName, variableName } from './variable-name.ts';

/** What becomes one word of a command line: a path, a name, an image. */
const word = z
  .string({ error: 'expected text' })
  .min(1, { error: 'must not be empty' })
  .refine((text) => !/[\0\n]/.test(text), { error: 'must be one line of text, without NUL' });

const noNul = { error: 'must not contain NUL' };

/** A number or a boolean becomes the text for it; texts stay as they are, so a loader that has the source passes that. */
const scalarText = z
  .union([z.string(), z.number(), z.boolean()], { error: 'expected text, a number, true or false' })
  .transform(String)
  .refine((text) => !text.includes('\0'), noNul);

const variable = z.string().regex(ownVariableName, {
  error: ({ input }) =>
    variableName.test(String(input))
      ? `${String(input)}: names that begin with SLURM_ or SBATCH_ belong to Slurm`
      : `${JSON.stringify(input)} is no name of a variable: write letters, digits and _, not beginning with a digit`,
});

const variables = z.record(variable, scalarText, {
  error: (issue) => keyMessage(issue) ?? 'expected variables and their values',
});

const imageWord = word.refine((image) => !image.startsWith('-'), { error: 'an image does not begin with `-`' });

const mount = word.superRefine((text, context) => {
  const message = mountProblem(text);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});

function mountProblem(text: string): string | undefined {
  if (text.includes(',')) return `\`${text}\`: a mount must not contain a comma; write one entry for each`;
  if (/^\$\{?\w/.test(text)) return `\`${text}\`: variables are not expanded; write the path, or ~/... for your home`;
  const parts = text.split(':');
  if (parts.length > 3 || parts.includes('')) return `\`${text}\` is no mount: write SOURCE[:DESTINATION[:OPTIONS]]`;
  const inside = parts[1] ?? text;
  if (inside.startsWith('/') || (parts.length === 1 && /^~(?:\/|$)/.test(text))) return undefined;
  return `\`${inside}\`: the path inside the container must begin with /`;
}

/** A template renders a boolean as text. */
const flag = orText(
  (text) => (/^(?:true|false)$/i.test(text) ? text.toLowerCase() === 'true' : text),
  z.boolean({ error: 'expected true or false' }),
).exactOptional();

const containerFields = {
  runtime: z.enum(containerRuntimes, { error: `expected one of ${containerRuntimes.join(', ')}` }).exactOptional(),
  image: imageWord.exactOptional(),
  mounts: z.array(mount, { error: 'expected a list of mounts' }).exactOptional(),
  workdir: word.exactOptional(),
  env: variables.exactOptional(),
  nv: flag,
  rocm: flag,
  cleanenv: flag,
  fakeroot: flag,
  writable_tmpfs: flag,
  no_home: flag,
  contain: flag,
  tmp_sandbox: flag,
  overlay: word.exactOptional(),
  extra_args: z.array(word, { error: 'expected a list of arguments' }).exactOptional(),
  writable: flag,
  remap_root: flag,
  mount_home: flag,
  entrypoint: flag,
  name: word.exactOptional(),
  save: word.exactOptional(),
};

/** The keys of `container`. */
export const containerKeys: readonly string[] = Object.keys(containerFields);

/** `container`, as a mapping or as the image alone. The runtime's own fields are checked where the runtime is named. */
export const containerSchema = orText(
  (image) => ({ image }),
  z
    .strictObject(containerFields, { error: mappingError('expected an image, or a mapping with `image`') })
    .transform(camelKeys)
    .superRefine((container, context) => {
      if (container.runtime === undefined) return;
      const message = misfitFields(container, container.runtime);
      if (message !== undefined) context.addIssue({ code: 'custom', message });
    }),
);

const moduleName = word.regex(/^[^\s-]\S*$/, { error: 'a module is one word that does not begin with `-`' });

const setupText = z
  .string({ error: 'expected shell text' })
  .min(1, { error: 'must not be empty' })
  .refine((text) => !text.includes('\0'), noNul);

const fields = {
  // `null` is "none", whatever the configuration says.
  conda: word.nullable().exactOptional(),
  venv: word.nullable().exactOptional(),
  modules: listOf(moduleName, 'expected a list of modules')
    .nullable()
    .transform((names) => names ?? [])
    .exactOptional(),
  env_setup: listOf(setupText, 'expected a list of shell lines').exactOptional(),
  env_vars: variables.exactOptional(),
  container: containerSchema.nullable().exactOptional(),
};

/** The keys of `environment`, which a job may also have at its top level. */
export const environmentKeys = Object.keys(fields) as readonly (keyof typeof fields)[];

/** `environment` of a job. Nothing is filled in: what is absent is the configuration's to say. */
export const environmentSchema = z
  .strictObject(fields, { error: mappingError('expected a mapping') })
  .refine(({ conda, venv }) => conda == null || venv == null, {
    error: 'only one of conda and venv can be active',
    path: ['venv'],
  })
  .transform(camelKeys);

export type JobEnvironment = z.output<typeof environmentSchema>;

/** One text is a list of one. */
function listOf<T extends z.ZodType>(item: T, error: string) {
  return orText((text) => [text], z.array(item, { error }));
}

/** Says what was expected instead of a mapping; unknown keys keep the schema's own message. */
function mappingError(message: string) {
  return (issue: { readonly code: string | undefined }) => (issue.code === 'invalid_type' ? message : undefined);
}
