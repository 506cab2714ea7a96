import { listPriorities } from '../../app/list-priorities.ts';
import { defineCommand } from '../define-command.ts';
import { addListingOptions, openListing } from '../listing.ts';
import { basicPriorityListing, priorityListing } from '../waiting-listing.ts';
import { addWaitingOptions, noteAbsent, waitingRequestOf } from '../waiting-options.ts';

export const prio = defineCommand({
  name: 'prio',
  summary: 'Show what the priorities of waiting jobs are made of',
  examples: ['srunx prio', 'srunx prio 4711 --json'],
  configure(command) {
    addListingOptions(addWaitingOptions(command));
  },
  columns: () => priorityListing.fields,
  async run(input, context) {
    // Both have the same fields: what is wrong with the options is found before anything is asked.
    const [full, basic] = [priorityListing, basicPriorityListing].map((listing) =>
      openListing(listing, { options: { sort: ['-priority'], ...input.options }, context }),
    );
    const { rows, absent, isBasic } = await listPriorities(context.app, waitingRequestOf(input, context));
    noteAbsent({ absent, found: rows.length }, context);
    if (isBasic && rows.length > 0)
      context.out.note('srunx: this site uses priority/basic: first come, first served, without factors');
    await (isBasic ? basic : full)?.show(rows);
    return 0;
  },
});
