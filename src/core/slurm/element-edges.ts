import { BugError } from '../errors.ts';
import type { DependencyType } from './dependency.ts';
import { groupEdges } from './group-edges.ts';
import { expandTaskSet, parseTaskSet, rangesOf } from './job-id.ts';

/** Each task of an array waits for the task of the same index in each of its parents. */
export interface StepElements {
  /** The array's own indices, such as `0-99`. */
  readonly tasks: string;
  /** To earlier steps that are arrays with the same indices, by their position. */
  readonly edges: readonly { readonly type: DependencyType; readonly step: number }[];
  /** Earlier steps that must have ended as a whole. */
  readonly after: readonly number[];
  /** Tasks that begin when others have ended, in steps of any place. */
  readonly turns?: readonly StepTurn[] | undefined;
}

/** Each of the tasks waits for the end of the one that has an index so much lower in each of the steps. */
interface StepTurn {
  readonly first: number;
  readonly last: number;
  readonly shift: number;
  readonly steps: readonly number[];
}

interface StepWithEdges {
  readonly token: string;
  readonly dependencies: readonly { readonly type: DependencyType; readonly step: number }[];
  readonly external: readonly { readonly type: DependencyType; readonly jobId: string }[];
  readonly elements?: StepElements | undefined;
}

/**
 * Lines of the hand-over script, by the position of the step, that tell the controller what each task waits for, in the place of all that its array waited
 * for: `sbatch` has no words for it, unless it is `afterok` (`aftercorr`). They stand behind the last submission and before the release
 * of the arrays, which are held until then.
 */
export function renderElementEdges(
  steps: readonly StepWithEdges[],
): readonly { readonly index: number; readonly text: string }[] {
  const inTurn = steps.some(({ elements }) => elements?.turns !== undefined);
  return steps.flatMap(({ elements, ...step }, index) => {
    if (elements === undefined) return [];
    const edges = renderEdges(edgesOf({ ...step, elements, inTurn }, index), turnSets(elements));
    const call = `elements ${step.token} "$id_${index}" ${batchesOf(elements).join(' ')}`;
    return [{ index, text: `${edges}\n${call}` }];
  });
}

/** `$1` is the task; `$2` says which jobs it waits for besides, by their number, and `$3` the task of theirs. */
function renderEdges(edges: string, turns: readonly (readonly number[])[]): string {
  const cases = turns.map((steps, number) => {
    const others = groupEdges(steps.map((step) => ({ type: 'afterany', id: `\${id_${step}}_$3` })));
    return ` ${number}) edges="${edges === '' ? '' : '$edges,'}${others}" ;;`;
  });
  return `edges() { edges="${edges}"; ${cases.length === 0 ? '' : `case $2 in${cases.join('')} esac; `}}`;
}

/** Each list of steps once. */
function turnSets({ turns = [] }: StepElements): readonly (readonly number[])[] {
  return [...new Map(turns.map(({ steps }) => [steps.join(), steps])).values()];
}

interface PlacedElements extends StepWithEdges {
  readonly elements: StepElements;
  /** Some tasks of the batch wait for others than their like. */
  readonly inTurn: boolean;
}

/**
 * A task that waits among others has no record of its own: cancelled, it is gone, and Slurm takes what it cannot find for `afterok` as
 * given. `aftercorr` to the array finds the like of a task by itself, and takes one that is gone as not yet ended. But two arrays whose
 * tasks wait for each other in turn are a circle to it.
 */
function edgesOf(step: PlacedElements, index: number): string {
  const { dependencies, elements, external, inTurn } = step;
  const twins = [...dependencies.filter(({ type }) => type === 'aftercorr'), ...elements.edges];
  const whole = [
    ...dependencies.filter(({ type }) => type !== 'aftercorr'),
    ...elements.after.map((parent) => ({ type: 'afterany' as const, step: parent })),
  ];
  if ([...twins, ...whole].some(({ step: parent }) => parent < 0 || parent >= index)) {
    throw new BugError('a parent must stand before its child', { code: 'bug.edge' });
  }
  return groupEdges([
    ...twins.map(({ type, step: parent }) => {
      const isOk = type === 'aftercorr' || type === 'afterok';
      if (isOk && !inTurn) return { type: 'aftercorr', id: `$id_${parent}` } as const;
      return { type: isOk ? 'afterok' : type, id: `\${id_${parent}}_$1` } as const;
    }),
    ...whole.map(({ type, step: parent }) => ({ type, id: `$id_${parent}` })),
    ...external.map(({ type, jobId }) => ({ type, id: jobId })),
  ]);
}

/**
 * So many tasks are told of in one `scontrol`, one request each (0.6 ms): what is lost when it has to be repeated, and how long it
 * keeps the lock when the hand-over is killed.
 */
const tasksPerCommand = 100;

