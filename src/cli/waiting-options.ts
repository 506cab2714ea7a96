import type { Command } from 'commander';
import type { WaitingRequest } from '../app/list-waiting.ts';
import { NotFoundError, UsageError } from '../core/errors.ts';
import { parseJobIdList } from '../core/slurm/job-id.ts';
import { addTargetOptions, targetOf } from './common-options.ts';
import type { CommandContext, ParsedInput } from './define-command.ts';

export function addWaitingOptions(command: Command): Command {
  return addTargetOptions(command.argument('[job-ids...]', 'jobs, arrays or tasks; without any, mine')).option(
    '--me',
    'all my waiting jobs',
  );
}

export function waitingRequestOf({ args, options }: ParsedInput, context: CommandContext): WaitingRequest {
  const jobIds = ((args[0] ?? []) as string[]).flatMap(parseJobIdList);
  if (jobIds.length > 0 && options['me'] === true) {
    throw new UsageError('--me and job ids cannot be used together', {
      code: 'usage.option_conflict',
      hint: 'Keep the one you mean.',
    });
  }
  return { target: targetOf(context), jobIds };
}

/** Says which ids are not in the queue; throws where none is. */
export function noteAbsent(
  { absent, found }: { readonly absent: readonly string[]; readonly found: number },
  { out }: CommandContext,
): void {
  if (found === 0 && absent.length > 0) {
    throw new NotFoundError(`${absent.join(', ')}: not in the queue`, {
      code: 'job.not_found',
      hint: 'List jobs with `srunx squeue`, those of the past with `srunx sacct`.',
    });
  }
  if (absent.length > 0) out.note(`srunx: not in the queue: ${absent.join(', ')}`);
  if (found === 0) out.note('No jobs are waiting');
}
