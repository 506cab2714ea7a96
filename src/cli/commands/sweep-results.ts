import { findResults } from '../../app/find-results.ts';
import { countOf } from '../../core/count-of.ts';
import { UsageError } from '../../core/errors.ts';
import { didYouMean } from '../../core/suggest.ts';
import { chooseResults, type ResultRow, resultColumns, showSorted } from '../../core/sweep/results.ts';
import { addProfileOption, collect, listOf } from '../common-options.ts';
import { defineCommand, type ParsedInput } from '../define-command.ts';
import { addListingOptions, openListing } from '../listing.ts';
import { resultsListing } from '../results-report.ts';
import { noteStale } from '../run-table.ts';

export const sweepResults = defineCommand({
  name: 'sweep results',
  summary: 'Compare what the cells of a sweep, or the jobs of a run, have written as metrics',
  examples: [
    'srunx sweep results k3v9 --sort -val_acc',
    "srunx sweep results --where 'val_acc>0.7' --where lr=0.1 --format csv",
    'srunx sweep results k3v9 --sort loss.min --best --json',
    'srunx sweep results k3v9 --curves loss',
  ],
  configure(command) {
    addProfileOption(command);
    command
      .argument('[run]', 'its id or the beginning of it, or its plan directory; the newest sweep if left out')
      .option('--where <condition>', 'only rows of which this is so, such as lr=0.1 (may be repeated)', collect)
      .option('--desc', 'with --sort, the greatest first')
      .option('--best', 'only the first row in the order of --sort')
      .option('--curves <metric>', 'also draw this metric by step')
      .option('-q, --quiet', 'no remarks on standard error');
    addListingOptions(command);
  },
  async run({ args, options }, context) {
    const { app, out } = context;
    const sort = sortOf(options);
    const { rows, unreadable, stale, problem, run } = await findResults(app, args[0] as string | undefined);
    noteStale(stale, out);
    if (problem !== undefined) out.note(`srunx: ${problem}; its metrics are not known`);
    if (unreadable > 0)
      out.note(`srunx: ${countOf(unreadable, 'line')} of metrics are no JSON objects and do not count`);
    if (problem === undefined && rows.every(({ metrics }) => metrics.size === 0)) {
      out.note(
        `srunx: no job of run ${run.id} has written metrics yet: jobs append JSON lines to the file $SRUNX_METRICS`,
      );
    }
    const columns = showSorted(resultColumns(rows), sort);
    const where = (options['where'] as string[] | undefined) ?? [];
    const chosen = chooseResults(rows, { columns, where, sort });
    const shown = options['best'] === true ? chosen.slice(0, 1) : chosen;
    const metric = metricNamed(options['curves'], rows);
    const listing = resultsListing(
      columns,
      metric === undefined ? undefined : { metric, rows: shown, signs: out.signs },
    );
    const { sort: _sorted, ...others } = options;
    await openListing(listing, { options: others, context }).show(shown);
    return 0;
  },
});

function sortOf(options: ParsedInput['options']): readonly string[] {
  const keys = listOf(options['sort']);
  for (const option of ['best', 'desc'] as const) {
    if (options[option] !== true || keys.length > 0) continue;
    throw new UsageError(`--${option} needs --sort`, {
      code: 'usage.option_needs',
      hint: 'Say by what: `--sort -val_acc` puts the greatest first.',
    });
  }
  return options['desc'] === true ? keys.map((key) => (/^[+-]/.test(key) ? key : `-${key}`)) : keys;
}

function metricNamed(word: unknown, rows: readonly ResultRow[]): string | undefined {
  if (word === undefined) return undefined;
  const names = new Set(rows.flatMap(({ metrics }) => [...metrics.keys()]));
  if (names.has(String(word))) return String(word);
  throw new UsageError(`--curves: there is no metric \`${word}\``, {
    code: 'usage.option_value',
    hint: didYouMean(String(word), names) ?? `There are: ${[...names].join(', ') || 'none yet'}.`,
  });
}