/**
 * Ranges of a batch in one quoted word each: `'0-99'`, `'100-150 160-208'`; with its turn behind each that has one, as a number and how
 * far back: `'0-3 4-99/0/4'`. They ascend, and none is left out where turns are: a task becomes a job of its own when it is first told
 * of, and what waited for the array until then waits for that one, as far as a search for circles knows. It must be the first of all.
 */
function batchesOf(elements: StepElements): readonly string[] {
  const set = parseTaskSet(elements.tasks);
  if (set === undefined || set.truncated) {
    throw new BugError(`${JSON.stringify(elements.tasks)} is no set of tasks`, { code: 'bug.tasks' });
  }
  const indices = [...new Set(expandTaskSet(set))].sort((a, b) => a - b);
  const turns = turnOfTask(elements);
  const count = Math.ceil(indices.length / tasksPerCommand);
  return Array.from({ length: count }, (_, batch) => {
    const tasks = indices.slice(batch * tasksPerCommand, (batch + 1) * tasksPerCommand);
    const words = [...Map.groupBy(tasks, (task) => turns.get(task) ?? '')].flatMap(([turn, members]) =>
      rangesOf(members).map(({ first, last }) => ({ first, word: `${first}-${last}${turn}` })),
    );
    return `'${words
      .sort((one, other) => one.first - other.first)
      .map(({ word }) => word)
      .join(' ')}'`;
  });
}

function turnOfTask(elements: StepElements): ReadonlyMap<number, string> {
  const sets = turnSets(elements).map((steps) => steps.join());
  const turns = new Map<number, string>();
  for (const { first, last, shift, steps } of elements.turns ?? []) {
    const word = `/${sets.indexOf(steps.join())}/${shift}`;
    for (let task = first; task <= last; task += 1) turns.set(task, word);
  }
  return turns;
}

// An `scontrol` that reads from its input echoes all of it on stdout, and goes on after a line that has failed: what is wrong it says
// on stderr, and its exit code is not 0 once any line has failed (unless it is told to be quiet). Without a controller it takes
// nine seconds for each line, so it is ended as soon as it says so. It reads with readline, which has a configuration of its own.
// Nothing has been released yet, so all of it may be repeated.
export const elementsPrelude = `lines() {
  for range in $1; do
    turn=\${range#*/} range=\${range%%/*}
    case $turn in */*) set=\${turn%/*} shift=\${turn#*/} ;; *) set= shift=0 ;; esac
    task=\${range%-*}
    while [ "$task" -le "\${range#*-}" ]; do
      edges "$task" "$set" $((task - shift))
      printf 'update JobId=%s_%s Dependency=%s\\n' "$array" "$task" "$edges" 2>/dev/null || return
      task=$((task + 1))
    done
  done
}
is_outage() {
  case $1 in
    *'slurm controller'* | *'configuration source'* | *'timed out'* | *'Zero Bytes were transmitted'* | *' failure'* | \\
      *'Unexpected message'* | *'onnection '* | *'roken pipe'* | *'ransport endpoint'* | *'o route to host'* | \\
      *'etwork is '* | *'try again later'*) ;;
    *) return 1 ;;
  esac
}
listen() {
  is_told= scontrol_pid=
  while IFS= read -r line; do
    case $line in
      'pid '*) scontrol_pid=\${line#pid }; continue ;;
      told) is_told=1; continue ;;
      # It has ended well and has not heard all, or has not even begun.
      'exit 0') [ -n "$is_told" ] || line='exit 137' ;;
      'exit '*) [ -n "$scontrol_pid" ] || line='exit 137' ;;
    esac
    ! is_outage "$line" || kill "$scontrol_pid" 2>/dev/null
    printf '%s\\n' "$line"
  done
}
tell() {
  {
    { lines "$1" && echo told >&6; } | INPUTRC=/dev/null sh -c 'echo "pid $$" >&2; exec scontrol >/dev/null' 2>&1
    echo "exit $?"
  } 6>&1 | listen
}
update() {
  tries=0
  while :; do
    heed
    said=$(tell "$1")
    code=\${said##*exit } said=\${said%exit *}
    [ "$code" != 0 ] || return 0
    # It did not get so far as to end by itself; no more does one that is killed, by us too.
    case $code in '' | *[!0-9]*) code=137 ;; esac
    printf '%s' "$said" >>"$plan/handover.err"
    if is_outage "$said" || { [ "$code" -gt 128 ] && [ "$code" -lt 255 ]; }; then rest "$token"; continue; fi
    # A task that somebody has cancelled or released meanwhile waits for nothing any more.
    wrong=$(printf '%s' "$said" | grep -v -e already -e 'no longer pending')
    [ -n "$wrong" ] || [ -z "$said" ] || return 0
    refuse "$token" "$code" "\${wrong:-scontrol update ended with exit code $code}"
  done
}
elements() {
  token=$1 array=$2
  shift 2
  if grep -qx "elements $token" "$plan/handover.log"; then return; fi
  for batch; do update "$batch"; done
  log "elements $token"
}`;
