import type { ConfigEntry, ConfigLayer } from './read-config.ts';

/**
 * What a layer says of jobs below a prefix, as a layer of its own: `profiles.dgx.defaults.account` becomes `account`. What is
 * wrong with it is among the problems of the layer that it was taken from.
 */
export function layerBelow({ entries }: ConfigLayer, prefix: readonly string[]): ConfigLayer {
  const below = entries.filter(({ path }) => prefix.every((name, index) => path[index] === name));
  const moved = below.map(({ path, origin, ...entry }): ConfigEntry => {
    const own = path.slice(prefix.length);
    // It may stand beside account and QOS, with which it goes.
    const isPartition = own.length === 1 && own[0] === 'partition';
    return { ...entry, path: isPartition ? ['resources', 'partition'] : own, origin: { ...origin, within: prefix } };
  });
  return { entries: moved, problems: [] };
}
