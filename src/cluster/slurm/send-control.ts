import { type ControlComplaint, parseControlComplaints } from '../../core/slurm/control-complaints.ts';
import type { JobObservation } from '../../core/slurm/job-observation.ts';
import { fitsLook } from '../../core/slurm/look-script.ts';
import type { ObserveQuery } from '../cluster.ts';
import { chunksOf } from './chunks-of.ts';
import { queueQuestion } from './observe-jobs.ts';
import { type SlurmClient, type SlurmReply, slurmError } from './slurm-client.ts';

export interface ControlCall {
  readonly jobIds: readonly string[];
  /** The words of scontrol for a list of ids. */
  readonly words: (list: string) => readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/**
 * One `scontrol` for all ids, or one for every 500. Unlike scancel it goes on after a complaint and says which job it is about;
 * whatever keeps it from answering at all is thrown.
 */
export async function sendControl(client: SlurmClient, call: ControlCall): Promise<readonly ControlComplaint[]> {
  const complaints: ControlComplaint[] = [];
  for (const jobIds of chunksOf([...new Set(call.jobIds)])) {
    const argv = controlArgv({ ...call, jobIds });
    complaints.push(...readComplaints(client, { argv, reply: await client.attempt(argv, call.signal) }));
  }
  return complaints;
}

function controlArgv({ jobIds, words }: ControlCall): [string, ...string[]] {
  // squeue prints a throttle behind a set of tasks, which is no part of an id for scontrol.
  return ['scontrol', ...words(jobIds.map((jobId) => jobId.replace(/%\d+\]/, ']')).join(','))];
}

function readComplaints(
  { target }: SlurmClient,
  { argv, reply }: { readonly argv: [string, ...string[]]; readonly reply: SlurmReply },
): readonly ControlComplaint[] {
  const found = parseControlComplaints(reply.stderr);
  if (reply.exitCode !== 0 && found.length === 0) throw slurmError({ argv, reply, target });
  return found;
}

export interface LookedAt {
  readonly before: readonly JobObservation[];
  /** Absent where that is not so of one of them: then nothing was sent. */
  readonly sent?: { readonly complaints: readonly ControlComplaint[]; readonly after: readonly JobObservation[] };
}

interface CallAtOnce extends ControlCall {
  readonly look: Omit<ObserveQuery, 'scope' | 'signal'>;
  /** Also jobs that have ended. */
  readonly takesEnded: boolean;
}

/**
 * Looks at the account's own jobs, sends it where all of them are among these and can take it, and looks again: one execution. `undefined`:
 * these ids have to be looked at first.
 */
export async function controlAtOnce(
  client: SlurmClient,
  { look, takesEnded, ...call }: CallAtOnce,
): Promise<LookedAt | undefined> {
  const jobIds = [...new Set(call.jobIds)];
  if (!fitsLook(jobIds)) return undefined;
  const { argv: question, fieldMark, read } = queueQuestion(client, { ...look, scope: 'me' });
  const argv = controlArgv({ ...call, jobIds });
  const acts = [argv, 'again'] as const;
  const next = { alive: acts, ...(takesEnded ? { over: acts } : {}) };
  const [seen, done, later] = await client.goOn({ look: question, fieldMark, jobIds, next }, call.signal);
  if (seen === undefined) return undefined;
  const before = read(seen).jobs;
  if (done === undefined || later === undefined) return { before };
  const complaints = readComplaints(client, { argv, reply: done });
  return { before, sent: { complaints, after: read(later).jobs } };
}
