import { describe, expect, it } from 'vitest';
import { accountingFields } from './accounting-fields.ts';
import { accountingTable } from './accounting-tables.ts';
import type { Field } from './field.ts';
import { gpuListing } from './gpu-listing.ts';
import { historyListing } from './history-listing.ts';
import { jobListing } from './job-listing.ts';
import { nodeListing } from './node-listing.ts';
import { partitionListing } from './partition-listing.ts';
import { tableColumns } from './queue-columns.ts';

/** The columns of a table, those first that a narrow terminal keeps longest; in brackets what it always keeps. */
function order<Row>(fields: readonly Field<Row>[], table: readonly string[]): string {
  const shown = table.map((key) => fields.find((field) => field.key === key));
  const ranked = shown.flatMap((field) => (field?.drop === undefined ? [] : [{ key: field.key, drop: field.drop }]));
  const kept = shown.flatMap((field) => (field?.drop === undefined && field !== undefined ? [field.key] : []));
  return `[${kept.join(' ')}] ${ranked
    .toSorted((a, b) => a.drop - b.drop)
    .map(({ key }) => key)
    .join(' ')}`;
}

describe('on a narrow terminal', () => {
  const accounting = accountingFields({ efficiency: true });
  const history = historyListing({ utc: false, allClusters: false });

  it.each([
    [
      'squeue',
      order(jobListing().fields, tableColumns({})),
      '[job_id name status] elapsed_seconds nodelist_reason user gpus cpus',
    ],
    [
      'squeue -l',
      order(jobListing().fields, tableColumns({ long: true })),
      '[job_id name status] elapsed_seconds nodelist_reason user gpus partition nodes time_limit_seconds',
    ],
    [
      'sacct',
      order(accounting, accountingTable({})),
      '[job_id name status] elapsed exit partition gpus alloc_cpus user',
    ],
    [
      'sacct --eff',
      order(accounting, accountingTable({ eff: true })),
      '[job_id name status cpu_efficiency memory_efficiency gpu_efficiency] elapsed gpus alloc_cpus user memory_bytes_had memory_bytes_used',
    ],
    ['history', order(history.fields, history.table), '[job_id name status] duration_seconds submitted_at gpus tags'],
    [
      'sinfo',
      order(partitionListing({ long: false }).fields, partitionListing({ long: false }).table),
      '[partition state] nodes nodelist timelimit avail',
    ],
    [
      'sinfo -N',
      order(nodeListing({ long: false }).fields, nodeListing({ long: false }).table),
      '[node state] gpus cpus memory reason partitions load meaning features',
    ],
    [
      'gpus',
      order(gpuListing.fields, gpuListing.table),
      '[partition type free] total used pending free_on_one_node nodes unavailable',
    ],
  ])('%s keeps what is missed most', (_, found, expected) => expect(found).toBe(expected));

  it('no two columns of a table have the same rank: which goes first would be chance', () => {
    for (const listing of [jobListing(), historyListing({ utc: false, allClusters: true }), gpuListing]) {
      for (const table of [listing.table, listing.wide ?? []]) {
        const ranks = table.flatMap((key) => listing.fields.find((field) => field.key === key)?.drop ?? []);
        expect(new Set(ranks).size).toBe(ranks.length);
      }
    }
  });
});
