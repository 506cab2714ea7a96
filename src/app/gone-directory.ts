import { statSync } from 'node:fs';
import type { AppContext } from './app-context.ts';
import { knownTarget } from './refresh-runs.ts';
import type { RunStatusView } from './run-status-view.ts';
import { isRemote } from './target-name.ts';

/**
 * That the plan directory of a run is not there any more, in words; `undefined` where it is, or where it would lie on another
 * machine. Slurm knows nothing of it: jobs that begin without it just cannot find their files.
 */
export function goneDirectory(
  context: Pick<AppContext, 'isTarget'>,
  run: Pick<RunStatusView, 'target' | 'directory' | 'jobs' | 'handover'>,
): string | undefined {
  if (knownTarget(context, run) === undefined || isRemote(run.target)) return undefined;
  if (run.handover === 'planned' || isThere(run.directory)) return undefined;
  const words = `the plan directory ${run.directory} is gone`;
  const isNeeded = run.jobs.some(({ final, exitCode }) => !final || exitCode === 127);
  return isNeeded ? `${words}: what begins without it ends with exit 127` : words;
}

function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    // Somebody else's, into which this account may not look.
    return true;
  }
}
