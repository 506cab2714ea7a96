import { type PlannedResubmission, planResubmission, resubmitJob } from '../../app/resubmit-job.ts';
import { UsageError } from '../../core/errors.ts';
import { validateSbatchOption } from '../../core/job/validate-sbatch-option.ts';
import { addJsonOption, addTargetOptions, collect } from '../common-options.ts';
import { type CommandContext, defineCommand } from '../define-command.ts';
import { namedTarget } from '../named-target.ts';
import { readVariables } from '../sbatch-job.ts';
import { previewSubmission } from '../sbatch-preview.ts';
import { reportInterrupt, reportSubmission } from '../sbatch-report.ts';
import { readSbatchWords, type SbatchWords } from '../sbatch-words.ts';

export const historyResubmit = defineCommand({
  name: 'history resubmit',
  summary: 'Submit a recorded job once more, as a new job',
  examples: ['srunx history resubmit 4711', 'srunx history resubmit 4711 --time 8:00:00 --env WANDB_API_KEY'],
  configure(command) {
    addTargetOptions(command.usage('<id> [options]').argument('<id>', 'a job, or one job of a run (k3v9/train)'))
      .option('--env <key=value>', 'a variable of the job; KEY alone takes its value from here', collect)
      .option('--parsable', 'print the job id alone')
      .option('--dry-run', 'show what would be submitted, and what Slurm says to it');
    addJsonOption(command).addHelpText(
      'after',
      "\nEvery option of Slurm's sbatch takes the place of a recorded one: --time, --partition, --mem ...",
    );
  },
  parse(words) {
    const before = readSbatchWords(words);
    const [id, ...others] = before.rest;
    const behind = readSbatchWords(others);
    const env = [before.own['env'], behind.own['env']].flatMap((values) => (Array.isArray(values) ? values : []));
    const own = { ...before.own, ...behind.own };
    if (own['help'] === true) return undefined;
    requireFitting(own, { id, extra: behind.rest[0] });
    return { args: [id], options: { ...own, env, slurm: [...before.slurm, ...behind.slurm] } };
  },
  async run({ args, options }, context) {
    const { app } = context;
    const slurm = options['slurm'] as SbatchWords['slurm'];
    for (const option of slurm) validateSbatchOption(option);
    const planned = await planResubmission(app, {
      word: String(args[0]),
      target: namedTarget(context),
      options: slurm,
      env: variablesOf(options['env'] as readonly string[], context),
    });
    if (options['dry-run'] === true) return preview(planned, context);
    return submit(planned, { parsable: options['parsable'] === true, context });
  },
});

async function preview(
  { job, source, target, from, remarks }: PlannedResubmission,
  context: CommandContext,
): Promise<number> {
  for (const remark of remarks) context.out.note(`srunx: ${remark}`);
  return previewSubmission(
    { job, source, placed: undefined, configured: [] },
    { target, context: { ...context, app: from } },
  );
}

async function submit(
  planned: PlannedResubmission,
  { parsable, context }: { readonly parsable: boolean; readonly context: CommandContext },
): Promise<number> {
  let runId: string | undefined;
  let jobId: string | undefined;
  const onRecorded = (id: string) => {
    runId = id;
  };
  try {
    const resubmitted = await resubmitJob(planned, { onRecorded });
    jobId = resubmitted.jobId;
    context.app.signal.throwIfAborted();
    reportSubmission(resubmitted, { parsable, context });
    return 0;
  } catch (error) {
    if (context.app.signal.aborted) reportInterrupt({ runId, jobId }, context);
    throw error;
  }
}

/** Of srunx's own options those that choose what is submitted anew have no meaning here. */
const fitting: ReadonlySet<string> = new Set([
  'dry-run',
  'env',
  'parsable',
  'json',
  'query',
  'local',
  'embedded',
  'quiet',
  'help',
]);

function requireFitting(
  own: SbatchWords['own'],
  { id, extra }: { readonly id: string | undefined; readonly extra: string | undefined },
): void {
  const unfit = Object.keys(own).find((name) => !fitting.has(name));
  if (unfit !== undefined) {
    throw new UsageError(`--${unfit} has no meaning for a job that is submitted again`, {
      code: 'usage.option_conflict',
      hint: '`srunx history resubmit --help` lists the options.',
    });
  }
  if (id !== undefined && extra === undefined) return;
  throw new UsageError(id === undefined ? 'no job is named' : `\`${extra}\` is one word too many`, {
    code: id === undefined ? 'usage.missing_argument' : 'usage.excess_arguments',
    hint: 'Name one job: `srunx history resubmit 4711`.',
  });
}

/** A name alone means the value that it has here: so that no secret stands in a command line. */
function variablesOf(pairs: readonly string[], { app }: CommandContext): Record<string, string> {
  return readVariables(
    pairs.map((pair) => {
      const value = pair.includes('=') ? undefined : app.env[pair];
      return value === undefined ? pair : `${pair}=${value}`;
    }),
  );
}
