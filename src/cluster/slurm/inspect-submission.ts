import { type HandoverLog, parseHandoverLog, parseRefusal, type Refusal } from '../../core/slurm/handover-log.ts';
import type { Deferral, SubmissionBatch, SubmissionOutcome, SubmissionReport } from '../cluster.ts';
import { withdrawnWords } from '../withdrawn-words.ts';
import { findTokens } from './find-tokens.ts';
import { randomMark, requireSuccess, type SlurmClient } from './slurm-client.ts';

/** How long a claim without a receipt is looked up before only a person can tell. */
const reconcileSeconds = 120;

/**
 * What the plan directory says of a batch; claims without a receipt are looked up in the queue and the accounting, and
 * what is found there gets its receipt. One remote execution, two or three more where a claim is open.
 */
export async function inspectSubmission(
  client: SlurmClient,
  batch: Pick<SubmissionBatch, 'directory' | 'submissions'>,
  signal?: AbortSignal,
): Promise<SubmissionReport> {
  const state = await readDirectory(client, batch.directory, signal);
  if (state === undefined) return { phase: 'absent', outcomes: new Map() };
  const jobs = new Map([...state.log.jobs, ...state.receipts]);
  const open = state.running ? [] : batch.submissions.filter(({ token }) => isOpen(token, { ...state, jobs }));
  if (open.length > 0) {
    const since = Math.min(...open.map(({ token }) => state.claims.get(token) ?? state.now));
    const found = await findTokens(client, { tokens: open.map(({ token }) => token), since, signal });
    await writeReceipts(client, { directory: batch.directory, found, signal });
    for (const [token, jobId] of found) jobs.set(token, jobId);
  }
  const view = { ...state, jobs, running: state.running || isReconciling(open, { ...state, jobs }) };
  const outcomes = batch.submissions.map(({ token }) => [token, outcomeOf(token, view)] as const);
  const isSettled = !view.running && !open.some(({ token }) => isOpen(token, view));
  const phase = phaseOf(view, { isSettled });
  return phase === 'deferred'
    ? { phase, outcomes: new Map(outcomes), deferred: deferralOf(view) }
    : { phase, outcomes: new Map(outcomes) };
}

interface DirectoryState {
  readonly log: HandoverLog;
  /** Claimed tokens and when, in epoch seconds of the machine that holds the directory. */
  readonly claims: ReadonlyMap<string, number>;
  readonly receipts: ReadonlyMap<string, string>;
  readonly refusal: Refusal | undefined;
  /** A hand-over is at work, or a claim is young enough to be looked up again. */
  readonly running: boolean;
  /** Somebody wants it to go no further, and it is not complete. */
  readonly withdrawn: boolean;
  /** Epoch seconds, by the same clock as the claims. */
  readonly now: number;
  /** By window: the job that hands over the next one, or why there is none. */
  readonly relays: ReadonlyMap<number, { readonly jobId?: string; readonly problem?: string }>;
}

type KnownState = DirectoryState & { readonly jobs: ReadonlyMap<string, string> };

/** Claimed, and not known what became of it. The submission that was refused has a claim too, and no job. */
function isOpen(token: string, { claims, jobs, refusal }: KnownState): boolean {
  return claims.has(token) && !jobs.has(token) && refusal?.token !== token;
}

function isReconciling(open: readonly { readonly token: string }[], state: KnownState): boolean {
  return open.some(
    ({ token }) => isOpen(token, state) && state.now - (state.claims.get(token) ?? 0) < reconcileSeconds,
  );
}

function phaseOf(
  { log, running, refusal, withdrawn }: DirectoryState,
  { isSettled }: { readonly isSettled: boolean },
): SubmissionReport['phase'] {
  if (log.end?.kind === 'done') return 'done';
  if (running) return 'running';
  if (withdrawn && refusal === undefined && isSettled && log.end?.kind === 'withdrawn') return 'done';
  if (log.end?.kind === 'deferred' && refusal === undefined && !withdrawn) return 'deferred';
  // Refused, but the jobs before it may still wait to be cancelled.
  return refusal !== undefined && log.end?.kind === 'withdrawn' ? 'refused' : 'stopped';
}

function outcomeOf(token: string, state: KnownState): SubmissionOutcome {
  const jobId = state.jobs.get(token);
  // What was let go on with an earlier window is no longer concerned.
  if (jobId !== undefined && state.log.released.has(token)) return { kind: 'submitted', jobId };
  if (state.refusal !== undefined) {
    if (state.refusal.token !== token) return { kind: 'withdrawn', jobId };
    const { code, message } = state.refusal;
    return { kind: 'refused', message, exitCode: code === 'unreachable' ? -1 : code };
  }
  if (jobId !== undefined) return { kind: 'submitted', jobId };
  const claimedAt = state.claims.get(token);
  if (claimedAt === undefined && state.withdrawn && !state.running)
    return { kind: 'withdrawn', message: withdrawnWords };
  if (claimedAt !== undefined && !state.running) return { kind: 'unknown', claimedAt };
  return { kind: 'waiting', message: state.running ? undefined : deferredWords(state) };
}

