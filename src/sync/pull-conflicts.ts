import { lstatSync, type Stats } from 'node:fs';
import { displayName, unescapeName } from '../core/sync/rsync-names.ts';
import { parseItem, type RsyncItem } from '../core/sync/rsync-output.ts';
import type { RsyncResult } from './transfer.ts';

export interface Conflicts {
  /** So that rsync leaves them alone at both ends. */
  readonly patterns: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * What a pull would remove here, although it leaves files that are newer: of a file here and a directory there, or a link, rsync compares no
 * time.
 *
 * @param root where it is brought to
 * @param preview of the pull, with a line for each change
 */
export function findConflicts(root: string, { stdout, stderr }: Pick<RsyncResult, 'stdout' | 'stderr'>): Conflicts {
  const found = new Set<string>();
  for (const line of stdout.split('\n')) {
    const item = parseItem(line);
    if (item?.kind !== 'changed') continue;
    const name = nameOf(root, item);
    if (name !== undefined && !isBelow(name, found) && !mayChange(lookAt(root, name), item)) found.add(name);
  }
  // A directory here in which something is stands in the way of a file.
  for (const [, name = ''] of stderr.matchAll(/^could not make way for new [^:\n]+: (.+)$/gm)) found.add(name);
  const names = [...found];
  return {
    patterns: names.map((name) => `/${patternOf(name)}`),
    warnings: names.map((name) => `${displayName(name)} is something else there, and stays as it is here`),
  };
}

type Changed = Extract<RsyncItem, { readonly kind: 'changed' }>;

/** `undefined`: there is nothing here. */
function nameOf(root: string, { type, name }: Changed): string | undefined {
  if (type !== 'link') return name.replace(/\/$/, '');
  // Where its name ends, stands nowhere.
  const ends = [...name.matchAll(/ -> /g)].map(({ index }) => name.slice(0, index));
  return ends.find((end) => lookAt(root, end) !== undefined);
}

function isBelow(name: string, conflicts: ReadonlySet<string>): boolean {
  return name.split('/').some((_, at, parts) => at > 0 && conflicts.has(parts.slice(0, at).join('/')));
}

function lookAt(root: string, name: string): Stats | undefined {
  const path = Buffer.concat([Buffer.from(`${root}/`), unescapeName(name)]);
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    // With where a link leads behind it, it may be longer than names can be.
    return undefined;
  }
}

function mayChange(here: Stats | undefined, { type }: Changed): boolean {
  if (here === undefined) return true;
  // Where they lead differs.
  if (type === 'link') return false;
  return type === 'directory' ? here.isDirectory() : type !== 'file' || here.isFile();
}

/** The name alone. A byte that is no text can only be given as any byte. */
export function patternOf(name: string): string {
  const bytes = Array.from(unescapeName(name), (byte) => String.fromCharCode(byte)).join('');
  const text = Buffer.from(bytes, 'latin1').toString();
  const isText = Buffer.from(text).equals(Buffer.from(bytes, 'latin1'));
  if (isText && !/[*?[]/.test(text)) return text;
  const escaped = bytes.replace(/[*?[\]\\]/g, '\\$&');
  return isText ? Buffer.from(escaped, 'latin1').toString() : escaped.replace(/[\x80-\xff]/g, '?');
}
