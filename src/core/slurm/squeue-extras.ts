/**
 * Further fields of `squeue -O` that a listing may ask for, by the letter of `-o` that means the same, where there is one.
 * All of them exist in every release from 20.11 to 26.05.
 */
export const squeueExtras = {
  Account: 'a',
  AdminComment: '',
  BatchHost: 'B',
  Cluster: '',
  Command: 'o',
  Contiguous: 'O',
  'cpus-per-task': '',
  Dependency: 'E',
  EligibleTime: '',
  exc_nodes: 'x',
  Feature: 'f',
  GroupID: 'G',
  GroupName: 'g',
  Licenses: 'W',
  MaxCPUs: '',
  MaxNodes: '',
  MinCpus: 'c',
  MinMemory: 'm',
  MinTmpDisk: 'd',
  Nice: 'y',
  OverSubscribe: 'h',
  PendingTime: '',
  Priority: 'p',
  PriorityLong: 'Q',
  QOS: 'q',
  ReqNodes: 'n',
  Reservation: 'v',
  SchedNodes: 'Y',
  STDERR: '',
  STDIN: '',
  TimeLeft: 'L',
  UserID: 'U',
  WCKey: 'w',
} as const satisfies Record<string, string>;

export type SqueueExtra = keyof typeof squeueExtras;

/** What every listing for people and programs has beyond what a follower needs. */
export const usualExtras: readonly SqueueExtra[] = ['Account', 'QOS', 'PriorityLong', 'Dependency', 'SchedNodes'];
