/** A reason of Slurm's in words: what it means, and what the owner of the job can do. */
export interface ReasonInWords {
  readonly meaning: string;
  /** Absent: wait. */
  readonly next?: string;
}

const raiseLimit = 'Wait until jobs end, ask for less, or ask the administrators for a higher limit.';

const reasons: Readonly<Record<string, ReasonInWords>> = {
  Priority: {
    meaning: 'Jobs with a higher priority wait for the same resources.',
    next: 'A shorter time limit lets a job slip into gaps; `srunx prio` shows what the priority is made of.',
  },
  Resources: {
    meaning: 'It is the next in line, and what it asks for is in use.',
    next: 'Ask for less, or for another partition, to start sooner.',
  },
  Dependency: { meaning: 'It waits for other jobs to end or start.' },
  DependencyNeverSatisfied: {
    meaning: 'A job that it depends on ended otherwise than it asked for: it will never start.',
    next: 'Cancel it, or give it another dependency with `srunx update --dependency`.',
  },
  JobHeldUser: { meaning: 'It is held by its owner.', next: 'Release it with `srunx release`.' },
  JobHeldAdmin: {
    meaning: 'It is held by an administrator; Slurm also holds jobs whose start failed.',
    next: 'Only an administrator can release it.',
  },
  JobHoldMaxRequeue: {
    meaning: 'It is held because it was requeued too often.',
    next: 'See why it fails, then `srunx release` it.',
  },
  'job requeued in held state': {
    meaning: 'It was put back into the queue and is held.',
    next: 'Release it with `srunx release`.',
  },
  'launch failed requeued held': {
    meaning: 'Its start failed, so Slurm put it back and holds it.',
    next: 'Check its paths with `srunx show`, then `srunx release` it.',
  },
  BeginTime: { meaning: 'Its time to begin has not come; after a requeue Slurm waits two minutes.' },
  JobArrayTaskLimit: {
    meaning: 'As many tasks of its array run as the array allows at once.',
    next: 'Raise the limit with `srunx update --throttle`.',
  },
  PartitionTimeLimit: {
    meaning: 'Its time limit is longer than the partition allows.',
    next: 'Shorten it with `srunx update --time`, or choose another partition.',
  },
  PartitionNodeLimit: {
    meaning: 'It asks for more or fewer nodes than the partition allows, or nodes of it are down.',
    next: 'Change it with `srunx update --nodes` or `--partition`.',
  },
  PartitionDown: {
    meaning: 'The partition takes no jobs in at the moment.',
    next: 'Choose another with `srunx update --partition`.',
  },
  PartitionInactive: {
    meaning: 'The partition starts no jobs at the moment.',
    next: 'Choose another with `srunx update --partition`.',
  },
  PartitionConfig: { meaning: 'The partition does not fit what it asks for.', next: 'Choose another partition.' },
  AccountNotAllowed: {
    meaning: 'Its account may not use this partition.',
    next: 'Choose another account or partition.',
  },
  AssociationJobLimit: { meaning: 'Its account has as many jobs as it may.', next: raiseLimit },
  AssociationResourceLimit: { meaning: 'Its account uses as much as it may.', next: raiseLimit },
  AssociationTimeLimit: { meaning: 'Its account has used up its time.', next: raiseLimit },
  InvalidAccount: {
    meaning: 'Its account does not exist any more.',
    next: 'Choose another with `srunx update --account`.',
  },
  InvalidQOS: {
    meaning: 'Its quality of service does not exist any more.',
    next: 'Choose another with `srunx update --qos`.',
  },
  QOSNotAllowed: {
    meaning: 'Its quality of service may not be used in this partition.',
    next: 'Choose another with `srunx update --qos`.',
  },
  QOSUsageThreshold: { meaning: 'Its quality of service has used more than its share.' },
  QOSJobLimit: { meaning: 'Its quality of service has as many jobs as it may.', next: raiseLimit },
  QOSResourceLimit: { meaning: 'Its quality of service uses as much as it may.', next: raiseLimit },
  QOSTimeLimit: { meaning: 'Its quality of service has used up its time.', next: raiseLimit },
  ReqNodeNotAvail: {
    meaning:
      'Nodes that it needs are down, drained or reserved, perhaps for a maintenance that its time limit reaches into.',
    next: 'A shorter time limit may fit before a maintenance; else name no nodes, or wait.',
  },
  NodeDown: { meaning: 'A node that it needs is down.' },
  BadConstraints: { meaning: 'No node can ever have what it asks for.', next: 'Cancel it and ask for something else.' },
  NodesNeeded: { meaning: 'Nodes that it needs are in use.' },
  Reservation: { meaning: 'It waits for its reservation to begin.' },
  ReservationDeleted: {
    meaning: 'Its reservation was deleted, so it is held.',
    next: 'Name another with `srunx update --reservation`, then release it.',
  },
  Licenses: { meaning: 'Licenses that it needs are in use.' },
  BurstBufferResources: { meaning: 'The burst buffer has no room.' },
  BurstBufferStageIn: { meaning: 'Its files are copied to the burst buffer.' },
  BurstBufferOperation: { meaning: 'An operation of the burst buffer has failed.', next: 'Ask the administrators.' },
  Cleaning: { meaning: 'Its former attempt is still being cleaned up.' },
  Prolog: { meaning: 'What the site runs before each job is still running.' },
  FrontEndDown: { meaning: 'No front end can run it.' },
  MaxRequeue: { meaning: 'It was requeued as often as is allowed.' },
  NonZeroExitCode: { meaning: 'It ended with an exit code other than 0.', next: 'Look into its log: `srunx tail`.' },
  TimeLimit: { meaning: 'It reached its time limit.', next: 'Ask for more with `--time`.' },
  InactiveLimit: { meaning: 'It did nothing for longer than is allowed.' },
  OutOfMemory: { meaning: 'It used more memory than it asked for.', next: 'Ask for more with `--mem`.' },
  JobLaunchFailure: {
    meaning: 'It could not be started: its log or working directory is missing, or a node is broken.',
    next: 'Check the paths; `srunx show` lists them.',
  },
  SystemFailure: { meaning: 'Slurm or a node has failed.' },
  NodeFail: { meaning: 'A node that ran it has failed.' },
  DeadLine: { meaning: 'It cannot end before its deadline any more.' },
  SchedDefer: { meaning: 'The scheduler has not looked at it yet.' },
  FedJobLock: { meaning: 'Another cluster of the federation is about to start it.' },
  WaitForScheduling: { meaning: 'The scheduler has not looked at it yet.' },
  None: { meaning: 'The scheduler has not looked at it yet.' },
};

