import { askForCode } from '../app/gather-provenance.ts';
import { placeAgain } from '../app/place-again.ts';
import type { Repetition } from '../app/repeat-run.ts';
import { drivingOfPreview, verdictOfPlan } from '../app/verdict-of-plan.ts';
import { formatPlan, planNotes } from '../core/workflow/format-plan.ts';
import { planJson } from '../core/workflow/plan-json.ts';
import { codePart, readCodeOptions, sendingOf } from './code-options.ts';
import { positiveNumber } from './common-options.ts';
import type { CommandContext, ParsedInput } from './define-command.ts';
import { noteStale } from './run-table.ts';
import { submitAndFollow, tellNothing } from './submit-and-follow.ts';
import { printable, printableLines } from './table.ts';

/** Shows what would be submitted, or submits and follows it. Nothing to do is success. */
export async function submitRepetition(
  { plan, description, target, from, stale, repeats }: Repetition,
  { options, context }: { readonly options: ParsedInput['options']; readonly context: CommandContext },
): Promise<number> {
  const { out } = context;
  noteStale(stale, out);
  const placed = placeAgain(from, description, readCodeOptions(options));
  if (options['dryRun'] === true) {
    const verdict = verdictOfPlan(plan, target, await drivingOfPreview(from, { plan, target }));
    const places = await codePart({ placed, target }, context);
    const text = formatPlan(plan, { verdict, places: places?.lines }).trimEnd();
    out.result({ ...planJson(plan, verdict), ...places?.data, repeats }, printableLines(text));
    return 0;
  }
  for (const note of planNotes(plan)) out.note(`srunx: ${printable(note)}`);
  if (plan.jobs.length === 0) return tellNothing(context);
  const code = askForCode(from, plan.workflow.source);
  const intervalSeconds = positiveNumber(options, 'interval');
  using sending = sendingOf({ placed, target, options, purpose: `srunx flow ${repeats.how}` }, context);
  const request = { plan, code, target, repeats, intervalSeconds, sending, detach: options['detach'] === true };
  return await submitAndFollow(request, { ...context, app: from });
}
