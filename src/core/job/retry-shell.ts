import { quoteWord } from '../quote.ts';

/** Why an attempt ended, as `retry.on` names it; `exit:N` is one exit code. */
export const retryCauses = ['failed', 'oom', 'timeout', 'node_fail', 'preempted', 'boot_fail'] as const;
export type RetryCause = (typeof retryCauses)[number] | `exit:${number}`;

/** What a job does about its own failures, with everything worked out that can be before it runs. */
export interface RetryPlan {
  /** Attempts after the first. */
  readonly max: number;
  readonly on: readonly RetryCause[];
  /** Seconds before the second attempt, the third and so on; the last holds for all that follow. */
  readonly delays: readonly number[];
  /** So many percent of the delay are added at random, so that jobs that failed together do not come back together. */
  readonly jitterPercent: number;
  /** Changes for `scontrol update`, such as `MinMemoryNode=4096`: after the first out-of-memory, the second and so on. */
  readonly memory: readonly string[];
  /** The same for time limits, such as `TimeLimit=120` (minutes). */
  readonly time: readonly string[];
}

/** What happens shortly before the time limit. */
export interface CheckpointPlan {
  /** Seconds before the limit; Slurm may be up to a minute early. */
  readonly before: number;
  /** So often the job goes on after it; these are no attempts of `retry`. */
  readonly max: number;
  /** Goes to every process of the payload that handles it. */
  readonly signal?: string | undefined;
  /** Shell text, run by bash beside the payload. */
  readonly command?: string | undefined;
  /** Seconds for both; then the payload is ended. */
  readonly wait: number;
}

export interface RetryShellOptions {
  readonly retry?: RetryPlan | undefined;
  readonly checkpoint?: CheckpointPlan | undefined;
  /** Who starts the job again: the wrapper, through Slurm; or srunx, which submits it once more. */
  readonly retriedBy?: 'wrapper' | 'srunx' | undefined;
}

/**
 * Tells the wrapper of a job that srunx has submitted again which one it is, and why the one before ended where that one could not say
 * it itself: `2`, or `2 node_fail`. All of them share one receipt.
 */
export const tryVariable = 'SRUNX_TRY';

/** Takes the variable out of the environment: jobs that the payload submits are none of these. */
export const readTry = `srunx_try=\${${tryVariable}%% *} srunx_why=\${${tryVariable}#* }
case $${tryVariable} in *' '*) ;; *) srunx_why= ;; esac
unset ${tryVariable}`;

/** Names a file in which the embedded runner takes the wish for another attempt, in the place of Slurm's scontrol. */
export const againVariable = 'SRUNX_AGAIN';

/** A job of Slurm may have been submitted from within one of the embedded runner. */
const notMine = `[ "$SLURM_CLUSTER_NAME" = embedded ] || ${againVariable}=`;

/** The signal with which Slurm is asked to warn the wrapper of the time limit. */
export const warningSignal = 'USR2';

/** Slurm overwrites an earlier start with a hold of two minutes. */
export const shortestDelay = 10;

/**
 * The parts of a wrapper that retry the job on the cluster: nothing of ours needs to be alive for it. Its receipt counts the
 * attempts, because `SLURM_RESTART_COUNT` counts what others requeue as well.
 *
 * - `before` stands before the start of the payload: it counts, and ends a job that has no attempt left.
 * - `warned` is the body of the handler of {@link warningSignal}; absent where nothing is done before the time limit.
 * - `after` stands behind the end of the payload, with its exit code in `srunx_code`; it leaves, if the job runs once more.
 */
export function renderRetry({ retry, checkpoint, retriedBy }: RetryShellOptions): {
  readonly before: string;
  readonly after: string;
  readonly warned: string | undefined;
} {
  if (retry === undefined && checkpoint === undefined) return { before: '', after: '', warned: undefined };
  const { max = 0, on = [], delays = [], jitterPercent = 0, memory = [], time = [] } = retry ?? {};
  const settings = [
    `srunx_max=${max} srunx_jitter=${jitterPercent} srunx_continue=${checkpoint?.max ?? 0}`,
    `srunx_on=${quoteWord(` ${on.join(' ')} `)}`,
    `srunx_delays=${quoteWord(delays.join(' '))}`,
    `srunx_grow_oom=${quoteWord(memory.join(' '))} srunx_grow_timeout=${quoteWord(time.join(' '))}`,
  ];
  const isWarned = checkpoint !== undefined || on.includes('timeout');
  return {
    before: [
      ...(retriedBy === 'srunx' ? [] : [notMine]),
      ...settings,
      counting,
      explaining(retriedBy === 'srunx' ? told : ''),
    ].join('\n'),
    warned: isWarned ? renderWarning(checkpoint) : undefined,
    after: [judging, retriedBy === 'srunx' ? announcing : requeueing, 'retry'].join('\n'),
  };
}