const things: readonly (readonly [RegExp, string])[] = [
  [/SubmitJobs?/, 'submitted jobs'],
  [/Jobs?/, 'jobs'],
  [/C(?:pu|PU)(?:Run)?Min(?:ute)?s?/, 'CPU minutes'],
  [/(?:GRES|Gres)(?:Run)?Min(?:ute)?s?/, 'GPU minutes'],
  [/GRES|Gres/, 'GPUs'],
  [/Mem(?:ory)?(?:Run)?Min(?:ute)?s?/, 'memory minutes'],
  [/Mem(?:ory)?/, 'memory'],
  [/C(?:pu|PU)s?/, 'CPUs'],
  [/Nodes?/, 'nodes'],
  [/Wall(?:Duration)?/, 'time'],
  [/Billing/, 'billing units'],
  [/BB|BurstBuffer/, 'burst buffer'],
  [/License/, 'licenses'],
  [/Energy/, 'energy'],
];

/** `QOSMaxGRESPerUser`, `AssocGrpCPUMinutesLimit`, `MaxJobsPerAccount`: there are more than a hundred of them. */
function limitInWords(word: string): ReasonInWords | undefined {
  const match = /^(QOS|Assoc)?(Grp|Max|Min)(\w+?)(?:Per(User|Account|Job|Node))?(?:Limit)?$/.exec(word);
  if (match === null) return undefined;
  const [, source, kind, rest = '', scope] = match;
  const thing = things.find(([pattern]) => pattern.test(rest))?.[1] ?? rest;
  const owner = source === 'QOS' ? 'quality of service' : 'account';
  if (kind === 'Min') {
    return {
      meaning: `It asks for fewer ${thing} than its ${owner} demands.`,
      next: 'Ask for more, or for another QOS.',
    };
  }
  const where = kind === 'Grp' ? 'all jobs together' : scopes[scope ?? 'Job'];
  return { meaning: `The limit of its ${owner} on ${thing} (${where}) is reached.`, next: raiseLimit };
}

const scopes: Readonly<Record<string, string>> = {
  User: 'of one user',
  Account: 'of one account',
  Job: 'of one job',
  Node: 'on one node',
};

/**
 * What a reason of squeue's means, one entry for each where tasks of an array have several. Words that no table has are kept as they
 * are: new releases bring new ones.
 */
export function explainReason(reason: string): readonly (ReasonInWords & { readonly reason: string })[] {
  return splitReasons(reason).map((word) => {
    const name = word.replace(/[,:(].*$/s, '');
    const found =
      (Object.hasOwn(reasons, name) ? reasons[name] : undefined) ?? limitInWords(name) ?? signalInWords(word);
    return { reason: word, ...(found ?? { meaning: `Slurm says: ${word}.` }) };
  });
}

/** Only names are a list; the text behind `ReqNodeNotAvail,` belongs to it. */
function splitReasons(reason: string): readonly string[] {
  if (/^ReqNodeNotAvail|[\s:(]/.test(reason)) return [reason];
  return reason.split(',').filter((word) => word !== '');
}

function signalInWords(word: string): ReasonInWords | undefined {
  const signal = /^RaisedSignal:(\d+)\(([^)]*)\)/.exec(word);
  return signal === null ? undefined : { meaning: `It was ended by signal ${signal[1]} (${signal[2]}).` };
}
