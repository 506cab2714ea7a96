import { stopsOthers } from '../core/workflow/error-strategy.ts';
import type { Plan } from '../core/workflow/plan.ts';
import type { TargetName } from './app-context.ts';
import { verdictOf } from './require-submitted.ts';

/** What must stay alive for a planned workflow to finish, once it is submitted. */
export function verdictOfPlan(plan: Plan, target: TargetName): string {
  if (plan.jobs.length === 0) return 'there is nothing to submit';
  return verdictOf(target, { stops: plan.jobs.some(({ onError }) => stopsOthers(onError)) });
}
