import { readSweep, type SweepFlags, type SweepOptions } from '../sweep/read-sweep.ts';
import type { Sweep } from '../sweep/sweep.ts';
import { refuseHiding } from '../sweep/sweep-value.ts';
import { type Plan, type PlanInput, planWorkflow } from './plan.ts';
import { planSweep, type SweepPlan } from './plan-sweep.ts';
import { fileError, type Problem } from './problems.ts';
import { readWorkflowFile } from './workflow-file.ts';

export type AnyPlan =
  | { readonly kind: 'workflow'; readonly plan: Plan }
  | { readonly kind: 'sweep'; readonly plan: SweepPlan };

/** As the command line has it, where it says nothing. */
const noSweep: SweepFlags = {
  axes: new Map(),
  failFast: undefined,
  maxParallel: undefined,
  maxParallelCells: undefined,
  maxCells: undefined,
};

export interface SweepSurroundings extends Pick<SweepOptions, 'files' | 'configuredParallel'> {
  /** Of the run that it becomes; absent where it is only looked at. */
  readonly id?: string | undefined;
  readonly flags?: SweepFlags | undefined;
  /** Of the workflow as a sweep of these cells, whatever the file says of cells. */
  readonly cells?: Sweep | undefined;
}

/** A workflow file as it is, or for each cell where it is a sweep. Throws as {@link planWorkflow} does. */
export function planAny(input: PlanInput, { flags = noSweep, id, cells, ...more }: SweepSurroundings = {}): AnyPlan {
  if (cells !== undefined) return { kind: 'sweep', plan: planSweep(input, { ...cells, id }) };
  const problems: Problem[] = [];
  const root = readWorkflowFile(input.text, input.source);
  const sweep = readSweep(root, {
    ...more,
    flags,
    args: Object.keys(input.overrides),
    problems,
  });
  if (sweep !== undefined) problems.push(...refuseHiding(root, input.overrides));
  if (problems.length > 0) throw fileError(problems, input);
  if (sweep === undefined) return { kind: 'workflow', plan: planWorkflow(input) };
  return { kind: 'sweep', plan: planSweep(input, { ...sweep, id }) };
}
