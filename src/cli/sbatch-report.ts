import type { TargetName } from '../app/app-context.ts';
import { previewCommand, type SubmittedJob } from '../app/submit-job.ts';
import { configuredJson, formatConfigured } from '../core/config/configured-value.ts';
import { quoteWords } from '../core/quote.ts';
import type { CommandContext } from './define-command.ts';
import type { SbatchJob } from './sbatch-job.ts';
import type { SbatchWords } from './sbatch-words.ts';
import type { SyncPart } from './sync-preview.ts';
import { printable, printableLines } from './table.ts';

/** What in the script means something else than it seems. */
export function noteWarnings({ job, source, idle }: SbatchJob, { out }: CommandContext): void {
  for (const { line, message, hint } of job.warnings) {
    const place = [source ?? 'script', line].filter((part) => part !== undefined).join(':');
    out.note(`srunx: warning: ${printable(`${place}: ${message}; ${hint}`)}`);
  }
  if (idle.length === 0) return;
  const keys = idle.map(({ key }) => key).join(', ');
  const why = '#SBATCH lines and SBATCH_* variables come first, and a script sets up its environment itself';
  out.note(`srunx: warning: ${printable(`without effect here, though in the preset: ${keys}; ${why}`)}`);
}

/** The first word behind the script that means something to srunx, and nothing there. */
const misplaced = ['--dry-run', '--test-only', '--wait', '--json', '--parsable', '--embedded', '--local'];

/** What stands behind the script is the script's own, as with the native sbatch; of a `--dry-run` that is hardly meant. */
export function noteMisplaced({ rest }: SbatchWords, { out }: CommandContext): void {
  const word = rest.slice(1).find((argument) => misplaced.includes(argument));
  if (word === undefined) return;
  out.note(`srunx: warning: ${word} stands behind the script, so it is an argument of the script`);
}

/** What would be submitted: on standard output as the result, or on standard error beside it. */
export function showPreview(
  { job, source, placed, configured }: Pick<SbatchJob, 'job' | 'source' | 'placed' | 'configured'>,
  preview: {
    /** What would be sent first. */
    readonly sync?: SyncPart | undefined;
    readonly asResult: boolean;
    /** Slurm's words on when it would start. */
    readonly estimate?: string | undefined;
    /** Its words why it would not be taken, for the JSON alone: they are told as an error, too. */
    readonly refusal?: string | undefined;
    readonly context: CommandContext;
  },
): void {
  const { asResult, estimate, refusal, sync, context } = preview;
  const { app, out } = context;
  const argv = previewCommand(app, { job, placed });
  const cwd = placed?.cwd ?? app.cwd;
  const variables = Object.keys(job.env);
  const script = new TextDecoder().decode(job.script);
  const head = [
    `submitted: ${printable(quoteWords(argv))}`,
    `from: ${printable(cwd)}`,
    ...(sync?.lines ?? []),
    ...configured.map((value) => `configured: ${printable(formatConfigured(value))}`),
    ...variables.map((key) => `variable: ${key}=***`),
    ...(estimate === undefined ? [] : [`estimate: ${printable(estimate)}`]),
    `script: ${printable(source ?? job.name)}, ${job.script.length} bytes`,
  ];
  if (!asResult) {
    for (const line of [...head, printableLines(script.replace(/\n$/, ''))]) out.note(line);
  } else if (out.json) {
    const env = Object.fromEntries(variables.map((key) => [key, '***']));
    out.result(
      {
        ...{ name: job.name, argv, cwd, env, directories: job.directories.map(({ path }) => path), script },
        configured: configuredJson(configured),
        ...(sync === undefined ? {} : { sync: sync.data }),
        ...{ estimate: estimate ?? null, refusal: refusal ?? null },
      },
      '',
    );
  } else {
    head.forEach(out.line);
    // Who looks at a stranger's script must see all of it: nothing in it acts on the terminal. A pipe gets it as it is.
    out.bytes(out.terminal === undefined ? job.script : new TextEncoder().encode(printableLines(script)));
  }
}

export interface ReportedJob extends SubmittedJob {
  readonly target: TargetName;
  readonly source: string | null;
}

export function jobJson({ jobId, runId, name, target, source, verdict, log }: ReportedJob): Record<string, unknown> {
  return { job_id: jobId, name, target, run_id: runId, script: source, log: log ?? null, verdict };
}

/** The id on standard output, as sbatch prints it; what is to be said about it on standard error. */
export function reportSubmission(
  report: ReportedJob,
  { parsable, context }: { readonly parsable: boolean; readonly context: CommandContext },
): void {
  const { out } = context;
  out.result(jobJson(report), parsable ? report.jobId : `Submitted batch job ${report.jobId}`);
  noteVerdict(report, context);
}

export function noteVerdict({ jobId, name, verdict, remarks }: ReportedJob, { out }: CommandContext): void {
  for (const remark of remarks) out.note(`srunx: ${remark}`);
  out.note(`srunx: job ${jobId} (${printable(name)}) ${verdict}`);
}

/** Interrupted: what is certain, and how to come back. */
export function reportInterrupt(
  { runId, jobId }: { readonly runId: string | undefined; readonly jobId: string | undefined },
  { out }: CommandContext,
): void {
  if (jobId !== undefined) out.note(`srunx: detached; job ${jobId} goes on. \`srunx watch jobs ${jobId}\` follows it.`);
  else if (runId !== undefined) {
    // With `--quiet`, too: nobody has been told the id.
    out.insist(
      `srunx: interrupted while the job was handed over; \`srunx flow status ${runId}\` says what became of it.`,
    );
  }
}
