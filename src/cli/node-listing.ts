import { formatMemory } from '../core/slurm/memory.ts';
import type { NodeInfo } from '../core/slurm/node-info.ts';
import { foldNodeList } from '../core/slurm/node-list.ts';
import { compactNodeState, explainNodeState } from '../core/slurm/node-state.ts';
import type { ReasonRow } from '../core/slurm/partition-rows.ts';
import type { Reservation } from '../core/slurm/reservations.ts';
import { nodeStateColour } from './colours.ts';
import type { Field, Listing } from './field.ts';
import { formatLocalTime, isoTime } from './local-time.ts';
import { gresText } from './native-texts.ts';
import { gpusText } from './partition-listing.ts';

const stateFields: readonly Field<NodeInfo>[] = [
  {
    key: 'node',
    title: 'NODE',
    json: ({ name }) => name,
    native: ['%N', '%n', 'NodeList', 'NodeHost'],
    inPattern: { title: 'NODELIST' },
  },
  {
    key: 'partitions',
    title: 'PARTITIONS',
    json: ({ partitions }) => partitions,
    text: ({ partitions }) => partitions.join(','),
    elastic: true,
    drop: 5,
    native: ['%P', '%R', 'Partition', 'PartitionName'],
    inPattern: { title: 'PARTITION' },
  },
  {
    key: 'state',
    title: 'STATE',
    json: ({ state }) => state.word,
    colour: ({ state }) => nodeStateColour(state),
    short: { title: 'STATE', value: ({ state }) => compactNodeState(state.word) },
    native: ['%T', 'StateLong'],
  },
  {
    key: 'state_compact',
    title: 'STATE',
    text: ({ state }) => compactNodeState(state.word),
    native: ['%t', 'State', 'StateCompact'],
  },
  { key: 'state_class', title: 'CLASS', json: ({ state }) => state.class },
  { key: 'raw_state', title: 'RAW_STATE', json: ({ state }) => state.raw, native: ['StateComplete'] },
  { key: 'flags', title: 'FLAGS', json: ({ state }) => state.flags },
  { key: 'nodes', title: 'NODES', text: () => '1', align: 'right', onRequest: true, native: ['%D', 'Nodes'] },
];

const amountFields: readonly Field<NodeInfo>[] = [
  {
    key: 'cpus',
    title: 'CPUS(U/T)',
    align: 'right',
    text: ({ cpus }) => `${cpus.allocated}/${cpus.total}`,
    drop: 2,
  },
  { key: 'cpus_total', title: 'CPUS', align: 'right', json: ({ cpus }) => cpus.total, native: ['%c', 'CPUs'] },
  { key: 'cpus_allocated', title: 'CPUS_USED', align: 'right', json: ({ cpus }) => cpus.allocated },
  { key: 'cpus_idle', title: 'CPUS_IDLE', align: 'right', json: ({ cpus }) => cpus.idle },
  {
    key: 'cpus_state',
    title: 'CPUS(A/I/O/T)',
    text: ({ cpus: { allocated, idle, total } }) =>
      [allocated, idle, Math.max(0, total - allocated - idle), total].join('/'),
    native: ['%C', 'CPUsState'],
  },
  {
    key: 'load',
    title: 'LOAD',
    align: 'right',
    json: ({ load }) => load ?? null,
    text: ({ load }) => load?.toFixed(2) ?? '-',
    drop: 6,
    native: ['%O', 'CPUsLoad'],
    inPattern: { title: 'CPU_LOAD', text: ({ load }) => load?.toFixed(2) ?? 'N/A' },
  },
  {
    key: 'memory',
    title: 'MEM(U/T)',
    align: 'right',
    drop: 3,
    text: ({ memoryMb }) => `${formatMemory(memoryMb.allocated)}/${formatMemory(memoryMb.total)}`,
  },
  {
    key: 'memory_mb_total',
    title: 'MEMORY_MB',
    align: 'right',
    json: ({ memoryMb }) => memoryMb.total,
    native: ['%m', 'Memory'],
    inPattern: { title: 'MEMORY' },
  },
  {
    key: 'memory_mb_allocated',
    title: 'ALLOC_MB',
    align: 'right',
    json: ({ memoryMb }) => memoryMb.allocated,
    native: ['AllocMem'],
  },
  {
    key: 'memory_mb_free',
    title: 'FREE_MB',
    align: 'right',
    json: ({ memoryMb }) => memoryMb.free ?? null,
    native: ['%e', 'FreeMem'],
    inPattern: { title: 'FREE_MEM', text: ({ memoryMb }) => `${memoryMb.free ?? 'N/A'}` },
  },
  {
    key: 'gpus',
    title: 'GPUS(U/T)',
    json: ({ gpus }) => gpus,
    text: ({ gpus }) => gpusText(gpus),
    drop: 1,
    native: ['%G', 'Gres', 'GresUsed'],
    inPattern: { title: 'GRES', text: (node) => gresText([node]) },
  },
  {
    key: 'shared_gpus',
    title: 'SHARED(U/T)',
    json: ({ shared }) => shared,
    text: ({ shared }) =>
      shared
        .map(({ name, type, total, used }) => [name, type, `${used}/${total}`].filter(Boolean).join(':'))
        .join(',') || '-',
  },
];

