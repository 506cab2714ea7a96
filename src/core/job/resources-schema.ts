import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { formatDuration, parseTimeLimitInput } from '../slurm/duration.ts';
import { formatMemory, parseMemoryInput } from '../slurm/memory.ts';
import { checkSbatchArgs } from './sbatch-args.ts';
import { formatSbatchOptions } from './sbatch-options.ts';
import { validateSbatchOption } from './validate-sbatch-option.ts';

/** A resource as sbatch takes it. `true`: the option alone; `false`: its opposite, or nothing; `null`: none, whatever the configuration says. */
type ResourceValue = string | boolean | null;

/** The options of sbatch behind the keys, in the order in which sbatch is given them. */
const optionOf = {
  nodes: 'nodes',
  ntasks: 'ntasks',
  ntasks_per_node: 'ntasks-per-node',
  ntasks_per_gpu: 'ntasks-per-gpu',
  cpus_per_task: 'cpus-per-task',
  cpus_per_gpu: 'cpus-per-gpu',
  gpus: 'gpus',
  gpus_per_node: 'gpus-per-node',
  gpus_per_task: 'gpus-per-task',
  gres: 'gres',
  memory_per_node: 'mem',
  mem_per_cpu: 'mem-per-cpu',
  mem_per_gpu: 'mem-per-gpu',
  tmp: 'tmp',
  time_limit: 'time',
  time_min: 'time-min',
  nodelist: 'nodelist',
  exclude: 'exclude',
  partition: 'partition',
  account: 'account',
  qos: 'qos',
  constraint: 'constraint',
  reservation: 'reservation',
  licenses: 'licenses',
  exclusive: 'exclusive',
  begin: 'begin',
  deadline: 'deadline',
  nice: 'nice',
  signal: 'signal',
  requeue: 'requeue',
  mail_type: 'mail-type',
  mail_user: 'mail-user',
} as const;

type OptionKey = keyof typeof optionOf;

/** The key of `resources` for an option of sbatch. */
export const keyOfOption: ReadonlyMap<string, string> = new Map(
  Object.entries(optionOf).map(([key, option]) => [option, key]),
);

const nothing = z.null();

/** A whole number, or text that stands for one or says more (`2-4`, `a100:2`). */
function amount(key: OptionKey, normalise: (text: string) => string = (text) => text) {
  return z
    .union([z.string(), z.int(), nothing], { error: 'expected a whole number, or text' })
    .transform((value, context) =>
      toOption(key, { value: value === null ? null : `${value}`.trim(), normalise }, context),
    )
    .exactOptional();
}

/** Numbers are refused: of `0123` or `1e5` the text that the user meant is lost. */
function text(key: OptionKey) {
  return z
    .union([z.string(), nothing], { error: 'expected text: put numbers into quotes' })
    .transform((value, context) => toOption(key, { value }, context))
    .exactOptional();
}

/** Several may be a list, or one text with commas. */
function texts(key: OptionKey) {
  const error = 'expected text, or a list of texts';
  return z
    .union([z.string(), z.array(z.string()).min(1, { error }), nothing], { error })
    .transform((value, context) => toOption(key, { value: Array.isArray(value) ? value.join(',') : value }, context))
    .exactOptional();
}

function toggle(key: OptionKey, values: 'or text' | 'only') {
  const error = values === 'only' ? 'expected true or false' : 'expected true, false or text';
  return z
    .union([z.boolean(), z.string(), nothing], { error })
    .transform((value, context): ResourceValue => {
      if (typeof value !== 'string') return value;
      // A template renders a boolean as text.
      if (/^(?:true|false)$/i.test(value)) return value.toLowerCase() === 'true';
      if (values === 'or text') return toOption(key, { value }, context);
      context.addIssue({ code: 'custom', message: error });
      return z.NEVER;
    })
    .exactOptional();
}

interface Written {
  readonly value: string | null;
  readonly normalise?: (text: string) => string;
}

function toOption(key: OptionKey, { value, normalise }: Written, context: z.RefinementCtx): string | null {
  if (value === null) return null;
  try {
    if (value === '') throw new UsageError('must not be empty', { code: 'usage.resource' });
    const normal = normalise === undefined ? value : normalise(value);
    validateSbatchOption({ name: optionOf[key], value: normal });
    return normal;
  } catch (error) {
    context.addIssue({ code: 'custom', message: explain(error) });
    return z.NEVER;
  }
}

function explain(error: unknown): string {
  if (!(error instanceof UsageError)) throw error;
  return error.hint === undefined ? error.message : `${error.message}. ${error.hint}`;
}

const duration = /^(?=\d)(?:(\d{1,6})\s*d)?\s*(?:(\d{1,8})\s*h)?\s*(?:(\d{1,9})\s*m(?:in)?)?\s*(?:(\d{1,9})\s*s)?$/i;

