import { type AccountingListQuery, accountingArgs } from '../../core/slurm/accounting-query.ts';
import type { AccountingRecord } from '../../core/slurm/accounting-record.ts';
import { accountingColumnsWith, parseAccounting } from '../../core/slurm/read-accounting.ts';
import { chunksOf } from './chunks-of.ts';
import { randomMark, type SlurmClient } from './slurm-client.ts';

/** The records of the accounting with all their columns: one `sacct`, or one for every 500 ids. `extra` are further columns. */
export async function listAccounting(
  client: SlurmClient,
  query: AccountingListQuery,
  { extra, signal }: { readonly extra: readonly string[]; readonly signal?: AbortSignal | undefined },
): Promise<readonly AccountingRecord[]> {
  const columns = accountingColumnsWith(extra);
  const records: AccountingRecord[] = [];
  for (const jobIds of query.jobIds.length === 0 ? [[]] : chunksOf(query.jobIds)) {
    const mark = randomMark();
    const text = await client.query(['sacct', ...accountingArgs({ ...query, jobIds }, { columns, mark })], signal);
    for (const record of parseAccounting(text, { mark, columns })) records.push(record);
  }
  return records;
}
