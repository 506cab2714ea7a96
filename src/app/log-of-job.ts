import { posix } from 'node:path';
import { parseSbatchArgs } from '../core/job/sbatch-options.ts';
import { parseDirectives } from '../core/job/script-directives.ts';
import { defaultLogPattern } from '../core/slurm/log-pattern.ts';
import type { DescribedJob } from '../engine/describe-run.ts';

/** Where Slurm will write the log of a job of a plan: options beat variables, variables beat the script. */
export function logOfJob(
  job: { readonly script: string; readonly options: readonly string[] },
  from: { readonly cwd: string; readonly user: string; readonly env: Readonly<Record<string, string | undefined>> },
): NonNullable<DescribedJob['log']> {
  const directives = parseDirectives(job.script);
  const { options } = parseSbatchArgs(job.options);
  const given = (name: string, variable?: string) => {
    const of = (list: typeof options) => list.findLast((option) => option.name === name)?.value;
    return of(options) ?? (variable === undefined ? undefined : from.env[variable] || undefined) ?? of(directives);
  };
  const isArray = given('array', 'SBATCH_ARRAY_INX') !== undefined;
  const error = given('error', 'SBATCH_ERROR');
  return {
    pattern: given('output', 'SBATCH_OUTPUT') ?? defaultLogPattern({ isArray }),
    workDir: posix.resolve(from.cwd, given('chdir') ?? '.'),
    user: from.user,
    isArray,
    ...(error === undefined ? {} : { error }),
  };
}
