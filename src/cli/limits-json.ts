import type { LimitReport } from '../app/find-limits.ts';
import type { Association, QosLimits } from '../core/slurm/account-limits.ts';
import type { PartitionLimits } from '../core/slurm/partition-limits.ts';

/** The documented JSON of the limits; `null` is no limit. */
export function limitsJson(report: LimitReport): Record<string, unknown> {
  const { accounts } = report;
  return {
    cluster: report.cluster,
    user: report.user,
    max_array_size: report.maxArraySize,
    max_job_count: report.maxJobCount ?? null,
    min_job_age_seconds: report.minJobAgeSeconds,
    enforced: report.enforced,
    partitions: report.partitions.map(partitionJson),
    accounts: accounts?.associations.map(associationJson) ?? null,
    accounts_problem: report.accountsProblem ?? null,
    qos: accounts?.qos.map(qosJson) ?? null,
  };
}

function partitionJson(partition: PartitionLimits): Record<string, unknown> {
  return {
    partition: partition.name,
    is_default: partition.isDefault,
    state: partition.state,
    max_time_seconds: partition.maxTimeSeconds,
    default_time_seconds: partition.defaultTimeSeconds,
    min_nodes: partition.minNodes,
    max_nodes: partition.maxNodes,
    max_cpus_per_node: partition.maxCpusPerNode,
    max_memory_mb_per_node: partition.maxMemoryMbPerNode,
    max_memory_mb_per_cpu: partition.maxMemoryMbPerCpu,
    default_memory_mb_per_node: partition.defaultMemoryMbPerNode,
    default_memory_mb_per_cpu: partition.defaultMemoryMbPerCpu,
    allow_accounts: partition.allowAccounts,
    deny_accounts: partition.denyAccounts,
    allow_qos: partition.allowQos,
    deny_qos: partition.denyQos,
    allow_groups: partition.allowGroups,
    qos: partition.qos,
    root_only: partition.rootOnly,
    needs_reservation: partition.needsReservation,
    nodes_total: partition.totalNodes,
    cpus_total: partition.totalCpus,
    gpus: [...partition.gpus].map(([type, total]) => ({ type, total })),
  };
}

function associationJson(association: Association): Record<string, unknown> {
  return {
    account: association.account,
    is_default: association.isDefault,
    partition: association.partition,
    qos: association.qos,
    default_qos: association.defaultQos,
    max_jobs: association.maxJobs,
    max_submit: association.maxSubmit,
    ...commonJson(association),
  };
}

function qosJson(qos: QosLimits): Record<string, unknown> {
  return {
    qos: qos.name,
    priority: qos.priority,
    max_jobs_per_user: qos.maxJobsPerUser,
    max_submit_per_user: qos.maxSubmitPerUser,
    max_tres_per_user: qos.maxTresPerUser,
    ...commonJson(qos),
  };
}

function commonJson(limits: Association | QosLimits): Record<string, unknown> {
  return {
    max_time_seconds: limits.maxWallSeconds,
    max_tres: limits.maxTres,
    group_tres: limits.groupTres,
    group_jobs: limits.groupJobs,
    group_submit: limits.groupSubmit,
  };
}
