import { ConnectionError, RefusedError } from '../../core/errors.ts';
import { parseSecretsFault, renderReadSecrets, secretsPath } from '../../core/remote/secrets-shell.ts';
import { renderHandoverScript } from '../../core/slurm/handover-script.ts';
import { renderRelayScript } from '../../core/slurm/relay-script.ts';
import type { FileToWrite, ShellResult } from '../../shell/shell.ts';
import type { SubmissionBatch, SubmissionReport, SubmitOptions } from '../cluster.ts';
import { type FollowOptions, followHandover } from './follow-handover.ts';
import { handoverSteps } from './handover-steps.ts';
import { inspectSubmission } from './inspect-submission.ts';
import { pause } from './pause.ts';
import { handoverEnvironment, type SlurmClient } from './slurm-client.ts';

/**
 * Hands a batch to Slurm: writes the plan directory, starts the hand-over script detached and follows its log. Whatever
 * happens to us after the start, the script goes on; called again, it submits only what has no claim yet.
 */
export async function submitBatch(
  client: SlurmClient,
  batch: SubmissionBatch,
  options: SubmitOptions = {},
): Promise<SubmissionReport> {
  const { directory, files, windows } = batch;
  const script: FileToWrite = {
    path: `${directory}/handover.sh`,
    content: renderHandoverScript(directory, handoverSteps(batch), windows),
    mode: 0o700,
  };
  const relay = { path: `${directory}/relay.sh`, content: renderRelayScript(directory), mode: 0o700 };
  const scripts = windows?.relay === undefined ? [script] : [relay, script];
  const all = [...files, ...scripts];
  // Where nobody has to hear of it in between, it is one execution.
  if (options.onWritten === undefined) return startHandover(client, batch, { ...options, isOurs: true, files: all });
  await client.shell.writeFiles(all, { signal: options.signal });
  await options.onWritten();
  return startHandover(client, batch, { ...options, isOurs: true });
}

/** Starts the hand-over script that is in the plan directory already, and follows it. */
export async function resumeBatch(
  client: SlurmClient,
  batch: Pick<SubmissionBatch, 'directory' | 'submissions'>,
  options: SubmitOptions = {},
): Promise<SubmissionReport> {
  return startHandover(client, batch, { ...options, isOurs: false });
}

interface Start {
  /** How long the log was before the hand-over added to it. */
  readonly from: number;
  /** What it has added since. */
  readonly news: Uint8Array;
  readonly remarks: readonly string[];
}

/** A line with the length, one with what is wrong with the secrets, and the news. */
function parseStart({ stdout }: ShellResult): Start {
  const end = stdout.indexOf(newline, stdout.indexOf(newline) + 1);
  const [size = '', fault = ''] = new TextDecoder().decode(stdout.subarray(0, end)).split('\n');
  // Anything else that stands there may be part of the file.
  const why = parseSecretsFault(fault)?.text ?? `${secretsPath} cannot be read`;
  const remarks = fault === '' ? [] : [`jobs are submitted without the secrets of the account: ${why}`];
  return { from: Number(size), news: stdout.subarray(end + 1), remarks };
}

interface StartOptions extends SubmitOptions {
  readonly isOurs: boolean;
  /** Written before. */
  readonly files?: readonly FileToWrite[] | undefined;
}

/** `isOurs`: we have just written it. The owner of a file tells nothing where a file server gives all of them to one account. */
async function startHandover(
  client: SlurmClient,
  batch: Pick<SubmissionBatch, 'directory' | 'submissions'>,
  { isOurs, files, ...options }: StartOptions,
): Promise<SubmissionReport> {
  const { directory } = batch;
  const opens = options.opens === undefined ? '' : String(options.opens);
  const remote = client.shell.isRemote ? 'remote' : '';
  const argv = ['sh', '-c', startScript, 'sh', directory, isOurs ? 'ours' : '', opens, remote] as const;
  const command = { argv: [...argv], env: handoverEnvironment, login: true, signal: options.signal } as const;
  const started = await (files === undefined ? client.shell.run(command) : client.shell.writeAndRun(files, command));
  if (started.exitCode === alreadyDone) return inspectSubmission(client, batch, options.signal);
  if (started.exitCode === notOurs) throw foreign(directory, client.target);
  if (started.exitCode !== 0) {
    throw new ConnectionError(`the hand-over on ${client.target} could not be started`, {
      code: 'slurm.handover_not_started',
      detail: new TextDecoder().decode(started.stderr).trim(),
      hint: `Look into ${directory}; what was submitted has its receipt there.`,
    });
  }
  options.onStarted?.();
  const { remarks, ...begun } = parseStart(started);
  const report = await followToReport(client, batch, { ...options, ...begun });
  return remarks.length === 0 ? report : { ...report, remarks: [...(report.remarks ?? []), ...remarks] };
}

