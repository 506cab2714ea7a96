/** What the configuration files of one cluster are made from. Paths contain no blanks and no quotes. */
export interface SlurmConfig {
  readonly dir: string;
  readonly clusterName: string;
  /** Short name of this machine, as slurmctld and slurmd see it. */
  readonly hostName: string;
  /** Who runs all daemons; root where possible. */
  readonly user: string;
  readonly controllerPort: number;
  /** One per node, in order. */
  readonly nodePorts: readonly number[];
  /** `undefined`: the cluster keeps no accounts. */
  readonly accountingPort: number | undefined;
  readonly cpusPerNode: number;
  /** Memory limits are enforced by the kernel, and swap limits too. */
  readonly enforcesMemory: boolean;
  readonly enforcesSwap: boolean;
  readonly maxArraySize: number;
  /** Seconds for which the controller remembers a finished job. */
  readonly minJobAge: number;
  /** What the accounts allow is enforced. */
  readonly enforcesLimits: boolean;
}

/** A job without a memory request gets this for each of its CPUs, and the nodes have as much: only requests run short. */
const memoryMbPerCpu = 250;

/** The files of the configuration directory by name. */
export function renderSlurmConfig(config: SlurmConfig): Record<string, string> {
  const files: Record<string, string> = {
    'slurm.conf': lines([...controllerLines(config), ...accountingLines(config), ...nodeLines(config)]),
    'gres.conf': lines(nodeNames(config).map((name, index) => gresLine(config, { name, index }))),
  };
  if (config.enforcesMemory) files['cgroup.conf'] = lines(cgroupLines(config));
  if (config.accountingPort !== undefined) files['slurmdbd.conf'] = lines(databaseLines(config, config.accountingPort));
  return files;
}

export function nodeNames({ nodePorts }: Pick<SlurmConfig, 'nodePorts'>): string[] {
  return nodePorts.map((_, index) => `c${index + 1}`);
}

function controllerLines(config: SlurmConfig): string[] {
  const { dir } = config;
  return [
    `ClusterName=${config.clusterName}`,
    `SlurmctldHost=${config.hostName}(127.0.0.1)`,
    `SlurmctldPort=${config.controllerPort}`,
    `SlurmUser=${config.user}`,
    `SlurmdUser=${config.user}`,
    'AuthType=auth/munge',
    `AuthInfo=socket=${dir}/munge/socket`,
    `StateSaveLocation=${dir}/state`,
    `SlurmdSpoolDir=${dir}/spool/%n`,
    `SlurmctldPidFile=${dir}/state/slurmctld.pid`,
    `SlurmdPidFile=${dir}/spool/%n.pid`,
    'MailProg=/bin/true',
    'MpiDefault=none',
    'ProctrackType=proctrack/linuxproc',
    `TaskPlugin=task/${config.enforcesMemory ? 'cgroup' : 'none'}`,
    'SelectType=select/cons_tres',
    'SelectTypeParameters=CR_Core_Memory',
    `DefMemPerCPU=${memoryMbPerCpu}`,
    'GresTypes=gpu',
    // Nodes may claim more CPUs and memory than the machine has.
    'SlurmdParameters=config_overrides',
    'ReturnToService=2',
    'KillWait=5',
    `MinJobAge=${config.minJobAge}`,
    'MaxJobCount=50000',
    `MaxArraySize=${config.maxArraySize}`,
    // Schedule at once after every event: tests wait for it.
    'SchedulerParameters=sched_interval=1,sched_min_interval=1000,batch_sched_delay=0,bf_interval=2,default_queue_depth=1000',
  ];
}

function accountingLines({ dir, accountingPort, enforcesLimits }: SlurmConfig): string[] {
  const usage = ['JobAcctGatherType=jobacct_gather/linux', 'JobAcctGatherFrequency=2'];
  if (accountingPort === undefined) return [...usage, 'AccountingStorageType=accounting_storage/none'];
  return [
    ...usage,
    'AccountingStorageType=accounting_storage/slurmdbd',
    'AccountingStorageHost=localhost',
    `AccountingStoragePort=${accountingPort}`,
    // For slurmdbd the password is the path of munge's socket.
    `AccountingStoragePass=${dir}/munge/socket`,
    'AccountingStorageTRES=gres/gpu',
    ...(enforcesLimits ? ['AccountingStorageEnforce=associations,limits,qos'] : []),
  ];
}

/** The first half of the nodes is partition `gpu`, the rest `cpu`; a single node is both. */
function nodeLines(config: SlurmConfig): string[] {
  const names = nodeNames(config);
  const half = Math.ceil(names.length / 2);
  const gpuNodes = names.slice(0, half);
  const cpuNodes = names.length > 1 ? names.slice(half) : names;
  const memoryMb = config.cpusPerNode * memoryMbPerCpu;
  return [
    ...names.map((name, index) => {
      const type = gpuType(config, index);
      const gres = type === undefined ? 'gpu:2' : `gpu:${type}:2`;
      const address = `NodeHostname=${config.hostName} NodeAddr=127.0.0.1 Port=${config.nodePorts[index]}`;
      return `NodeName=${name} ${address} CPUs=${config.cpusPerNode} RealMemory=${memoryMb} Gres=${gres}`;
    }),
    `PartitionName=gpu Nodes=${gpuNodes.join(',')} Default=YES MaxTime=INFINITE`,
    `PartitionName=cpu Nodes=${cpuNodes.join(',')} DefaultTime=1:00:00 MaxTime=7-00:00:00`,
    `PartitionName=all Nodes=${names.join(',')} MaxTime=INFINITE`,
  ];
}

/** Partition `gpu` has A100s, the last node V100s, and the others GPUs without a type, as real sites do. */
function gpuType({ nodePorts }: SlurmConfig, index: number): string | undefined {
  if (index < Math.ceil(nodePorts.length / 2)) return 'a100';
  return index === nodePorts.length - 1 ? 'v100' : undefined;
}

function gresLine(config: SlurmConfig, node: { readonly name: string; readonly index: number }): string {
  const type = gpuType(config, node.index);
  const typed = type === undefined ? '' : ` Type=${type}`;
  return `NodeName=${node.name} Name=gpu${typed} File=${config.dir}/gpu/nvidia[0-1]`;
}

function cgroupLines({ dir, enforcesSwap }: SlurmConfig): string[] {
  const swap = enforcesSwap ? ['ConstrainSwapSpace=yes', 'AllowedSwapSpace=0'] : [];
  return ['CgroupPlugin=cgroup/v1', `CgroupMountpoint=${dir}/cgroup`, 'ConstrainRAMSpace=yes', ...swap];
}

function databaseLines({ dir, user }: SlurmConfig, port: number): string[] {
  return [
    'AuthType=auth/munge',
    `AuthInfo=socket=${dir}/munge/socket`,
    'DbdHost=localhost',
    `DbdPort=${port}`,
    `SlurmUser=${user}`,
    `PidFile=${dir}/state/slurmdbd.pid`,
    'StorageType=accounting_storage/mysql',
    'StorageHost=localhost',
    `StorageUser=${user}`,
    'StorageLoc=slurm',
  ];
}

function lines(content: readonly string[]): string {
  return `${content.join('\n')}\n`;
}
