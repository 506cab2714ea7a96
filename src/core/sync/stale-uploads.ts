import type { Manifest } from './manifest.ts';

export interface HereNow {
  /** As for a sync with the filters of the mount. */
  readonly fingerprint: string;
  readonly inventory: Iterable<string>;
  /** What a mirror would remove there: only these are there, and not here. Absent: nobody has looked. */
  readonly candidates?: readonly string[] | undefined;
}

export type StaleUploads =
  | { readonly known: true; readonly paths: readonly string[] }
  | { readonly known: false; readonly reason: string };

/** What was uploaded, and is not here any more. Where that cannot be told, it is not said to be nothing. */
export function staleUploads(manifest: Manifest, { fingerprint, inventory, candidates }: HereNow): StaleUploads {
  if (manifest.kind !== 'live') return { known: false, reason: reasonOf(manifest) };
  if (manifest.fingerprint !== fingerprint) {
    return { known: false, reason: 'what is left out has changed since the last recorded upload' };
  }
  const here = new Set(inventory);
  if (candidates === undefined) return { known: true, paths: manifest.paths.filter((path) => !here.has(path)) };
  const recorded = new Set([...manifest.paths, ...manifest.earlier]);
  return { known: true, paths: candidates.filter((path) => recorded.has(path) && !here.has(path)) };
}

function reasonOf(manifest: Exclude<Manifest, { readonly kind: 'live' }>): string {
  switch (manifest.kind) {
    case 'absent':
      return 'no upload has been recorded';
    case 'invalidated':
      return `an upload has not been recorded: ${manifest.reason}`;
    case 'unusable':
      return `the record of uploads cannot be used: ${manifest.reason}`;
    case 'unread':
      return `the record of uploads could not be read: ${manifest.reason}`;
  }
}