const counting = `srunx_starts=0 srunx_used=0 srunx_continued=0 srunx_oom=0 srunx_timeout=0 srunx_end=
count() {
  [ -f "$srunx_receipt" ] || return 0
  while read -r srunx_kind srunx_at srunx_value; do
    case $srunx_kind:$srunx_value in
      start:*) srunx_starts=$((srunx_starts + 1)) srunx_end=none ;;
      signal:TERM) srunx_end=stopped ;;
      exit:*) [ "$srunx_end" = stopped ] || srunx_end=own ;;
      retry:checkpoint) srunx_continued=$((srunx_continued + 1)) srunx_end=retry ;;
      retry:*)
        srunx_used=$((srunx_used + 1)) srunx_end=retry
        case $srunx_value in
          oom) srunx_oom=$((srunx_oom + 1)) ;;
          timeout) srunx_timeout=$((srunx_timeout + 1)) ;;
        esac
        ;;
      requeued:*) case $srunx_on in *" $srunx_value "*) srunx_used=$((srunx_used + 1)) ;; esac ;;
    esac
  done <"$srunx_receipt"
}
count 2>/dev/null
srunx_log=$(readlink /proc/$$/fd/2 2>/dev/null)`;

const told = `    [ -z "$srunx_why" ] || srunx_cause=$srunx_why
`;

// Slurm, too, puts jobs back: why, only the log tells, and a node that died tells nothing. What a person put back is no retry.
const explaining = (why: string) => `case $srunx_end in
  none | stopped)
    srunx_cause=node_fail
    if [ -f "$srunx_log" ]; then
      srunx_cause=$(tail -c 16384 "$srunx_log" | awk 'BEGIN { cause = "node_fail" }
        /^srunx: attempt [0-9]+ begins$/ { cause = "node_fail" }
        / DUE TO JOB REQUEUE/ { cause = "requeue" }
        / DUE TO PREEMPTION/ { cause = "preempted" }
        / DUE TO NODE FAILURE/ { cause = "node_fail" }
        END { print cause }')
    fi
${why}    note requeued "$srunx_cause"
    case $srunx_on in
      *" $srunx_cause "*)
        srunx_used=$((srunx_used + 1))
        if [ "$srunx_used" -gt "$srunx_max" ]; then
          echo "srunx: attempt $srunx_starts was lost ($srunx_cause), and no other is left" >&2
          leave 1
        fi
        ;;
    esac
    ;;
esac
export SRUNX_ATTEMPT=$((srunx_starts + 1))
[ "$srunx_starts" -eq 0 ] || echo "srunx: attempt $SRUNX_ATTEMPT begins" >&2`;

/** Bit of each signal in the masks of /proc. */
const signalBits: Readonly<Record<string, number>> = { HUP: 0, INT: 1, QUIT: 2, USR1: 9, USR2: 11, TERM: 14 };

export const checkpointSignals = Object.keys(signalBits);

