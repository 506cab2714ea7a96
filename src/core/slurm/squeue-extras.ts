/**
 * Further fields of `squeue -O` that a listing may ask for, by the letter of `-o` that means the same, where there is one.
 * All of them exist in every release from 20.11 to 26.05.
 */
export const squeueExtras = {
  Account: 'a',
  admin_comment: '',
  BatchHost: 'B',
  Cluster: '',
  Command: 'o',
  Contiguous: 'O',
  'cpus-per-task': '',
  Dependency: 'E',
  EligibleTime: '',
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

/**
 * The rest of what `squeue -O` has of jobs, asked for only where somebody names it: a release that lacks one refuses the whole
 * question, or prints nothing there and says so (`Container` came with 21.08, `Prefer` with 22.05; 22.05 has no `exc_nodes`).
 */
export const rareSqueueExtras = {
  AccrueTime: '',
  AllocNodes: '',
  AllocSID: '',
  AssocID: '',
  BatchFlag: '',
  BoardsPerNode: '',
  BurstBuffer: '',
  BurstBufferState: '',
  ClusterFeature: '',
  Container: '',
  Cores: 'I',
  CoreSpec: 'X',
  'cpus-per-tres': '',
  Deadline: '',
  DelayBoot: '',
  DerivedEC: '',
  exc_nodes: 'x',
  HetJobID: '',
  HetJobIDSet: '',
  HetJobOffset: '',
  LastSchedEval: '',
  MCSLabel: '',
  'mem-per-tres': '',
  MinTime: '',
  Network: '',
  NTPerBoard: '',
  NTPerCore: '',
  NTPerNode: '',
  NTPerSocket: '',
  NumTasks: '',
  Origin: '',
  PreemptTime: '',
  Prefer: '',
  Profile: '',
  Reboot: '',
  ReqSwitch: '',
  Requeue: '',
  ResizeTime: '',
  SCT: 'z',
  SiblingsActive: '',
  SiblingsViable: '',
  Sockets: 'H',
  SPerBoard: '',
  system_comment: '',
  Threads: 'J',
  'tres-alloc': '',
  'tres-bind': '',
  'tres-freq': '',
  'tres-per-job': '',
  'tres-per-node': 'b',
  'tres-per-socket': '',
  'tres-per-task': '',
} as const satisfies Record<string, string>;

export type SqueueExtra = keyof typeof squeueExtras | keyof typeof rareSqueueExtras;

/** All of them, with the letters that mean the same. */
export const squeueExtraLetters: Readonly<Record<SqueueExtra, string>> = { ...squeueExtras, ...rareSqueueExtras };

/** What every listing for people and programs has beyond what a follower needs. */
export const usualExtras: readonly SqueueExtra[] = ['Account', 'QOS', 'PriorityLong', 'Dependency', 'SchedNodes'];
