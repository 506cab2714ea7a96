import { UsageError } from '../../core/errors.ts';
import type { JobObservation } from '../../core/slurm/job-observation.ts';
import { parseSacct, sacctArgs } from '../../core/slurm/sacct.ts';
import { parseSqueue, squeueArgs, squeueFieldsWith } from '../../core/slurm/squeue.ts';
import { rareSqueueExtras } from '../../core/slurm/squeue-extras.ts';
import type { AccountingQuery, ObserveQuery, Snapshot } from '../cluster.ts';
import { requireJobIds } from '../require-job-ids.ts';
import { chunksOf } from './chunks-of.ts';
import { randomMark, requireAnswer, type SlurmClient, type SlurmReply, slurmError } from './slurm-client.ts';

/** One `squeue`, whatever the number of jobs. */
export async function observeJobs(client: SlurmClient, query: ObserveQuery): Promise<Snapshot> {
  const { argv, read } = queueQuestion(client, query);
  return read(await client.ask(argv, query.signal));
}

export interface QueueQuestion {
  readonly argv: [string, ...string[]];
  /** Stands behind each field but the last. */
  readonly fieldMark: string;
  /** Throws what a failure means. */
  readonly read: (reply: SlurmReply) => Snapshot;
}

/** Marks are random per call, so no job name can forge a row. */
export function queueQuestion({ target }: SlurmClient, query: Omit<ObserveQuery, 'signal'>): QueueQuestion {
  const takenAt = Date.now();
  const marks = { field: randomMark(), record: randomMark() };
  const { scope, extra, words } = query;
  const argv: [string, ...string[]] = ['squeue', ...squeueArgs({ scope, marks, extra, words })];
  const read = (reply: SlurmReply): Snapshot => {
    const text = requireAnswer({ argv, reply, target });
    requireFields(reply, { extra, target });
    return { takenAt, jobs: parseSqueue(text, { marks, fields: squeueFieldsWith(extra) }) };
  };
  return { argv, fieldMark: marks.field, read };
}

/** Of a field that it does not know, a release may print nothing: that is not what the job has. */
function requireFields(
  { stderr }: SlurmReply,
  { extra = [], target }: Pick<ObserveQuery, 'extra'> & { readonly target: string },
): void {
  const unknown = [...stderr.matchAll(/Invalid job format specification: (\S+)/g)].map(([, name]) => name);
  const [wanted] = extra.filter((name) => Object.hasOwn(rareSqueueExtras, name) && unknown.includes(name));
  if (wanted === undefined) return;
  throw new UsageError(`the squeue of ${target} has no field \`${wanted}\``, {
    code: 'usage.column',
    hint: 'Leave the column out; `scontrol show job` has more.',
  });
}

/**
 * sacct does not accept task sets; the array's own id lists all its tasks. It is asked for single ones, too: those that were ended
 * together before they started have one record, which no id of theirs finds.
 */
function idsForSacct(jobIds: readonly string[]): readonly string[] {
  return [...new Set(jobIds.map((jobId) => jobId.replace(/_.*$/, '')))];
}

/** The accounting's records, one `sacct` per 500 ids; empty where the cluster keeps none. */
export async function queryAccounting(client: SlurmClient, query: AccountingQuery): Promise<readonly JobObservation[]> {
  requireJobIds(query.jobIds);
  const rows: JobObservation[] = [];
  const ids = idsForSacct(query.jobIds);
  for (const jobIds of chunksOf(ids)) {
    const mark = randomMark();
    const argv = ['sacct', ...sacctArgs({ jobIds, since: query.since, mark, history: query.history })] as const;
    const reply = await client.ask([...argv], query.signal);
    if (reply.exitCode === 0) rows.push(...parseSacct(reply.stdout, { mark }));
    else {
      const error = slurmError({ argv: ['sacct'], reply, target: client.target });
      if (error.code === 'slurm.accounting_absent') return [];
      throw error;
    }
  }
  return rows;
}
