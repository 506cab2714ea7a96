import { formatKey } from './config-schema.ts';
import type { ConfigEntry, ConfigLayer, ConfigProblem } from './read-config.ts';

/** The configuration as it holds: of each key the value of the highest layer that has one. */
export interface Config {
  /** By `formatKey`. */
  readonly entries: ReadonlyMap<string, ConfigEntry>;
  readonly problems: readonly ConfigProblem[];
  /** Files of the project whose risky keys were left out, because nobody has trusted them. */
  readonly untrusted: readonly string[];
}

/** From the lowest layer to the highest. Objects merge key by key; a list replaces the one below. */
export function mergeLayers(layers: readonly ConfigLayer[], untrusted: readonly string[] = []): Config {
  const entries = new Map<string, ConfigEntry>();
  const problems = layers.flatMap((layer) => layer.problems);
  for (const layer of layers) {
    const named = new Map(layer.entries.map((entry) => [formatKey(entry.path), entry]));
    for (const [key, entry] of named) {
      const rival = rivals.get(key);
      const other = rival === undefined || entry.value === null ? undefined : named.get(rival);
      // A nearer layer that activates one environment means it in place of the other.
      if (rival !== undefined && entry.value !== null) entries.delete(rival);
      if (other !== undefined && other.value !== null && key < (rival ?? '')) problems.push(bothNamed(entry));
      entries.set(key, entry);
    }
  }
  return { entries, problems, untrusted };
}

/** Only one of the two can be active. */
const rivals: ReadonlyMap<string, string> = new Map([
  ['environment.conda', 'environment.venv'],
  ['environment.venv', 'environment.conda'],
]);

function bothNamed({ path, origin }: ConfigEntry): ConfigProblem {
  const place = origin.kind === 'file' ? `${origin.file}:${origin.line}` : origin.name;
  const message = 'environment.conda and environment.venv are both set here, and only one can be active';
  return { place, path, message, hint: 'Keep one of them.', severity: 'error' };
}

/** A layer without what could change what runs, and whether anything was left out. */
export function withoutRisk({ entries, problems }: ConfigLayer): {
  readonly layer: ConfigLayer;
  readonly isCut: boolean;
} {
  const safe = entries.filter(({ leaf }) => leaf.risky !== true);
  return { layer: { entries: safe, problems }, isCut: safe.length < entries.length };
}

/** The values below a key as one object: `environment` with its container and variables. */
export function valuesBelow(config: Config, ...prefix: readonly string[]): Readonly<Record<string, unknown>> {
  const tree: Record<string, unknown> = {};
  for (const { path, value } of config.entries.values()) {
    if (value === null || path.length <= prefix.length || !prefix.every((name, index) => path[index] === name))
      continue;
    let place = tree;
    for (const name of path.slice(prefix.length, -1)) {
      const below = Object.hasOwn(place, name) ? place[name] : {};
      place[name] = below;
      place = below as Record<string, unknown>;
    }
    place[path.at(-1) ?? ''] = value;
  }
  return tree;
}

/** Problems with keys that begin so, or with a whole file: whoever needs these keys cannot go on. */
export function problemsOf(config: Config, ...prefix: readonly string[]): readonly ConfigProblem[] {
  return config.problems.filter(
    ({ severity, path }) =>
      severity === 'error' && (path === undefined || prefix.every((name, index) => path[index] === name)),
  );
}