/** A relay that found no room looks again after that time, and so does whoever follows the run. */
const retrySeconds = 30;

function deferralOf({ log, relays, now }: DirectoryState): Deferral {
  const { window, why } = log.end?.kind === 'deferred' ? log.end : { window: 0, why: '' };
  const { jobId, problem } = relays.get(window - 1) ?? {};
  const isTried = why !== 'turn' && now - (log.begun?.at ?? 0) < retrySeconds;
  return { window, isTried, relay: jobId, problem };
}

/** What a job waits for whose window is not submitted yet. */
function deferredWords(state: DirectoryState): string | undefined {
  if (state.log.end?.kind !== 'deferred') return undefined;
  const { relay } = deferralOf(state);
  const isNext = state.log.end.why !== 'turn';
  const what = isNext ? 'there is no room in the queue yet' : 'earlier cells have to end first';
  return relay === undefined
    ? `${what}; then a srunx that follows the run hands it over`
    : `${what}; then job ${relay} hands it over`;
}

// Whether a hand-over lives is asked first: what is read after its death is final. A shared lock disturbs neither it (which
// waits for us) nor other readers. Where flock is missing, its pid on the same host tells.
const inspectScript = `cd "$1" 2>/dev/null || exit 3
[ -e handover.sh ] || exit 3
mark=$2
if command -v flock >/dev/null 2>&1; then
  [ ! -e handover.lock ] || flock -n -s -E 75 handover.lock true
  [ $? -ne 75 ] || echo running
else
  set -- $(sed -n 's/^begin //p' handover.log 2>/dev/null | tail -n 1)
  [ -z "$1" ] || [ "$2" != "$(uname -n)" ] || ! kill -0 "$1" 2>/dev/null || echo running
fi
[ ! -e withdrawn ] || echo withdrawn
printf '%s\\n' "$mark"
date +%s
printf '%s\\n' "$mark"
[ ! -d claims ] || find claims -type f -printf '%T@ %f\\n' || exit 4
printf '%s\\n' "$mark"
if [ -d claims ]; then
  grep -r '^job ' claims
  [ $? -lt 2 ] || exit 4
fi
printf '%s\\n' "$mark"
[ ! -e refused.txt ] || cat refused.txt || exit 4
printf '%s\\n' "$mark"
for file in relays/*; do
  [ ! -e "$file" ] || printf '%s %s\\n' "\${file##*/}" "$(head -n 1 "$file")"
done
printf '%s\\n' "$mark"
[ ! -e handover.log ] || cat handover.log || exit 4`;

async function readDirectory(
  client: SlurmClient,
  directory: string,
  signal?: AbortSignal,
): Promise<DirectoryState | undefined> {
  const mark = randomMark();
  const argv = ['sh', '-c', inspectScript, 'sh', directory, mark] as const;
  const result = await client.shell.run({ argv: [...argv], signal });
  if (result.exitCode === 3) return undefined;
  requireSuccess(result, { what: `look into ${directory}`, target: client.target });
  const [flags = '', now = '', times = '', receipts = '', refusal = '', relays = '', log = ''] = new TextDecoder()
    .decode(result.stdout)
    .split(`${mark}\n`);
  const parsed = parseHandoverLog(log);
  return {
    log: parsed,
    withdrawn: flags.includes('withdrawn') && parsed.end?.kind !== 'done',
    receipts: new Map([...receipts.matchAll(/^claims\/([^:\n]+):job (\d+)$/gm)].map((m) => [m[1] ?? '', m[2] ?? ''])),
    claims: new Map([...times.matchAll(/^(\d+)\S* (\S+)$/gm)].map((m) => [m[2] ?? '', Number(m[1])])),
    refusal: parseRefusal(refusal),
    running: flags.includes('running'),
    now: Number(now),
    relays: new Map([...relays.matchAll(/^(\d+) (job|none) (.*)$/gm)].map(relayOf)),
  };
}

function relayOf([, window, kind, text = '']: RegExpMatchArray): [number, { jobId: string } | { problem: string }] {
  return [Number(window), kind === 'job' ? { jobId: text } : { problem: text }];
}

async function writeReceipts(
  client: SlurmClient,
  request: {
    readonly directory: string;
    readonly found: ReadonlyMap<string, string>;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<void> {
  if (request.found.size === 0) return;
  const words = [...request.found].flat();
  const script = `cd "$1/claims" || exit 1
# Somebody else's: they are found again at every look.
[ -w . ] || exit 0
shift
while [ $# -gt 1 ]; do
  printf 'job %s\\n' "$2" >>"$1" || exit 1
  shift 2
done`;
  const argv = ['sh', '-c', script, 'sh', request.directory, ...words] as const;
  const result = await client.shell.run({ argv: [...argv], signal: request.signal });
  requireSuccess(result, { what: `write into ${request.directory}/claims`, target: client.target });
}
