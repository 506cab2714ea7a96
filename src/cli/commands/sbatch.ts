import { estimateStart } from '../../app/estimate-start.ts';
import { rememberNames } from '../../app/name-cache.ts';
import { placedCode } from '../../app/place-submission.ts';
import { submitJob } from '../../app/submit-job.ts';
import { targetOf } from '../common-options.ts';
import { defineCommand, type ParsedInput } from '../define-command.ts';
import { readSbatchJob, type SbatchJob } from '../sbatch-job.ts';
import { describeSbatch, nativeOptions } from '../sbatch-options.ts';
import { noteLimits, previewSubmission, type SubmitChoice } from '../sbatch-preview.ts';
import { noteMisplaced, noteWarnings, reportInterrupt, reportSubmission, showPreview } from '../sbatch-report.ts';
import { type Waiting, waitForEnd, waitOf } from '../sbatch-wait.ts';
import { readSbatchWords, type SbatchWords, withProfileBehind } from '../sbatch-words.ts';
import { submitWithCode } from '../submit-with-code.ts';
import { tellConfigured } from '../tell-configured.ts';

export const sbatch = defineCommand({
  name: 'sbatch',
  summary: 'Submit a batch script, or a command with --wrap',
  examples: [
    'srunx sbatch --gpus-per-node 1 train.sh --epochs 20',
    "srunx sbatch -J hello -t 10 --wrap 'hostname; date' --wait",
    'srunx sbatch -p gpu --dry-run < job.sh',
  ],
  configure: describeSbatch,
  moreOptions: nativeOptions,
  parse(words, { profiles }) {
    const read = withProfileBehind(readSbatchWords(words), { words, profiles });
    if (read.own['help'] === true) return undefined;
    return { args: [read.rest], options: { ...read.own, slurm: read.slurm } };
  },
  async run(input, context) {
    const words = wordsOf(input);
    const { own } = words;
    const waiting = waitOf(own, context);
    const target = targetOf(context);
    const submission = await readSbatchJob(words, { target, context });
    noteMisplaced(words, context);
    noteWarnings(submission, context);
    const isPreview = own['dry-run'] === true;
    if (isPreview) return previewSubmission(submission, { target, context });
    if (own['verbose'] === true) showPreview(submission, { asResult: false, context });
    if (own['test-only'] === true) return testOnly(submission, { target, context });
    return submit(submission, { target, waiting, parsable: own['parsable'] === true, context });
  },
});

function wordsOf({ args, options }: ParsedInput): SbatchWords {
  const { slurm, ...own } = options;
  return { own: own as SbatchWords['own'], slurm: slurm as SbatchWords['slurm'], rest: args[0] as string[] };
}

async function testOnly({ job }: SbatchJob, { target, context }: SubmitChoice): Promise<number> {
  const estimate = await estimateStart(context.app, { job, target });
  context.out.result({ estimate }, estimate);
  return 0;
}

async function submit(
  { job, source, placed, configured, forcesSync }: SbatchJob,
  request: SubmitChoice & { readonly waiting: Waiting | undefined; readonly parsable: boolean },
): Promise<number> {
  const { target, context, waiting, parsable } = request;
  const { app } = context;
  let runId: string | undefined;
  let jobId: string | undefined;
  try {
    const onRecorded = (id: string) => {
      runId = id;
    };
    const sending = { placed: placedCode(placed), force: forcesSync, purpose: 'srunx sbatch' };
    const submitted = await submitWithCode(sending, context, ([code]) =>
      submitJob(app, { job, target, source, placed, code, onRecorded }),
    );
    jobId = submitted.jobId;
    rememberNames(app, {
      jobs: [{ id: jobId, name: submitted.name, state: 'PENDING', target }],
      runs: [{ id: submitted.runId, name: submitted.name }],
    });
    // Interrupted too late to stop it, but nobody is told of a success after that.
    app.signal.throwIfAborted();
    const report = { ...submitted, target, source };
    if (waiting === undefined || !context.out.json) reportSubmission(report, { parsable, context });
    // One more question than a loop of submissions should cost; a person is glad of the answer.
    if (context.out.terminal !== undefined) await noteLimits({ job }, request);
    return waiting === undefined ? 0 : await waitForEnd(report, { ...waiting, context });
  } catch (error) {
    if (app.signal.aborted) reportInterrupt({ runId, jobId }, context);
    throw tellConfigured(error, configured);
  }
}
