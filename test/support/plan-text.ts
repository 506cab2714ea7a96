import { createHash } from 'node:crypto';
import { SrunxError } from '../../src/core/errors.ts';
import { type Plan, type PlanInput, planWorkflow } from '../../src/core/workflow/plan.ts';
import { createRenderer } from '../../src/templates/minijinja-renderer.ts';

const renderer = createRenderer();

/** The plan of a workflow file `flow.yaml`; there is no script. */
export function planText(text: string, options: Partial<PlanInput> = {}): Plan {
  return planWorkflow({
    text,
    source: 'flow.yaml',
    overrides: {},
    selection: { from: undefined, to: undefined, only: [] },
    renderer,
    launcher: 'none',
    readScript: () => undefined,
    hash: (content) => createHash('sha256').update(content).digest('hex'),
    ...options,
  });
}

/** What planning it throws. */
export function planFailure(text: string, options: Partial<PlanInput> = {}): SrunxError {
  try {
    planText(text, options);
  } catch (error) {
    if (error instanceof SrunxError) return error;
    throw error;
  }
  throw new Error('the plan should have failed');
}

/** By job, what it waits for. */
export function edgesOf(plan: Plan): Record<string, string> {
  return Object.fromEntries(
    plan.jobs.map(({ name, edges }) => [name, edges.map(({ type, parent }) => `${type}:${parent}`).join(' ')]),
  );
}
