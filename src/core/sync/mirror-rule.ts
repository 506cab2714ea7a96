import { RefusedError } from '../errors.ts';
import type { StaleUploads } from './stale-uploads.ts';

/** What a mirror may remove without being told so: what was sent before, and is not here any more. */
const mostUnasked = 100;

export interface MirrorChoice {
  /** For messages: `code (dgx:/scratch/ada/code)`. */
  readonly what: string;
  /** Escaped names. */
  readonly deletions: readonly string[];
  /** Entries, of which some have no name. */
  readonly count: number;
  readonly stale: StaleUploads;
  /** As it was typed. */
  readonly maxDelete: number | undefined;
  readonly display: (name: string) => string;
}

/** How much may be removed. Throws where that is more than was asked for, with what it would be. */
export function judgeMirror({ what, deletions, count, stale, maxDelete, display }: MirrorChoice): number | undefined {
  if (count === 0) return undefined;
  const entries = count === 1 ? '1 entry' : `${count} entries`;
  if (maxDelete !== undefined) {
    if (count <= maxDelete) return maxDelete;
    throw refuse(`${entries} would be removed in ${what}, more than --max-delete ${maxDelete}`, deletions);
  }
  const sent = new Set(stale.known ? stale.paths : []);
  const strange = deletions.filter((name) => !sent.has(name) && !name.endsWith('/'));
  const isOurs = stale.known && strange.length === 0;
  if (isOurs && count <= mostUnasked) return count;
  const why = stale.known
    ? `${strange.length} of which not sent from here, such as the output of jobs`
    : `and it cannot be told which were sent from here: ${stale.reason}`;
  throw refuse(
    `${entries} would be removed in ${what}, ${isOurs ? `more than ${mostUnasked}` : why}`,
    strange.length > 0 ? strange : deletions,
  );

  function refuse(message: string, names: readonly string[]): RefusedError {
    const shown = names.slice(0, mostShown).map((name) => `  ${display(name)}`);
    const more = names.length > shown.length ? [`  ... and ${names.length - shown.length} more`] : [];
    return new RefusedError(message, {
      code: 'sync.would_delete',
      detail: [...shown, ...more].join('\n'),
      hint: `Look at them; \`--delete --max-delete ${count}\` removes them, and keeps them in a directory beside.`,
    });
  }
}

const mostShown = 20;
