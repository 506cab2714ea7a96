import type { TargetName } from '../app/app-context.ts';
import type { askForCode } from '../app/gather-provenance.ts';
import type { PlacedRun } from '../app/place-workflow.ts';
import { runSweep } from '../app/run-sweep.ts';
import { countOf } from '../core/count-of.ts';
import { RefusedError } from '../core/errors.ts';
import type { SweepPlan } from '../core/workflow/plan-sweep.ts';
import { sendingOf } from './code-options.ts';
import type { CommandContext, ParsedInput } from './define-command.ts';
import { isYes } from './is-yes.ts';
import { checkPlaces } from './plan-options.ts';
import { showSweepPlan } from './show-sweep-plan.ts';
import { startAndFollow } from './submit-and-follow.ts';
import { printable } from './table.ts';

interface SweepCommand {
  readonly plan: SweepPlan;
  readonly placed: PlacedRun | undefined;
  readonly target: TargetName;
  readonly code: ReturnType<typeof askForCode> | undefined;
  readonly intervalSeconds: number | undefined;
  readonly options: ParsedInput['options'];
}

/** More cells than that are asked about, at a terminal. */
const unaskedCells = 100;

/** `flow run` of a workflow that is a sweep. */
export async function runSweepCommand(request: SweepCommand, context: CommandContext): Promise<number> {
  const { plan, options } = request;
  const { app, out } = context;
  if (options['resume'] !== undefined) {
    throw new RefusedError('--resume has no meaning for a sweep yet; nothing was submitted', {
      code: 'sweep.resume',
      hint: 'Leave it out.',
    });
  }
  if (options['dryRun'] === true && options['validate'] !== true) {
    await showSweepPlan(request, context);
    return 0;
  }
  for (const warning of plan.warnings) out.note(`srunx: warning: ${printable(warning)}`);
  if (options['validate'] === true) {
    await checkPlaces({ kind: 'sweep', ...request }, context);
    out.result(
      { valid: true, cells: plan.cells.length },
      `${printable(plan.workflow.name)}: valid, a sweep of ${countOf(plan.cells.length, 'cell')}`,
    );
    return 0;
  }
  using sending = sendingOf({ ...request, purpose: 'srunx flow run' }, context);
  await confirmCells(request, context);
  return await startAndFollow(
    {
      ...request,
      detach: options['detach'] === true,
      start: (onRecorded) => runSweep(app, { ...request, sending, onRecorded }),
      what: ({ runId, cells, tasks, arrays, after }) =>
        `sweep ${runId}: ${countOf(cells, 'cell')}, ${countOf(tasks, 'task')} in ${countOf(arrays, 'array')}` +
        `${after === 0 ? '' : ` and ${countOf(after, 'job')} after them`}`,
      data: ({ runId, cells, tasks, verdict }) => ({ sweep_id: runId, cell_count: cells, tasks, verdict }),
    },
    context,
  );
}

/** Of many cells, at a terminal, unless `--yes` is given; nobody is asked where nobody can answer. */
export async function confirmCells(
  { plan: { cells }, options }: Pick<SweepCommand, 'plan' | 'options'>,
  { ask }: CommandContext,
): Promise<void> {
  if (options['yes'] === true || cells.length <= unaskedCells) return;
  const answer = await ask(`Submit ${countOf(cells.length, 'cell')}? [y/N] `);
  if (answer === undefined || isYes(answer)) return;
  throw new RefusedError('nothing was submitted', {
    code: 'sweep.not_confirmed',
    hint: 'Add --yes to submit it without a question.',
  });
}