/** sbatch itself takes `--nodes=0` for "not given". */
function positive(written: string): string {
  if (!/^0+$/.test(written)) return written;
  throw new UsageError(`\`${written}\` is no number of nodes`, {
    code: 'usage.resource',
    hint: 'Write a whole number from 1.',
  });
}

/** Besides sbatch's own spellings: `90m`, `2h`, `1d12h`. A number is minutes. */
function normaliseTime(written: string): string {
  const [match, days = '0', hours = '0', minutes = '0', seconds = '0'] = duration.exec(written) ?? [];
  const total = Number(days) * 1_440 + Number(hours) * 60 + Number(minutes) + Math.ceil(Number(seconds) / 60);
  try {
    const limit = parseTimeLimitInput(match === undefined ? written : `${total}`);
    return limit === 'unlimited' ? 'UNLIMITED' : formatDuration(limit * 60);
  } catch (cause) {
    if (!(cause instanceof UsageError)) throw cause;
    const hint = 'Write minutes (90), units (90m, 2h, 1d12h), h:mm:ss (1:30:00), days-hours (1-12), or unlimited.';
    throw new UsageError(`\`${written}\` is not a time limit`, { code: cause.code, hint, cause });
  }
}

function normaliseMemory(written: string): string {
  return formatMemory(parseMemoryInput(written));
}

const fields = {
  nodes: amount('nodes', positive),
  ntasks: amount('ntasks'),
  ntasks_per_node: amount('ntasks_per_node'),
  ntasks_per_gpu: amount('ntasks_per_gpu'),
  cpus_per_task: amount('cpus_per_task'),
  cpus_per_gpu: amount('cpus_per_gpu'),
  gpus: amount('gpus'),
  gpus_per_node: amount('gpus_per_node'),
  gpus_per_task: amount('gpus_per_task'),
  gres: texts('gres'),
  memory_per_node: amount('memory_per_node', normaliseMemory),
  mem_per_cpu: amount('mem_per_cpu', normaliseMemory),
  mem_per_gpu: amount('mem_per_gpu', normaliseMemory),
  tmp: amount('tmp', normaliseMemory),
  time_limit: amount('time_limit', normaliseTime),
  time_min: amount('time_min', normaliseTime),
  nodelist: texts('nodelist'),
  exclude: texts('exclude'),
  partition: texts('partition'),
  account: text('account'),
  qos: text('qos'),
  constraint: text('constraint'),
  reservation: text('reservation'),
  licenses: texts('licenses'),
  exclusive: toggle('exclusive', 'or text'),
  begin: text('begin'),
  deadline: text('deadline'),
  nice: amount('nice'),
  signal: text('signal'),
  requeue: toggle('requeue', 'only'),
  mail_type: texts('mail_type'),
  mail_user: text('mail_user'),
  sbatch_args: z
    .array(z.string(), { error: 'expected a list of sbatch options' })
    .transform((words, context) => {
      try {
        return checkSbatchArgs(words);
      } catch (error) {
        context.addIssue({ code: 'custom', message: explain(error) });
        return z.NEVER;
      }
    })
    .exactOptional(),
};

/** The keys of `resources`, which a job may also have at its top level. */
export const resourceKeys = Object.keys(fields) as readonly (keyof typeof fields)[];

const memoryKeys = ['memory_per_node', 'mem_per_cpu', 'mem_per_gpu'] as const;

/** `resources` of a job, normalised to what sbatch takes. Nothing is filled in: what is absent is not requested. */
export const resourcesSchema = z
  .strictObject(fields, { error: (issue) => (issue.code === 'invalid_type' ? 'expected a mapping' : undefined) })
  .superRefine((resources, context) => {
    const given = memoryKeys.filter((key) => resources[key] != null);
    if (given.length < 2) return;
    context.addIssue({
      code: 'custom',
      path: [given[1] ?? ''],
      message: `only one of ${given.join(', ')} can be given`,
    });
  });

export type JobResources = z.output<typeof resourcesSchema>;

/** The arguments for sbatch, one word each. No GPUs are left out: a site without GPUs refuses even a zero. */
export function resourceOptions(resources: JobResources): string[] {
  const options = Object.entries(optionOf).flatMap(([key, name]) => {
    const value: ResourceValue | undefined = resources[key as OptionKey];
    if (value == null || (value === '0' && key.startsWith('gpus'))) return [];
    if (typeof value === 'string') return [{ name, value }];
    if (value) return [{ name }];
    return key === 'requeue' ? [{ name: 'no-requeue' }] : [];
  });
  return [...formatSbatchOptions(options), ...(resources.sbatch_args ?? [])];
}
