import { quoteWord } from '../quote.ts';
import { isJobId } from '../slurm/job-id.ts';
import { type ExportsShellOptions, renderExports } from './exports-shell.ts';
import { type CheckpointPlan, type RetryPlan, readTry, renderRetry, warningSignal } from './retry-shell.ts';

export interface WrapperOptions {
  /** Absolute plan directory on the cluster; the nodes see it too. */
  readonly directory: string;
  /** The submission's token; an array task adds `.<index>` to it. */
  readonly token: string;
  /** Absolute path of the payload, started by its own `#!` line. */
  readonly payload: string;
  /** `#SBATCH` lines, complete, which sbatch reads from the head of the wrapper. */
  readonly directives: readonly string[];
  /** Exported to the payload, such as `SRUNX_RUN`. Not for secrets: the text is readable in the plan directory. */
  readonly env: Readonly<Record<string, string>>;
  /** What a task does on account of its cell of a sweep: it may set `srunx_payload`. */
  readonly cell?: { readonly before: string; readonly after: string } | undefined;
  /** Absent where neither the job nor others exchange values. */
  readonly exports?: ExportsShellOptions | undefined;
  /** What comes before and behind the payload on account of its files; absent where it has none. */
  readonly files?: { readonly before: string; readonly after: string } | undefined;
  readonly retry?: RetryPlan | undefined;
  readonly checkpoint?: CheckpointPlan | undefined;
  readonly retriedBy?: 'wrapper' | 'srunx' | undefined;
  /** Defines the function `srunx_on_failure`; absent: a failure concerns nobody here. */
  readonly onFailure?: string | undefined;
}

/**
 * Signals that reach only the batch shell (`scancel --batch`, `--signal=B:…`) and so must be passed on to the payload. Not
 * CONT: Slurm sends it directly before TERM, and bash, if it waits, forgets the first of two signals that come together.
 */
const forwarded = ['HUP', 'INT', 'QUIT', 'USR1', 'USR2', 'TERM'] as const;

/**
 * The script that Slurm starts for a wrapped job: POSIX sh, because every node has it.
 *
 * - Its first act links the token to the job id. `ln -s` creates name and content in one step, so of two jobs with the
 *   same token exactly one runs; the other ends at once with exit code 75. A requeued job finds its own id there.
 * - The payload runs in the background and is waited for, because a shell handles a signal only between commands.
 * - What the payload appends to `$SRUNX_METRICS` stays over all attempts: a job that is resumed goes on with its curves.
 * - Every start and end is one line in the receipt, which outlives controller and accounting.
 * - The payload runs whatever becomes of the receipts: a directory that is full, missing or read-only loses no job.
 */
export function renderWrapper({
  directory,
  token,
  payload,
  directives,
  env,
  cell,
  exports,
  files,
  onFailure,
  ...plans
}: WrapperOptions): string {
  const values = exports === undefined ? undefined : renderExports(exports);
  const { before, warned, after } = renderRetry(plans);
  const traps = forwarded.filter((name) => warned === undefined || name !== warningSignal);
  return [
    '#!/bin/sh',
    ...directives,
    '# srunx: runs the payload once for its token and writes down how it ended.',
    `srunx_payload=${quoteWord(payload)}`,
    `srunx_receipt=${quoteWord(`${directory}/receipts/${token}`)}\${SLURM_ARRAY_TASK_ID:+.$SLURM_ARRAY_TASK_ID}`,
    ...(plans.retriedBy === 'srunx' ? [readTry] : []),
    latchOf(plans.retriedBy === 'srunx' ? '$srunx_receipt.id${srunx_try:+.$srunx_try}' : '$srunx_receipt.id'),
    functions,
    ...(onFailure === undefined ? [leaveBy('')] : [onFailure, leaveBy('\n  srunx_on_failure "$1"')]),
    cell?.before ?? '',
    before,
    values?.before ?? '',
    files?.before ?? '',
    ...(warned === undefined ? [] : [`srunx_early=; trap srunx_early=1 ${warningSignal}`]),
    'note start "$SLURM_JOB_ID"',
    'export SRUNX_METRICS="$srunx_receipt.metrics"',
    ...Object.entries(env).map(([key, value]) => `export ${key}=${quoteWord(value)}`),
    startPayload,
    ...traps.map((name) => `trap 'pass ${name}' ${name}`),
    ...(warned === undefined ? [] : [warned, `trap warned ${warningSignal}`, '[ -z "$srunx_early" ] || warned']),
    awaitPayload,
    ...(warned === undefined ? [] : [letKeeperGo]),
    ...(values === undefined ? [] : [`if [ "$srunx_code" -eq 0 ]; then\n${values.after}\nfi`]),
    ...(files === undefined || files.after === '' ? [] : [`[ "$srunx_code" -ne 0 ] || ${files.after}`]),
    'note exit "$srunx_code"',
    after,
    cell?.after ?? '',
    ...(onFailure === undefined ? [] : ['srunx_on_failure "$srunx_code"']),
    'exit "$srunx_code"',
    '',
  ]
    .filter((part, index, { length }) => part !== '' || index === length - 1)
    .join('\n');
}

