import { type ListedHistory, listHistory } from '../../app/list-history.ts';
import { isRemote } from '../../app/target-name.ts';
import { parseJobIdList } from '../../core/slurm/job-id.ts';
import { parsePastTime } from '../../core/slurm/past-time.ts';
import { acrossRecords, addAcrossOption } from '../across-profiles.ts';
import { addTargetOptions, collect, listOf, positiveNumber, targetOf } from '../common-options.ts';
import { defineCommand, type ParsedInput } from '../define-command.ts';
import { historyListing } from '../history-listing.ts';
import { addListingOptions, openListing } from '../listing.ts';
import { noteStale } from '../run-table.ts';

const defaultLimit = 50;

export const history = defineCommand({
  name: 'history',
  summary: 'List the jobs that srunx has submitted',
  examples: [
    'srunx history -s FAILED -S now-7days',
    "srunx history --name 'train-*' --tag paper --format csv",
    'srunx history --search learning_rate --all-clusters',
  ],
  configure(command) {
    addAcrossOption(addTargetOptions(command))
      .option('-j, --jobs <ids>', 'only these jobs, however old', collect)
      .option('-n, --limit <count>', `how many of the newest (${defaultLimit})`)
      .option('-s, --state <states>', 'only jobs in these states', collect)
      .option('-S, --since <time>', 'submitted at this time or later (now-7days, today, 2030-01-20)')
      .option('-E, --until <time>', 'submitted at this time or before')
      .option('--name <patterns>', "only jobs with such names ('train-*')", collect)
      .option('--workflow <names>', 'only jobs of these workflows (a pattern, or the id of a run)', collect)
      .option('--tag <tags>', 'only jobs that have all of these tags', collect)
      .option('--search <text>', 'only jobs with this text in name, script, command, comment or note')
      .option('--all-clusters', "not the target's cluster alone")
      .option('--no-refresh', 'do not ask the cluster how unfinished jobs stand')
      .option('--utc', 'times in UTC');
    addListingOptions(command);
  },
  columns: () => historyListing({ utc: false, allClusters: true }).fields,
  async run({ options }, context) {
    const { app, out } = context;
    const allClusters = options['allClusters'] === true;
    const across = acrossRecords({ options, context });
    const listing = across.listing(historyListing({ utc: options['utc'] === true, allClusters }));
    const view = openListing(listing, { options, context });
    const filter = filterOf(options, app.now());
    const targets = across.targets ?? [targetOf(context)];
    const query = { ...filter, allClusters, targets, areAsked: across.targets !== undefined };
    const listed = await listHistory(app, query);
    const { entries, stale, absentIds } = listed;
    noteStale(stale, out);
    if (absentIds.length > 0) out.note(`srunx: not in the history: ${absentIds.join(', ')}`);
    if (entries.length === 0) out.note(`No job history found${whereLooked(listed, targets)}`);
    if (entries.length === query.limit && options['limit'] === undefined) {
      out.note(`srunx: the newest ${query.limit}; --limit shows more`);
    }
    await view.show(entries);
    return across.code(stale);
  },
});

/** Behind "No job history found". */
function whereLooked({ isElsewhere, there }: ListedHistory, targets: readonly string[]): string {
  const others = isElsewhere ? '; --all-clusters shows other clusters' : '';
  const [target = '', ...more] = targets;
  if (more.length > 0 || !isRemote(target)) return isElsewhere ? ` on ${targets.join(', ')}${others}` : '';
  const kept = 'the runs that are kept there';
  const looked = {
    read: `, among ${kept} neither; \`srunx sacct --profile ${target}\` lists all jobs that Slurm knows`,
    silent: ` here; ${kept} could not be looked at`,
    unasked: ` here; with --profile ${target}, ${kept} are looked at, too`,
  };
  return ` on ${target}${looked[there]}${others}`;
}

function filterOf(options: ParsedInput['options'], now: number) {
  const time = (name: string) => {
    const text = options[name];
    return text === undefined ? undefined : parsePastTime(String(text), { option: `--${name}`, now });
  };
  const jobIds = [options['jobs'] ?? []].flat().flatMap((text) => parseJobIdList(String(text)));
  const limit = positiveNumber(options, 'limit');
  return {
    refresh: options['refresh'] !== false,
    jobIds,
    states: listOf(options['state']),
    since: time('since'),
    until: time('until'),
    names: listOf(options['name']),
    workflows: listOf(options['workflow']),
    tags: listOf(options['tag']),
    search: options['search'] === undefined ? undefined : String(options['search']),
    // Jobs that were named are wanted whatever their age.
    limit: limit === undefined ? (jobIds.length > 0 ? undefined : defaultLimit) : Math.ceil(limit),
  };
}
