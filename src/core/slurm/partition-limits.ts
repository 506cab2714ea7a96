import { parseTimeLimitOutput } from './duration.ts';
import { parseKeyValues } from './key-values.ts';
import { gpusByType } from './tres.ts';

/** What a partition allows. `null` is no limit; an empty list of names means that nobody is left out. */
export interface PartitionLimits {
  readonly name: string;
  readonly isDefault: boolean;
  /** `UP`, `DOWN`, `DRAIN`, `INACTIVE`. */
  readonly state: string;
  readonly maxTimeSeconds: number | null;
  /** What a job gets that asks for no time; `null`: the longest. */
  readonly defaultTimeSeconds: number | null;
  readonly minNodes: number;
  readonly maxNodes: number | null;
  readonly maxCpusPerNode: number | null;
  readonly maxMemoryMbPerNode: number | null;
  readonly maxMemoryMbPerCpu: number | null;
  readonly defaultMemoryMbPerNode: number | null;
  readonly defaultMemoryMbPerCpu: number | null;
  readonly allowAccounts: readonly string[];
  readonly denyAccounts: readonly string[];
  readonly allowQos: readonly string[];
  readonly denyQos: readonly string[];
  readonly allowGroups: readonly string[];
  /** Its limits hold for every job of the partition. */
  readonly qos: string | null;
  readonly rootOnly: boolean;
  readonly needsReservation: boolean;
  readonly totalNodes: number;
  readonly totalCpus: number;
  /** By type; the empty name for GPUs without one. */
  readonly gpus: ReadonlyMap<string, number>;
}

export const partitionLimitArgs = ['show', 'partition', '-o'] as const;

/** Reads the answer to {@link partitionLimitArgs}: one line per partition. */
export function parsePartitionLimits(text: string): PartitionLimits[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('PartitionName='))
    .map((line) => readPartition(parseKeyValues(line)));
}

function readPartition(values: ReadonlyMap<string, string>): PartitionLimits {
  const value = (key: string): string => values.get(key) ?? '';
  const names = (key: string): string[] => namesOf(value(key));
  const amount = (key: string): number | null => amountOf(value(key));
  return {
    name: value('PartitionName'),
    isDefault: value('Default') === 'YES',
    state: value('State'),
    maxTimeSeconds: parseTimeLimitOutput(value('MaxTime')) ?? null,
    defaultTimeSeconds: parseTimeLimitOutput(value('DefaultTime')) ?? null,
    minNodes: amount('MinNodes') ?? 0,
    maxNodes: amount('MaxNodes'),
    maxCpusPerNode: amount('MaxCPUsPerNode'),
    maxMemoryMbPerNode: amount('MaxMemPerNode'),
    maxMemoryMbPerCpu: amount('MaxMemPerCPU'),
    defaultMemoryMbPerNode: amount('DefMemPerNode'),
    defaultMemoryMbPerCpu: amount('DefMemPerCPU'),
    allowAccounts: names('AllowAccounts'),
    denyAccounts: names('DenyAccounts'),
    allowQos: names('AllowQos'),
    denyQos: names('DenyQos'),
    allowGroups: names('AllowGroups'),
    qos: ['', 'N/A', '(null)'].includes(value('QoS')) ? null : value('QoS'),
    rootOnly: value('RootOnly') === 'YES',
    needsReservation: value('ReqResv') === 'YES',
    totalNodes: amount('TotalNodes') ?? 0,
    totalCpus: amount('TotalCPUs') ?? 0,
    gpus: gpusByType(value('TRES')),
  };
}

function namesOf(text: string): string[] {
  return ['', 'ALL', '(null)', 'N/A'].includes(text) ? [] : text.split(',');
}

function amountOf(text: string): number | null {
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}
