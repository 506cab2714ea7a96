import { listWaiting } from '../../app/list-waiting.ts';
import { acrossProfiles } from '../across-profiles.ts';
import { defineCommand } from '../define-command.ts';
import { addListingOptions, openListing } from '../listing.ts';
import { etaListing } from '../waiting-listing.ts';
import { addWaitingOptions, noteAbsent, waitingIdsOf } from '../waiting-options.ts';

export const eta = defineCommand({
  name: 'eta',
  summary: 'Show when waiting jobs are expected to start, and why they wait',
  examples: ['srunx eta', 'srunx eta 4711 4712_3 --json'],
  configure(command) {
    addListingOptions(addWaitingOptions(command));
  },
  columns: () => etaListing(0).fields,
  async run(input, context) {
    const { app, out } = context;
    const jobIds = waitingIdsOf(input);
    const across = acrossProfiles({ options: input.options, context });
    const view = openListing(across.listing(etaListing(app.now() / 1000)), {
      // What is expected first stands first.
      options: { sort: ['start_time'], ...input.options },
      context,
    });
    const answers = await across.ask((target) => listWaiting(app, { target, jobIds }));
    const jobs = across.rows(answers, (found) => found.jobs);
    noteAbsent(answers, { across, count: jobs.length, out });
    await view.show(jobs);
    return across.code();
  },
});
