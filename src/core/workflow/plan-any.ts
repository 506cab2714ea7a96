import { readSweep, type SweepFlags } from '../sweep/read-sweep.ts';
import type { Sweep } from '../sweep/sweep.ts';
import { type Plan, type PlanInput, planWorkflow } from './plan.ts';
import { planSweep, type SweepPlan } from './plan-sweep.ts';
import { fileError, type Problem } from './problems.ts';
import { readWorkflowFile } from './workflow-file.ts';

export type AnyPlan =
  | { readonly kind: 'workflow'; readonly plan: Plan }
  | { readonly kind: 'sweep'; readonly plan: SweepPlan; readonly sweep: Sweep };

/** As the command line has it, where it says nothing. */
export const noSweep: SweepFlags = { axes: new Map(), failFast: false, maxParallel: undefined };

/** A workflow file as it is, or for each cell where it is a sweep. Throws as {@link planWorkflow} does. */
export function planAny(input: PlanInput, flags: SweepFlags = noSweep): AnyPlan {
  const problems: Problem[] = [];
  const sweep = readSweep(readWorkflowFile(input.text, input.source), { flags, problems });
  if (problems.length > 0) throw fileError(problems, input);
  if (sweep === undefined) return { kind: 'workflow', plan: planWorkflow(input) };
  return { kind: 'sweep', plan: planSweep(input, sweep), sweep };
}
