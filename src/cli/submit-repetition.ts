import { askForCode } from '../app/gather-provenance.ts';
import type { Repetition } from '../app/repeat-run.ts';
import { drivingOfPreview, verdictOfPlan } from '../app/verdict-of-plan.ts';
import { formatPlan, planNotes } from '../core/workflow/format-plan.ts';
import { planJson } from '../core/workflow/plan-json.ts';
import { positiveNumber } from './common-options.ts';
import type { CommandContext, ParsedInput } from './define-command.ts';
import { noteStale } from './run-table.ts';
import { submitAndFollow, tellNothing } from './submit-and-follow.ts';
import { printable, printableLines } from './table.ts';

/** Shows what would be submitted, or submits and follows it. Nothing to do is success. */
export async function submitRepetition(
  { plan, target, from, stale, repeats }: Repetition,
  { options, context }: { readonly options: ParsedInput['options']; readonly context: CommandContext },
): Promise<number> {
  const { out } = context;
  noteStale(stale, out);
  if (options['dryRun'] === true) {
    const verdict = verdictOfPlan(plan, target, await drivingOfPreview(from, { plan, target }));
    out.result({ ...planJson(plan, verdict), repeats }, printableLines(formatPlan(plan, verdict).trimEnd()));
    return 0;
  }
  for (const note of planNotes(plan)) out.note(`srunx: ${printable(note)}`);
  if (plan.jobs.length === 0) return tellNothing(context);
  const code = askForCode(from, plan.workflow.source);
  const intervalSeconds = positiveNumber(options, 'interval');
  const request = { plan, code, target, repeats, intervalSeconds, detach: options['detach'] === true };
  return submitAndFollow(request, { ...context, app: from });
}
