import { exportedVariables, type Variables } from './export-policy.ts';
import type { QueueJob, QueueTask } from './queue.ts';

export interface EnvironmentContext {
  readonly job: QueueJob;
  readonly task: QueueTask;
  /** Numbers of the GPUs that the task was given. */
  readonly gpus: readonly number[];
  readonly host: string;
  readonly uid: number;
  readonly machineCpus: number;
  /** The submission's environment, and the job's own variables, which beat it. */
  readonly base: Variables;
  readonly own: Variables;
}

/** Everything that a task's script finds in its environment. */
export function jobEnvironment(context: EnvironmentContext): Record<string, string> {
  const { job, base, own } = context;
  return {
    ...exportedVariables(job.spec.launch.exportPolicy, { ...withoutSlurm(base), ...own }),
    ...definedOnly({ ...jobVariables(context), ...amountVariables(context), ...arrayVariables(context) }),
  };
}

/** What describes the job from which srunx itself was called must not describe the new one. */
function withoutSlurm(variables: Variables): Variables {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => !/^(?:SLURM|SLURMD|SBATCH|SRUN)_/.test(name)));
}

type Drafts = Readonly<Record<string, string | number | undefined>>;

function definedOnly(drafts: Drafts): Record<string, string> {
  return Object.fromEntries(
    Object.entries(drafts).flatMap(([name, value]) => (value === undefined ? [] : [[name, `${value}`]])),
  );
}

function jobVariables({ job, task, host, uid }: EnvironmentContext): Drafts {
  const { spec } = job;
  const { launch } = spec;
  return {
    ENVIRONMENT: 'BATCH',
    SLURM_CLUSTER_NAME: 'embedded',
    SLURM_JOB_ID: task.rawId,
    SLURM_JOBID: task.rawId,
    SLURM_JOB_NAME: spec.name,
    SLURM_JOB_USER: spec.user,
    SLURM_JOB_UID: uid,
    SLURM_JOB_PARTITION: spec.partition,
    SLURM_JOB_ACCOUNT: launch.account,
    SLURM_JOB_QOS: launch.qos,
    SLURM_JOB_NODELIST: host,
    SLURM_NODELIST: host,
    SLURMD_NODENAME: host,
    SLURM_JOB_NUM_NODES: 1,
    SLURM_NNODES: 1,
    SLURM_NODEID: 0,
    SLURM_PROCID: 0,
    SLURM_LOCALID: 0,
    SLURM_GTIDS: 0,
    SLURM_SUBMIT_DIR: launch.submitDir,
    SLURM_SUBMIT_HOST: launch.submitHost,
    SLURM_RESTART_COUNT: task.restarts > 0 ? task.restarts : undefined,
  };
}

function amountVariables({ job, gpus, machineCpus }: EnvironmentContext): Drafts {
  const { resources, launch } = job.spec;
  const list = gpus.length === 0 ? undefined : gpus.join(',');
  return {
    SLURM_CPUS_ON_NODE: resources.cpus,
    SLURM_JOB_CPUS_PER_NODE: resources.cpus,
    SLURM_TASKS_PER_NODE: launch.ntasks,
    SLURM_NTASKS: launch.ntasks,
    SLURM_NPROCS: launch.ntasks,
    SLURM_NTASKS_PER_NODE: launch.ntasksPerNode,
    // More than the machine has would only make programs start threads that wait for each other.
    SLURM_CPUS_PER_TASK: Math.min(launch.cpusPerTask, machineCpus),
    SLURM_MEM_PER_NODE: launch.memoryMbPerNode === undefined ? undefined : resources.memoryMb,
    SLURM_GPUS: list === undefined ? undefined : gpus.length,
    SLURM_GPUS_ON_NODE: list === undefined ? undefined : gpus.length,
    SLURM_JOB_GPUS: list,
    CUDA_VISIBLE_DEVICES: list,
  };
}

function arrayVariables({ job, task }: EnvironmentContext): Drafts {
  if (task.index === undefined) return {};
  const indices = job.tasks.flatMap(({ index }) => index ?? []);
  const [first = 0, second] = indices;
  return {
    SLURM_ARRAY_JOB_ID: job.id,
    SLURM_ARRAY_TASK_ID: task.index,
    SLURM_ARRAY_TASK_COUNT: indices.length,
    SLURM_ARRAY_TASK_MIN: first,
    SLURM_ARRAY_TASK_MAX: indices.at(-1),
    SLURM_ARRAY_TASK_STEP: second === undefined ? 1 : second - first,
  };
}
