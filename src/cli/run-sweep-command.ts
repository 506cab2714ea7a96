import type { TargetName } from '../app/app-context.ts';
import { followRun } from '../app/follow-run.ts';
import type { askForCode } from '../app/gather-provenance.ts';
import { rememberNames } from '../app/name-cache.ts';
import { runSweep } from '../app/run-sweep.ts';
import { countOf } from '../core/count-of.ts';
import { RefusedError } from '../core/errors.ts';
import type { SweepPlan } from '../core/workflow/plan-sweep.ts';
import type { CommandContext, ParsedInput } from './define-command.ts';
import { followToEnd, sayDetached } from './follow-to-end.ts';
import { showSweepPlan } from './show-sweep-plan.ts';
import { printable } from './table.ts';
import { tellConfigured } from './tell-configured.ts';

interface SweepCommand {
  readonly plan: SweepPlan;
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
    showSweepPlan(request, context);
    return 0;
  }
  for (const warning of plan.warnings) out.note(`srunx: warning: ${printable(warning)}`);
  if (options['validate'] === true) {
    out.result(
      { valid: true, cells: plan.cells.length },
      `${printable(plan.workflow.name)}: valid, a sweep of ${countOf(plan.cells.length, 'cell')}`,
    );
    return 0;
  }
  if (options['yes'] !== true && plan.cells.length > unaskedCells) await confirm(plan, context);
  let runId: string | undefined;
  let isHandedOver = false;
  try {
    const started = await runSweep(app, {
      ...request,
      onRecorded: (id) => {
        runId = id;
      },
    });
    isHandedOver = true;
    rememberNames(app, { runs: [{ id: started.runId, name: plan.workflow.name }] });
    for (const remark of started.remarks) out.note(`srunx: ${remark}`);
    const what = `${countOf(started.cells, 'cell')}, ${countOf(started.tasks, 'task')} in ${countOf(started.arrays, 'array')}`;
    out.note(`srunx: sweep ${started.runId}: ${what} ${started.verdict}`);
    app.signal.throwIfAborted();
    if (options['detach'] === true) {
      out.result(
        { sweep_id: started.runId, cell_count: started.cells, tasks: started.tasks, verdict: started.verdict },
        started.runId,
      );
      return 0;
    }
    const onSilence = (message: string) => out.note(`srunx: ${message}; still waiting`);
    return await followToEnd(followRun(app, { ...request, runId: started.runId, onSilence }), context);
  } catch (error) {
    if (app.signal.aborted && runId !== undefined) {
      if (isHandedOver) sayDetached(runId, out);
      else out.note(`srunx: interrupted while the sweep was handed over. \`srunx sweep status ${runId}\` shows it.`);
    }
    throw tellConfigured(error, plan.configured);
  }
}

/** Nobody is asked where nobody can answer. */
async function confirm({ cells }: SweepPlan, { ask }: CommandContext): Promise<void> {
  const answer = await ask(`Submit ${countOf(cells.length, 'cell')}? [y/N] `);
  if (answer === undefined || /^y(es)?$/i.test(answer.trim())) return;
  throw new RefusedError('nothing was submitted', {
    code: 'sweep.not_confirmed',
    hint: 'Add --yes to submit it without a question.',
  });
}
