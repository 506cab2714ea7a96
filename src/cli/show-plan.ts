import type { TargetName } from '../app/app-context.ts';
import { estimatePlan, type PlanEstimate } from '../app/estimate-plan.ts';
import type { PlacedRun } from '../app/place-workflow.ts';
import { drivingOfPreview, verdictOfPlan } from '../app/verdict-of-plan.ts';
import { NotFoundError } from '../core/errors.ts';
import { formatDuration } from '../core/slurm/duration.ts';
import { didYouMean } from '../core/suggest.ts';
import { formatPlan } from '../core/workflow/format-plan.ts';
import type { Plan } from '../core/workflow/plan.ts';
import { planJson } from '../core/workflow/plan-json.ts';
import { codePart } from './code-options.ts';
import type { CommandContext } from './define-command.ts';
import { checkWorkDirs } from './plan-options.ts';
import { formatShortTime } from './short-time.ts';
import { printable, printableLines } from './table.ts';

export interface PlanView {
  readonly plan: Plan;
  readonly placed: PlacedRun | undefined;
  readonly target: TargetName;
  /** Whether Slurm is asked when the first jobs would start. */
  readonly testOnly: boolean;
}

/** All that would be submitted, and what may be known of it before. */
export async function showPlan({ plan, placed, target, testOnly }: PlanView, context: CommandContext): Promise<void> {
  await checkWorkDirs({ plan, placed, target }, context);
  const code = await codePart({ placed, target }, context);
  const verdict = verdictOfPlan(plan, target, await drivingOfPreview(context.app, { plan, target }));
  const estimate = testOnly ? await estimatePlan(context.app, { plan, target }) : undefined;
  const now = context.app.now();
  const { out } = context;
  if (out.json) {
    const estimated = estimate === undefined ? {} : { estimate: estimateJson(estimate, now) };
    out.result({ ...planJson(plan, verdict), ...code?.data, ...estimated }, '');
    return;
  }
  // Who looks at a stranger's workflow must see all of it: nothing in it acts on the terminal.
  const text = printableLines(formatPlan(plan, { verdict, places: code?.lines }).trimEnd());
  out.result(undefined, estimate === undefined ? text : [text, '', ...formatEstimate(estimate, now)].join('\n'));
}

/** The script of one job and nothing else, byte for byte; as JSON the same that `flow show --script` prints, without a path. */
export function showScript(plan: Plan, name: string, { out }: CommandContext): void {
  const job = plan.jobs.find((one) => one.name === name);
  if (job !== undefined) {
    if (out.json) out.result({ name, text: job.script }, '');
    else out.bytes(new TextEncoder().encode(job.script));
    return;
  }
  const names = plan.jobs.map((one) => one.name);
  throw new NotFoundError(`--script ${name}: the plan has no such job`, {
    code: 'workflow.job_not_found',
    hint: didYouMean(name, names) ?? `There are: ${names.slice(0, 20).join(', ')}${names.length > 20 ? ', ...' : ''}.`,
  });
}

function formatEstimate({ starts, notAsked, span }: PlanEstimate, now: number): string[] {
  return [
    ...starts.map(({ job, words }) => `estimate: ${job}: ${printable(words.split('\n')[0] ?? '')}`),
    ...(notAsked.length === 0 ? [] : [`estimate: Slurm was not asked about ${notAsked.length} more`]),
    span === undefined
      ? 'estimate: when all is over is not known: a job has no time limit, or its start is not known'
      : `estimate: over by ${formatShortTime(now + span.seconds * 1_000)} at the latest, in ${formatDuration(span.seconds)}, if only the first jobs wait`,
  ];
}

function estimateJson({ starts, notAsked, span }: PlanEstimate, now: number): Record<string, unknown> {
  const time = (ms: number | undefined) => (ms === undefined ? null : new Date(ms).toISOString());
  return {
    starts: starts.map(({ job, startsAt, words }) => ({ job, start_time: time(startsAt), words })),
    not_asked: notAsked,
    end_time: span === undefined ? null : time(now + span.seconds * 1_000),
    path: span?.path ?? null,
  };
}
