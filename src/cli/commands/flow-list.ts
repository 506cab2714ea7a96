import { listRuns } from '../../app/list-runs.ts';
import type { RunStatusView } from '../../app/run-status-view.ts';
import { acrossRecords, addAcrossOption } from '../across-profiles.ts';
import { addProfileOption, positiveNumber } from '../common-options.ts';
import { defineCommand } from '../define-command.ts';
import type { Listing } from '../field.ts';
import { addListingOptions, openListing } from '../listing.ts';
import { idField, runFields } from '../run-fields.ts';
import { noteMore, noteStale, runJson } from '../run-table.ts';

const shared = runFields((run: RunStatusView) => run);

const listing: Listing<RunStatusView> = {
  fields: [
    idField((run: RunStatusView) => run, { key: 'run_id', title: 'RUN' }),
    { key: 'kind', title: 'KIND', json: ({ kind }) => kind },
    ...[shared.name, shared.source, shared.target, shared.status, shared.handover, shared.startedAt, shared.directory],
    {
      key: 'jobs',
      title: 'JOBS',
      json: (run) => runJson(run)['jobs'],
      text: ({ jobs }) => `${jobs.filter(({ final }) => final).length}/${jobs.length}`,
      drop: 1,
      align: 'right',
    },
  ],
  table: ['run_id', 'name', 'target', 'status', 'jobs', 'created_at', 'source'],
  wide: ['run_id', 'name', 'target', 'status', 'handover', 'jobs', 'created_at', 'source', 'directory'],
  id: ({ id }) => id,
};

export const flowList = defineCommand({
  name: 'flow list',
  summary: 'List the runs',
  examples: ['srunx flow list', 'srunx flow list -n 5 --format csv'],
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
    const { runs, stale, isMore } = await listRuns(context.app, { limit, targets: across.targets });
    noteStale(stale, context.out);
    if (runs.length === 0) context.out.note('No runs yet');
    if (isMore) noteMore(limit, { options, out: context.out });
    await view.show(runs);
    return across.code(stale);
  },
});