async function followToReport(
  client: SlurmClient,
  batch: Pick<SubmissionBatch, 'directory' | 'submissions'>,
  options: FollowOptions,
): Promise<SubmissionReport> {
  const log = await followHandover(client, batch.directory, options);
  const outcomes = batch.submissions.flatMap(({ token }) => {
    const jobId = log.jobs.get(token);
    return jobId === undefined ? [] : [[token, { kind: 'submitted', jobId }] as const];
  });
  // All has been told already: no need to look into the directory.
  const isComplete = log.end?.kind === 'done' && outcomes.length === batch.submissions.length;
  if (isComplete) return { phase: 'done', outcomes: new Map(outcomes) };
  const isOver = log.end?.kind === 'withdrawn' || log.end?.kind === 'deferred';
  return inspectRested(client, batch, { signal: options.signal, isOver });
}

interface RestOptions {
  readonly signal: AbortSignal | undefined;
  /** The hand-over has said its last word. */
  readonly isOver: boolean;
}

/** Whoever else has started the script, to withdraw the batch, goes through it once more: that changes nothing. */
async function inspectRested(
  client: SlurmClient,
  batch: Pick<SubmissionBatch, 'directory' | 'submissions'>,
  { signal, isOver }: RestOptions,
): Promise<SubmissionReport> {
  for (let pauseMs = 50; ; pauseMs *= 2) {
    const report = await inspectSubmission(client, batch, signal);
    if (!isOver || report.phase !== 'running' || pauseMs > 5_000) return report;
    await pause(pauseMs, signal);
  }
}

/** What it would submit is for its owner to say: a path that somebody is told to look at must run nothing. */
function foreign(directory: string, target: string): RefusedError {
  return new RefusedError(`the hand-over in ${directory} on ${target} belongs to another account`, {
    code: 'slurm.handover_foreign',
    hint: 'Only its owner can go on with it.',
  });
}

const newline = '\n'.charCodeAt(0);

const alreadyDone = 9;
const notOurs = 8;

// A session of its own, so that neither a closed terminal nor a signal to our process group reaches it. What the account keeps secret
// is handed on as the text that it is: what is no name of ours here may be one in the hand-over script. From another machine, the
// last word of a short hand-over is waited for here: to ask for it once more is a round trip.
const startScript = `${renderReadSecrets()}
unset SRUNX_SECRETS
[ -r "$1/handover.sh" ] || { echo "$1/handover.sh is missing" >&2; exit 1; }
[ -n "$2" ] || [ -z "$(find "$1/handover.sh" -prune ! -user "$(id -u)")" ] || exit ${notOurs}
[ ! -e "$1/handover.log" ] || ! grep -qx done "$1/handover.log" || exit ${alreadyDone}
set -- "$1" "$2" "$3" "$4" 0
[ ! -e "$1/handover.log" ] || set -- "$1" "$2" "$3" "$4" "$(wc -c <"$1/handover.log")"
echo "$5"
if [ -z "$4" ]; then echo
elif SRUNX_SECRETS=$(read_secrets); then export SRUNX_SECRETS; echo
else printf '%s\\n' "$SRUNX_SECRETS"; unset SRUNX_SECRETS; fi
(umask 077; : >>"$1/handover.err" && { [ -z "$3" ] || : >>"$1/window.$3"; }) || exit 1
exec 3>&1 </dev/null >/dev/null 2>>"$1/handover.err"
if command -v setsid >/dev/null 2>&1; then setsid sh "$1/handover.sh" 3>&- & else nohup sh "$1/handover.sh" 3>&- & fi
[ -n "$4" ] || exit 0
for look in 1 2 3 4 5 6 7 8 9 10; do
  sleep 0.02 || break
  news=$(tail -c "+$(($5 + 1))" "$1/handover.log" 2>/dev/null) || continue
  case "
$news
" in *'
done
'*) break ;; esac
done
tail -c "+$(($5 + 1))" "$1/handover.log" >&3 2>/dev/null || :`;
