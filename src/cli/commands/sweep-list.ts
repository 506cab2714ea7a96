import { listRuns } from '../../app/list-runs.ts';
import type { RunStatusView } from '../../app/run-status-view.ts';
import { summarizeSweep } from '../../core/sweep/sweep-summary.ts';
import { runStatusColour } from '../colours.ts';
import { positiveNumber } from '../common-options.ts';
import { defineCommand } from '../define-command.ts';
import type { Listing } from '../field.ts';
import { addListingOptions, openListing } from '../listing.ts';
import { noteStale } from '../run-table.ts';
import { formatShortTime } from '../short-time.ts';

const countOfCells = (status: 'completed' | 'failed' | 'cancelled' | 'running' | 'pending') => (run: RunStatusView) =>
  summarizeSweep(run.jobs).counts[status];

const listing: Listing<RunStatusView> = {
  fields: [
    {
      ...{ key: 'sweep_id', title: 'SWEEP', json: ({ id }) => id },
      // Commands take the beginning of an id, too.
      short: { title: 'SWEEP', value: ({ id }) => id.slice(0, 6) },
    },
    { key: 'name', title: 'NAME', json: ({ name }) => name, elastic: true },
    { key: 'source', title: 'FILE', json: ({ source }) => source, elastic: true, drop: 4 },
    { key: 'target', title: 'TARGET', json: ({ target }) => target, drop: 3 },
    {
      key: 'status',
      title: 'STATUS',
      json: ({ status }) => status,
      elastic: true,
      colour: ({ status }) => runStatusColour(status),
    },
    { key: 'cell_count', title: 'CELLS', json: (run) => summarizeSweep(run.jobs).cells.length, align: 'right' },
    { key: 'cells_completed', title: 'DONE', json: countOfCells('completed'), align: 'right' },
    { key: 'cells_failed', title: 'FAILED', json: countOfCells('failed'), align: 'right' },
    { key: 'cells_running', title: 'RUNNING', json: countOfCells('running'), align: 'right', drop: 1 },
    { key: 'cells_pending', title: 'PENDING', json: countOfCells('pending'), align: 'right', drop: 1 },
    { key: 'cells_cancelled', title: 'CANCELLED', json: countOfCells('cancelled'), align: 'right' },
    {
      key: 'created_at',
      title: 'STARTED',
      json: ({ createdAt }) => new Date(createdAt).toISOString(),
      text: ({ createdAt }) => formatShortTime(createdAt),
      drop: 2,
    },
    { key: 'directory', title: 'DIRECTORY', json: ({ directory }) => directory, elastic: true },
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
    command
      .option('-n, --limit <count>', 'how many of the newest (20)')
      .option('-q, --quiet', 'no remarks on standard error');
    addListingOptions(command);
  },
  async run({ options }, context) {
    const view = openListing(listing, { options, context });
    const limit = Math.ceil(positiveNumber(options, 'limit') ?? 20);
    const { runs, stale } = await listRuns(context.app, { limit, onlySweeps: true });
    noteStale(stale, context.out);
    if (runs.length === 0) context.out.note('No sweeps yet');
    await view.show(runs);
    return 0;
  },
});
