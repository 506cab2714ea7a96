import { posix } from 'node:path';
import type { SbatchRequest } from '../core/job/sbatch-request.ts';
import { expandLogPattern } from '../core/slurm/log-pattern.ts';
import type { LogDirectory } from './prepare-directories.ts';

/**
 * The directories of a job's logs, as far as they are known before it has an id. Without an explicit path that is the working
 * directory, but only our own: one given with --chdir may exist on the nodes alone.
 */
export function logDirectories(
  request: Pick<SbatchRequest, 'output' | 'error' | 'chdir'>,
  { name, cwd }: { readonly name: string; readonly cwd: string },
): readonly LogDirectory[] {
  const workDir = posix.resolve(cwd, request.chdir ?? '.');
  const paths = [request.output, request.error].filter((path) => path !== undefined);
  if (request.output === undefined && request.chdir === undefined) paths.push('.');
  const directories = paths.flatMap((pattern) => {
    const path = pattern === '.' ? './log' : expandLogPattern(pattern, { jobId: '%j', arrayJobId: '%A', name });
    const directory = posix.dirname(posix.resolve(workDir, path));
    return directory.includes('%') || directory === '/dev' || directory.startsWith('/dev/') ? [] : [directory];
  });
  const below = request.chdir === undefined ? undefined : workDir;
  return [...new Set(directories)].map((path) => ({ path, below: isInside(path, below) ? below : undefined }));
}

function isInside(path: string, directory: string | undefined): boolean {
  return directory !== undefined && (path === directory || path.startsWith(`${directory.replace(/\/$/, '')}/`));
}
