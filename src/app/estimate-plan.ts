import { SrunxError, SubmissionError, UsageError } from '../core/errors.ts';
import type { Plan, PlannedJob } from '../core/workflow/plan.ts';
import { type PlanSpan, planSpan } from '../core/workflow/plan-span.ts';
import type { AppContext, TargetName } from './app-context.ts';
import { estimateStart } from './estimate-start.ts';
import { explainRefusal } from './explain-refusal.ts';

export interface PlanEstimate {
  /** Of the jobs that wait for no other. */
  readonly starts: readonly StartEstimate[];
  /** Jobs that would have needed one more question to Slurm than is polite. */
  readonly notAsked: readonly string[];
  /** From now to the end, if every job needs all of its time and none but the first ones wait; `undefined`: not known. */
  readonly span: PlanSpan | undefined;
}

export interface StartEstimate {
  readonly job: string;
  /** Epoch ms; `undefined` where Slurm did not say when. */
  readonly startsAt: number | undefined;
  /** Slurm's own. */
  readonly words: string;
}

/** Each question costs the controller a scheduling attempt. */
const maxQuestions = 20;

/** When and where Slurm would start the jobs that wait for no other. Jobs that ask for the same are asked about once. */
export async function estimatePlan(
  context: AppContext,
  { plan, target }: { readonly plan: Plan; readonly target: TargetName },
): Promise<PlanEstimate> {
  if (target === 'embedded') {
    throw new UsageError('--test-only is a question to Slurm, and the embedded runner has no answer to it', {
      code: 'usage.option_conflict',
      hint: 'Leave it out.',
    });
  }
  const roots = Map.groupBy(
    plan.jobs.filter(({ edges }) => edges.length === 0),
    signatureOf,
  );
  const groups = [...roots.values()];
  const starts: StartEstimate[] = [];
  for (const group of groups.slice(0, maxQuestions)) {
    const [first] = group;
    if (first === undefined) continue;
    const words = await ask(context, { job: first, target });
    starts.push(...group.map(({ name }) => ({ job: name, startsAt: startOf(words), words })));
  }
  const notAsked = groups.slice(maxQuestions).flatMap((group) => group.map(({ name }) => name));
  const now = context.now();
  const isKnown = notAsked.length === 0 && starts.every(({ startsAt }) => startsAt !== undefined);
  const waits = new Map(starts.map(({ job, startsAt = now }) => [job, Math.max(0, startsAt - now) / 1_000]));
  return { starts, notAsked, span: isKnown ? planSpan(plan.jobs, waits) : undefined };
}

/** What its start depends on. */
function signatureOf({ options, script, kind }: PlannedJob): string {
  const telling = options.filter((option) => !/^--(?:job-name|output|error)=/.test(option));
  return JSON.stringify([telling, kind === 'shell' ? script : '']);
}

async function ask(
  context: AppContext,
  request: { readonly job: PlannedJob; readonly target: TargetName },
): Promise<string> {
  try {
    return await estimateStart(context, request);
  } catch (error) {
    if (!(error instanceof SubmissionError || error instanceof UsageError)) throw error;
    const explained = await explainRefusal(context, request.target, error);
    throw explained instanceof SrunxError ? refused(explained, request.job.name) : explained;
  }
}

function refused(error: SrunxError, name: string): SubmissionError {
  const { detail = error.message, hint = 'Correct the job; `srunx flow plan` shows its options.' } = error;
  const facts = { code: 'slurm.submission_refused', detail, hint, cause: error };
  return new SubmissionError(`Slurm would refuse \`${name}\``, facts);
}

/** `Job 7 to start at 2026-01-31T12:00:00 using 1 processors on nodes n1 in partition main` */
function startOf(words: string): number | undefined {
  const [, time] = /\bto start at (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\b/.exec(words) ?? [];
  const milliseconds = time === undefined ? Number.NaN : Date.parse(time);
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}
