import { quoteWord } from '../quote.ts';
import { cancelFunction, returnUnlessFailed, returnUnlessFirst } from './stop-others.ts';

/**
 * What an array is to the end of its sweep. `root`: its tasks wait for none of their cell, so one that waits has a cell that has not
 * begun. `final` stays for cells that have begun, and `handler` for those that have failed.
 */
export type StageRole = 'root' | 'plain' | 'handler' | 'final';

/** An array, as its tasks find it in the plan directory. */
export interface ArrayEntry {
  /** Equal for the arrays of the same cells. */
  readonly set: number;
  /** Of the array: what must be added to the index of a task for that of its cell. */
  readonly offset: number;
  readonly token: string;
  readonly role: StageRole;
}

export interface StopSweepOptions {
  /** Absolute plan directory on the cluster. */
  readonly directory: string;
  /** Where the claims and the table of arrays lie, and what has failed is counted; the plan directory if absent. */
  readonly handover?: string | undefined;
  /** Of the array. */
  readonly token: string;
  /** So many failed cells end the sweep. */
  readonly after: number;
  readonly cancelRunning: boolean;
}

export function stageRole(job: {
  readonly edges: readonly unknown[];
  readonly isFinal?: boolean | undefined;
  readonly handles?: string | undefined;
}): StageRole {
  if (job.edges.length === 0) return 'root';
  if (job.isFinal === true) return 'final';
  return job.handles === undefined ? 'plain' : 'handler';
}

/** The file with a line for each array, parents before children. One for all tasks: arrays may be many. */
export function arrayTable(directory: string): string {
  return `${directory}/arrays`;
}

export function renderArrayTable(arrays: readonly ArrayEntry[]): string {
  return arrays.map(({ set, offset, token, role }) => `${set} ${offset} ${token} ${role}\n`).join('');
}

/** So long cells do not begin if nobody ends them: where the controller is deaf to that, or the wrapper killed, the next look does it. */
const putOffSeconds = 3_600;

/**
 * The shell function `srunx_on_failure` of the tasks of a sweep: it notes the cell as failed, and where these are enough, it ends what
 * has not begun. What holds for {@link renderStopOthers} holds here, too. POSIX sh, and awk.
 *
 * - A cell has begun when a task of it has a receipt; one that waits for its next attempt has one.
 * - Roots are put off first: a cell that begins while the others are ended would lose what comes behind. Those that were faster than
 *   that are looked up again, and what is left may begin in the end. It is no hold, which would last for ever if the wrapper were
 *   killed, and which may be the user's, or of a pause.
 * - Children go before their parents, one call for each array: nothing that waits for a failure may be set free by the end of another.
 *   scancel sends what stands in one call at the same time.
 * - A set of tasks is given without `--state`, beside which scancel (22.05) takes the id of a task for its whole array.
 */
export function renderStopSweep({
  directory,
  handover = directory,
  token,
  after,
  cancelRunning,
}: StopSweepOptions): string {
  const at = (name: string) => quoteWord(`${handover}/${name}`);
  return `${cancelFunction}
srunx_queue() {
  srunx_tries=0
  until squeue -h -r -j "$srunx_arrays" -o '%i %T' 2>>"$srunx_stop.log"; do
    srunx_tries=$((srunx_tries + 1))
    [ "$srunx_tries" -lt 4 ] || return 1
    sleep "$srunx_tries"
  done
}
srunx_tasks() {
  srunx_seen=$(srunx_queue) || return 0
  {
    printf '%s\\n' "$srunx_table"
    ls ${quoteWord(`${directory}/receipts`)} | sed 's/^/begun /'
    sed 's/^/failed /' ${at('failed')}
    printf '%s\\n' "$srunx_seen" | sort -t _ -k 2n | sed 's/^/seen /'
  } | awk -v want="$1" -v me="$srunx_me" ${quoteWord(chooseTasks)}
}
srunx_end() {
  for srunx_ids in $(srunx_tasks "$1"); do srunx_cancel; done
}
srunx_begin() {
  for srunx_ids in $srunx_roots; do scontrol update "JobId=$srunx_ids" "StartTime=$1"; done >>"$srunx_stop.log" 2>&1
  return 0
}
srunx_on_failure() {
  ${returnUnlessFailed({ directory: handover, token })}
  { echo "$srunx_index" >>${at('failed')}; } 2>/dev/null
  [ "$(sort -u ${at('failed')} 2>/dev/null | wc -l)" -ge ${after} ] || return 0
  ${returnUnlessFirst({ mark: `${handover}/stopped.sweep`, owner: `${quoteWord(token)}".$SLURM_ARRAY_TASK_ID"` })}
  unset SQUEUE_ACCOUNT SQUEUE_NAMES SQUEUE_PARTITION SQUEUE_QOS SQUEUE_STATES SQUEUE_USERS
  set -f
  srunx_table=$(
    while read -r srunx_set srunx_offset srunx_token srunx_role; do
      srunx_id=
      while read -r srunx_kind srunx_value; do
        [ "$srunx_kind" != job ] || srunx_id=$srunx_value
      done <${at('claims')}/"$srunx_token"
      [ -z "$srunx_id" ] || echo "array $srunx_set $srunx_offset $srunx_token $srunx_role $srunx_id"
    done <${quoteWord(arrayTable(handover))} 2>/dev/null
  )
  srunx_arrays=$(printf '%s\\n' "$srunx_table" | awk '{ printf "%s%s", (NR > 1 ? "," : ""), $6 }')
  srunx_deaf=
  srunx_roots=$(srunx_tasks roots)
  srunx_begin now+${putOffSeconds}
  srunx_end begun-never${cancelRunning ? '\n  srunx_end rest' : ''}
  [ -z "$srunx_deaf" ] || return 0
  srunx_begin now
}`;
}

/** Prints `B_[0-3,7]` for each array that has tasks to end, children before parents. */
const chooseTasks = `
$1 == "array" {
  n += 1
  set[n] = $2; offset[n] = $3; place[$4] = n; role[n] = $5; id[n] = $6; number[$6] = n
  if ($5 == "root") roots[$2] += 1
}
$1 == "begun" {
  token = $2; sub(/\\.id$/, "", token)
  task = token; sub(/.*\\./, "", task); sub(/\\.[0-9]+$/, "", token)
  if (token in place) begun[task + offset[place[token]]] = 1
}
$1 == "failed" { failed[$2 + 0] = 1 }
$1 == "seen" && $2 != me {
  split($2, part, "_")
  if (part[1] in number) {
    k = number[part[1]]
    tasks[k] = tasks[k] " " part[2]
    if (role[k] == "root" && $3 == "PENDING") waiting[part[2] + offset[k]] += 1
  }
}
function ends(k, cell) {
  if (want == "rest") return role[k] != "final" && !(role[k] == "handler" && (cell in failed))
  return waiting[cell] == roots[set[k]] && !(cell in begun)
}
function range() { return first == last ? first : first "-" last }
END {
  for (k = n; k > 0; k--) {
    if (want == "roots" && role[k] != "root") continue
    text = ""; first = ""
    count = split(tasks[k], index_of, " ")
    for (j = 1; j <= count; j++) {
      task = index_of[j] + 0
      if (!ends(k, task + offset[k])) continue
      if (first != "" && task == last + 1) { last = task; continue }
      if (first != "") text = text range() ","
      first = task; last = task
    }
    if (first != "") print id[k] "_[" text range() "]"
  }
}
`;
