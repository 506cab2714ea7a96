import { didYouMean } from '../core/suggest.ts';
import type { AppContext } from './app-context.ts';
import type { QueueFilter } from './list-queue.ts';

/** What a filter names that the cluster does not have, each with the name that was perhaps meant. Two questions at most. */
export async function unknownNames(context: AppContext, filter: QueueFilter): Promise<readonly string[]> {
  const { partitions, nodes = [], names, target } = filter;
  const { signal } = context;
  const cluster = await context.cluster(target);
  const told: string[] = [];
  if (partitions.length > 0 || nodes.length > 0) {
    // Hidden partitions are there.
    const words = cluster.kind === 'slurm' ? ['--all'] : [];
    const inventory = await cluster.inventory({ words, signal });
    const namesOf = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name);
    told.push(...missing(partitions, { known: namesOf(inventory.partitions), what: 'partition' }));
    told.push(...missing(nodes, { known: namesOf(inventory.nodes), what: 'node' }));
  }
  if (names.length > 0) {
    const { jobs } = await cluster.observe({ scope: filter.mine ? 'me' : 'all', signal });
    const known = [...new Set(jobs.filter(({ state }) => !state.terminal).map(({ name }) => name))];
    told.push(...missing(names, { known, what: 'job in the queue called' }));
  }
  return told;
}

function missing(
  wanted: readonly string[],
  { known, what }: { readonly known: readonly string[]; readonly what: string },
): readonly string[] {
  return wanted
    .filter((name) => !known.includes(name))
    .map((name) => [`there is no ${what} \`${name}\`.`, didYouMean(name, known)].filter(Boolean).join(' '));
}
