import { findNode, formatKey, leavesBelow } from './config-schema.ts';
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
  for (const layer of layers) {
    for (const entry of layer.entries) {
      const key = formatKey(entry.path);
      const rival = rivals.get(key);
      // A nearer layer that activates one environment means it in place of the other.
      if (rival !== undefined && entry.value !== null) entries.delete(rival);
      entries.set(key, entry);
    }
  }
  return { entries, problems: layers.flatMap(({ problems }) => problems), untrusted };
}

/** Only one of the two can be active. */
const rivals: ReadonlyMap<string, string> = new Map([
  ['environment.conda', 'environment.venv'],
  ['environment.venv', 'environment.conda'],
]);

/** A layer without what could change what runs, and whether anything was left out. What does not count stops nobody either. */
export function withoutRisk({ entries, problems }: ConfigLayer): {
  readonly layer: ConfigLayer;
  readonly isCut: boolean;
} {
  const safe = entries.filter(({ leaf }) => leaf.risky !== true);
  const mild = problems.map(
    (problem): ConfigProblem => (isRisky(problem.path) ? { ...problem, severity: 'warning' } : problem),
  );
  return { layer: { entries: safe, problems: mild }, isCut: safe.length < entries.length };
}

/** Also a group, or what stands in one under a name that it cannot have. */
function isRisky(path: readonly string[] = []): boolean {
  if (path.length === 0) return false;
  const node = findNode(path);
  return node === undefined ? isRisky(path.slice(0, -1)) : leavesBelow(node).every(({ risky }) => risky === true);
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

/** The names that the user has chosen below a key, such as those of profiles. */
export function namesBelow(config: Config, group: 'profiles' | 'presets'): readonly string[] {
  const names = [...config.entries.values()].flatMap(({ path }) => (path[0] === group ? path.slice(1, 2) : []));
  return [...new Set(names)];
}

/** Problems with keys that begin so, with what they stand below, or with a whole file: whoever needs these keys cannot go on. */
export function problemsOf(config: Config, ...prefix: readonly string[]): readonly ConfigProblem[] {
  return config.problems.filter(
    ({ severity, path }) =>
      severity === 'error' && (path ?? []).every((name, index) => index >= prefix.length || prefix[index] === name),
  );
}
