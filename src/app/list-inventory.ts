import { NotFoundError, UsageError } from '../core/errors.ts';
import type { Inventory } from '../core/slurm/node-info.ts';
import { expandNodeList } from '../core/slurm/node-list.ts';
import { isInNodeState, nodeStateWords } from '../core/slurm/node-state.ts';
import { didYouMean } from '../core/suggest.ts';
import type { AppContext, TargetName } from './app-context.ts';

export interface InventoryFilter {
  readonly target: TargetName;
  readonly partitions: readonly string[];
  /** Names, or lists such as `n[1-4]`. */
  readonly nodes?: readonly string[] | undefined;
  /** From `parseNodeStates`. */
  readonly states?: readonly string[] | undefined;
  readonly responding?: boolean | undefined;
  /** Words of the user's for Slurm's own command. */
  readonly words?: readonly string[] | undefined;
}

/** What the cluster has at this moment: one query, filtered here, so that both kinds of cluster answer alike. */
export async function listInventory(context: AppContext, filter: InventoryFilter): Promise<Inventory> {
  const cluster = await context.cluster(filter.target);
  const all = await cluster.inventory({ words: filter.words, signal: context.signal });
  return filterInventory(all, filter);
}

export function filterInventory(all: Inventory, filter: InventoryFilter): Inventory {
  const { target, partitions, states = [], responding } = filter;
  requireKnown(partitions, {
    kind: 'partition',
    target,
    known: all.partitions.map(({ name }) => name),
  });
  const named = (filter.nodes ?? []).flatMap(expandNodeList);
  requireKnown(named, { kind: 'node', target, known: all.nodes.map(({ name }) => name) });
  const wanted = new Set(named);
  const keptPartitions = all.partitions.filter(({ name }) => partitions.length === 0 || partitions.includes(name));
  const members = new Set(keptPartitions.flatMap(({ nodes }) => nodes));
  const nodes = all.nodes.filter(
    ({ name, state }) =>
      (partitions.length === 0 || members.has(name)) &&
      (wanted.size === 0 || wanted.has(name)) &&
      (states.length === 0 || states.some((word) => isInNodeState(state, word))) &&
      (responding === undefined || responding !== state.flags.includes('not_responding')),
  );
  // Where nodes were chosen, a partition with none of them is not worth a line.
  const isNarrowed = nodes.length < all.nodes.filter(({ name }) => partitions.length === 0 || members.has(name)).length;
  const left = new Set(nodes.map(({ name }) => name));
  const shown = keptPartitions
    .map((partition) => ({ ...partition, nodes: partition.nodes.filter((name) => left.has(name)) }))
    .filter((partition) => !isNarrowed || partition.nodes.length > 0);
  return { partitions: shown, nodes };
}

/** The states of nodes that a person asks for. Throws a UsageError for a word that is none. */
export function parseNodeStates(words: readonly string[]): string[] {
  return words.map((word) => {
    const lower = word.toLowerCase();
    if (nodeStateWords.includes(lower)) return lower;
    throw new UsageError(`\`${word}\` is not a state of a node`, {
      code: 'usage.node_state',
      hint: didYouMean(lower, nodeStateWords) ?? `There are: ${[...nodeStateWords].sort().join(', ')}.`,
    });
  });
}

/** Throws for names that the target does not have, with what may have been meant. */
export function requireKnown(
  names: readonly string[],
  {
    kind,
    target,
    known,
  }: { readonly kind: 'partition' | 'node'; readonly target: string; readonly known: readonly string[] },
): void {
  const missing = names.filter((name) => !known.includes(name));
  const [first] = missing;
  if (first === undefined) return;
  const few =
    kind === 'partition' && known.length > 0 ? `There are: ${known.join(', ')}.` : '`srunx sinfo -N` lists the nodes.';
  throw new NotFoundError(
    `${target} has no ${kind} ${missing.map((name) => `\`${name}\``).join(', ')} that you may see`,
    {
      code: `${kind}.not_found`,
      hint: didYouMean(first, known) ?? few,
    },
  );
}
