import { type InventoryFilter, listInventory, parseNodeStates } from '../../app/list-inventory.ts';
import { listReservations } from '../../app/list-reservations.ts';
import { rememberNames } from '../../app/name-cache.ts';
import type { TargetName } from '../../app/target-name.ts';
import { UsageError } from '../../core/errors.ts';
import type { Inventory } from '../../core/slurm/node-info.ts';
import { partitionRows, partitionSummaries, reasonRows } from '../../core/slurm/partition-rows.ts';
import { acrossProfiles, addAcrossOption, requireOneTarget } from '../across-profiles.ts';
import { addTargetOptions, collect, listOf, positiveNumber } from '../common-options.ts';
import { type CommandContext, defineCommand, type ParsedInput } from '../define-command.ts';
import type { Listing } from '../field.ts';
import { addListingOptions, openListing } from '../listing.ts';
import { chooseListing } from '../listing-choice.ts';
import { nodeListing, reasonListing, reservationListing } from '../node-listing.ts';
import { partitionListing, summaryListing } from '../partition-listing.ts';
import { showRepeatedly } from '../show-repeatedly.ts';

export const sinfo = defineCommand({
  name: 'sinfo',
  summary: 'Show partitions and nodes, and what of them is in use',
  examples: ['srunx sinfo', 'srunx sinfo -N -p gpu -t idle,mixed', 'srunx sinfo -R', "srunx sinfo -o '%P %D %t'"],
  configure(command) {
    addAcrossOption(addTargetOptions(command))
      .option('-N, --Node', 'one line for each node')
      .option('-s, --summarize', 'one line for each partition')
      .option('-R, --list-reasons', 'why nodes are out of use, who said so and when')
      .option('-T, --reservation', 'what is reserved for whom')
      .option('-l, --long', 'more columns')
      .option('-p, --partition <names>', 'only these partitions', collect)
      .option('-n, --nodes <names>', 'only these nodes, such as n[1-4]', collect)
      .option('-t, --states <states>', 'only nodes in these states, such as idle or drain', collect)
      .option('-r, --responding', 'only nodes that respond')
      .option('-d, --dead', 'only nodes that do not respond')
      .option('-a, --all', 'hidden partitions, too')
      .option('-i, --iterate <seconds>', 'show again every so many seconds')
      .option('--slurm-arg <word>', "hand this word to Slurm's sinfo as it is (may be repeated)", collect);
    addListingOptions(command, 'sinfo');
  },
  // Those of nodes, too: naming one of them shows nodes.
  columns: () => {
    const [partitions, nodes] = [partitionListing({ long: true }).fields, nodeListing({ long: true }).fields];
    return [...partitions, ...nodes.filter(({ key }) => partitions.every((field) => field.key !== key))];
  },
  async run({ options }, context) {
    return viewOf(options)(options, context);
  },
});

type View = (options: ParsedInput['options'], context: CommandContext) => Promise<number>;

/** By the option that asks for it. */
const views: Readonly<Record<string, View>> = {
  Node: (options, context) =>
    show(nodeListing({ long: options['long'] === true }), {
      ...{ options, context, none: 'No nodes' },
      rows: async (filter) => (await inventoryOf(filter, context)).nodes,
    }),
  summarize: (options, context) =>
    show(summaryListing({ long: options['long'] === true }), {
      ...{ options, context, none: 'No partitions' },
      rows: async (filter) => partitionSummaries(await inventoryOf(filter, context)),
    }),
  listReasons: (options, context) =>
    show(reasonListing({ long: options['long'] === true }), {
      ...{ options, context, none: 'No node is out of use for a reason' },
      rows: async (filter) => reasonRows((await inventoryOf(filter, context)).nodes),
    }),
  reservation: (options, context) =>
    show(reservationListing({ long: options['long'] === true }), {
      ...{ options, context, none: 'No reservations' },
      rows: ({ target }) => listReservations(context.app, target),
    }),
};

const showPartitions: View = (options, context) =>
  show(partitionListing({ long: options['long'] === true }), {
    ...{ options, context, none: 'No partitions' },
    rows: async (filter) => partitionRows(await inventoryOf(filter, context)),
  });

async function inventoryOf(filter: InventoryFilter, { app }: CommandContext): Promise<Inventory> {
  const inventory = await listInventory(app, filter);
  const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name);
  rememberNames(app, { partitions: names(inventory.partitions), nodes: names(inventory.nodes) });
  return inventory;
}

function viewOf(options: ParsedInput['options']): View {
  const [first, second] = Object.keys(views).filter((name) => options[name] === true);
  if (first === undefined) return isAboutNodes(options) ? (views['Node'] ?? showPartitions) : showPartitions;
  if (second === undefined) return views[first] ?? showPartitions;
  throw conflict('-N, -s, -R and -T are different views and cannot be used together');
}

/** Columns that only nodes have, such as `%n` or `FreeMem`: there is a line for each node then, as with Slurm's own sinfo. */
function isAboutNodes(options: ParsedInput['options']): boolean {
  return !hasColumns(partitionListing({ long: false }), options) && hasColumns(nodeListing({ long: false }), options);
}

function hasColumns<Row>(listing: Listing<Row>, options: ParsedInput['options']): boolean {
  try {
    chooseListing(listing, options);
    return true;
  } catch (error) {
    if (error instanceof UsageError) return false;
    throw error;
  }
}

interface Query<Row> {
  readonly options: ParsedInput['options'];
  readonly context: CommandContext;
  readonly rows: (filter: InventoryFilter) => Promise<readonly Row[]>;
  /** What is said where there are no rows. */
  readonly none: string;
}

async function show<Row extends object>(
  listing: Listing<Row>,
  { options, context, rows, none }: Query<Row>,
): Promise<number> {
  const seconds = positiveNumber(options, 'iterate');
  const across = acrossProfiles({ options, context });
  const view = openListing(across.listing(listing), { options, context });
  if (seconds !== undefined && view.format !== 'table' && view.format !== 'wide') {
    throw conflict(`--iterate and --format ${view.format} cannot be used together`);
  }
  const list = async () => {
    const answers = await across.ask((target) => rows(filterOf(options, target)));
    return across.rows(answers, (found) => found);
  };
  if (seconds !== undefined) {
    const lines = async () => {
      const drawn = view.lines(await list());
      return drawn.length === 0 ? [none] : drawn;
    };
    return showRepeatedly({ target: requireOneTarget(across), seconds, lines }, context);
  }
  const found = await list();
  if (found.length === 0) context.out.note(none);
  await view.show(found);
  return across.code();
}

function filterOf(options: ParsedInput['options'], target: TargetName): InventoryFilter {
  const [responding, dead] = [options['responding'] === true, options['dead'] === true];
  if (responding && dead) throw conflict('--responding and --dead cannot be used together');
  const states = parseNodeStates(listOf(options['states']));
  return {
    target,
    partitions: listOf(options['partition']),
    nodes: [options['nodes'] ?? []].flat().map(String),
    states,
    responding: responding ? true : dead ? false : undefined,
    words: [
      // Without Slurm nothing is hidden.
      ...(options['all'] === true && target !== 'embedded' ? ['--all'] : []),
      ...[options['slurmArg'] ?? []].flat().map(String),
    ],
  };
}

function conflict(message: string): UsageError {
  return new UsageError(message, { code: 'usage.option_conflict', hint: 'Keep the one you mean.' });
}
