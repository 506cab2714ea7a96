import type { TargetName } from '../app/app-context.ts';
import { planResume } from '../app/plan-resume.ts';
import { UsageError } from '../core/errors.ts';
import type { Plan } from '../core/workflow/plan.ts';
import type { CommandContext, ParsedInput } from './define-command.ts';
import { noteStale } from './run-table.ts';

/** The file, and the run to go on from: `true` for the newest ones. An option that may have a value takes the word behind it. */
export function readResume({ args, options }: ParsedInput): {
  readonly file: string;
  readonly resume: string | true | undefined;
} {
  const resume = options['resume'] as string | true | undefined;
  const [file] = args as readonly (string | undefined)[];
  if (file !== undefined) return { file, resume };
  if (typeof resume === 'string') return { file: resume, resume: true };
  throw new UsageError('the workflow file is missing', {
    code: 'usage.missing_argument',
    hint: 'Name one: `srunx flow run pipeline.yaml`.',
  });
}

/** Of more jobs that run again, the first are told. */
const mostReasons = 20;

/** Without what is done and unchanged; says why the others run. */
export async function resumePlan(
  request: { readonly plan: Plan; readonly target: TargetName; readonly resume: string | true },
  { app, out }: CommandContext,
): Promise<Plan> {
  const { plan, target, resume } = request;
  const resumed = await planResume(app, { plan, target, run: resume === true ? undefined : resume });
  const { reasons } = resumed;
  noteStale(resumed.stale, out);
  for (const reason of reasons.slice(0, mostReasons)) out.note(`srunx: ${reason}`);
  const more = reasons.length - mostReasons;
  if (more > 0) out.note(`srunx: and ${more} more`);
  return resumed.plan;
}
