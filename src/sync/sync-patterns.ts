import { broughtPatterns } from '../core/sync/excludes.ts';
import { patternOf } from './pull-conflicts.ts';
import { recallPulled, stillPulled } from './pulled-files.ts';
import { keyOf, type SyncJob } from './sync-job.ts';

/** All that a push of the mount leaves out, besides what every one does. */
export async function pushPatterns(job: SyncJob): Promise<readonly string[]> {
  return [...broughtPatterns, ...pulledPatterns(job), ...(await pullPatterns(job))];
}

/** The same of a pull, but for files that are newer here. */
export async function pullPatterns({ mount, excludePatterns, ignored }: SyncJob): Promise<readonly string[]> {
  return [...mount.exclude_patterns, ...excludePatterns, ...((await ignored?.()) ?? [])];
}

/** What was brought and has not been touched since is not sent back: by now the cluster may have another one. */
export function pulledPatterns(job: SyncJob): readonly string[] {
  const { stateDir, mount } = job;
  return stillPulled(mount.local, recallPulled(stateDir, keyOf(job))).map((name) => `/${patternOf(name)}`);
}
