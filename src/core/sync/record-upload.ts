import {
  type Baseline,
  baselineIn,
  type Manifest,
  type NewBaseline,
  renderInvalidated,
  renderManifest,
  type Writer,
} from './manifest.ts';
import { inOrder, mergeSorted, type SortedNames, withoutSorted } from './sorted-names.ts';

export interface Upload {
  /** What was here before rsync began, each once; `undefined`: nobody could tell. */
  readonly inventory: SortedNames | undefined;
  /** Of the filters that hold for every upload of the mount; what one upload has left out besides does not count. */
  readonly fingerprint: string;
  /** What is not here any more was removed there too, all of it. */
  readonly isMirror: boolean;
}

/** What becomes of the record after an upload. Texts come in pieces. */
export type ManifestPlan =
  | { readonly kind: 'write'; readonly text: Iterable<string>; readonly recorded: NewBaseline }
  /** Until a later upload is recorded nothing can be told. */
  | { readonly kind: 'invalidate'; readonly text: Iterable<string>; readonly warning: string }
  /** There is nothing to be written. */
  | { readonly kind: 'leave'; readonly warning: string };

/**
 * Never a reason for a sync to fail.
 *
 * @param found - the record as it was before the upload
 */
export function planManifest(found: Manifest, upload: Upload, writer: Writer): ManifestPlan {
  const { inventory, fingerprint, isMirror } = upload;
  if (inventory === undefined) return planInvalidation(found, { reason: 'the files here could not be listed' }, writer);
  const before = baselineIn(found);
  if (before === undefined && found.kind !== 'absent' && !isMirror) return withoutBaseline(found, writer);
  const isSame = before?.fingerprint === fingerprint;
  const paths = isSame && !isMirror ? mergeSorted(inOrder(before.paths), inventory) : inventory;
  const recorded = {
    paths,
    fingerprint,
    generation: (before?.generation ?? 0) + 1,
    earlier: earlierPaths(found, { isSame, paths }),
  };
  return { kind: 'write', recorded, text: renderManifest(recorded, writer) };
}

/** What was recorded under other filters is still there: they have kept it from being removed. */
function earlierPaths(
  found: Manifest,
  { isSame, paths }: { readonly isSame: boolean; readonly paths: SortedNames },
): readonly string[] {
  const before = baselineIn(found);
  const gone = [...(before?.earlier ?? []), ...(isSame ? [] : (before?.paths ?? []))];
  return gone.length === 0 ? [] : [...withoutSorted(inOrder(gone), paths)];
}

function withoutBaseline(found: Manifest, writer: Writer): ManifestPlan {
  if (found.kind === 'unread') return planInvalidation(found, { reason: 'the record could not be read' }, writer);
  // To begin it anew would call all that has been uploaded before the output of jobs.
  const reason = found.kind === 'unusable' || found.kind === 'invalidated' ? found.reason : '';
  return {
    kind: 'leave',
    warning: `the record of uploads there cannot be used (${reason}); remove it and sync to begin a new one`,
  };
}

interface Failure {
  readonly reason: string;
  /** The last good record, where it is known better than by what was found. */
  readonly kept?: Baseline | undefined;
}

/**
 * After an upload that could not be recorded.
 *
 * @param found - the record as it is now, as far as anybody knows
 */
export function planInvalidation(found: Manifest, { reason, kept }: Failure, writer: Writer): ManifestPlan {
  const warning = `the upload is not recorded: ${reason}`;
  const superseded = kept ?? baselineIn(found);
  // Without a record nothing is taken for known.
  if (found.kind === 'absent' && superseded === undefined) return { kind: 'leave', warning };
  return { kind: 'invalidate', warning, text: renderInvalidated({ reason, superseded }, writer) };
}
