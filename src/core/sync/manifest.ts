import { jsonPieces, type LazyJson } from '../json-pieces.ts';

/**
 * The record of what was uploaded to a mount, kept beside the files there. It tells code that nobody has here any more from the
 * output of jobs. Older tools read and write it too, so its form is theirs. All paths are as rsync escapes them.
 *
 * Whoever is not sure says so: a record that is incomplete would call a directory clean that is not.
 */
export const manifestName = '.srunx-manifest.json';

export const manifestMode = '600';

const version = 2;

/** One upload after the other, under the same filters. */
export interface Baseline<Paths = readonly string[]> {
  readonly paths: Paths;
  readonly fingerprint: string;
  readonly generation: number;
  /** What was uploaded under other filters before; older tools do not know of it. */
  readonly earlier: readonly string[];
}

/** One that is to be written: all of its paths never have to be there at once. */
export type NewBaseline = Baseline<Iterable<string>>;

export type Manifest =
  /** It is not there, for certain. */
  | { readonly kind: 'absent' }
  | ({ readonly kind: 'live' } & Baseline)
  /** An upload has not been recorded; what was before it may be. */
  | ({ readonly kind: 'invalidated' } & Invalidation)
  /** It is there, and cannot be trusted. */
  | { readonly kind: 'unusable'; readonly reason: string }
  /** Nobody could look. */
  | { readonly kind: 'unread'; readonly reason: string };

/** @param text - `undefined`: there is no such file */
export function parseManifest(text: string | undefined): Manifest {
  if (text === undefined) return { kind: 'absent' };
  const record = parseObject(text);
  if (record === undefined) return unusable('it is no JSON object');
  const { schema_version: found, invalidated = false, reason, superseded } = record;
  if (found !== version) return unusable(`its version is ${JSON.stringify(found) ?? 'not said'}`);
  if (invalidated === true) {
    const words = typeof reason === 'string' ? reason : 'no reason is given';
    return { kind: 'invalidated', reason: words, superseded: baselineOf(superseded) };
  }
  const baseline = baselineOf(record);
  if (invalidated !== false || baseline === undefined) return unusable('something in it is missing or of another kind');
  return { kind: 'live', ...baseline };
}

function unusable(reason: string): Manifest {
  return { kind: 'unusable', reason };
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const content: unknown = JSON.parse(text);
    const isObject = typeof content === 'object' && content !== null && !Array.isArray(content);
    return isObject ? (content as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

/** All of it, or nothing. */
function baselineOf(value: unknown): Baseline | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { exclude_fingerprint: fingerprint, generation, ...lists } = value as Readonly<Record<string, unknown>>;
  const paths = textsOf(lists['paths']);
  const earlier = textsOf(lists['earlier_paths'] ?? []);
  const isCounted = Number.isSafeInteger(generation) && Number(generation) >= 0;
  if (paths === undefined || earlier === undefined || typeof fingerprint !== 'string' || !isCounted) return undefined;
  return { paths, fingerprint, generation: Number(generation), earlier };
}

function textsOf(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined;
}

/** Who writes, and when. */
export interface Writer {
  readonly host: string;
  /** ISO 8601 in UTC. */
  readonly at: string;
}

/** In pieces. */
export function renderManifest(baseline: NewBaseline, writer: Writer): Iterable<string> {
  return render(fieldsOf(baseline), writer);
}

export interface Invalidation {
  readonly reason: string;
  /** The last good record. */
  readonly superseded: Baseline | undefined;
}

export function renderInvalidated({ reason, superseded }: Invalidation, writer: Writer): Iterable<string> {
  const kept = superseded === undefined ? {} : { superseded: fieldsOf(superseded) };
  return render({ invalidated: true, reason, ...kept }, writer);
}

function fieldsOf({ paths, fingerprint, generation, earlier }: NewBaseline): Readonly<Record<string, LazyJson>> {
  const more = earlier.length === 0 ? {} : { earlier_paths: earlier };
  return { ...more, exclude_fingerprint: fingerprint, generation, paths };
}

function* render(fields: Readonly<Record<string, LazyJson>>, { host, at }: Writer): Generator<string> {
  const written = { schema_version: version, writer_host: host, written_at: `${at.slice(0, 19)}+00:00` };
  yield* jsonPieces({ ...fields, ...written });
  yield '\n';
}

/** The last good record. */
export function baselineIn(manifest: Manifest): Baseline | undefined {
  if (manifest.kind === 'live') return manifest;
  return manifest.kind === 'invalidated' ? manifest.superseded : undefined;
}
