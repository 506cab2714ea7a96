export type RsyncItemType = 'file' | 'directory' | 'link' | 'device' | 'special';

/** What rsync says of one name: `-i` writes a line for each. */
export type RsyncItem =
  | { readonly kind: 'deleted'; readonly name: string }
  | {
      readonly kind: 'changed';
      readonly type: RsyncItemType;
      /** Its data is sent or received. */
      readonly isTransfer: boolean;
      /** Behind a link, where it leads stands here, too: see {@link parseLink}. */
      readonly name: string;
    };

const types = { f: 'file', d: 'directory', L: 'link', D: 'device', S: 'special' } as const;

/** `undefined`: rsync talks. Names are escaped, see `rsync-names.ts`. */
export function parseItem(line: string): RsyncItem | undefined {
  // One blank or three, by the implementation: those that a name begins with cannot be told from them.
  const deleted = /^\*deleting\s+(.*)$/s.exec(line)?.[1];
  if (deleted !== undefined) return { kind: 'deleted', name: deleted };
  // The width differs, too: eleven characters, or nine.
  const [, update, letter, name = ''] = /^([<>ch.])([fdLDS])\S* (.*)$/s.exec(line) ?? [];
  if (update === undefined || name === '') return undefined;
  const type = types[letter as keyof typeof types];
  return { kind: 'changed', type, isTransfer: type === 'file' && (update === '<' || update === '>'), name };
}

export interface ParsedItems {
  /** Files of which data is sent or received. */
  readonly transfers: readonly string[];
  /** The first of the names; a directory ends in `/`, and a name may be blank. */
  readonly deletions: readonly string[];
  /** Of all entries that are removed, directories included. */
  readonly deletionCount: number;
}

/**
 * A whole output of `-i`.
 *
 * @param mostDeletions so many of the names are kept; all are counted
 */
export function parseItems(
  stdout: string,
  { mostDeletions = Number.POSITIVE_INFINITY }: { readonly mostDeletions?: number } = {},
): ParsedItems {
  const transfers: string[] = [];
  const deletions: string[] = [];
  let deletionCount = 0;
  for (const line of stdout.split('\n')) {
    const item = parseItem(line);
    if (item?.kind === 'changed' && item.isTransfer) transfers.push(item.name);
    if (item?.kind !== 'deleted') continue;
    deletionCount += 1;
    if (deletions.length < mostDeletions) deletions.push(item.name);
  }
  return { transfers, deletions, deletionCount };
}

/** The name of a link without where it leads; `undefined` where that cannot be told. */
export function parseLink(name: string): string | undefined {
  const parts = name.split(' -> ');
  return parts.length === 2 ? parts[0] : undefined;
}

export interface RsyncStats {
  /** Files of which data was sent or received; in a dry run, of which it would be. */
  readonly files: number;
  /** Size of these files. */
  readonly bytes: number;
  /** Size of all files on the side that sends. */
  readonly totalBytes: number;
}

/** What `--stats` has added to an output, and the output without it. */
export function takeStats(stdout: string): { readonly rest: string; readonly stats?: RsyncStats } {
  const start = `\n${stdout}`.lastIndexOf('\nNumber of files: ');
  if (start < 0) return { rest: stdout };
  const text = stdout.slice(start);
  const number = (...labels: readonly string[]) => {
    const [found] = labels.flatMap((label) => new RegExp(`^${label}: ([\\d,.]+)`, 'm').exec(text)?.[1] ?? []);
    return Number((found ?? '0').replace(/[,.]/g, ''));
  };
  const stats = {
    files: number('Number of regular files transferred', 'Number of files transferred'),
    bytes: number('Total transferred file size'),
    totalBytes: number('Total file size'),
  };
  return { rest: stdout.slice(0, start).replace(/^\n$|(?<=\n)\n$/, ''), stats };
}
