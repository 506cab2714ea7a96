import { UsageError } from '../errors.ts';
import { directiveJobName } from './script-directives.ts';

/** What a job of a workflow may be called. Names become parts of paths, so `../x` must not be one. */
export const jobNamePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

export function isJobName(name: string): boolean {
  return jobNamePattern.test(name);
}

/** Throws a UsageError that quotes the name. */
export function requireJobName(name: string): void {
  if (isJobName(name)) return;
  throw new UsageError(`\`${name}\` is not a job name`, { code: 'usage.job_name', hint: jobNameHint });
}

export const jobNameHint = 'Use letters, digits, `.`, `_` and `-`, beginning with a letter or digit, at most 128.';

/** The name of a job that `--wrap` describes, unless it is given one. */
export const wrapJobName = 'job';

export interface ScriptJobName {
  readonly name: string;
  /** Whether sbatch must be told: it finds only the script's own directive by itself. */
  readonly needsOption: boolean;
}

/**
 * The name that Slurm will show for a script: the one typed, else the last one among its directives, else the file's name.
 * `script` is `undefined` where its text is not known.
 */
export function scriptJobName(sources: {
  readonly typed: string | undefined;
  readonly script: string | undefined;
  readonly fileName: string;
}): ScriptJobName {
  if (sources.typed !== undefined) return { name: sources.typed, needsOption: true };
  const own = sources.script === undefined ? undefined : directiveJobName(sources.script);
  return own ? { name: own, needsOption: false } : { name: sources.fileName, needsOption: true };
}
