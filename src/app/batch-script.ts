import { NotFoundError, RefusedError, StorageError } from '../core/errors.ts';
import type { AppContext, TargetName } from './app-context.ts';
import { showHistory } from './show-history.ts';

/**
 * The script of a job, byte by byte: Slurm's own copy while the controller has it, else what srunx has kept. Others' scripts are
 * shown to nobody but operators.
 */
export async function batchScript(
  context: AppContext,
  { target, jobId }: { readonly target: TargetName; readonly jobId: string },
): Promise<Uint8Array> {
  let said = '';
  if (target !== 'embedded') {
    const argv = ['scontrol', 'write', 'batch_script', jobId, '-'] as const;
    const result = await context.shell(target).run({ argv: [...argv], env: { LC_ALL: 'C' }, signal: context.signal });
    if (result.exitCode === 0 && result.stdout.length > 0) return result.stdout;
    said = new TextDecoder().decode(result.stderr).trim();
  }
  const kept = await keptScript(context, { target, jobId });
  if (kept !== undefined) return new TextEncoder().encode(kept);
  if (/invalid user id|permission denied/i.test(said)) {
    throw new RefusedError(`the script of job ${jobId} is not for you to see`, {
      code: 'slurm.denied',
      detail: said,
      hint: 'Only the owner of a job or an administrator may see it.',
    });
  }
  throw new NotFoundError(`the script of job ${jobId} is not known any more on ${target}`, {
    code: 'script.not_found',
    ...(said === '' ? {} : { detail: said }),
    hint: 'Slurm keeps scripts for their owners, and only while it remembers the job.',
  });
}

async function keptScript(
  context: AppContext,
  { target, jobId }: { readonly target: TargetName; readonly jobId: string },
): Promise<string | undefined> {
  try {
    const { record } = await showHistory(context, { word: jobId, target, refresh: false });
    return record?.script?.isWhole === true ? record.script.text : undefined;
  } catch (error) {
    if (error instanceof NotFoundError || error instanceof StorageError) return undefined;
    throw error;
  }
}
