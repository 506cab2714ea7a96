import { formatKey } from './config-schema.ts';
import { formatPlace } from './origin.ts';
import type { ConfigEntry, ConfigLayer, ConfigProblem } from './read-config.ts';

/** Two keys of which one layer can mean only one, below the same prefix. */
const pairs = [
  { keys: ['environment.conda', 'environment.venv'], why: 'only one can be active' },
  { keys: ['partition', 'resources.partition'], why: 'they mean the same' },
] as const;

/** Keys that contradict each other within one layer, at the top or below the defaults of a profile. */
export function contradictions({ entries }: ConfigLayer): readonly ConfigProblem[] {
  const named = new Map(entries.map((entry) => [formatKey(entry.path), entry]));
  return entries.flatMap((entry) =>
    pairs.flatMap(({ keys: [first, second], why }): readonly ConfigProblem[] => {
      const key = formatKey(entry.path);
      if (entry.value === null || !(key === first || key.endsWith(`.${first}`))) return [];
      const rival = key.slice(0, key.length - first.length) + second;
      const other = named.get(rival);
      return other === undefined || other.value === null ? [] : [bothSet(entry, { rival, why })];
    }),
  );
}

function bothSet(
  { path, origin }: ConfigEntry,
  { rival, why }: { readonly rival: string; readonly why: string },
): ConfigProblem {
  const message = `${formatKey(path)} and ${rival} are both set here, and ${why}`;
  return { place: formatPlace(origin), path, message, hint: 'Keep one of them.', severity: 'error' };
}
