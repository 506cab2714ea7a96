import { listWaiting } from '../../app/list-waiting.ts';
import { defineCommand } from '../define-command.ts';
import { addListingOptions, openListing } from '../listing.ts';
import { etaListing } from '../waiting-listing.ts';
import { addWaitingOptions, noteAbsent, waitingRequestOf } from '../waiting-options.ts';

export const eta = defineCommand({
  name: 'eta',
  summary: 'Show when waiting jobs are expected to start, and why they wait',
  examples: ['srunx eta', 'srunx eta 4711 4712_3 --json'],
  configure(command) {
    addListingOptions(addWaitingOptions(command));
  },
  columns: () => etaListing(0).fields,
  async run(input, context) {
    const view = openListing(etaListing(context.app.now() / 1000), {
      // What is expected first stands first.
      options: { sort: ['start_time'], ...input.options },
      context,
    });
    const { jobs, absent } = await listWaiting(context.app, waitingRequestOf(input, context));
    noteAbsent({ absent, found: jobs.length }, context);
    await view.show(jobs);
    return 0;
  },
});