const otherFields: readonly Field<NodeInfo>[] = [
  {
    key: 'features',
    title: 'FEATURES',
    json: ({ features }) => features,
    text: ({ features }) => features.join(',') || '-',
    elastic: true,
    drop: 8,
    native: ['%f', '%b', 'Features', 'features_act'],
    inPattern: { title: 'AVAIL_FEATURES', text: ({ features }) => features.join(',') || '(null)' },
  },
  { key: 'weight', title: 'WEIGHT', align: 'right', json: ({ weight }) => weight ?? null, native: ['%w', 'Weight'] },
  { key: 'meaning', title: 'MEANING', json: ({ state }) => explainNodeState(state) || null, elastic: true, drop: 7 },
  {
    key: 'reason',
    title: 'REASON',
    json: ({ reason }) => reason ?? null,
    elastic: true,
    drop: 4,
    native: ['%E', 'Reason'],
    inPattern: { text: ({ reason }) => reason ?? 'none' },
  },
  {
    key: 'reason_user',
    title: 'USER',
    json: ({ reasonUser }) => reasonUser ?? null,
    native: ['%u', '%U', 'User', 'UserLong'],
    inPattern: { text: ({ reasonUser }) => reasonUser ?? 'Unknown' },
  },
  {
    key: 'reason_time',
    title: 'TIMESTAMP',
    json: ({ reasonTime }) => isoTime(reasonTime),
    text: ({ reasonTime }) => formatLocalTime(reasonTime),
    native: ['%H', 'TimeStamp'],
    inPattern: { text: ({ reasonTime }) => (reasonTime === undefined ? 'Unknown' : formatLocalTime(reasonTime)) },
  },
];

/** `srunx sinfo -N`: every node once. */
export function nodeListing({ long }: { readonly long: boolean }): Listing<NodeInfo> {
  const short = ['node', 'partitions', 'state', 'cpus', 'memory', 'gpus', 'load', 'features', 'meaning', 'reason'];
  const all = [
    ...short.slice(0, 7),
    'memory_mb_free',
    'weight',
    'features',
    'meaning',
    'reason',
    'reason_user',
    'reason_time',
  ];
  return {
    fields: [...stateFields, ...amountFields, ...otherFields],
    table: long ? all : short,
    wide: all,
    id: ({ name }) => name,
  };
}

/** `srunx sinfo -R`: why nodes are out of use. */
export function reasonListing({ long }: { readonly long: boolean }): Listing<ReasonRow> {
  const all = ['reason', 'user', 'time', 'states', 'nodelist'];
  return {
    fields: [
      { key: 'reason', title: 'REASON', json: ({ reason }) => reason, elastic: true, native: ['%E', 'Reason'] },
      {
        ...{ key: 'user', title: 'USER', json: ({ user }) => user ?? null, drop: 3 },
        native: ['%u', '%U', 'User', 'UserLong'],
      },
      {
        key: 'time',
        title: 'TIMESTAMP',
        json: ({ time }) => isoTime(time),
        text: ({ time }) => formatLocalTime(time),
        drop: 2,
        native: ['%H', 'TimeStamp'],
      },
      {
        key: 'states',
        title: 'STATE',
        json: ({ nodes }) => [...new Set(nodes.map(({ state }) => state.word))],
        drop: 1,
        native: ['%T', 'StateLong'],
      },
      {
        key: 'nodelist',
        title: 'NODELIST',
        json: ({ nodes }) => foldNodeList(nodes.map(({ name }) => name)),
        elastic: true,
        native: ['%N', 'NodeList'],
      },
    ],
    table: long ? all : ['reason', 'user', 'time', 'nodelist'],
    wide: all,
    id: ({ nodes }) => foldNodeList(nodes.map(({ name }) => name)),
  };
}

/** `srunx sinfo -T`: what is kept for somebody. */
export function reservationListing({ long }: { readonly long: boolean }): Listing<Reservation> {
  const all = [
    ...['reservation', 'state', 'start_time', 'end_time', 'nodes', 'cpus', 'partition', 'users', 'accounts', 'flags'],
    'nodelist',
  ];
  return {
    fields: [
      { key: 'reservation', title: 'RESERVATION', json: ({ name }) => name },
      { key: 'state', title: 'STATE', json: ({ state }) => state, drop: 3 },
      {
        key: 'start_time',
        title: 'START',
        json: ({ startTime }) => isoTime(startTime),
        text: ({ startTime }) => formatLocalTime(startTime),
      },
      {
        key: 'end_time',
        title: 'END',
        json: ({ endTime }) => isoTime(endTime),
        text: ({ endTime }) => formatLocalTime(endTime),
        drop: 1,
      },
      { key: 'nodes', title: 'NODES', align: 'right', json: ({ nodes }) => nodes.length },
      { key: 'cpus', title: 'CPUS', align: 'right', json: ({ cpus }) => cpus ?? null },
      { key: 'partition', title: 'PARTITION', json: ({ partition }) => partition ?? null },
      {
        key: 'users',
        title: 'USERS',
        json: ({ users }) => users,
        text: ({ users }) => users.join(',') || '-',
        drop: 4,
      },
      {
        key: 'accounts',
        title: 'ACCOUNTS',
        json: ({ accounts }) => accounts,
        text: ({ accounts }) => accounts.join(',') || '-',
        drop: 5,
      },
      { key: 'flags', title: 'FLAGS', json: ({ flags }) => flags, text: ({ flags }) => flags.join(',') || '-' },
      { key: 'nodelist', title: 'NODELIST', json: ({ nodes }) => foldNodeList(nodes), elastic: true, drop: 2 },
    ],
    table: long ? all : ['reservation', 'state', 'start_time', 'end_time', 'users', 'accounts', 'nodelist'],
    wide: all,
    id: ({ name }) => name,
  };
}
