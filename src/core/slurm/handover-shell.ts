/** So many ids stand in one `scontrol` or `scancel`: far below every limit on a command line. */
const idsPerCommand = 500;

/** So many lists of roots are released at once. The controller is asked for each job by itself, which takes it some milliseconds. */
const releaseLanes = 4;

export function idsPerList(roots: number): number {
  return Math.min(idsPerCommand, Math.max(Math.ceil(roots / releaseLanes), 10));
}

// `set -C` makes every `>` refuse an existing file: creating a claim is atomic and needs no process. `sbatch` inherits the
// lock: should we be killed, it stays taken until the call under way is over. A sleep must not, it would outlive us.
export const prelude = `cd "$plan" || exit 1
trap '' HUP PIPE
# Slurm gives the submitter's umask to the job, so ours must not reach sbatch.
users_umask=$(umask)
umask 077
set -C
log() { printf '%s\\n' "$*" >&8; }
leave() { log "$*"; exit 0; }
# The kernel drops the lock with the last process that has it; where flock is missing the claims alone protect.
exec 9>>handover.lock
if command -v flock >/dev/null 2>&1; then
  flock -w 10 -E 75 9 2>>handover.err
  [ $? -ne 75 ] || exit 0
fi
if [ -e handover.log ] && grep -qx done handover.log; then exit 0; fi
exec 8>>handover.log
log "begin $$ $(uname -n) $(date +%s)"
# What sbatch says is read from here, where it was written last.
: >|sbatch.out
exec 7>>sbatch.out 5<sbatch.out
# Inside a job, that job's variables would become options or variables of ours.
own_job=\${SLURM_JOB_ID-}
if [ -n "\${SLURM_JOB_ID-}" ]; then
  for name in $(env | sed -n 's/^\\(SLURM[A-Z0-9_]*\\)=.*/\\1/p'); do
    case $name in
      SLURM_CONF | SLURM_CONF_SERVER | SLURM_JWT | SLURM_LOG_DIR) ;;
      *) unset "$name" ;;
    esac
  done
fi
# The target names the cluster, and sbatch must return before the job ends.
unset SBATCH_WAIT SBATCH_CLUSTERS SLURM_CLUSTERS
# What the account keeps secret, for a shell to read: only the one that becomes sbatch does, so that no name meets one of ours.
unset secrets export_all
secrets=\${SRUNX_SECRETS-} export_all=
unset SRUNX_SECRETS
[ -z "$secrets" ] || export_all=--export=ALL
sbatch=$(command -v sbatch) || sbatch=sbatch
newline='
'
window=0 roots= root_count=0 window_ids= any= tries=0 pids=
# Gives the controller two minutes to come back; then somebody has to start this script again.
rest() {
  tries=$((tries + 1))
  [ "$tries" -le 6 ] || leave "stopped $1"
  [ "$1" = withdraw ] || [ ! -e "$plan/withdrawn" ] || leave "stopped $1"
  sleep $((1 << tries)) 9>&-
}
refuse() {
  {
    printf 'refused %s %s\\n%s\\n' "$1" "$2" "$3" >|"$plan/refused.new" && mv "$plan/refused.new" "$plan/refused.txt"
  } 2>>"$plan/handover.err" || leave "stopped $1"
  withdraw
}
# What was let go on with an earlier window is not the hand-over's any more.
released_ids() {
  last=$(grep -n '^released ' "$plan/handover.log" | tail -n 1)
  [ -z "$last" ] || head -n "\${last%%:*}" "$plan/handover.log" | sed -n 's/^job [^ ]* //p'
}
withdraw() {
  ids= free=$newline$(released_ids)$newline
  for file in "$plan"/claims/*; do
    [ -e "$file" ] || continue
    while read -r kind value; do
      [ "$kind" = job ] || continue
      case $free in *"$newline$value$newline"*) ;; *) ids="$ids$value$newline" ;; esac
    done <"$file"
  done
  for file in "$plan"/relays/*; do
    [ -e "$file" ] || continue
    # One that has ended is no matter, and the one that runs this ends by itself.
    while read -r kind value; do
      [ "$kind" != job ] || [ "$value" = "$own_job" ] || scancel "$value" 2>>"$plan/handover.err"
    done <"$file"
  done
  tries=0
  # Children before their parents, which else would free them to start.
  until [ -z "$ids" ] || printf '%s' "$ids" | sort -rn | xargs -n ${idsPerCommand} scancel 2>>"$plan/handover.err"; do
    rest withdraw
  done
  leave withdrawn
}
heed() { [ ! -e "$plan/withdrawn" ] || withdraw; }
# The id is the last line that is a number, perhaps with the name of the cluster behind it: warnings and sites add lines.
read_reply() {
  reply= id=
  while IFS= read -r line || [ -n "$line" ]; do
    reply=$reply$line$newline
    case \${line%%;*} in '' | *[!0-9]*) ;; *) id=\${line%%;*} ;; esac
  done <&5
}
# Leaves the id of the new job in $id, or does not return.
send() {
  dir=$1
  shift
  tries=0
  while :; do
    { printf 'claim %s\\n' "$$" >"$claim"; } 2>>"$plan/handover.err" || leave "unresolved $token"
    umask "$users_umask"
    cd "$dir" 2>&7 && call "$@"
    code=$?
    umask 077
    read_reply
    if [ "$code" -eq 0 ]; then
      [ -n "$id" ] || leave "unresolved $token"
      return
    fi
    # Killed by a signal: the request may have been sent.
    if [ "$code" -gt 128 ] && [ "$code" -lt 255 ]; then leave "unresolved $token"; fi
    case $reply in
      *'connect failure'* | *'Connection refused'* | *'configuration source'*)
        # Nothing reached the controller: the claim is taken back. Without any job before it the batch is given up at once.
        rm -f "$claim"
        [ -n "$any" ] || refuse "$token" unreachable "$reply"
        rest "$token" ;;
      # What Slurm says of a connection that broke, and the system's own words, which it passes on where it has none.
      *'timed out'* | *'Zero Bytes were transmitted'* | *'send failure'* | *'receive failure'* | *'shutdown failure'* | \\
        *'Unexpected message'* | *'onnection reset'* | *'roken pipe'* | *'ransport endpoint'* | *'onnection abort'* | \\
        *'o route to host'* | *'etwork is unreachable'* | *'etwork is down'* | *'submission failed: No error'*)
        # The request may have been received: only a look at the queue can tell.
        leave "unresolved $token" ;;
      # There is no room in the queue now. Of the first window everything is taken back: nothing of it runs yet.
      *SubmitJob*Limit* | *'Resource temporarily unavailable'*)
        [ "$window" -gt 0 ] || refuse "$token" "$code" "$reply"
        rm -f "$claim"
        leave "deferred $window room" ;;
      *) refuse "$token" "$code" "$reply" ;;
    esac
  done
}
read_receipt() {
  id=
  [ ! -e "$1" ] || while read -r kind value; do [ "$kind" = job ] && id=$value; done <"$1"
}
submit() {
  token=$1 held=$2 claim=$plan/claims/$1
  shift 2
  id=
  if [ -e "$claim" ]; then
    read_receipt "$claim"
    [ -n "$id" ] || leave "unresolved $token"
  else
    send "$@"
    { printf 'job %s\\n' "$id" >>"$claim"; } 2>>"$plan/handover.err" || leave "unresolved $token"
  fi
  log "job $token $id"
  keep
}
keep() {
  any=1 window_ids=$window_ids:$id
  if [ "$held" = held ]; then
    separator=,
    [ $((root_count % per_list)) -ne 0 ] || separator=' '
    roots=$roots$separator$id root_count=$((root_count + 1))
  fi
}
# Submits in a shell of its own. What must stop the hand-over is left in a file: gather acts when all of them have ended.
beside() {
  (
    lane=$plan/lane.$1
    shift
    : >|"$lane"
    : >|"$lane.out"
    exec 7>>"$lane.out" 5<"$lane.out"
    leave() { printf '%s\\n' "$*" >|"$lane"; exit 7; }
    refuse() { printf 'refused %s %s\\n%s\\n' "$1" "$2" "$3" >|"$lane" || leave "stopped $1"; exit 8; }
    submit "$@"
  ) 2>>"$plan/handover.err" &
  pids="$pids $!"
}
# A refusal takes everything back, so it has to wait until it is clear of each of them whether it was submitted.
gather() {
  lane=0 word= refused=
  for pid in $pids; do
    lane=$((lane + 1))
    wait "$pid"
    case $? in
      0) ;;
      7) read -r word <"$plan/lane.$lane" || word="unresolved $1" ;;
      # Of several refusals the first is told; the claims of the others are given back.
      8) if [ -z "$refused" ]; then refused=$1 refusal=$plan/lane.$lane; else rm -f "$plan/claims/$1"; fi ;;
      # Killed, perhaps after all was done.
      *) read_receipt "$plan/claims/$1"; [ -n "$id" ] || word="unresolved $1" ;;
    esac
    shift
  done
  pids=
  if [ -n "$word" ]; then
    [ -z "$refused" ] || rm -f "$plan/claims/$refused"
    leave "$word"
  fi
  [ -n "$refused" ] || return 0
  mv "$refusal" "$plan/refused.txt" 2>>"$plan/handover.err" || leave "stopped $refused"
  withdraw
}
take() {
  held=$2
  read_receipt "$plan/claims/$1"
  keep
}
mkdir -p claims receipts
[ ! -e refused.txt ] || withdraw
heed`;

// `scontrol release` of a job that is no longer held is harmless, so a second run may repeat it.
export const releasing = `release() {
  until output=$(scontrol release "$1" 2>&1); do
    printf '%s\\n' "$output" >>"$plan/handover.err"
    case $output in
      *'slurm controller'* | *'timed out'* | *'Unexpected message'* | *'Connection refused'*) ;;
      # Cancelled meanwhile, or even over: the other ids of the list were released.
      *already* | *'Invalid job id'*) return 0 ;;
    esac
    tries=$((tries + 1))
    [ "$tries" -le 6 ] || return 1
    sleep $((1 << tries)) 9>&-
  done
}
finish_lanes() {
  for lane in $lanes; do wait "$lane" || leave 'stopped release'; done
  lanes= lane_count=0
}
release_roots() {
  tries=0
  finish_lanes
  for ids in $roots; do
    release "$ids" &
    lanes="$lanes $!" lane_count=$((lane_count + 1))
    [ "$lane_count" -lt ${releaseLanes} ] || finish_lanes
  done
  finish_lanes
}`;
