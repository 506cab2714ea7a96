import { ConnectionError, RefusedError } from '../core/errors.ts';
import { stopsOthers } from '../core/workflow/error-strategy.ts';
import type { Plan } from '../core/workflow/plan.ts';
import { hasAttempts } from '../engine/describe-run.ts';
import type { EngineContext } from '../engine/engine-context.ts';
import { type AppContext, engineContext, type TargetName } from './app-context.ts';
import { isRequeueProven, whyNoRequeue } from './require-run-directory.ts';
import { verdictOf } from './require-submitted.ts';

export interface Driving {
  /** Why srunx must keep running; `undefined`: nothing of ours needs to. */
  readonly because: string | undefined;
  /** What nobody has made sure of. */
  readonly doubt: string | undefined;
}

const nobody: Driving = { because: undefined, doubt: undefined };

/** Whether a plan needs a driver on this cluster. Throws where not even that would help. */
export function drivingOf(plan: Pick<Plan, 'jobs'>, engine: Omit<EngineContext, 'holder' | 'isAlive'>): Driving {
  const retried = plan.jobs.filter(hasAttempts);
  if (retried.length === 0 || engine.cluster.kind === 'embedded') return nobody;
  const because = whyNoRequeue(engine);
  const { target } = engine.cluster;
  if (because === undefined) {
    const doubt = `whether jobs of ${target} can put themselves back into the queue, as \`retry\` and \`checkpoint\` need, has not been tested: \`srunx doctor --job\` does`;
    return isRequeueProven(engine) ? nobody : { because, doubt };
  }
  const array = retried.find((job) => job.array !== undefined);
  if (array === undefined) return { because, doubt: undefined };
  throw new RefusedError(
    `jobs of ${target} cannot put themselves back into the queue, and \`${array.name}\` is an array with \`retry\` or \`checkpoint\`; nothing was submitted`,
    {
      code: 'nodes.requeue',
      detail: because,
      hint:
        'srunx submits single jobs again where they cannot do it themselves, but no tasks of arrays: use a `matrix`, or leave out what ' +
        'needs it. If that was put right, or other nodes are meant, `srunx doctor --job` (with -p PARTITION) tests again.',
    },
  );
}

/** The same for a plan that is only looked at: a cluster that does not answer has told nothing. */
export async function drivingOfPreview(
  context: AppContext,
  { plan, target }: { readonly plan: Plan; readonly target: TargetName },
): Promise<Driving> {
  if (target === 'embedded' || !plan.jobs.some(hasAttempts)) return nobody;
  try {
    return drivingOf(plan, await engineContext(context, target));
  } catch (error) {
    if (error instanceof ConnectionError) return nobody;
    throw error;
  }
}

/** What must stay alive for a planned workflow to finish, once it is submitted. */
export function verdictOfPlan(plan: Plan, target: TargetName, { because }: Pick<Driving, 'because'> = nobody): string {
  if (plan.jobs.length === 0) return 'there is nothing to submit';
  return verdictOf(target, { stops: plan.jobs.some(({ onError }) => stopsOthers(onError)), because });
}
