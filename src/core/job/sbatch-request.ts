import { parseTimeLimitInput } from '../slurm/duration.ts';
import { parseTaskSet, type TaskSet } from '../slurm/job-id.ts';
import { parseMemoryInput } from '../slurm/memory.ts';
import { countNodes } from '../slurm/node-list.ts';
import { countGpus, parseCount } from '../slurm/tres.ts';
import { sbatchOptionTable } from './sbatch-option-table.ts';
import type { SbatchOption } from './sbatch-options.ts';
import { validateSbatchOption } from './validate-sbatch-option.ts';

/** What a submission asks for, from all its sources. Amounts are the least that Slurm allocates for it. */
export interface SbatchRequest extends RequestedAmounts, RequestedTexts {
  /** `null`: none, or the partition's. */
  readonly timeLimitSeconds: number | null;
  readonly array: TaskSet | undefined;
  readonly hold: boolean;
  /** `undefined` where the cluster decides. */
  readonly requeue: boolean | undefined;
  readonly killOnInvalidDep: boolean | undefined;
  readonly openMode: 'append' | 'truncate' | undefined;
  readonly exclusive: boolean;
}

interface RequestedAmounts {
  /** The least number of nodes. */
  readonly nodes: number;
  readonly ntasks: number;
  readonly ntasksPerNode: number | undefined;
  readonly cpusPerTask: number;
  /** Over the whole job. */
  readonly cpus: number;
  /** Over the whole job, whatever the option: `--gpus`, `--gpus-per-node`, `--gres` and so on. */
  readonly gpus: number;
  /** MiB; 0 is all memory of the node, `undefined` what the cluster gives by default. */
  readonly memoryMbPerNode: number | undefined;
}

const texts = {
  name: 'job-name',
  partition: 'partition',
  account: 'account',
  qos: 'qos',
  dependency: 'dependency',
  output: 'output',
  error: 'error',
  input: 'input',
  chdir: 'chdir',
  begin: 'begin',
  signal: 'signal',
  comment: 'comment',
  exportPolicy: 'export',
} as const;

/** As written; `undefined` where not given. */
type RequestedTexts = Readonly<Record<keyof typeof texts, string | undefined>>;

