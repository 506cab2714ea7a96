import type { JobObservation } from '../../src/core/slurm/job-observation.ts';
import type { Release } from './slurm-fixtures.ts';

/** What matters of a row, in few words; what it lacks is absent. */
export interface RowSummary {
  readonly status: string;
  readonly failure?: string;
  readonly phase?: string;
  readonly reason?: string;
  /** `code:signal` */
  readonly exit?: string;
  readonly restarts?: number;
  readonly cancelledBy?: number;
  readonly name: string;
}

export function summarize({ state, reason, exit, restarts, name }: JobObservation): RowSummary {
  return {
    status: state.terminal ? state.status : `${state.status} …`,
    ...(state.failureKind === undefined ? {} : { failure: state.failureKind }),
    ...(state.phase === undefined ? {} : { phase: state.phase }),
    ...(reason === undefined ? {} : { reason }),
    ...(exit === undefined ? {} : { exit: `${exit.code}:${exit.signal}` }),
    ...(restarts === 0 ? {} : { restarts }),
    ...(state.cancelledByUid === undefined ? {} : { cancelledBy: state.cancelledByUid }),
    name,
  };
}

/** A row of a job: which part of it (`_1`, `+0`, the whole), and what each source says of it. */
export interface ExpectedRow {
  readonly key: string;
  readonly part: string;
  readonly controller: RowSummary;
  /** `undefined`: the accounting has no row. */
  readonly accounting: RowSummary | undefined;
}

type Said = Omit<RowSummary, 'name'>;
type Part = readonly [part: string, controller: Said, accounting?: Said | 'absent'];

const completed: Said = { status: 'COMPLETED', exit: '0:0' };
const running: Said = { status: 'RUNNING …' };
const pending: Said = { status: 'PENDING …' };
const cancelled: Said = { status: 'CANCELLED', failure: 'cancelled', exit: '0:0' };
const waits = (reason: string): Part => ['', { ...pending, reason }, pending];
const failed = (exit: string): Said => ({ status: 'FAILED', failure: 'exit', reason: 'NonZeroExitCode', exit });
const failedRecord = (exit: string): Said => ({ status: 'FAILED', failure: 'exit', exit });

/** Job names that are not the job's key. */
const names: Readonly<Record<string, string>> = {
  name_pipe: 'we|ird',
  name_newline: 'new\nline',
  name_quotes: `q"uo'te`,
  name_us: 'unit\x1fsep',
  name_rs: 'rec\x1esep',
  name_ja: '日本語',
  name_esc: 'red\x1b[31m',
  name_space: 'two  words ',
  name_long: 'L'.repeat(300),
  name_all: `a|b\nc"d'e\x1ff 日本語 ${'z'.repeat(270)}`,
  name_backslash: 'b\\s%j$HOME`id`',
  name_equals: 'JobState=RUNNING Reason=x',
  name_forged_row: 'x\x1e\n7\x1f7\x1f',
  singleton_a: 'single',
  singleton_b: 'single',
};

/** Every recorded job but those of the `nodes-` files, as a release says it. */
export function expectedRows(release: Release): ExpectedRow[] {
  return Object.entries({ ...plainJobs, ...waitingJobs, ...compoundJobs(release), ...endings(release) }).flatMap(
    ([key, parts]) =>
      parts.map(([part, controller, accounting = controller]) => {
        const name = names[key] ?? key;
        return {
          key,
          part,
          controller: { ...controller, name },
          accounting: accounting === 'absent' ? undefined : { ...accounting, name: recordedName(name) },
        };
      }),
  );
}

/** The accounting keeps 255 bytes of a name, and writes a backtick for a double quote. */
function recordedName(name: string): string {
  return Buffer.from(name.replaceAll('"', '`')).subarray(0, 255).toString();
}

const plainJobs: Readonly<Record<string, readonly Part[]>> = {
  ...Object.fromEntries(
    [
      ...['urgent', 'urgent2', 'completed', 'steps', 'script_and_args', 'comment', 'comment_hostile'],
      ...['name_pipe', 'name_newline', 'name_quotes', 'name_us', 'name_rs', 'name_ja', 'name_esc', 'name_space'],
      ...['name_long', 'name_all', 'name_backslash', 'name_equals', 'name_forged_row'],
      ...['log_default', 'log_pattern', 'log_space'],
    ].map((key) => [key, [['', completed]]] as const),
  ),
  ...Object.fromEntries(
    ['running', 'train', 'gpus_total', 'gpus_per_task', 'gpus_typed', 'other_user', 'qos_first', 'singleton_a'].map(
      (key) => [key, [['', running]]] as const,
    ),
  ),
  suspended: [['', { ...running, phase: 'suspended' }]],
  // Flags are the controller's alone.
  stopped: [['', { ...running, phase: 'stopped' }, running]],
  configuring: [['', { ...pending, phase: 'configuring' }, running]],
  completing: [['', { ...running, phase: 'completing', exit: '0:0' }, completed]],
  special_exit: [['', { ...pending, phase: 'held', reason: 'job requeued in held state', restarts: 1 }, pending]],
};

