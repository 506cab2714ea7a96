import { slurmError } from '../cluster/slurm/slurm-client.ts';
import { UsageError } from '../core/errors.ts';
import { renderRunWithSecrets } from '../core/remote/secrets-shell.ts';
import { saysExport } from '../core/slurm/handover-script.ts';
import type { AppContext, TargetName } from './app-context.ts';

export interface EstimatedJob {
  readonly options: readonly string[];
  readonly script: string | Uint8Array;
  readonly env: Readonly<Record<string, string>>;
}

/** What `sbatch --test-only` says of a job: when and where it would start. Nothing is submitted. */
export async function estimateStart(
  context: AppContext,
  { job, target }: { readonly job: EstimatedJob; readonly target: TargetName },
): Promise<string> {
  if (target === 'embedded') {
    throw new UsageError('--test-only is a question to Slurm, and the embedded runner has no answer to it', {
      code: 'usage.option_conflict',
      hint: 'Use --dry-run to see what would be submitted.',
    });
  }
  const argv = ['sbatch', '--test-only', ...job.options] as const;
  const shell = context.shell(target);
  const result = await shell.run({
    argv: shell.isRemote ? ['sh', '-c', withSecrets(job), 'sh', ...argv] : [...argv],
    stdin: job.script,
    cwd: (await context.placeOn(target)).cwd,
    login: true,
    env: { ...job.env, LC_ALL: 'C' },
    signal: context.signal,
  });
  const decoder = new TextDecoder();
  const stderr = decoder.decode(result.stderr).trim();
  if (result.exitCode !== 0) {
    const reply = { exitCode: result.exitCode ?? 128, stdout: decoder.decode(result.stdout), stderr };
    throw slurmError({ argv: [...argv], reply, target });
  }
  return stderr.replace(/^sbatch: /gm, '');
}

/** As it would be submitted: plugins of the site may look at the variables. */
function withSecrets({ env, options }: EstimatedJob): string {
  const more = saysExport(options) ? [] : ['--export=ALL'];
  return renderRunWithSecrets({ except: Object.keys(env), more });
}
