import type { TargetName } from '../app/app-context.ts';
import type { PlanRequest } from '../app/load-plan.ts';
import type { SubmissionSource } from '../app/view-sweep-run.ts';
import { UsageError } from '../core/errors.ts';
import type { ScalarValue } from '../core/sweep/flags.ts';
import { checkAxes, type SweepSpec } from '../core/sweep/library.ts';
import type { SweepFlags } from '../core/sweep/read-sweep.ts';
import type { SweepCallbacks } from './sweep-callbacks.ts';

export interface SweepOrchestratorOptions {
  /** `local`: this machine's Slurm. `embedded`: this machine without Slurm. */
  readonly target: TargetName;
  /** The workflow file. Not needed to `resume`. */
  readonly workflowYamlPath?: string | undefined;
  /** What the file says, where it was read already; without a file, paths in it are relative to the working directory. */
  readonly workflowData?: Readonly<Record<string, unknown>> | undefined;
  /** Over the `args` of the file. */
  readonly argsOverride?: Readonly<Record<string, ScalarValue>> | undefined;
  /** Over the `sweep` of the file, axis by axis; absent: as the file says. */
  readonly sweepSpec?: SweepSpec | undefined;
  /** Where the request came from. Only those of the command line (`cli`) may have `python:` values. Default `library`. */
  readonly submissionSource?: SubmissionSource | undefined;
  readonly callbacks?: readonly SweepCallbacks[] | undefined;
  /** Seconds between two looks; by default as the cluster permits. */
  readonly intervalSeconds?: number | undefined;
  /** Ends whatever is being waited for. What is handed over goes on. */
  readonly signal?: AbortSignal | undefined;
}

/** A workflow that came as data has this in the place of a file name. */
const noFile = 'workflow data';

/** What is to be planned. Throws where that is not said. */
export function requestOf(options: SweepOrchestratorOptions): PlanRequest {
  const { target, workflowYamlPath, workflowData, argsOverride = {}, sweepSpec, submissionSource } = options;
  if (workflowYamlPath === undefined && workflowData === undefined) {
    throw new UsageError('neither `workflowYamlPath` nor `workflowData` is given', {
      code: 'sweep.no_workflow',
      hint: 'Name the workflow file, or give what it says.',
    });
  }
  return {
    file: workflowYamlPath ?? noFile,
    text: workflowData === undefined ? undefined : JSON.stringify(workflowData),
    target,
    args: Object.entries(argsOverride).map(([key, value]) => `${key}=${value}`),
    ...{ from: undefined, to: undefined, only: [] },
    sweep: sweepSpec === undefined ? undefined : flagsOf(sweepSpec),
    ...(submissionSource === 'cli' ? { python: 'allowed', templateFiles: 'allowed' } : {}),
  };
}

function flagsOf({ matrix, failFast, maxParallel }: SweepSpec): SweepFlags {
  const axes = checkAxes(matrix).map(
    ([name, values]) => [name, values.map((value) => ({ value, text: String(value) }))] as const,
  );
  return { axes: new Map(axes), failFast, maxParallel, maxCells: undefined, maxParallelCells: undefined };
}