export interface RequestSources {
  /** From the script. */
  readonly directives: readonly SbatchOption[];
  /** From the command line. */
  readonly options: readonly SbatchOption[];
  /** The environment of sbatch, for its `SBATCH_*` variables. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Puts the sources together as sbatch does: the command line beats the environment, which beats the script; of equal options
 * in one source the last counts. Throws a UsageError for a value that sbatch would refuse.
 */
export function resolveRequest({ directives, options, env = {} }: RequestSources): SbatchRequest {
  const all = [...directives, ...environmentOptions(env), ...options];
  const given = new Map<string, SbatchOption>();
  for (const option of all) given.set(option.name, option);
  for (const option of given.values()) validateSbatchOption(option);
  const value = (name: string): string | undefined => given.get(name)?.value || undefined;
  const mode = value('open-mode');
  const kill = value('kill-on-invalid-dep');
  return {
    ...resolveAmounts(value),
    ...(Object.fromEntries(Object.entries(texts).map(([key, name]) => [key, value(name)])) as RequestedTexts),
    timeLimitSeconds: timeLimit(value('time')),
    array: parseArray(value('array')),
    hold: given.has('hold'),
    requeue: requeue(all),
    killOnInvalidDep: kill === undefined ? undefined : kill.toLowerCase() === 'yes',
    openMode: mode === undefined ? undefined : /^a/i.test(mode) ? 'append' : 'truncate',
    exclusive: given.has('exclusive'),
  };
}

/** The options that the `SBATCH_*` variables set. A flag's variable is empty, `yes` or a number other than zero. */
function environmentOptions(env: Readonly<Record<string, string | undefined>>): SbatchOption[] {
  if (Object.keys(env).length === 0) return [];
  return sbatchOptionTable.flatMap(({ name, kind, optional, env: variable }) => {
    const value = variable === undefined ? undefined : env[variable];
    if (value === undefined) return [];
    if (kind === 'flag') return /^(?:|yes|-?0*[1-9]\d*)$/i.test(value) ? [{ name }] : [];
    return optional && value === '' ? [{ name }] : [{ name, value }];
  });
}

type Value = (name: string) => string | undefined;

function resolveAmounts(value: Value): RequestedAmounts {
  const count = (name: string): number | undefined => parseCount(value(name) ?? '');
  const ntasksPerNode = count('ntasks-per-node');
  const asked = minimumNodes(value);
  const ntasks = count('ntasks') ?? ((ntasksPerNode ?? 0) * (asked ?? 1) || tasksForGpus(value, asked) || asked || 1);
  const spread = Math.max(
    ntasksPerNode === undefined ? 1 : Math.ceil(ntasks / ntasksPerNode),
    gpusOf(value, 'gpus-per-node') === 0 ? 1 : Math.ceil(gpusOf(value, 'gpus') / gpusOf(value, 'gpus-per-node')),
  );
  // Asked for more nodes than tasks, Slurm gives no node without a task.
  const nodes = Math.min(asked ?? spread, count('ntasks') ?? Number.POSITIVE_INFINITY);
  const gpus = Math.max(
    gpusOf(value, 'gpus'),
    gpusOf(value, 'gpus-per-node') * nodes,
    gpusOf(value, 'gpus-per-socket') * nodes * (count('sockets-per-node') ?? 1),
    gpusOf(value, 'gpus-per-task') * ntasks,
    countGpus(value('tres-per-task') ?? '') * ntasks,
    countGpus(value('gres') ?? '') * nodes,
  );
  const cpusForGpus = (count('cpus-per-gpu') ?? 0) * gpus;
  const cpusPerTask = count('cpus-per-task') ?? Math.max(1, Math.ceil(cpusForGpus / ntasks));
  const cpus = Math.max(ntasks * cpusPerTask, (count('mincpus') ?? 0) * nodes);
  return {
    nodes,
    ntasks,
    ntasksPerNode,
    cpusPerTask,
    cpus,
    gpus,
    memoryMbPerNode: memory(value, { nodes, cpus, gpus }),
  };
}

/** Of an option such as `--gpus=a100:2,v100:1`. */
function gpusOf(value: Value, name: string): number {
  const text = value(name);
  return text === undefined ? 0 : countGpus(text.replace(/(^|,)(?=.)/g, '$1gpu:'));
}

/** How many tasks follow from the GPUs, where their number is not given; 0 if none does. */
function tasksForGpus(value: Value, nodes = 1): number {
  const gpus = gpusOf(value, 'gpus');
  const perNode = gpusOf(value, 'gpus-per-node');
  const perGpu = (parseCount(value('ntasks-per-gpu') ?? '') ?? 0) * (gpus || perNode * nodes);
  const perTask = gpusOf(value, 'gpus-per-task');
  // One task per node is the least.
  return perGpu || (perTask > 0 ? Math.floor(gpus / perTask) : perNode > 0 ? Math.ceil(gpus / perNode) : 0);
}

/** `2-6` is at least 2; without `--nodes`, the nodes that are named. */
function minimumNodes(value: Value): number | undefined {
  const minimum = parseCount(value('nodes')?.split(/[-,]/)[0] ?? '');
  const named = value('nodelist');
  return minimum || (named === undefined || named.includes('/') ? undefined : countNodes(named) || undefined);
}

function memory(
  value: Value,
  { nodes, cpus, gpus }: { readonly nodes: number; readonly cpus: number; readonly gpus: number },
): number | undefined {
  const amount = (name: string): number | undefined => {
    const text = value(name);
    return text === undefined ? undefined : parseMemoryInput(text);
  };
  const perCpu = amount('mem-per-cpu');
  const perGpu = amount('mem-per-gpu');
  return (
    amount('mem') ??
    (perCpu === undefined ? undefined : perCpu * Math.ceil(cpus / nodes)) ??
    (perGpu === undefined ? undefined : perGpu * Math.ceil(gpus / nodes))
  );
}

function timeLimit(text: string | undefined): number | null {
  const minutes = text === undefined ? 'unlimited' : parseTimeLimitInput(text);
  return minutes === 'unlimited' ? null : minutes * 60;
}

function parseArray(text: string | undefined): TaskSet | undefined {
  return text === undefined ? undefined : parseTaskSet(text.replace(/^\[(.*)\]$/, '$1'));
}

function requeue(options: readonly SbatchOption[]): boolean | undefined {
  const last = options.findLast(({ name }) => name === 'requeue' || name === 'no-requeue');
  return last === undefined ? undefined : last.name === 'requeue';
}
