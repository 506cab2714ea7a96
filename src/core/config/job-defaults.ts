import { type Config, valuesBelow } from './config.ts';
import type { ConfiguredValue } from './configured-value.ts';

/** What the configuration says for every job that does not say it itself, under the keys of a workflow file. */
export interface JobDefaults {
  readonly resources: Readonly<Record<string, unknown>>;
  /** conda, venv, modules, container; without variables. */
  readonly environment: Readonly<Record<string, unknown>>;
  readonly variables: Readonly<Record<string, string>>;
  readonly logDir: string | undefined;
  readonly workDir: string | undefined;
  /** All of it again, one by one, with where each is from. */
  readonly values: readonly ConfiguredValue[];
}

/** Keys that mean something to Slurm alone. */
const placement = ['partition', 'nodelist', 'account', 'qos'];

/** For a target without Slurm, placement is left out: there is one machine. */
export function jobDefaults(config: Config, { hasSlurm }: { readonly hasSlurm: boolean }): JobDefaults {
  const { log_dir: logDir, work_dir: workDir, account, qos, modules } = valuesBelow(config);
  const { env_vars: variables = {}, container, ...activation } = valuesBelow(config, 'environment');
  const isPlacement = (key: string) => !hasSlurm && placement.includes(key);
  const hasImage = typeof container === 'object' && container !== null && 'image' in container;
  return {
    resources: Object.fromEntries(
      Object.entries(withoutAbsent({ ...valuesBelow(config, 'resources'), account, qos })).filter(
        ([key]) => !isPlacement(key),
      ),
    ),
    environment: withoutAbsent({ ...activation, modules, ...(hasImage ? { container } : {}) }),
    variables: variables as Readonly<Record<string, string>>,
    logDir: asText(logDir),
    workDir: asText(workDir),
    values: [...config.entries].flatMap(([key, { path, leaf, value, origin }]) =>
      value === null || !jobKeys.includes(path[0] ?? '') || isPlacement(path.at(-1) ?? '')
        ? []
        : [{ key, leaf, value, origin }],
    ),
  };
}

/** What the configuration says of jobs, at its top. */
export const jobKeys: readonly string[] = [
  ...['resources', 'environment', 'log_dir', 'work_dir', 'account', 'qos', 'modules'],
];

/** For a job of ours that needs next to nothing, but must be let in: sites demand an account, or a partition. */
export function placementOf({ resources, values }: JobDefaults): Pick<JobDefaults, 'resources' | 'values'> {
  const own = Object.entries(resources).filter(([key]) => ['partition', 'account', 'qos'].includes(key));
  return { resources: Object.fromEntries(own), values };
}

/** Keys that say the same in another way, or cannot stand together: where a job has one, it has answered for all. */
const rivals: readonly (readonly string[])[] = [
  ['memory_per_node', 'mem_per_cpu', 'mem_per_gpu'],
  ['gpus_per_node', 'gpus', 'gpus_per_task', 'gpus_per_socket', 'gres', 'tres_per_task'],
  ['cpus_per_task', 'cpus_per_gpu'],
  // So many tasks as are asked for, on as many nodes as they need.
  ['ntasks_per_node', 'ntasks'],
  ['nodes', 'ntasks'],
  ['conda', 'venv'],
];

/** The defaults that a job's own keys leave room for. */
export function defaultsFor(
  defaults: Readonly<Record<string, unknown>>,
  own: readonly string[],
): Readonly<Record<string, unknown>> {
  const answered = new Set(own);
  for (const group of rivals) {
    // `nodes` and `ntasks_per_node` go well together; only `ntasks` answers for them.
    const asks = group.includes('ntasks') ? ['ntasks'] : group;
    if (asks.some((key) => own.includes(key))) for (const key of group) answered.add(key);
  }
  return Object.fromEntries(Object.entries(defaults).filter(([key]) => !answered.has(key)));
}

function withoutAbsent(values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== null));
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
