import { type AccountingListQuery, accountingArgs } from '../../core/slurm/accounting-query.ts';
import type { AccountingRecord } from '../../core/slurm/accounting-record.ts';
import { accountingColumnsWith, parseAccounting } from '../../core/slurm/read-accounting.ts';
import { chunksOf } from './chunks-of.ts';
import { randomMark, requireAnswer, type SlurmClient, type SlurmReply } from './slurm-client.ts';

interface FurtherColumns {
  readonly extra: readonly string[];
}

/** The records of the accounting with all their columns: one `sacct`, or one for every 500 ids. `extra` are further columns. */
export async function listAccounting(
  client: SlurmClient,
  query: AccountingListQuery,
  { extra, signal }: FurtherColumns & { readonly signal?: AbortSignal | undefined },
): Promise<readonly AccountingRecord[]> {
  const records: AccountingRecord[] = [];
  for (const jobIds of query.jobIds.length === 0 ? [[]] : chunksOf(query.jobIds)) {
    const { argv, read } = accountingQuestion(client, { ...query, jobIds }, { extra });
    for (const record of read(await client.ask(argv, signal))) records.push(record);
  }
  return records;
}

export interface AccountingQuestion {
  readonly argv: [string, ...string[]];
  /** Throws what a failure means. */
  readonly read: (reply: SlurmReply) => Iterable<AccountingRecord>;
}

export function accountingQuestion(
  { target }: SlurmClient,
  query: AccountingListQuery,
  { extra }: FurtherColumns,
): AccountingQuestion {
  const columns = accountingColumnsWith(extra);
  const mark = randomMark();
  const argv: [string, ...string[]] = ['sacct', ...accountingArgs(query, { columns, mark })];
  const read = (reply: SlurmReply) => parseAccounting(requireAnswer({ argv, reply, target }), { mark, columns });
  return { argv, read };
}
