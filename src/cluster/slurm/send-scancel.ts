import { TimeoutError } from '../../core/errors.ts';
import type { CancelResult } from '../cluster.ts';
import { chunksOf } from './chunks-of.ts';
import { type SlurmClient, type SlurmReply, slurmError } from './slurm-client.ts';

export type ScancelComplaint = Pick<CancelResult, 'outcome' | 'state' | 'message'>;

export interface ScancelCall {
  /** Job ids as scancel reads them. */
  readonly words: readonly string[];
  readonly signalName: string | undefined;
  /** Further options of the user's, as they are. */
  readonly options?: readonly string[] | undefined;
  /** It is done after that, even if scancel goes on trying (ms). */
  readonly enoughMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Sends the request for all ids, in as few calls as fit; returns what scancel says against single ones. */
export async function sendScancel(client: SlurmClient, call: ScancelCall): Promise<Map<string, ScancelComplaint>> {
  const complaints = new Map<string, ScancelComplaint>();
  for (const words of chunksOf(call.words)) {
    const reply = await attempt(client, { ...call, argv: scancelArgv({ ...call, words }) });
    if (reply === undefined) continue;
    for (const [jobId, complaint] of complaintsOf(client, reply)) complaints.set(jobId, complaint);
  }
  return complaints;
}

export function scancelArgv({ words, signalName, options = [] }: Omit<ScancelCall, 'signal'>): [string, ...string[]] {
  // scancel knows no throttle: `12_[3-6%2]`, as squeue prints it, would be an invalid id and fail the whole call.
  const plainIds = words.map((jobId) => jobId.replace(/%\d+\]/, ']'));
  return ['scancel', ...(signalName === undefined ? [] : [`--signal=${signalName}`]), ...options, ...plainIds];
}

/** What it says against single ids; whatever keeps it from its work is thrown. */
export function complaintsOf({ target }: SlurmClient, reply: SlurmReply): ReadonlyMap<string, ScancelComplaint> {
  const found = readComplaints(reply.stderr);
  if (reply.exitCode !== 0) {
    const error = slurmError({ argv: ['scancel'], reply, target });
    if (found.size === 0 || error.code === 'slurm.controller_unavailable') throw error;
  }
  return found;
}

/** `undefined`: it was still at it when the time was over. */
async function attempt(
  client: SlurmClient,
  call: Pick<ScancelCall, 'signal' | 'enoughMs'> & { readonly argv: readonly [string, ...string[]] },
): Promise<SlurmReply | undefined> {
  try {
    return await client.attempt(call.argv, call.signal, call.enoughMs);
  } catch (error) {
    if (call.enoughMs !== undefined && error instanceof TimeoutError) return undefined;
    throw error;
  }
}

/** `Kill job error on job id 12_3: Access/permission denied`, and the like for signals. */
function readComplaints(stderr: string): Map<string, ScancelComplaint> {
  return new Map(
    [...stderr.matchAll(/error on job id (\S+?): (.+)$/gm)].map(([, jobId = '', message = '']) => [
      jobId,
      { outcome: outcomeOf(message), message },
    ]),
  );
}

function outcomeOf(message: string): CancelResult['outcome'] {
  if (/permission denied/i.test(message)) return 'denied';
  if (/already completing or completed/i.test(message)) return 'already_finished';
  return /invalid job id/i.test(message) ? 'not_found' : 'failed';
}
