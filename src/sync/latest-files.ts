import { factsPerFile, type Inventory, lookIn } from './read-inventory.ts';

/** Names of the files that were changed last, and when they were, in nanoseconds: by the time that cannot be set back. */
export type LatestFiles = readonly (readonly [name: string, changedNs: string])[];

const most = 32;

export function latestIn({ names, facts }: Pick<Inventory, 'names' | 'facts'>): LatestFiles {
  const times = BigInt64Array.from({ length: names.length }, (_, index) => facts[index * factsPerFile + 2] ?? 0n);
  const since = times.toSorted().at(-most) ?? 0n;
  const latest: [string, string][] = [];
  let index = 0;
  for (const name of names) {
    const changed = times[index] ?? 0n;
    if (changed >= since && latest.length < most) latest.push([name, `${changed}`]);
    index += 1;
  }
  return latest;
}

/** Whether one of them has been changed since. Whoever edits a file has often edited it before. */
export function isOneChanged(root: string, latest: LatestFiles): boolean {
  const look = lookIn(root);
  return latest.some(([name, changed]) => `${look(name)?.ctimeNs}` !== changed);
}
