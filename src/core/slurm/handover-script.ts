import { quoteWord, quoteWords } from '../quote.ts';
import type { DependencyType } from './dependency.ts';

/** One `sbatch` call of a batch, as the hand-over script makes it. */
export interface HandoverStep {
  readonly token: string;
  /** Complete `sbatch` options, one token each, without dependency and hold. */
  readonly options: readonly string[];
  readonly script: string;
  readonly args: readonly string[];
  readonly dependencies: readonly { readonly type: DependencyType; readonly step: number }[];
  /** Edges to jobs that exist already. */
  readonly external: readonly { readonly type: DependencyType; readonly jobId: string }[];
  /** Kept from starting until the whole batch is submitted; released by the last command. */
  readonly held: boolean;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/**
 * The script that submits a batch on the cluster, in POSIX sh. It is started detached, so that it finishes whatever
 * happens to us, and it may be started again after any interruption: what has a receipt is not submitted again, and a
 * claim without a receipt stops it, because absence is never guessed.
 *
 * `claims/<token>` gets `claim <pid>` (created with noclobber) before `sbatch` is called, and `job <id>` after it.
 * `handover.log` gets one line per event; {@link parseHandoverLog} reads it.
 */
export function renderHandoverScript(directory: string, steps: readonly HandoverStep[]): string {
  return [
    '#!/bin/sh',
    '# Submits one batch of jobs exactly once. Safe to start again after any interruption.',
    `cd ${quoteWord(directory)} || exit 1`,
    prelude,
    ...steps.map(renderStep),
    epilogue,
    '',
  ].join('\n');
}

function renderStep(step: HandoverStep, index: number): string {
  const edges = [
    ...step.dependencies.map((edge) => `${edge.type}:$id_${edge.step}`),
    ...step.external.map((edge) => `${edge.type}:${edge.jobId}`),
  ];
  const words = [
    'submit',
    step.token,
    step.held ? 'held' : 'free',
    quoteWord(step.cwd),
    '--parsable',
    quoteWords(step.options),
    ...(edges.length > 0 ? [`--dependency="${edges.join(',')}" --kill-on-invalid-dep=yes`] : []),
    ...(step.held ? ['--hold'] : []),
    quoteWords([step.script, ...step.args]),
  ];
  return `${renderEnv(step)}${words.filter((word) => word !== '').join(' ')}; id_${index}=$id`;
}

/** The job's variables live only in the subshell that becomes `sbatch`: never on a command line, never in our own PATH. */
function renderEnv(step: HandoverStep): string {
  const exports = Object.entries(step.env).map(([key, value]) => `export ${key}=${quoteWord(value)}`);
  return `job_env() { ${exports.length > 0 ? exports.join('; ') : ':'}; }\n`;
}

// `set -C` makes every `>` refuse an existing file: creating a claim is atomic and needs no process.
// Slurm gives the submitter's umask to the job, so ours must not reach `sbatch`.
const prelude = `trap '' HUP PIPE
users_umask=$(umask)
umask 077
set -C
log() { printf '%s\\n' "$*" >>handover.log; }
# The kernel drops the lock with the process, whatever kills it; where flock is missing the claims alone protect.
exec 9>>handover.lock
if command -v flock >/dev/null 2>&1; then flock -n 9 || exit 0; fi
if [ -e handover.log ] && grep -qx done handover.log; then exit 0; fi
log "begin $$ $(hostname) $(date +%s)"
sbatch=$(command -v sbatch) || sbatch=sbatch
roots= any=
failed() { log "refused $1 $2"; printf '%s\\n' "$3" >|refused.txt; withdraw; }
withdraw() {
  ids=
  for claim in claims/*; do
    [ -e "$claim" ] || continue
    while read -r kind value; do [ "$kind" = job ] && ids="$ids $value"; done <"$claim"
  done
  [ -z "$ids" ] || scancel $ids 9>&- 2>>handover.err
  log "withdrawn"
  exit 0
}
submit() {
  token=$1 held=$2 dir=$3
  shift 3
  id=
  if [ -e "claims/$token" ]; then
    while read -r kind value; do [ "$kind" = job ] && id=$value; done <"claims/$token"
    [ -n "$id" ] || { log "unresolved $token"; exit 0; }
  else
    { printf 'claim %s\\n' "$$" >"claims/$token"; } 2>>handover.err || { log "unresolved $token"; exit 0; }
    tries=0
    while :; do
      { output=$(umask "$users_umask" && cd "$dir" && job_env && exec "$sbatch" "$@" 9>&- </dev/null); } 2>|sbatch.err
      code=$?
      id=\${output##*
}
      id=\${id%%;*}
      case $code,$id in
        0,*[!0-9]* | 0,) log "unresolved $token"; exit 0 ;;
        0,*) break ;;
      esac
      output=$(cat sbatch.err)
      case $output in
        *'Unable to contact slurm controller'* | *'Connection refused'*)
          # Nothing reached the controller. Without any receipt the whole batch is withdrawn at once.
          if [ -z "$any" ]; then rm -f "claims/$token"; failed "$token" unreachable "$output"; fi
          tries=$((tries + 1))
          [ "$tries" -le 6 ] || { rm -f "claims/$token"; log "stopped $token"; exit 0; }
          sleep $((tries * 10)) ;;
        *'timed out'* | *'Zero Bytes were transmitted'*) log "unresolved $token"; exit 0 ;;
        *) failed "$token" "$code" "$output" ;;
      esac
    done
    printf 'job %s\\n' "$id" >>"claims/$token"
  fi
  any=1
  [ "$held" = free ] || roots="$roots,$id"
  log "job $token $id"
}
mkdir -p claims receipts
[ ! -e refused.txt ] || withdraw`;

// `scontrol release` of a job that is no longer held is harmless, so a second run may repeat it.
const epilogue = `if [ -n "$roots" ]; then
  tries=0
  until output=$(scontrol release "\${roots#,}" 9>&- 2>&1); do
    case $output in *'Unable to contact slurm controller'* | *'timed out'* | *'Connection refused'*) ;; *) break ;; esac
    tries=$((tries + 1))
    [ "$tries" -le 6 ] || { log "stopped release"; exit 0; }
    sleep $((tries * 10))
  done
fi
log "done"`;

/** What the hand-over has said so far. Later lines overrule earlier ones; a line without its end is not there yet. */
export interface HandoverLog {
  readonly jobs: ReadonlyMap<string, string>;
  readonly begun: { readonly pid: number; readonly host: string; readonly at: number } | undefined;
  readonly end:
    | { readonly kind: 'done' | 'withdrawn' }
    | { readonly kind: 'unresolved' | 'stopped'; readonly token: string }
    | undefined;
  readonly refused: { readonly token: string; readonly code: number | 'unreachable' } | undefined;
}

export function parseHandoverLog(text: string): HandoverLog {
  const jobs = new Map<string, string>();
  let begun: HandoverLog['begun'];
  let end: HandoverLog['end'];
  let refused: HandoverLog['refused'];
  for (const line of text.split('\n').slice(0, -1)) {
    const [kind = '', first = '', second = '', third = ''] = line.split(' ');
    if (kind === 'begin') {
      begun = { pid: Number(first), host: second, at: Number(third) };
      end = undefined;
    } else if (kind === 'job') jobs.set(first, second);
    else if (kind === 'refused') refused = { token: first, code: second === 'unreachable' ? second : Number(second) };
    else if (kind === 'done' || kind === 'withdrawn') end = { kind };
    else if (kind === 'unresolved' || kind === 'stopped') end = { kind, token: first };
  }
  return { jobs, begun, end, refused };
}

/** The job id in a claim, once its receipt is complete. */
export function parseClaim(text: string): string | undefined {
  return text
    .split('\n')
    .slice(0, -1)
    .findLast((line) => line.startsWith('job '))
    ?.slice(4);
}
