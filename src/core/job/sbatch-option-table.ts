/** What the value of an option is; `flag` options have none. */
export type SbatchValueKind =
  | 'array'
  | 'count'
  | 'date'
  | 'dependency'
  | 'flag'
  | 'gpus'
  | 'gres'
  | 'integer'
  | 'mail'
  | 'memory'
  | 'nodes'
  | 'openMode'
  | 'signal'
  | 'signed'
  | 'text'
  | 'time'
  | 'yesNo';

export interface SbatchOptionSpec {
  readonly name: string;
  readonly letter?: string;
  readonly kind: SbatchValueKind;
  /** `--exclusive` as well as `--exclusive=user`; a value must then stand in the same word. */
  readonly optional?: true;
  /** The variable that sets the option, above the script and below the command line. */
  readonly env?: string;
  /** Says what sbatch itself does (`--wait`, `--parsable`), nothing about the job. */
  readonly steersSbatch?: true;
}

/** Every option of sbatch, 20.11 to 26.05. Options that plugins of a site add are not here. */
export const sbatchOptionTable: readonly SbatchOptionSpec[] = [
  { name: 'account', letter: 'A', kind: 'text', env: 'SBATCH_ACCOUNT' },
  { name: 'acctg-freq', kind: 'text', env: 'SBATCH_ACCTG_FREQ' },
  { name: 'array', letter: 'a', kind: 'array', env: 'SBATCH_ARRAY_INX' },
  { name: 'batch', kind: 'text', env: 'SBATCH_BATCH' },
  { name: 'bb', kind: 'text' },
  { name: 'bbf', kind: 'text' },
  { name: 'begin', letter: 'b', kind: 'date' },
  { name: 'chdir', letter: 'D', kind: 'text' },
  { name: 'cluster-constraint', kind: 'text', env: 'SBATCH_CLUSTER_CONSTRAINT' },
  { name: 'clusters', letter: 'M', kind: 'text', env: 'SBATCH_CLUSTERS' },
  { name: 'comment', kind: 'text' },
  { name: 'consolidate-segments', kind: 'flag' },
  { name: 'constraint', letter: 'C', kind: 'text', env: 'SBATCH_CONSTRAINT' },
  { name: 'container', kind: 'text', env: 'SBATCH_CONTAINER' },
  { name: 'container-id', kind: 'text', env: 'SBATCH_CONTAINER_ID' },
  { name: 'contiguous', kind: 'flag' },
  { name: 'core-spec', letter: 'S', kind: 'integer', env: 'SBATCH_CORE_SPEC' },
  { name: 'cores-per-socket', kind: 'count' },
  { name: 'cpu-freq', kind: 'text', env: 'SBATCH_CPU_FREQ_REQ' },
  { name: 'cpus-per-gpu', kind: 'count', env: 'SBATCH_CPUS_PER_GPU' },
  { name: 'cpus-per-task', letter: 'c', kind: 'count' },
  { name: 'deadline', kind: 'date' },
  { name: 'delay-boot', kind: 'time', env: 'SBATCH_DELAY_BOOT' },
  { name: 'dependency', letter: 'd', kind: 'dependency' },
  { name: 'distribution', letter: 'm', kind: 'text', env: 'SBATCH_DISTRIBUTION' },
  { name: 'error', letter: 'e', kind: 'text', env: 'SBATCH_ERROR' },
  { name: 'exclude', letter: 'x', kind: 'text' },
  { name: 'exclusive', kind: 'text', optional: true, env: 'SBATCH_EXCLUSIVE' },
  { name: 'export', kind: 'text', env: 'SBATCH_EXPORT' },
  { name: 'export-file', kind: 'text' },
  { name: 'extra', kind: 'text' },
  { name: 'extra-node-info', letter: 'B', kind: 'text' },
  { name: 'get-user-env', kind: 'text', optional: true, env: 'SBATCH_GET_USER_ENV' },
  { name: 'gid', kind: 'text' },
  { name: 'gpu-bind', kind: 'text', env: 'SBATCH_GPU_BIND' },
  { name: 'gpu-freq', kind: 'text', env: 'SBATCH_GPU_FREQ' },
  { name: 'gpus', letter: 'G', kind: 'gpus', env: 'SBATCH_GPUS' },
  { name: 'gpus-per-node', kind: 'gpus', env: 'SBATCH_GPUS_PER_NODE' },
  { name: 'gpus-per-socket', kind: 'gpus', env: 'SBATCH_GPUS_PER_SOCKET' },
  { name: 'gpus-per-task', kind: 'gpus', env: 'SBATCH_GPUS_PER_TASK' },
  { name: 'gres', kind: 'gres', env: 'SBATCH_GRES' },
  { name: 'gres-flags', kind: 'text', env: 'SBATCH_GRES_FLAGS' },
  { name: 'help', letter: 'h', kind: 'flag', steersSbatch: true },
  { name: 'hint', kind: 'text', env: 'SBATCH_HINT' },
  { name: 'hold', letter: 'H', kind: 'flag' },
  { name: 'ignore-pbs', kind: 'flag', env: 'SBATCH_IGNORE_PBS', steersSbatch: true },
  { name: 'input', letter: 'i', kind: 'text', env: 'SBATCH_INPUT' },
  { name: 'job-name', letter: 'J', kind: 'text', env: 'SBATCH_JOB_NAME' },
  { name: 'kill-on-invalid-dep', kind: 'yesNo' },
  { name: 'licenses', letter: 'L', kind: 'text' },
  { name: 'mail-type', kind: 'mail' },
  { name: 'mail-user', kind: 'text' },
  { name: 'mcs-label', kind: 'text' },
  { name: 'mem', kind: 'memory', env: 'SBATCH_MEM_PER_NODE' },
  { name: 'mem-bind', kind: 'text', env: 'SBATCH_MEM_BIND' },
  { name: 'mem-per-cpu', kind: 'memory', env: 'SBATCH_MEM_PER_CPU' },
  { name: 'mem-per-gpu', kind: 'memory', env: 'SBATCH_MEM_PER_GPU' },
  { name: 'mincpus', kind: 'count' },
  { name: 'network', kind: 'text', env: 'SBATCH_NETWORK' },
  { name: 'nice', kind: 'signed', optional: true },
  { name: 'no-kill', letter: 'k', kind: 'text', optional: true, env: 'SBATCH_NO_KILL' },
  { name: 'no-requeue', kind: 'flag', env: 'SBATCH_NO_REQUEUE' },
  { name: 'nodefile', letter: 'F', kind: 'text' },
  { name: 'nodelist', letter: 'w', kind: 'text' },
  { name: 'nodes', letter: 'N', kind: 'nodes' },
  { name: 'ntasks', letter: 'n', kind: 'count' },
  { name: 'ntasks-per-core', kind: 'count' },
  { name: 'ntasks-per-gpu', kind: 'count' },
  { name: 'ntasks-per-node', kind: 'count' },
  { name: 'ntasks-per-socket', kind: 'count' },
  { name: 'oom-kill-step', kind: 'text', optional: true },
  { name: 'open-mode', kind: 'openMode', env: 'SBATCH_OPEN_MODE' },
  { name: 'output', letter: 'o', kind: 'text', env: 'SBATCH_OUTPUT' },
  { name: 'overcommit', letter: 'O', kind: 'flag', env: 'SBATCH_OVERCOMMIT' },
  { name: 'oversubscribe', letter: 's', kind: 'flag' },
  { name: 'parsable', kind: 'flag', steersSbatch: true },
  { name: 'partition', letter: 'p', kind: 'text', env: 'SBATCH_PARTITION' },
  { name: 'power', kind: 'text', env: 'SBATCH_POWER' },
  { name: 'prefer', kind: 'text' },
  { name: 'priority', kind: 'text' },
  { name: 'profile', kind: 'text', env: 'SBATCH_PROFILE' },
  { name: 'propagate', kind: 'text', optional: true },
  { name: 'qos', letter: 'q', kind: 'text', env: 'SBATCH_QOS' },
  { name: 'quiet', letter: 'Q', kind: 'flag', steersSbatch: true },
  { name: 'reboot', kind: 'flag' },
  { name: 'requeue', kind: 'text', optional: true, env: 'SBATCH_REQUEUE' },
  { name: 'reservation', kind: 'text', env: 'SBATCH_RESERVATION' },
  { name: 'resv-ports', kind: 'text', optional: true },
  { name: 'segment', kind: 'count' },
  { name: 'signal', kind: 'signal', env: 'SBATCH_SIGNAL' },
  { name: 'sockets-per-node', kind: 'count' },
  { name: 'spread-job', kind: 'flag', env: 'SBATCH_SPREAD_JOB' },
  { name: 'spread-segments', kind: 'flag' },
  { name: 'stepmgr', kind: 'flag' },
  { name: 'switches', kind: 'text', env: 'SBATCH_REQ_SWITCH' },
  { name: 'test-only', kind: 'flag', steersSbatch: true },
  { name: 'thread-spec', kind: 'integer', env: 'SBATCH_THREAD_SPEC' },
  { name: 'threads-per-core', kind: 'count', env: 'SBATCH_THREADS_PER_CORE' },
  { name: 'time', letter: 't', kind: 'time', env: 'SBATCH_TIMELIMIT' },
  { name: 'time-min', kind: 'time' },
  { name: 'tmp', kind: 'memory' },
  { name: 'tres-bind', kind: 'text' },
  { name: 'tres-per-task', kind: 'text' },
  { name: 'uid', kind: 'text' },
  { name: 'usage', kind: 'flag', steersSbatch: true },
  { name: 'use-min-nodes', kind: 'flag', env: 'SBATCH_USE_MIN_NODES' },
  { name: 'verbose', letter: 'v', kind: 'flag', steersSbatch: true },
  { name: 'version', letter: 'V', kind: 'flag', steersSbatch: true },
  { name: 'wait', letter: 'W', kind: 'flag', env: 'SBATCH_WAIT', steersSbatch: true },
  { name: 'wait-all-nodes', kind: 'integer', env: 'SBATCH_WAIT_ALL_NODES' },
  { name: 'wckey', kind: 'text', env: 'SBATCH_WCKEY' },
  { name: 'wrap', kind: 'text', steersSbatch: true },
];

/** Spellings that sbatch takes for another option's name. */
const aliases: Readonly<Record<string, string>> = { 'tasks-per-node': 'ntasks-per-node' };

const byName: ReadonlyMap<string, SbatchOptionSpec> = new Map(sbatchOptionTable.map((spec) => [spec.name, spec]));

/**
 * The options that a long name may mean, as getopt reads it: exactly one for a name or an unambiguous beginning of one
 * (`--part`), several where it is ambiguous, none where it is unknown.
 */
export function findSbatchOptions(name: string): readonly SbatchOptionSpec[] {
  const exact = byName.get(aliases[name] ?? name);
  if (exact !== undefined || name === '') return exact === undefined ? [] : [exact];
  const meant = Object.entries(aliases).flatMap(([alias, target]) => (alias.startsWith(name) ? [target] : []));
  return sbatchOptionTable.filter((spec) => spec.name.startsWith(name) || meant.includes(spec.name));
}

/** The option of a letter: `N` is `--nodes`. */
export function findSbatchLetter(letter: string): SbatchOptionSpec | undefined {
  return sbatchOptionTable.find((spec) => spec.letter === letter);
}
