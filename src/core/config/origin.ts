import { formatKey } from './config-schema.ts';

/** Where a value comes from. */
export type ConfigOrigin = (
  | { readonly kind: 'file'; readonly file: string; readonly line: number }
  | { readonly kind: 'variable'; readonly name: string }
) & {
  /** What it stands below, where it counts only for some jobs: `profiles.dgx.defaults`. */
  readonly within?: readonly string[];
};

/** `config.json:12`, or the name of a variable. */
export function formatPlace(origin: ConfigOrigin): string {
  return origin.kind === 'file' ? `${origin.file}:${origin.line}` : origin.name;
}

/** The place, and the part of the file that made it count: `extra.json:4 (profiles.dgx.defaults)`. */
export function formatOrigin(origin: ConfigOrigin): string {
  const place = origin.kind === 'file' ? formatPlace(origin) : `$${origin.name}`;
  return origin.within === undefined ? place : `${place} (${formatKey(origin.within)})`;
}
