import { didYouMean } from '../core/suggest.ts';
import type { AppContext } from './app-context.ts';
import type { QueueFilter } from './list-queue.ts';

/** What a filter names that the cluster does not have, each with the name that was perhaps meant. Two questions at most. */
export async function unknownNames(context: AppContext, filter: QueueFilter): Promise<readonly string[]> {
  const { partitions, names, target, signal } = { ...filter, signal: context.signal };
  const cluster = await context.cluster(target);
  const told: string[] = [];
  if (partitions.length > 0) {
    const known = (await cluster.inventory({ signal })).partitions.map(({ name }) => name);
    told.push(...missing(partitions, { known, what: 'partition' }));
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