// Only processes that handle a signal get it: the others, shells and helpers among them, would be killed by it. srun takes
// signals by waiting for them, so they are blocked there, and passes them on to its tasks.
const telling = `tell() {
  for srunx_pid in $(srunx_tree); do
    while read -r srunx_key srunx_mask; do
      case $srunx_key in SigCgt: | SigBlk:) ;; *) continue ;; esac
      [ $((0x$srunx_mask >> $2 & 1)) -ne 0 ] || continue
      kill -s "$1" "$srunx_pid"
      break
    done <"/proc/$srunx_pid/status"
  done 2>/dev/null
}
srunx_tree() {
  srunx_all=" $srunx_child " srunx_more=1
  while [ -n "$srunx_more" ]; do
    srunx_more=
    for srunx_stat in /proc/[0-9]*/stat; do
      read -r srunx_line 2>/dev/null <"$srunx_stat" || continue
      srunx_pid=\${srunx_line%% *} srunx_rest=\${srunx_line##*) }
      srunx_rest=\${srunx_rest#* }
      case $srunx_all in *" $srunx_pid "*) continue ;; *" \${srunx_rest%% *} "*) ;; *) continue ;; esac
      srunx_all="$srunx_all$srunx_pid " srunx_more=1
    done
  done 2>/dev/null
  echo "$srunx_all"
}`;

/**
 * The handler of the warning. Beside it a keeper ends the payload when its time is over, and tells the wrapper so by ALRM: a
 * payload that ends well before that was simply done.
 */
function renderWarning(checkpoint: CheckpointPlan | undefined): string {
  const { signal, command, wait = 0 } = checkpoint ?? {};
  const hook = command === undefined ? [] : [`SRUNX_PID=$srunx_child bash -c ${quoteWord(command)} &`, 'srunx_hook=$!'];
  return [
    telling,
    'warned() {',
    '  [ -z "$srunx_warned" ] || return 0',
    '  srunx_warned=1 srunx_got=warning',
    "  trap 'srunx_told=1 srunx_got=end' ALRM",
    '  note warned "$srunx_child"',
    '  echo "srunx: the time limit is near" >&2',
    ...(signal === undefined ? [] : [`  srunx_told=1; tell ${signal} ${signalBits[signal] ?? 0}`]),
    '  (',
    // A signal for the wrapper is not meant for its helper.
    `    trap - ${[...Object.keys(signalBits), 'ALRM'].join(' ')}`,
    ...hook.map((line) => `    ${line}`),
    `    srunx_left=${wait}`,
    '    while [ "$srunx_left" -gt 0 ]; do',
    '      sleep 1',
    '      srunx_left=$((srunx_left - 1))',
    '    done',
    ...(command === undefined ? [] : ['    kill -s TERM "$srunx_hook" 2>/dev/null']),
    '    kill -s ALRM $$',
    '    for srunx_pid in $(srunx_tree); do kill -s TERM "$srunx_pid"; done 2>/dev/null',
    '    sleep 10',
    '    for srunx_pid in $(srunx_tree); do kill -s KILL "$srunx_pid"; done 2>/dev/null',
    '  ) &',
    '  srunx_keeper=$!',
    '}',
  ].join('\n');
}

// The kernel counts what it killed for want of memory in the job's own group (both versions of cgroups). A step of srun has its
// own, which is gone by then, and srun ends with 1: it has only told the log.
const judging = `oom_killed() {
  while IFS=: read -r srunx_number srunx_kinds srunx_group; do
    case ,$srunx_kinds, in
      *,memory,*) srunx_top=/sys/fs/cgroup/memory srunx_name=memory.oom_control ;;
      ,,) srunx_top=/sys/fs/cgroup srunx_name=memory.events ;;
      *) continue ;;
    esac
    case $srunx_group in */job_*) ;; *) continue ;; esac
    srunx_top=$srunx_top\${srunx_group%/step_*}
    for srunx_file in "$srunx_top/$srunx_name" "$srunx_top"/*/"$srunx_name" "$srunx_top"/*/*/"$srunx_name"; do
      [ -r "$srunx_file" ] || continue
      while read -r srunx_key srunx_count; do
        [ "$srunx_key" != oom_kill ] || [ "$srunx_count" -eq 0 ] || return 0
      done <"$srunx_file"
    done
  done </proc/self/cgroup
  [ -f "$srunx_log" ] || return 1
  tail -c 16384 "$srunx_log" | awk '/^srunx: attempt [0-9]+ begins$/ { found = 0 }
    /srun: error: .*: Out Of Memory|Detected [0-9]+ oom[-_]kill event/ { found = 1 }
    END { exit !found }'
} 2>/dev/null
judge() {
  srunx_cause=
  if [ -n "$srunx_told" ]; then
    srunx_cause=timeout
    if [ "$srunx_continued" -lt "$srunx_continue" ]; then
      srunx_cause=checkpoint
      return 0
    fi
  elif [ "$srunx_code" -ne 0 ]; then
    srunx_cause=failed
    if [ "$srunx_code" -eq 137 ] || oom_killed; then srunx_cause=oom; fi
  else
    return 1
  fi
  case $srunx_on in *" $srunx_cause "* | *" exit:$srunx_code "*) ;; *) return 1 ;; esac
  [ "$srunx_used" -ge "$srunx_max" ] || return 0
  echo "srunx: attempt $SRUNX_ATTEMPT ended with $srunx_code ($srunx_cause), and no other is left" >&2
  return 1
}
pick() {
  srunx_nth=$1 srunx_picked=
  shift
  for srunx_picked; do
    [ "$srunx_nth" -gt 1 ] || return 0
    srunx_nth=$((srunx_nth - 1))
  done
}`;