const latchOf = (link: string) => `if ! ln -s "$SLURM_JOB_ID" "${link}" 2>/dev/null; then
  srunx_owner=$(readlink "${link}") || srunx_owner=
  if [ -n "$srunx_owner" ] && [ "$srunx_owner" != "$SLURM_JOB_ID" ]; then
    echo "srunx: job $srunx_owner runs this submission already; job $SLURM_JOB_ID ends without doing anything" >&2
    exit 75
  fi
fi`;

// Passing on comes first: writing down may hang with the file system. A payload without execute permission (its file
// system may be mounted noexec) is started by what its first line names, as Slurm itself would have started it.
const functions = `srunx_env= srunx_stopped=
note() { printf '%s %s %s\\n' "$1" "$(date +%s)" "$2" >>"$srunx_receipt"; } 2>/dev/null
pass() {
  srunx_got=$1
  case $1 in TERM | INT | QUIT | HUP) srunx_stopped=1 ;; esac
  kill -s "$1" "$srunx_child" 2>/dev/null
  note signal "$1"
}
start() {
  srunx_by=
  if [ -f "$srunx_payload" ] && [ ! -x "$srunx_payload" ]; then
    set -f
    IFS= read -r srunx_by <"$srunx_payload"
    case $srunx_by in '#!'*) srunx_by=\${srunx_by#??} ;; *) srunx_by=/bin/sh ;; esac
  fi
  exec $srunx_env $srunx_by "$srunx_payload" "$@"
}`;

/** How it ends without a payload: a failure all the same. */
const leaveBy = (onFailure: string) => `leave() {
  note exit "$1"${onFailure}
  exit "$1"
}`;

// A background command would read /dev/null instead of the job's own standard input, and would ignore INT and QUIT for
// good; where env cannot undo that, these two stay without effect. Traps are set only behind it: a shell that has just
// forked still has those of its parent, and forgets the signals that come then. Until there is a payload, a signal ends
// the wrapper, as it ends any script that has no trap yet.
const startPayload = `case $srunx_payload in
  *=*) ;; # env would take it for a variable
  *) env --default-signal=INT,QUIT true 2>/dev/null && srunx_env='env --default-signal=INT,QUIT' ;;
esac
if true 3<&0; then exec 3<&0; else exec 3</dev/null; fi 2>/dev/null
start "$@" <&3 3<&- &
srunx_child=$!`;

// A trapped signal ends `wait` early with 128+n, which may also be how the payload ended. So after a signal it is waited
// for once more; a shell that has told the end already then says 127.
const awaitPayload = `srunx_code=
while :; do
  srunx_got=
  wait "$srunx_child"
  srunx_now=$?
  [ -n "$srunx_code" ] && [ "$srunx_now" -eq 127 ] || srunx_code=$srunx_now
  [ "$srunx_code" -gt 128 ] && [ -n "$srunx_got" ] || break
done`;

const letKeeperGo = `[ -z "$srunx_keeper" ] || kill "$srunx_keeper" 2>/dev/null`;

/** What the lines of one receipt say. `attempts` counts starts of the payload. */
export interface ParsedReceipt {
  readonly jobId: string | undefined;
  readonly attempts: number;
  readonly startTime?: number;
  readonly endTime?: number;
  /** As a shell reports it: 128+n for signal n. */
  readonly exitCode?: number;
  readonly signals: readonly string[];
  /** The last attempt has ended, and the wrapper has asked for another one. */
  readonly retrying?: true;
  /** Why the attempts before the last one ended, or this one where it is to be retried: as `retry.on` names it, or `checkpoint`. */
  readonly causes: readonly string[];
  /** Each once, in their order: more than one where srunx has submitted it again. */
  readonly jobIds: readonly string[];
}

/** Reads a receipt; a line cut short by a full disk or a dying node is left out. Facts are those of the last attempt. */
export function parseReceipt(text: string): ParsedReceipt {
  let attempts = 0;
  let last: { jobId?: string; startTime?: number; endTime?: number; exitCode?: number } = {};
  let signals: string[] = [];
  let retrying = false;
  const causes: string[] = [];
  const jobIds = new Set<string>();
  for (const line of text.split('\n').slice(0, -1)) {
    const [, kind, at, value = ''] = receiptLine.exec(line) ?? [];
    const time = Number(at);
    if (kind === 'start') {
      attempts += 1;
      signals = [];
      retrying = false;
      if (isJobId(value)) jobIds.add(value);
      last = { startTime: time, ...(isJobId(value) ? { jobId: value } : {}) };
    } else if (kind === 'signal' && /^[A-Z]+\d?$/.test(value)) {
      signals.push(value);
    } else if (kind === 'exit' && /^\d{1,3}$/.test(value)) {
      retrying = false;
      last = { ...last, endTime: time, exitCode: Number(value) };
    } else if (kind === 'retry' || kind === 'stuck') {
      retrying = kind === 'retry';
      if (retrying) causes.push(value);
      else causes.pop();
    } else if (kind === 'requeued') {
      causes.push(value);
    }
  }
  return {
    attempts,
    signals,
    causes,
    jobIds: [...jobIds],
    jobId: last.jobId,
    ...last,
    ...(retrying ? { retrying } : {}),
  };
}

const receiptLine = /^(start|signal|exit|retry|stuck|requeued) (\d{1,15}) (\S*)$/;
