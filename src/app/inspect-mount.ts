import { manifestName, parseManifest } from '../core/sync/manifest.ts';
import { parseItems } from '../core/sync/rsync-output.ts';
import { type StaleUploads, staleUploads } from '../core/sync/stale-uploads.ts';
import { fingerprintOf } from '../sync/fingerprint.ts';
import { notTransferred } from '../sync/sync-errors.ts';
import { pushPatterns } from '../sync/sync-patterns.ts';
import type { AppContext } from './app-context.ts';
import type { ChosenMount } from './choose-mount.ts';
import { prepareSync } from './sync-job.ts';

export interface InspectedMount {
  readonly transfers: readonly string[];
  /** What is there alone: the output of jobs, and what was sent once. */
  readonly candidates: readonly string[];
  /** Also those without a name. */
  readonly candidateCount: number;
  /** Sent once, and not here any more. */
  readonly stale: StaleUploads;
  readonly patterns: readonly string[];
}

/** Compares the two ends of a mount; changes nothing, and takes no lock. */
export async function inspectMount(context: AppContext, chosen: ChosenMount): Promise<InspectedMount> {
  const silent = { purpose: 'a look', force: true, onFirst: async () => {}, onWait: () => {} };
  const job = await prepareSync(context, { ...chosen, ...silent });
  const { client, mount, profile, signal } = job;
  const excludePatterns = await pushPatterns(job);
  const [result, inventory, manifest] = await Promise.all([
    client.push(mount.local, mount.remote, { excludePatterns, signal, delete: true, dryRun: true, itemize: true }),
    client.listLocalFiles(mount.local, { excludePatterns, signal }),
    client.readRemoteFile(`${mount.remote}/${manifestName}`, { requireOwned: true, signal }).then(
      (text) => parseManifest(text ?? undefined),
      (error: unknown) => {
        if (signal.aborted) throw error;
        return { kind: 'unread', reason: error instanceof Error ? error.message : String(error) } as const;
      },
    ),
  ]);
  if (!result.success) throw notTransferred({ mount: mount.name, profile }, result);
  const { transfers, deletions, deletionCount } = parseItems(result.stdout);
  const fingerprint = fingerprintOf(client.effectiveExcludes(mount.exclude_patterns));
  const stale = staleUploads(manifest, { fingerprint, inventory: inventory.paths, candidates: deletions });
  const patterns = client.effectiveExcludes(excludePatterns);
  return { transfers, candidates: deletions, candidateCount: deletionCount, stale, patterns };
}