// Who cancels a job sends TERM to all its processes, the payload perhaps first: it gets a second to arrive here. After that only
// a job that still runs is requeued. An answer that was lost may have been a yes: then the job does not run any more.
// What has saved itself may end well: with that end, Slurm would start what waits for it.
const announcing = `retry() {
  judge || return 0
  sleep 1
  [ -z "$srunx_stopped" ] || return 0
  trap '' TERM
  note retry "$srunx_cause"
  echo "srunx: attempt $SRUNX_ATTEMPT ended with $srunx_code ($srunx_cause); srunx submits another" >&2
  [ "$srunx_code" -ne 0 ] || exit 75
  exit "$srunx_code"
}`;

const requeueing = `runs() {
  [ -z "$${againVariable}" ] || return 0
  srunx_shown=$(scontrol -o show job "$srunx_id" 2>/dev/null) || return 0
  case $srunx_shown in *' JobState=RUNNING '*) return 0 ;; *) return 1 ;; esac
}
requeue() {
  srunx_tries=0
  until srunx_words=$(scontrol requeue "$srunx_id" 2>&1); do
    case $srunx_words in
      *'slurm controller'* | *'timed out'* | *'Unexpected message'* | *'Connection refused'*) ;;
      *) runs || return 0; return 1 ;;
    esac
    srunx_tries=$((srunx_tries + 1))
    [ "$srunx_tries" -lt 60 ] || return 1
    sleep 5
  done
}
change() {
  srunx_words=$(scontrol update "JobId=$srunx_id" "$1" 2>&1) || echo "srunx: $1 was refused: $srunx_words" >&2
}
retry() {
  judge || return 0
  sleep 1
  [ -z "$srunx_stopped" ] || return 0
  srunx_id=$SLURM_JOB_ID
  [ -z "$SLURM_ARRAY_TASK_ID" ] || srunx_id=\${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID
  runs || return 0
  trap '' TERM
  pick $((srunx_used + 1)) $srunx_delays
  srunx_delay=\${srunx_picked:-0}
  [ "$srunx_cause" != checkpoint ] || srunx_delay=0
  [ -n "$${againVariable}" ] || [ "$srunx_delay" -ge ${shortestDelay} ] || srunx_delay=${shortestDelay}
  srunx_delay=$((srunx_delay + $$ % (srunx_delay * srunx_jitter / 100 + 1)))
  case $srunx_cause in
    oom) pick $((srunx_oom + 1)) $srunx_grow_oom ;;
    timeout) pick $((srunx_timeout + 1)) $srunx_grow_timeout ;;
    *) srunx_picked= ;;
  esac
  note retry "$srunx_cause"
  echo "srunx: attempt $SRUNX_ATTEMPT ended with $srunx_code ($srunx_cause); another begins in $srunx_delay seconds" >&2
  if [ -n "$${againVariable}" ]; then
    srunx_words="$${againVariable} cannot be written"
    echo "$srunx_delay $srunx_picked" >"$${againVariable}" && exit "$srunx_code"
  elif requeue; then
    sleep 2
    change "StartTime=now+$srunx_delay"
    [ -z "$srunx_picked" ] || change "$srunx_picked"
    exit "$srunx_code"
  fi
  note stuck "$srunx_cause"
  echo "srunx: it cannot: $srunx_words" >&2
}`;
