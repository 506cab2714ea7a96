import { type AccountingFilter, type AccountingList, listAccounting } from '../../app/list-accounting.ts';
import { UsageError } from '../../core/errors.ts';
import { accountingFields, furtherColumnsOf } from '../accounting-fields.ts';
import { accountingGroupListing, groupRecords, readAccountingGroup } from '../accounting-groups.ts';
import { accountingTable, accountingWide } from '../accounting-tables.ts';
import { type AcrossProfiles, acrossProfiles, addAcrossOption } from '../across-profiles.ts';
import { addTargetOptions } from '../common-options.ts';
import { type CommandContext, defineCommand } from '../define-command.ts';
import { addListingOptions, openListing } from '../listing.ts';
import { wantsHeader, withNamedColumns } from '../listing-choice.ts';
import { parsableLines } from '../parsable-lines.ts';
import { accountingFilterOf, addAccountingFilters, memoryUnitOf } from '../sacct-options.ts';

export const sacct = defineCommand({
  name: 'sacct',
  summary: 'List jobs of the past from the accounting, and how well they used what they had',
  examples: [
    'srunx sacct -S now-7days -s FAILED',
    'srunx sacct -j 4711 --eff',
    'srunx sacct -a --group-by user --json',
  ],
  configure(command) {
    addAcrossOption(addAccountingFilters(addTargetOptions(command)))
      .option('--eff', 'how much of its CPU, memory and GPU time each job used')
      .option('--group-by <field>', 'sum up by user, account, partition, state or name')
      .option('-b, --brief', 'only id, state and exit code')
      .option('-l, --long', 'all columns')
      .option('--show-account', 'add the account')
      .option('--show-times', 'add the times of submission, start and end')
      .option('--units <unit>', 'show memory in K, M, G, T or P')
      .option('-P, --parsable2', "print Slurm's own format with | between the fields");
    addListingOptions(command, 'sacct');
  },
  columns: () => accountingFields({ efficiency: true }),
  async run({ options: given }, context) {
    const efficiency = given['eff'] === true;
    const fields = accountingFields({ unit: memoryUnitOf(given), efficiency });
    const options = withNamedColumns(fields, given);
    if (options['parsable2'] === true && options['query'] !== undefined) throw withoutJson();
    const filter = accountingFilterOf(options);
    const shared = { ...filter, efficiency };
    const across = acrossProfiles({ options, context });
    if (options['groupBy'] !== undefined) {
      const key = readAccountingGroup(String(options['groupBy']));
      const view = openListing(across.listing(accountingGroupListing(key, efficiency)), { options: given, context });
      const answers = await look({ ...shared, extra: [] }, { across, context });
      await view.show(across.rows(answers, ({ rows }) => groupRecords(rows, key)));
      return across.code();
    }
    const listing = {
      fields,
      table: accountingTable(options),
      wide: accountingWide(efficiency),
      id: ({ record }: AccountingList['rows'][number]) => record.jobId,
    };
    const long = options['long'] === true && options['format'] === undefined && options['json'] !== true;
    const view = openListing(across.listing(listing), {
      options: long ? { ...options, format: 'wide' } : options,
      context,
    });
    const extra = furtherColumnsOf(view.keys);
    const answers = await look({ ...shared, extra }, { across, context });
    const rows = across.rows(answers, (list) => list.rows);
    if (options['parsable2'] === true) {
      parsableLines(view.parts(rows), { header: wantsHeader(options) }).forEach(context.out.line);
    } else await view.show(rows);
    return across.code();
  },
});

function withoutJson(): UsageError {
  return new UsageError('--parsable2 and --query cannot be used together', {
    code: 'usage.option_conflict',
    hint: 'Choose the fields with -o, or a format with --format.',
  });
}

/** An id is missed where no target has a record of it. */
async function look(
  filter: Omit<AccountingFilter, 'target'>,
  { across, context: { app, out } }: { readonly across: AcrossProfiles; readonly context: CommandContext },
) {
  const answers = await across.ask((target) => listAccounting(app, { ...filter, target }));
  const lists = answers.map(({ answer }) => answer);
  const [first] = lists;
  const window = first?.window;
  if (window !== undefined) out.note(`srunx: from ${window.start} to ${window.end}; -S and -E choose other times`);
  const absent = (first?.absent ?? []).filter((id) => lists.every((list) => list.absent.includes(id)));
  if (lists.every(({ rows }) => rows.length === 0)) out.note('No accounting records');
  else if (absent.length > 0) out.note(`srunx: no accounting records of ${absent.join(', ')}`);
  return answers;
}
