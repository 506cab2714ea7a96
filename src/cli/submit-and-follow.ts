import { followRun } from '../app/follow-run.ts';
import { rememberNames } from '../app/name-cache.ts';
import { type RunWorkflowRequest, runWorkflow } from '../app/run-workflow.ts';
import { countOf } from '../core/count-of.ts';
import { exitCodes } from '../core/errors.ts';
import type { Plan } from '../core/workflow/plan.ts';
import type { CommandContext } from './define-command.ts';
import { followToEnd, sayDetached, sayInterrupted } from './follow-to-end.ts';
import { tellConfigured } from './tell-configured.ts';

interface Following {
  readonly target: RunWorkflowRequest['target'];
  readonly intervalSeconds: number | undefined;
  readonly detach: boolean;
}

interface Submission extends Following, Pick<RunWorkflowRequest, 'code' | 'repeats' | 'sending'> {
  readonly plan: Plan;
}

/** Hands the jobs of a plan over, also of what is done again: a run is a run. */
export function submitAndFollow(request: Submission, context: CommandContext): Promise<number> {
  const { plan } = request;
  return startAndFollow(
    {
      ...request,
      plan,
      start: (onRecorded) => runWorkflow(context.app, { ...request, onRecorded }),
      what: ({ runId, jobs }) => `run ${runId}: ${countOf(jobs, 'job')}`,
      data: ({ runId, jobs, verdict }) => ({ run_id: runId, jobs, verdict }),
    },
    context,
  );
}

/** Success: all is done. */
export function tellNothing({ out }: Pick<CommandContext, 'out'>): number {
  out.note('srunx: nothing to do');
  out.result({ run_id: null, jobs: 0, verdict: null }, '');
  return exitCodes.success;
}

interface Started {
  readonly runId: string;
  readonly verdict: string;
  readonly remarks: readonly string[];
}

export interface Start<Result extends Started> extends Following {
  readonly plan: Pick<Plan, 'workflow' | 'configured'>;
  readonly start: (onRecorded: (runId: string) => void) => Promise<Result>;
  /** What was handed over, in words before the verdict. */
  readonly what: (started: Result) => string;
  /** With `--detach`. */
  readonly data: (started: Result) => Record<string, unknown>;
}

/** Hands over, then follows to the end; an interrupt leaves what was begun, and says how to come back. */
export async function startAndFollow<Result extends Started>(
  request: Start<Result>,
  { app, out }: CommandContext,
): Promise<number> {
  const { plan, start } = request;
  let runId: string | undefined;
  let isHandedOver = false;
  try {
    const started = await start((id) => {
      runId = id;
    });
    isHandedOver = true;
    rememberNames(app, { runs: [{ id: started.runId, name: plan.workflow.name }] });
    for (const remark of started.remarks) out.note(`srunx: ${remark}`);
    out.note(`srunx: ${request.what(started)} ${started.verdict}`);
    app.signal.throwIfAborted();
    if (request.detach) {
      out.result(request.data(started), started.runId);
      return 0;
    }
    const { target, intervalSeconds } = request;
    const onSilence = (message: string) => out.note(`srunx: ${message}; still waiting`);
    const views = followRun(app, { target, intervalSeconds, runId: started.runId, onSilence });
    return await followToEnd(views, { app, out });
  } catch (error) {
    if (app.signal.aborted && runId !== undefined) {
      if (isHandedOver) sayDetached(runId, out);
      else sayInterrupted(runId, out);
    }
    throw tellConfigured(error, plan.configured);
  }
}
