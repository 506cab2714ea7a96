import { findLog } from '../../app/find-log.ts';
import { type TailEvent, tailLog } from '../../app/tail-log.ts';
import { NotFoundError, UsageError } from '../../core/errors.ts';
import { parseJobId } from '../../core/slurm/job-id.ts';
import { addTargetOptions, positiveNumber, targetOf } from '../common-options.ts';
import { type CommandContext, defineCommand, type ParsedInput } from '../define-command.ts';

export const tail = defineCommand({
  name: 'tail',
  summary: "Show the end of a job's log, or follow it",
  examples: ['srunx tail 4711', 'srunx tail -f 4711_3'],
  configure(command) {
    addTargetOptions(command.argument('<job-id>', 'a job or an array task'))
      .option('-f, --follow', 'go on showing what is appended until the job has ended')
      .option('-n, --last <lines>', 'lines from the end (10)')
      .option('--all', 'the whole log')
      .option('--interval <seconds>', 'how often to look for more (2)')
      .option('--exit-status', "with --follow: exit with the job's code")
      .option('--path', "print only the log's path");
  },
  async run({ args, options }, context) {
    const { app, out } = context;
    const jobId = String(args[0]);
    if (parseJobId(jobId)?.step !== undefined || parseJobId(jobId) === undefined) throw badId(jobId);
    const lines = options['all'] === true ? undefined : lineCount(options);
    const intervalMs = (positiveNumber(options, 'interval') ?? 2) * 1000;
    const target = targetOf(options, context);
    if (options['path'] === true) {
      out.line((await findLog(app, { target, jobId })).path);
      return 0;
    }
    const follow = options['follow'] === true;
    let code = 0;
    for await (const event of tailLog(app, { target, jobId, lines, follow, intervalMs })) {
      show(event, { jobId, out });
      if (event.kind === 'ended') code = event.exitCode;
    }
    return options['exitStatus'] === true ? code : 0;
  },
});

function show(event: TailEvent, { jobId, out }: { readonly jobId: string; readonly out: CommandContext['out'] }): void {
  if (event.kind === 'bytes') out.bytes(event.bytes);
  else if (event.kind === 'missing') throw missing(jobId, event);
  else out.note(`srunx: ${remark(jobId, event)}`);
}

function remark(jobId: string, event: Exclude<TailEvent, { kind: 'bytes' | 'missing' }>): string {
  switch (event.kind) {
    case 'restarted':
      return 'the log was started anew';
    case 'waiting':
      return `job ${jobId} is ${event.status}${event.reason === undefined ? '' : ` (${event.reason})`}`;
    case 'silent':
      return `${event.message}; the log goes on`;
    case 'ended':
      return `job ${jobId} ended: ${event.status}`;
  }
}

function lineCount(options: ParsedInput['options']): number {
  const text = String(options['last'] ?? 10);
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new UsageError(`--last must be a whole number greater than zero, not \`${text}\``, {
    code: 'usage.option_value',
    hint: 'Use --all for the whole log.',
  });
}

function badId(text: string): UsageError {
  return new UsageError(`\`${text}\` is not the id of a job`, {
    code: 'usage.job_id',
    hint: 'Write it as Slurm shows it: 4711, or 4711_3 for an array task.',
  });
}

function missing(jobId: string, { path, status }: { readonly path: string; readonly status: string }): NotFoundError {
  return new NotFoundError(`job ${jobId} (${status}) has no log at ${path}`, {
    code: 'log.not_found',
    hint: status === 'PENDING' ? 'Use --follow to wait for it.' : 'The job may have written its log elsewhere.',
  });
}
