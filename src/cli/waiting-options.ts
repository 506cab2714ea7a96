import type { Command } from 'commander';
import { exitCodes, NotFoundError, UsageError } from '../core/errors.ts';
import { parseJobIdList } from '../core/slurm/job-id.ts';
import { type AcrossProfiles, type Answered, addAcrossOption } from './across-profiles.ts';
import { addTargetOptions } from './common-options.ts';
import type { CommandContext, ParsedInput } from './define-command.ts';

export function addWaitingOptions(command: Command): Command {
  command.argument('[job-ids...]', 'jobs, arrays or tasks; without any, mine');
  return addAcrossOption(addTargetOptions(command)).option('--me', 'all my waiting jobs');
}

/** Empty: all of our own that wait. */
export function waitingIdsOf({ args, options }: ParsedInput): readonly string[] {
  const jobIds = ((args[0] ?? []) as string[]).flatMap(parseJobIdList);
  if (jobIds.length > 0 && options['me'] === true) {
    throw new UsageError('--me and job ids cannot be used together', {
      code: 'usage.option_conflict',
      hint: 'Keep the one you mean.',
    });
  }
  return jobIds;
}

interface Found {
  readonly absent: readonly string[];
}

/** Says which ids are in no queue; throws where none is in any, unless one could not be looked into. */
export function noteAbsent(
  answers: readonly Answered<Found>[],
  { across, count, out }: { readonly across: AcrossProfiles; readonly count: number } & Pick<CommandContext, 'out'>,
): void {
  const [first, ...others] = answers.map(({ answer }) => answer.absent);
  const absent = (first ?? []).filter((id) => others.every((ids) => ids.includes(id)));
  if (count === 0 && absent.length > 0 && across.code() === exitCodes.success) {
    throw new NotFoundError(`${absent.join(', ')}: not in the queue`, {
      code: 'job.not_found',
      hint: 'List jobs with `srunx squeue`, those of the past with `srunx sacct`.',
    });
  }
  if (absent.length > 0) out.note(`srunx: not in the queue: ${absent.join(', ')}`);
  if (count === 0) out.note('No jobs are waiting');
}
