import { defaultsFor } from '../config/job-defaults.ts';
import type { SbatchOption } from '../job/sbatch-options.ts';
import type { TemplateValue, TemplateValues } from '../workflow/render-template.ts';

/** What a template can be filled with. What is not given is `undefined` here, and none in the template. */
export interface TemplateInput {
  /** Options of sbatch, as typed. */
  readonly options: readonly SbatchOption[];
  /** Resources of the configuration, under the keys of a workflow file. */
  readonly resources: Readonly<Record<string, unknown>>;
  readonly jobName: string;
  /** Words of a shell: what follows srun. */
  readonly command: string | undefined;
  readonly usesSrun: boolean;
  readonly srunArgs: readonly string[];
  readonly launchPrefix: readonly string[];
  /** Lines that load modules and activate environments. */
  readonly setUp: readonly string[];
  readonly container: Readonly<Record<string, unknown>> | undefined;
  readonly logDir: string | undefined;
  readonly workDir: string | undefined;
  /** `--var`: they may take the place of any other. */
  readonly variables: Readonly<Record<string, string>>;
}

/** Options of sbatch that a template may ask for, under the names that a workflow file has for them. */
const optionNames: Readonly<Record<string, string>> = {
  nodes: 'nodes',
  ntasks: 'ntasks',
  ntasks_per_node: 'ntasks-per-node',
  cpus_per_task: 'cpus-per-task',
  gpus: 'gpus',
  gpus_per_node: 'gpus-per-node',
  gpus_per_task: 'gpus-per-task',
  gres: 'gres',
  memory_per_node: 'mem',
  mem_per_cpu: 'mem-per-cpu',
  mem_per_gpu: 'mem-per-gpu',
  time_limit: 'time',
  nodelist: 'nodelist',
  partition: 'partition',
  account: 'account',
  qos: 'qos',
  constraint: 'constraint',
  reservation: 'reservation',
  array: 'array',
};

/** What else has a value without `--var`, and what that is. */
const otherNames: Readonly<Record<string, string>> = {
  job_name: 'the name of the job',
  command: 'the command of `--wrap`, as words of a shell',
  launch: 'the command, started by `srun` where there is one',
  srun_args: 'options for `srun`, of the container',
  launch_prefix: 'what stands between `srun` and the command, of the container',
  environment_setup: 'lines that load modules and activate conda or venv',
  container: 'the container, with its keys of the configuration',
  log_dir: 'the directory of `--log-dir`, or of the configuration',
  work_dir: 'the directory of `--chdir`, or of the configuration',
};

/** Every name that a template may use, and what stands for it. */
export const templateNames: Readonly<Record<string, string>> = {
  ...otherNames,
  ...Object.fromEntries(Object.entries(optionNames).map(([name, option]) => [name, `--${option}`])),
};

/** Names through which a container gets into a template. */
export const containerNames = ['launch', 'srun_args', 'launch_prefix', 'container'] as const;

/** What stands in the text where a name without a value is printed. From Unicode's private area: no script has it by chance. */
const hole = (name: string): string => `\uE000${name}\uE001`;

/** The names of those holes. */
export function holesOf(text: string): readonly string[] {
  return [...new Set([...text.matchAll(/\uE000(\w+)\uE001/g)].map(([, name = '']) => name))];
}

export function templateValues(input: TemplateInput): TemplateValues {
  const { command, srunArgs, launchPrefix } = input;
  const launch = [...(input.usesSrun ? ['srun'] : []), ...srunArgs, ...launchPrefix, command];
  const given: Readonly<Record<string, unknown>> = {
    ...requests(input),
    job_name: input.jobName,
    command,
    launch: command === undefined ? undefined : launch.join(' '),
    srun_args: srunArgs.join(' '),
    launch_prefix: launchPrefix.join(' '),
    environment_setup: input.setUp.join('\n'),
    container: input.container,
    log_dir: input.logDir ?? '',
    work_dir: input.workDir ?? '',
  };
  const known = Object.keys(templateNames).map((name) => [name, toValue(name, given[name])] as const);
  const own = Object.entries(input.variables).map(([name, text]) => [name, readText(text)] as const);
  return new Map<string, TemplateValue>([...known, ...own]);
}

/** Typed, else configured. */
function requests({ options, resources }: TemplateInput): Readonly<Record<string, unknown>> {
  const own = typedRequests(options);
  return { ...defaultsFor(resources, Object.keys(own)), ...own };
}

function typedRequests(options: TemplateInput['options']): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(optionNames).flatMap(([name, option]) => {
      const value = options.findLast((given) => given.name === option)?.value;
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}

/** Configured resources that a template is filled with, because nothing that was typed says it. */
export function resourcesOpen(
  options: TemplateInput['options'],
  resources: TemplateInput['resources'],
): readonly string[] {
  return Object.keys(defaultsFor(resources, Object.keys(typedRequests(options))));
}

function toValue(name: string, value: unknown): TemplateValue {
  if (value === undefined || value === null) return { value: null, text: hole(name) };
  return typeof value === 'object' ? { value } : readText(String(value));
}

/** A number or a truth value counts as one in conditions, and is printed as it was written. */
function readText(text: string): TemplateValue {
  if (/^(?:true|false)$/i.test(text)) return { value: text.toLowerCase() === 'true', text };
  const isNumber = /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?(?:[eE][-+]?\d{1,3})?$/.test(text);
  return { value: isNumber ? Number(text) : text, text };
}
