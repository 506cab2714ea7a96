import { reservedNames } from '../core/remote/check-profile.ts';
import { insertJob } from '../store/jobs.ts';
import type { Store } from '../store/open-store.ts';
import { ensureCluster, insertRun } from '../store/runs.ts';
import { type RunDescription, toNewJob } from './describe-run.ts';
import { adoptLabels } from './labels-file.ts';
import { storedText } from './run-description.ts';

/** What a plan directory says of its run. */
export interface FoundPlan {
  readonly directory: string;
  readonly description: RunDescription;
  /** The name of the shell that has found it: of the target on whose machine it lies. */
  readonly through: string;
  /** The content of its `labels.json`, where it has one. */
  readonly labels: string | undefined;
}

/**
 * Takes a run into the store that did not know it. False where somebody else was faster. Runs inside the caller's
 * transaction.
 */
export function adoptRun(store: Store, { directory, description, labels, through }: FoundPlan): boolean {
  const { cluster, jobs, sweep: _sweep, version: _version, planHash: _hash, cwd: _cwd, ...facts } = description;
  const clusterId = ensureCluster(store, cluster);
  const plan = storedText(description);
  if (
    !insertRun(store, {
      ...facts,
      target: targetHere(description, through),
      clusterId,
      directory,
      plan,
      handover: 'running',
    })
  )
    return false;
  jobs.forEach((_, ordinal) => {
    insertJob(store, toNewJob(description, ordinal));
  });
  if (labels !== undefined) adoptLabels(store, { id: description.id, jobs: jobs.length }, labels);
  return true;
}

/**
 * Whoever has submitted it may have called its target otherwise: what is local on a login node is behind ssh for others, and each has
 * other names for profiles.
 */
function targetHere({ target, cluster }: RunDescription, through: string): string {
  if (!reservedNames.includes(through)) return through;
  if (reservedNames.includes(target)) return target;
  return cluster.kind === 'embedded' ? 'embedded' : 'local';
}
