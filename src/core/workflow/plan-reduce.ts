import { UsageError } from '../errors.ts';
import { reduceJobs, reduceNames } from './file-part.ts';
import type { FileMap } from './file-tree.ts';
import type { Selection } from './graph.ts';
import { type Plan, type PlanInput, planWorkflow } from './plan.ts';
import { refuseUnfitReduce } from './sweep-limits.ts';

/** Jobs that run once, when every job of every cell has ended. */
export interface ReducePlan {
  /** Parents before children; what they all wait for is not among their edges. */
  readonly jobs: Plan['jobs'];
  readonly skipped: Plan['skipped'];
}

/** The jobs of `reduce`, by the names of the axes and of all jobs of cells. Throws as {@link planWorkflow} does. */
export function planReduce(
  input: PlanInput,
  facts: { readonly axes: readonly string[]; readonly cellJobs: ReadonlySet<string> },
): Plan {
  const plan = planWorkflow({ ...input, part: { kind: 'reduce', ...facts } });
  refuseUnfitReduce(plan.jobs);
  // Their wrapper makes $SRUNX_CELLS.
  return { ...plan, jobs: plan.jobs.map((job) => ({ ...job, wrapped: true })) };
}

export interface DividedSelection {
  readonly cells: Selection;
  /** Absent: none of them runs. */
  readonly reduce?: Selection;
}

const everything: Selection = { from: undefined, to: undefined, only: [] };

/**
 * What a selection says of cells, and what of the jobs of `reduce`, which come after all of them. Throws for one that leaves no job of
 * a cell.
 */
export function divideSelection(selection: Selection, root: FileMap): DividedSelection {
  if (reduceJobs(root).length === 0) return { cells: selection };
  const { from, to, only } = selection;
  const names = reduceNames(root);
  const isReduce = (name: string) => names.has(name) || names.has(name.replace(/-\d+$/, ''));
  if (from !== undefined && isReduce(from)) throw withoutCells('--from', from);
  const [after, cells] = [only.filter(isReduce), only.filter((name) => !isReduce(name))];
  if (only.length > 0) {
    if (cells.length === 0) throw withoutCells('--job', only[0] ?? '');
    const chosen = { ...selection, only: cells };
    return after.length === 0 ? { cells: chosen } : { cells: chosen, reduce: { ...everything, only: after } };
  }
  if (to === undefined) return { cells: selection, reduce: everything };
  return isReduce(to)
    ? { cells: { ...selection, to: undefined }, reduce: { ...everything, to } }
    : { cells: selection };
}

function withoutCells(option: string, name: string): UsageError {
  return new UsageError(`${option} ${name}: a job of \`reduce\` runs after cells, and no job of theirs is chosen`, {
    code: 'usage.empty_selection',
    hint: 'Name a job of the cells, too.',
  });
}
