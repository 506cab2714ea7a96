import { listPriorities } from '../../app/list-priorities.ts';
import { acrossProfiles } from '../across-profiles.ts';
import { defineCommand } from '../define-command.ts';
import { addListingOptions, openListing } from '../listing.ts';
import { basicPriorityListing, priorityListing } from '../waiting-listing.ts';
import { addWaitingOptions, noteAbsent, waitingIdsOf } from '../waiting-options.ts';

export const prio = defineCommand({
  name: 'prio',
  summary: 'Show what the priorities of waiting jobs are made of',
  examples: ['srunx prio', 'srunx prio 4711 --json'],
  configure(command) {
    addListingOptions(addWaitingOptions(command));
  },
  columns: () => priorityListing.fields,
  async run(input, context) {
    const { app, out } = context;
    const jobIds = waitingIdsOf(input);
    const across = acrossProfiles({ options: input.options, context });
    // The priorities of two clusters have nothing to do with each other.
    const sort = across.target === undefined ? ['profile', '-priority'] : ['-priority'];
    // Both have the same fields: what is wrong with the options is found before anything is asked.
    const [full, basic] = [priorityListing, basicPriorityListing].map((listing) =>
      openListing(across.listing(listing), { options: { sort, ...input.options }, context }),
    );
    const answers = await across.ask((target) => listPriorities(app, { target, jobIds }));
    const rows = across.rows(answers, (found) => found.rows);
    noteAbsent(answers, { across, count: rows.length, out });
    const basics = answers.filter(({ answer }) => answer.isBasic && answer.rows.length > 0);
    for (const { target } of basics) {
      const site = across.target === undefined ? `the site of ${target}` : 'this site';
      out.note(`srunx: ${site} uses priority/basic: first come, first served, without factors`);
    }
    await (answers.every(({ answer }) => answer.isBasic) ? basic : full)?.show(rows);
    return across.code();
  },
});
