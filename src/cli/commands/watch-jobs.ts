import { type JobChange, type WatchEnd, watchJobs as watch, watchEnds } from '../../app/watch-jobs.ts';
import { exitCodes, UsageError } from '../../core/errors.ts';
import { parseJobIdList } from '../../core/slurm/job-id.ts';
import { didYouMean } from '../../core/suggest.ts';
import { addJsonOption, addTargetOptions, collect, listOf, positiveNumber, targetOf } from '../common-options.ts';
import { type CommandContext, defineCommand, type ParsedInput } from '../define-command.ts';
import { printable } from '../table.ts';
import { createWatchDisplay } from '../watch-display.ts';

export const watchJobs = defineCommand({
  name: 'watch jobs',
  summary: 'Report every change of some jobs until all have ended',
  examples: [
    'srunx watch jobs 4711 4712',
    'srunx watch jobs --me --timeout 3600',
    'srunx watch jobs 4711 --until running && srunx tail -f 4711',
  ],
  configure(command) {
    addTargetOptions(command.argument('[job-ids...]', 'jobs, arrays or tasks'))
      .option('--me', 'all my jobs that have not ended')
      .option('-a, --all', 'all jobs of all users that have not ended')
      .option('--name <names>', 'my jobs with these names that have not ended', collect)
      .option('-i, --interval <seconds>', 'how often to look (by default 5 s, less often while nothing changes)')
      .option('-t, --timeout <seconds>', 'give up after so long')
      .option(
        '--until <moment>',
        '`running`: all have started; `done`: all have ended (the default); `any`: one has ended',
      )
      .option('--fail-fast', 'end as soon as one has failed');
    addJsonOption(command);
  },
  async run(input, context) {
    const { app, out } = context;
    const intervalSeconds = positiveNumber(input.options, 'interval');
    const timeoutSeconds = positiveNumber(input.options, 'timeout');
    const selection = { ...selectionOf(input), until: untilOf(input), failFast: input.options['failFast'] === true };
    const target = targetOf(context);
    const onSilence = (message: string) => out.note(`srunx: ${message}; still watching`);
    const display = createWatchDisplay(context, report);
    const { onLook } = display;
    const request = { ...selection, target, intervalSeconds, timeoutSeconds, onSilence, onLook };
    const last = new Map<string, JobChange>();
    for await (const change of watch(app, request)) {
      display.onChange(change);
      last.set(change.jobId, change);
    }
    display.end();
    if (last.size === 0) out.note('No job to watch');
    return exitCodeOf([...last.values()]);
  },
});

function untilOf({ options }: ParsedInput): WatchEnd | undefined {
  const given = options['until'];
  const until = watchEnds.find((end) => end === given);
  if (given === undefined || until !== undefined) return until;
  throw new UsageError(`--until takes ${watchEnds.join(', ')}, not \`${String(given)}\``, {
    code: 'usage.option_value',
    hint: didYouMean(String(given), watchEnds) ?? 'Leave it out to wait until all have ended.',
  });
}

function selectionOf({ args, options }: ParsedInput): Pick<Parameters<typeof watch>[1], 'jobIds' | 'scope' | 'names'> {
  const jobIds = ((args[0] ?? []) as string[]).flatMap(parseJobIdList);
  const names = listOf(options['name']);
  const scope = options['all'] === true ? 'all' : options['me'] === true || names.length > 0 ? 'me' : undefined;
  if ((scope === undefined) === jobIds.length > 0) return { jobIds, scope, names };
  throw new UsageError(
    scope === undefined ? 'no job was named' : 'job ids were given together with --me, --all or --name',
    {
      code: 'usage.missing_argument',
      hint: 'Give either job ids, or --me for all jobs of yours.',
    },
  );
}

function report(change: JobChange, { out }: CommandContext): void {
  const { at, jobId, name, from, to, reason } = change;
  const time = new Date(at).toISOString();
  if (out.json) {
    out.record({ at: time, job_id: jobId, name, from: from ?? null, to, reason: reason ?? null });
    return;
  }
  const why = reason === undefined ? '' : ` (${printable(reason)})`;
  out.line(`${time} ${jobId} ${printable(name)} ${from === undefined ? '' : `${from} -> `}${to}${why}`);
}

/** A failure outweighs a cancellation, that outweighs success. An end that nobody knows is none. */
function exitCodeOf(last: readonly JobChange[]): number {
  const ends = last.filter(({ terminal }) => terminal);
  if (ends.some(({ to }) => to === 'FAILED' || to === 'TIMEOUT' || to === 'UNKNOWN')) return exitCodes.awaitedFailed;
  return ends.some(({ to }) => to === 'CANCELLED') ? exitCodes.awaitedCancelled : exitCodes.success;
}
