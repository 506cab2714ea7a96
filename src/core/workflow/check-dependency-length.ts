import { ConfigError } from '../errors.ts';
import { type NativeJob, nativeEdges } from './native-edges.ts';

/** Linux takes no longer word on a command line, with the zero at its end. */
const maxBytes = 128 * 1024;

/** A colon, and the longest id that Slurm gives a job. */
const bytesOfId = ':67108863'.length;

/** Throws a ConfigError for a job with so many parents that sbatch cannot be told all of them: `--dependency` is one word. */
export function requireShortDependencies(jobs: readonly NativeJob[]): void {
  for (const [name, edges] of nativeEdges(jobs)) {
    if (edges.length * bytesOfId < maxBytes / 2) continue;
    const types = [...new Set(edges.map(({ type }) => type))].join(',');
    if (`--dependency=${types}\0`.length + edges.length * bytesOfId <= maxBytes) continue;
    throw new ConfigError(`job \`${name}\` waits for ${edges.length} jobs, more than one \`--dependency\` can name`, {
      code: 'workflow.too_many_dependencies',
      hint: `At most ${Math.floor((maxBytes - 100) / bytesOfId)} fit. Make the jobs of a matrix one job with \`array\`, or divide the workflow.`,
    });
  }
}
