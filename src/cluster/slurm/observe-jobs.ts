import type { JobObservation } from '../../core/slurm/job-observation.ts';
import { parseSacct, sacctArgs } from '../../core/slurm/sacct.ts';
import { parseSqueue, squeueArgs, squeueFieldsWith } from '../../core/slurm/squeue.ts';
import type { AccountingQuery, ObserveQuery, Snapshot } from '../cluster.ts';
import { requireJobIds } from '../require-job-ids.ts';
import { chunksOf } from './chunks-of.ts';
import { randomMark, type SlurmClient, slurmError } from './slurm-client.ts';

/** One `squeue`, whatever the number of jobs. Marks are random per call, so no job name can forge a row. */
export async function observeJobs(client: SlurmClient, query: ObserveQuery): Promise<Snapshot> {
  const takenAt = Date.now();
  const marks = { field: randomMark(), record: randomMark() };
  const { scope, extra, words, signal } = query;
  const text = await client.query(['squeue', ...squeueArgs({ scope, marks, extra, words })], signal);
  return { takenAt, jobs: parseSqueue(text, { marks, fields: squeueFieldsWith(extra) }) };
}

/** The accounting's records, one `sacct` per 500 ids; empty where the cluster keeps none. */
export async function queryAccounting(client: SlurmClient, query: AccountingQuery): Promise<readonly JobObservation[]> {
  requireJobIds(query.jobIds);
  const rows: JobObservation[] = [];
  // sacct does not accept task sets; the array's own id lists all its tasks.
  const ids = [...new Set(query.jobIds.map((jobId) => jobId.replace(/_\[.*$/, '')))];
  for (const jobIds of chunksOf(ids)) {
    const mark = randomMark();
    const argv = ['sacct', ...sacctArgs({ jobIds, since: query.since, mark, history: query.history })] as const;
    const reply = await client.attempt([...argv], query.signal);
    if (reply.exitCode === 0) rows.push(...parseSacct(reply.stdout, { mark }));
    else {
      const error = slurmError({ argv: ['sacct'], reply, target: client.target });
      if (error.code === 'slurm.accounting_absent') return [];
      throw error;
    }
  }
  return rows;
}
