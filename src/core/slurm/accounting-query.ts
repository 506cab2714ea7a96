/** Which records a listing of the accounting is to have. */
export interface AccountingListQuery {
  /** Jobs, arrays, tasks, components; no sets of tasks, which are a fatal error of sacct's. */
  readonly jobIds: readonly string[];
  readonly users: readonly string[];
  /** Of everybody, as far as the site shows them. */
  readonly allUsers: boolean;
  readonly partitions: readonly string[];
  readonly accounts: readonly string[];
  readonly qos: readonly string[];
  readonly names: readonly string[];
  /** As the user wrote it: `n[1-4]`. */
  readonly nodes: string | undefined;
  /** Slurm's words for times. */
  readonly start: string;
  readonly end: string | undefined;
  /** Slurm's names; empty: all. */
  readonly states: readonly string[];
  /** Steps as well, not allocations alone. */
  readonly steps: boolean;
  /** Earlier attempts of requeued jobs, and other jobs that had the same id. */
  readonly duplicates: boolean;
  readonly allClusters: boolean;
  /** Minutes, as Slurm reads them. */
  readonly timeLimitMin: string | undefined;
  readonly timeLimitMax: string | undefined;
  /** Words of the user's for sacct itself, as they are. */
  readonly words: readonly string[];
}

export interface AccountingFormat {
  readonly columns: readonly string[];
  /** Fresh and random per call. */
  readonly mark: string;
}

/** Arguments of one question to the accounting; the answer is for `parseAccounting`. */
export function accountingArgs(query: AccountingListQuery, { columns, mark }: AccountingFormat): string[] {
  const { timeLimitMax } = query;
  // sacct ignores the greatest limit where there is no least one.
  const timeLimitMin = query.timeLimitMin ?? (timeLimitMax === undefined ? undefined : '1');
  return [
    ...(query.steps ? [] : ['-X']),
    ...(query.duplicates ? ['-D'] : []),
    ...(query.allClusters ? ['-L'] : []),
    // Each of the two overrides the other, whichever comes last: names are the narrower question.
    ...(query.users.length > 0 ? listWord('user', query.users) : query.allUsers ? ['--allusers'] : []),
    ...listWord('jobs', query.jobIds),
    ...listWord('partition', query.partitions),
    ...listWord('accounts', query.accounts),
    ...listWord('qos', query.qos),
    ...listWord('name', query.names),
    ...listWord('nodelist', query.nodes === undefined ? [] : [query.nodes]),
    ...listWord('state', query.states),
    ...listWord('timelimit-min', timeLimitMin === undefined ? [] : [timeLimitMin]),
    ...listWord('timelimit-max', timeLimitMax === undefined ? [] : [timeLimitMax]),
    `--starttime=${query.start}`,
    ...(query.end === undefined ? [] : [`--endtime=${query.end}`]),
    ...query.words,
    ...['-n', '-p', `--delimiter=${mark}`, '--noconvert', `--format=${columns.join(',')}`],
  ];
}

function listWord(name: string, values: readonly string[]): string[] {
  return values.length === 0 ? [] : [`--${name}=${values.join(',')}`];
}

/** The earliest second that sacct takes: for jobs that are named, whenever they were. */
export const allTimes = 'uts1000000';

/** What sacct can select by: the states in which a job ends, and those in which it waits or runs. */
const selectable: ReadonlySet<string> = new Set([
  ...['BOOT_FAIL', 'CANCELLED', 'COMPLETED', 'DEADLINE', 'FAILED', 'NODE_FAIL', 'OUT_OF_MEMORY', 'PENDING'],
  ...['PREEMPTED', 'RUNNING', 'REQUEUED', 'RESIZING', 'REVOKED', 'SUSPENDED', 'TIMEOUT'],
]);

/** The states to hand to sacct; none where it does not know one of them, so that nothing is missed. */
export function selectableStates(states: readonly string[]): readonly string[] {
  return states.every((state) => selectable.has(state)) ? states : [];
}