const waitingJobs: Readonly<Record<string, readonly Part[]>> = {
  wait_resources: [waits('Resources')],
  wait_priority: [waits('Priority')],
  wait_gpus_total: [waits('Priority')],
  wait_dependency: [waits('Dependency')],
  wait_dependency_or: [waits('Dependency')],
  wait_held: [waits('JobHeldUser')],
  wait_held_admin: [waits('JobHeldAdmin')],
  wait_begin: [waits('BeginTime')],
  wait_partition_limit: [waits('PartitionTimeLimit')],
  qos_second: [waits('QOSMaxJobsPerUserLimit')],
  singleton_b: [waits('Dependency')],
  dep_never: [waits('DependencyNeverSatisfied')],
  preempted_requeued: [['', { ...pending, reason: 'JobHeldUser', restarts: 1 }, pending]],
  requeue_waiting: [['', { ...pending, reason: 'BeginTime', restarts: 1 }, pending]],
  requeue_held: [['', { ...pending, reason: 'job requeued in held state', restarts: 1 }, pending]],
};

function compoundJobs(release: Release): Readonly<Record<string, readonly Part[]>> {
  const held: Said = { ...pending, reason: 'JobHeldUser' };
  const neverSatisfied = 'DependencyNeverSatisfied';
  // Array tasks that split off while they waited have no record from 24.11 on; a waiting heterogeneous job has only one.
  const isSparse = release >= '24.11';
  return {
    array_mixed: [
      ['_0', completed],
      ['_1', failed('1:0'), failedRecord('1:0')],
      ['_2', running],
      ['_3', running],
      ['_[4-9%2]', { ...pending, reason: 'JobArrayTaskLimit' }, pending],
    ],
    array_sparse: [['_[0-198:3%1]', held, pending]],
    array_odd: [['_[1-2,4,8,16-17,19,23-24,26,29,31,37,41,43,47,53,59,61,67,71,73,79,83,89,97]', held, pending]],
    corr_first: [
      ['_0', completed],
      ['_1', failed('1:0'), failedRecord('1:0')],
      ['_2', completed],
      ['_3', running],
    ],
    corr_second: [
      ['_0', completed],
      ['_1', { ...pending, reason: neverSatisfied }, isSparse ? 'absent' : pending],
      ['_2', completed],
      ['_3', { ...pending, reason: 'Dependency' }, pending],
    ],
    corr_first_k: [
      ['_0', completed],
      ['_1', failed('1:0'), failedRecord('1:0')],
      ['_2', completed],
    ],
    corr_second_k: [
      ['_0', completed],
      ['_1', { ...cancelled, reason: neverSatisfied }, isSparse ? 'absent' : cancelled],
      ['_2', completed],
    ],
    het_running: [
      ['+0', running],
      ['+1', running],
    ],
    het_held: ['+0', '+1', '+2'].map((part): Part => [part, held, isSparse ? 'absent' : pending]),
    het_done: [
      ['+0', completed],
      ['+1', completed],
    ],
    requeue_done: [['', { ...completed, restarts: 1 }, completed]],
    requeue_array: [
      ['_0', completed],
      ['_1', { ...pending, reason: 'BeginTime', restarts: 1 }, pending],
    ],
  };
}

function endings(release: Release): Readonly<Record<string, readonly Part[]>> {
  const byOwner: Said = { ...cancelled, cancelledBy: 2001 };
  const namesSignals = release >= '23.02';
  const signalled = (reason: string): string => (namesSignals ? `RaisedSignal:${reason}` : 'JobLaunchFailure');
  const launch: Said = { status: 'FAILED', failure: 'launch', exit: '0:53' };
  const notLaunched: Part = ['', { ...launch, reason: signalled('53(Real-time signal 19)') }, launch];
  const isCut = release <= '25.05';
  return {
    preempted: [
      [
        '',
        { status: 'FAILED', failure: 'preempted', exit: '0:15' },
        { status: 'FAILED', failure: 'preempted', exit: '0:0' },
      ],
    ],
    timeout: [
      [
        '',
        { status: 'TIMEOUT', failure: 'timeout', reason: 'TimeLimit', exit: '0:15' },
        { status: 'TIMEOUT', failure: 'timeout', exit: '0:0' },
      ],
    ],
    deadline: [
      [
        '',
        { status: 'FAILED', failure: 'deadline', reason: 'DeadLine', exit: '0:1' },
        { status: 'FAILED', failure: 'deadline', exit: '1:0' },
      ],
    ],
    failed_exit3: [['', failed('3:0'), failedRecord('3:0')]],
    killed_sigkill: [
      [
        '',
        { status: 'FAILED', failure: 'signal', reason: signalled('9(Killed)'), exit: '0:9' },
        { status: 'FAILED', failure: 'signal', exit: '0:9' },
      ],
    ],
    killed_sigsegv: [
      [
        '',
        { status: 'FAILED', failure: 'signal', reason: signalled('11(Segmentation fault)'), exit: '0:11' },
        { status: 'FAILED', failure: 'signal', exit: '0:11' },
      ],
    ],
    // sacct takes 128 off exit codes of 128 and more up to 25.05.
    exit137: [['', failed('137:0'), failedRecord(isCut ? '9:0' : '137:0')]],
    exit255: [['', failed('255:0'), failedRecord(isCut ? '127:0' : '255:0')]],
    log_nodir: release === '22.05' ? [notLaunched] : [['', completed]],
    log_denied: [notLaunched],
    cancel_running: [['', { ...cancelled, exit: '0:15' }, byOwner]],
    cancel_pending: [['', { ...cancelled, reason: 'JobHeldUser' }, byOwner]],
    cancel_by_root: [['', { ...cancelled, exit: '0:15' }, { ...cancelled, cancelledBy: 0 }]],
    dep_never_killed: [['', { ...cancelled, reason: 'DependencyNeverSatisfied' }, cancelled]],
  };
}
