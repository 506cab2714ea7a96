import type { TargetName } from '../app/app-context.ts';
import { codeOf, type PlacedRun, type Sending, silentWish } from '../app/place-workflow.ts';
import { planResume } from '../app/plan-resume.ts';
import { type PlacedCode, withCode } from '../app/with-code.ts';
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

interface Resumption {
  readonly plan: Plan;
  readonly placed: PlacedRun | undefined;
  readonly target: TargetName;
  readonly resume: string | true;
  /** Absent: it is only looked at. */
  readonly sending?: Sending | undefined;
}

/** Without what is done and unchanged; says why the others run. */
export async function resumePlan(request: Resumption, { app, out }: CommandContext): Promise<Plan> {
  const { plan, placed, target, resume, sending } = request;
  const judge = () => planResume(app, { plan, placed, target, run: resume === true ? undefined : resume });
  // The files that are compared are those that the jobs would find.
  const resumed = await withCode(app, { placed: codeToCompare(sending), wish: sending?.wish ?? silentWish }, judge);
  const { reasons } = resumed;
  noteStale(resumed.stale, out);
  for (const reason of reasons.slice(0, mostReasons)) out.note(`srunx: ${reason}`);
  const more = reasons.length - mostReasons;
  if (more > 0) out.note(`srunx: and ${more} more`);
  return resumed.plan;
}

/** No copy is made for a look. */
function codeToCompare(sending: Sending | undefined): PlacedCode | undefined {
  const placed = sending?.placed;
  if (placed?.syncs !== true) return undefined;
  return codeOf({ ...placed, mounts: placed.mounts.map((one) => ({ ...one, snapshot: false })) }, '');
}
