import type { ChosenMount } from '../app/choose-mount.ts';
import { previewSync } from '../app/preview-sync.ts';
import { formatByteSize } from '../core/byte-size.ts';
import { countOf } from '../core/count-of.ts';
import { SrunxError } from '../core/errors.ts';
import { displayName } from '../core/sync/rsync-names.ts';
import type { CommandContext } from './define-command.ts';
import { printable } from './table.ts';

/** What of a preview is about the code. */
export interface SyncPart {
  readonly lines: readonly string[];
  readonly data: Readonly<Record<string, unknown>>;
}

const mostShown = 20;

/** What a submission from a mount would send first. That it cannot be told is part of the answer. */
export async function syncPart(
  placed: (ChosenMount & { readonly syncs: boolean; readonly snapshot: boolean }) | undefined,
  { app }: Pick<CommandContext, 'app'>,
): Promise<SyncPart | undefined> {
  if (placed === undefined) return undefined;
  const { mount, profile, syncs, snapshot } = placed;
  const place = printable(`${mount.name} -> ${profile.name}:${mount.remote}`);
  const facts = { mount: mount.name, local: mount.local, remote: mount.remote, snapshot };
  if (!syncs) return { lines: [`sync: ${place}: skipped`], data: { ...facts, skipped: true } };
  try {
    const how = { excludePatterns: [], isPull: false, isMirror: false, overwrite: false };
    const { transfers, bytes, refusals } = await previewSync(app, { ...placed, ...how });
    const shown = transfers.slice(0, mostShown).map((name) => `  > ${displayName(name)}`);
    const more = transfers.length > shown.length ? [`  ... and ${transfers.length - shown.length} more`] : [];
    const what =
      transfers.length === 0 ? 'no changes' : `${countOf(transfers.length, 'file')}, ${formatByteSize(bytes)}`;
    const notes = refusals.map((words) => `sync: ${printable(words)}`);
    return {
      lines: [`sync: ${place}: ${what}`, ...shown, ...more, ...notes],
      data: { ...facts, skipped: false, transfers, refusals },
    };
  } catch (error) {
    if (!(error instanceof SrunxError)) throw error;
    return {
      lines: [`sync: ${place}: cannot be told: ${printable(error.message)}`],
      data: { ...facts, error: error.message },
    };
  }
}
