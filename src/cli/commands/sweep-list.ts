import { type ListedSweep, listSweeps } from '../../app/list-sweeps.ts';
import { acrossRecords, addAcrossOption } from '../across-profiles.ts';
import { addProfileOption, positiveNumber } from '../common-options.ts';
import { defineCommand } from '../define-command.ts';
import type { Listing } from '../field.ts';
import { addListingOptions, openListing } from '../listing.ts';
import { idField, runFields } from '../run-fields.ts';
import { noteMore, noteStale } from '../run-table.ts';

const shared = runFields((sweep: ListedSweep) => sweep);

const listing: Listing<ListedSweep> = {
  fields: [
    idField((sweep: ListedSweep) => sweep, { key: 'sweep_id', title: 'SWEEP' }),
    ...[shared.name, shared.source, shared.target, shared.status],
    { key: 'cell_count', title: 'CELLS', json: ({ cells }) => cells, align: 'right' },
    { key: 'cells_completed', title: 'DONE', json: ({ counts }) => counts.completed, align: 'right' },
    { key: 'cells_failed', title: 'FAILED', json: ({ counts }) => counts.failed, align: 'right' },
    { key: 'cells_running', title: 'RUNNING', json: ({ counts }) => counts.running, align: 'right', drop: 1 },
    { key: 'cells_pending', title: 'PENDING', json: ({ counts }) => counts.pending, align: 'right', drop: 1 },
    { key: 'cells_cancelled', title: 'CANCELLED', json: ({ counts }) => counts.cancelled, align: 'right' },
    { key: 'cells_skipped', title: 'SKIPPED', json: ({ counts }) => counts.skipped, align: 'right' },
    ...[shared.startedAt, shared.directory],
  ],
  table: [
    'sweep_id',
    'name',
    'target',
    'status',
    'cell_count',
    'cells_completed',
    'cells_failed',
    'created_at',
    'source',
  ],
  wide: [
    ...['sweep_id', 'name', 'target', 'status', 'cell_count', 'cells_completed', 'cells_failed', 'cells_running'],
    ...['cells_pending', 'cells_cancelled', 'created_at', 'source', 'directory'],
  ],
  id: ({ id }) => id,
};

export const sweepList = defineCommand({
  name: 'sweep list',
  summary: 'List the sweeps',
  examples: ['srunx sweep list', 'srunx sweep list -n 5 --format csv'],
  configure(command) {
    addAcrossOption(addProfileOption(command))
      .option('-n, --limit <count>', 'how many of the newest (20)')
      .option('-q, --quiet', 'no remarks on standard error');
    addListingOptions(command);
  },
  async run({ options }, context) {
    const across = acrossRecords({ options, context });
    const view = openListing(across.listing(listing), { options, context });
    const limit = Math.ceil(positiveNumber(options, 'limit') ?? 20);
    const { sweeps, stale, isMore } = await listSweeps(context.app, { limit, targets: across.targets });
    noteStale(stale, context.out);
    if (sweeps.length === 0) context.out.note('No sweeps yet');
    if (isMore) noteMore(limit, { options, out: context.out });
    await view.show(sweeps);
    return across.code(stale);
  },
});
