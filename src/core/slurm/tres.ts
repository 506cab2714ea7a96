/** One generic resource of a node, a request or an allocation. */
export interface GresEntry {
  /** `gpu`, `shard`, `mps` … */
  readonly name: string;
  /** `a100`; empty where the site or the request names none. */
  readonly type: string;
  readonly count: number;
  /** Which ones are in use: `0,2-3` from `(IDX:0,2-3)`. */
  readonly index?: string;
}

/**
 * The generic resources in any of Slurm's spellings: `gpu:a100:4(S:0-1)`, `gpu` (one), `gres:gpu:2` (up to 23.02) and
 * `gres/gpu:2` (from 23.11), `gres/gpu:a100=8`, `gpu:rtx_3090:no_consume:4`. Other resources (`cpu=2`, `mem=4G`) and what is
 * no resource (`(null)`, `N/A`) are left out. Some releases write `gpu:(null):2(IDX:0-1)` where there is no type.
 */
export function parseGres(text: string): GresEntry[] {
  // A comma inside parentheses belongs to a list of indices.
  const parts = text.match(/(?:[^,(]+|\([^)]*\)?)+/g) ?? [];
  return parts.flatMap((part) => parseEntry(part.replace(':(null)', '')) ?? []);
}

const entry = /^(gres[:/])?([a-z_]\w*)((?::[^:=(),]+)*)(?:=([^(]+))?(?:\((.*)\))?$/i;

function parseEntry(text: string): GresEntry | undefined {
  const match = entry.exec(text.trim());
  if (match === null) return undefined;
  const [, prefix, name = '', rest = '', total, note] = match;
  // `cpu=2`: without the prefix, an amount belongs to another kind of resource.
  if (total !== undefined && prefix === undefined) return undefined;
  const words = rest.split(':').filter((word) => word !== '' && word !== 'no_consume');
  const count = parseCount(total ?? words.at(-1) ?? '');
  if (total === undefined && count !== undefined) words.pop();
  const index = /^IDX:(?!N\/A)(.*)$/.exec(note ?? '')?.[1];
  return { name, type: words.join(':'), count: count ?? (total === undefined ? 1 : 0), ...(index ? { index } : {}) };
}

/** Powers of 1024, also where Slurm shortens exact counts of nodes and CPUs (`2K`). */
const multiples: Readonly<Record<string, number>> = { K: 1_024, M: 1_024 ** 2, G: 1_024 ** 3, T: 1_024 ** 4 };

/** A number as Slurm prints counts: `12`, `4K`. */
export function parseCount(text: string): number | undefined {
  const match = /^(\d{1,12})([KMGT])?$/i.exec(text);
  return match === null ? undefined : Number(match[1]) * (multiples[match[2]?.toUpperCase() ?? ''] ?? 1);
}

/** How many GPUs a text names, whatever its spelling; shards and MPS shares are none. */
export function countGpus(text: string): number {
  let count = 0;
  for (const gpus of gpusByType(text).values()) count += gpus;
  return count;
}

/**
 * GPUs by type, untyped ones under the empty name. In totals (`gres/gpu=4,gres/gpu:a100=4`, in either order) the untyped
 * entry counts the typed ones as well, so only its rest is untyped.
 */
export function gpusByType(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  // Most jobs have none: the common case must be cheap.
  if (!text.includes('gpu')) return counts;
  for (const { name, type, count } of parseGres(text)) {
    if (name === 'gpu') counts.set(type, (counts.get(type) ?? 0) + count);
  }
  const untyped = counts.get('');
  if (untyped === undefined || !text.includes('=')) return counts;
  const typed = [...counts.values()].reduce((sum, count) => sum + count, -untyped);
  if (untyped > typed) counts.set('', untyped - typed);
  else counts.delete('');
  return counts;
}

/** The typed part of the GPUs that a text names, `times` over; `undefined` where none has a type. */
export function gpuTypesOf(text: string, times = 1): Readonly<Record<string, number>> | undefined {
  if (!/gpu:/.test(text)) return undefined;
  const typed = [...gpusByType(text)].filter(([type, count]) => type !== '' && count > 0);
  return typed.length === 0 ? undefined : Object.fromEntries(typed.map(([type, count]) => [type, count * times]));
}
