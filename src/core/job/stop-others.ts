import { quoteWord } from '../quote.ts';

/** What ends when a job has failed: what has not started, or everything; but for some. */
export interface StopRule {
  readonly ends: 'pending' | 'all';
  /** Tokens of the jobs that stay. */
  readonly spare: readonly string[];
}

export interface StopOptions extends StopRule {
  /** Absolute plan directory on the cluster. */
  readonly directory: string;
  readonly token: string;
}

/**
 * The shell function `srunx_on_failure`, which the wrapper calls with its final exit code: it ends the other jobs of the run, whose
 * ids are in the claims of the plan directory; roots start when all of them have one. POSIX sh.
 *
 * - Without a claim it was not a Slurm that started the job: the ids of the embedded runner may be those of others' jobs in a Slurm.
 * - A job that somebody has cancelled has not failed. While its script lives, Slurm says only that it is being ended (COMPLETING,
 *   which hides why), and that is so at the end of its time limit too: then no time is left.
 * - Of several that fail at once only the first acts: the others would end what that one spares. `ln -s` creates name and content
 *   in one step.
 * - What has not started goes first: else the end of one job would let others start that are about to be ended.
 * - An array's own tasks are ended one by one: all but the one that asks for it, which is to show how it failed.
 * - Whatever goes wrong here is for whoever observes the run: nothing may keep the wrapper from ending.
 */
export function renderStopOthers({ directory, token, ends, spare }: StopOptions): string {
  const kept = [token, ...spare].map(quoteWord).join(' | ');
  return `${cancelFunction}
srunx_on_failure() {
  ${returnUnlessFailed({ directory, token })}
  ${returnUnlessFirst({ mark: `${directory}/stopped.${ends}`, owner: quoteWord(token) })}
  srunx_ids=\${SLURM_ARRAY_JOB_ID-}
  set -- ${quoteWord(directory)}/claims/*
  for srunx_claim; do
    case \${srunx_claim##*/} in ${kept}) continue ;; esac
    while read -r srunx_kind srunx_id; do
      [ "$srunx_kind" != job ] || srunx_ids="$srunx_ids $srunx_id"
    done <"$srunx_claim"
  done 2>/dev/null
  srunx_cancel --state=PENDING${ends === 'all' ? endRunning : ''}
}`;
}

/** `srunx_cancel`: ends what stands in `srunx_ids`. Where the controller does not listen, it leaves `srunx_deaf`. */
export const cancelFunction = `srunx_cancel() {
  [ -n "$srunx_ids" ] || return 0
  srunx_tries=0
  until printf '%s\\n' $srunx_ids | xargs -n 500 scancel "$@" >>"$srunx_stop.log" 2>&1; do
    srunx_tries=$((srunx_tries + 1))
    [ "$srunx_tries" -lt 4 ] || { srunx_deaf=1; return 0; }
    sleep "$srunx_tries"
  done
}`;

/** Lines of a function that gets the exit code. What runs it is called `srunx_me` behind them where it is a task. */
export function returnUnlessFailed({ directory, token }: Pick<StopOptions, 'directory' | 'token'>): string {
  return `[ "$1" -ne 0 ] && [ -e ${quoteWord(`${directory}/claims/${token}`)} ] && command -v scancel >/dev/null 2>&1 || return 0
  srunx_me=\${SLURM_ARRAY_JOB_ID-}
  srunx_me=\${srunx_me:+\${srunx_me}_$SLURM_ARRAY_TASK_ID}
  case $(squeue -h -j "\${srunx_me:-$SLURM_JOB_ID}" -o '%T %L' 2>/dev/null) in
    'COMPLETING 0:00' | 'COMPLETING INVALID' | 'COMPLETING -'*) ;;
    COMPLETING* | CANCELLED*) return 0 ;;
  esac`;
}

/** Lines of a function: of all that fail, only one goes on behind them. `owner` is a word for the shell. */
export function returnUnlessFirst({ mark, owner }: { readonly mark: string; readonly owner: string }): string {
  return `srunx_stop=${quoteWord(mark)}
  ln -s ${owner} "$srunx_stop" 2>/dev/null || [ "$(readlink "$srunx_stop")" = ${owner} ] || return 0
  unset SCANCEL_ACCOUNT SCANCEL_BATCH SCANCEL_CRON SCANCEL_FULL SCANCEL_HURRY SCANCEL_INTERACTIVE SCANCEL_NAME
  unset SCANCEL_PARTITION SCANCEL_QOS SCANCEL_STATE SCANCEL_USER SCANCEL_WCKEY`;
}

// Beside `--state`, scancel (22.05) takes the id of a task for its whole array; alone it does not.
const endRunning = `
  srunx_own=
  if [ -n "\${SLURM_ARRAY_JOB_ID-}" ]; then
    srunx_ids=\${srunx_ids#"$SLURM_ARRAY_JOB_ID"}
    srunx_own=$(squeue -h -r -j "$SLURM_ARRAY_JOB_ID" -o %i 2>/dev/null)
  fi
  for srunx_id in $srunx_own; do
    [ "$srunx_id" = "$srunx_me" ] || srunx_ids="$srunx_ids $srunx_id"
  done
  srunx_cancel`;
