import { quoteWords } from '../quote.ts';

/**
 * A batch that is larger than what the cluster takes at once. Each window is submitted and released as a batch of its own would be;
 * no edge leads from one to another. A window is opened, by a file `window.<number>`, by whoever knows that the one before has ended.
 */
export interface HandoverWindows {
  /** So many of Slurm's jobs each of them has. */
  readonly tasks: readonly number[];
  /** What `scontrol show assoc_mgr` is asked, to learn whether there is room. */
  readonly room: readonly string[];
  /** Options of the job that opens the next window; absent: somebody else has to. */
  readonly relay?: readonly string[] | undefined;
}

/** In the plan directory: how many tasks of arrays run at once, where that is not what it was when the batch was planned. */
export const limitsName = 'limits';

export function renderLimits(limits: ReadonlyMap<string, number>): string {
  return [...limits].map(([token, limit]) => `${token} ${limit}\n`).join('');
}

interface Window {
  readonly number: number;
  readonly tokens: readonly string[];
  /** What submits it, and ties its tasks to each other. */
  readonly lines: readonly string[];
  /** Job ids of others for which it waits. */
  readonly after: readonly string[];
}

export function renderWindow({ tasks, relay }: HandoverWindows, { number, tokens, lines, after }: Window): string {
  const isLast = number === tasks.length - 1;
  const options = relay === undefined || isLast ? [] : relay;
  const need = (tasks[number] ?? 0) + (options.length === 0 ? 0 : 1);
  return [
    `if opens ${number} ${need} ${tokens[0] ?? ''}; then`,
    ...(options.length === 0 || after.length === 0 ? [] : [`window_ids=${after.map((id) => `:${id}`).join('')}`]),
    ...lines,
    ['close', ...(options.length === 0 ? [] : [quoteWords(options)])].join(' '),
    'fi',
  ].join('\n');
}

/**
 * - `opens` leaves with `deferred <window> <why>` where the window is not open yet, where the sweep is paused, or where the queue has
 *   no room for all of it: half a window in the queue would keep the room from others who wait with half of theirs. What is there
 *   already counts as room taken, so a window that has begun is not asked about again. Windows of the same account are submitted one
 *   at a time, as far as they have the same parent directory.
 * - `close` submits the relay before the release: it waits for what is held, so it cannot be too early. It waits for what its window
 *   waits for, too: one of which all cells are cancelled ends before that.
 * - A relay need not be submitted exactly once: of two, the one without a receipt leaves. Without any somebody else goes on.
 */
export function windowsPrelude({ room }: HandoverWindows): string {
  return `has_room() {
  scontrol show assoc_mgr ${quoteWords(room)} 2>>"$plan/handover.err" | awk -v need="$1" '
    /^ClusterName=/ { own = $0 !~ /UserName= / }
    /^QOS=/ { own = 1 }
    {
      while (match($0, /(Grp|Max)SubmitJobs(PA|PU)?=[0-9]+\\([0-9]+\\)/)) {
        split(substr($0, RSTART, RLENGTH), part, /[=()]/)
        if ((own || part[1] != "MaxSubmitJobs") && part[2] - part[3] < need) full = 1
        $0 = substr($0, RSTART + RLENGTH)
      }
    }
    END { exit full }'
}
limit_of() {
  new=$(sed -n "s/^$1 //p" "$plan/${limitsName}" 2>/dev/null | tail -n 1)
  printf '%s' "\${new:-$2}"
}
opens() {
  window=$1 roots= root_count=0 window_ids=
  if grep -qx "released $1" "$plan/handover.log"; then return 1; fi
  [ "$1" -gt 0 ] || return 0
  heed
  # Cells that have failed have ended the sweep: the mark is a link to nothing.
  if [ -h "$plan/stopped.sweep" ]; then
    : >>"$plan/withdrawn"
    withdraw
  fi
  any=1
  [ ! -e "$plan/paused" ] || leave "deferred $1 paused"
  [ -e "$plan/window.$1" ] || leave "deferred $1 turn"
  if command -v flock >/dev/null 2>&1 && (: >>"$plan/../windows.lock") 2>>"$plan/handover.err"; then
    exec 6>>"$plan/../windows.lock"
    flock -w 60 6 || leave "deferred $1 room"
  fi
  [ -e "$plan/claims/$3" ] || has_room "$2" || leave "deferred $1 room"
}
close() {
  heed
  [ $# -eq 0 ] || hand_on "$@"
  release_roots
  log "released $window"
  exec 6>&-
}
hand_on() {
  [ ! -s "$plan/relays/$window" ] || return 0
  mkdir -p "$plan/relays"
  umask "$users_umask"
  (
    # As the text again: that job goes on in our place.
    [ -z "$secrets" ] || export SRUNX_SECRETS="$secrets"
    exec "$sbatch" --parsable "$@" --dependency="afterany$window_ids" "$plan/relay.sh" $((window + 1)) </dev/null >&7 2>&1
  )
  code=$?
  umask 077
  read_reply
  if [ "$code" -eq 0 ] && [ -n "$id" ]; then
    printf 'job %s\\n' "$id" >|"$plan/relays/$window"
  else
    printf 'none %s\\n' "$(printf '%s' "$reply" | tail -n 1)" >|"$plan/relays/$window"
  fi
}`;
}
