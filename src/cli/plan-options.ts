import type { Command } from 'commander';
import type { TargetName } from '../app/app-context.ts';
import { type LoadedPlan, loadWorkflow, type PlanRequest } from '../app/load-plan.ts';
import type { PlacedRun } from '../app/place-workflow.ts';
import { requireWorkDirs } from '../app/run-workflow.ts';
import type { Plan } from '../core/workflow/plan.ts';
import { planOfCell } from '../core/workflow/plan-sweep.ts';
import { readCodeOptions } from './code-options.ts';
import { addTargetOptions, collect } from './common-options.ts';
import { configuredParallel } from './configured-parallel.ts';
import type { CommandContext, ParsedInput } from './define-command.ts';
import { readJobDefaults } from './read-job-defaults.ts';
import { readSweepOptions } from './sweep-options.ts';
import { tellConfigured } from './tell-configured.ts';

/** What says which jobs of which workflow: the same wherever a workflow file is planned. */
export function addPlanOptions(
  command: Command,
  argument: readonly [name: string, words: string] = ['<file>', 'the workflow file'],
): Command {
  return addTargetOptions(command.argument(...argument))
    .option('--arg <key=value>', "set one of the workflow's args", collect)
    .option('--from <job>', 'this job and everything after it')
    .option('--to <job>', 'this job and everything before it')
    .option('--job <job>', 'only this job (may be repeated)', collect);
}

interface PlanPlace {
  readonly target: TargetName;
  /** Nothing of it is to run. */
  readonly isPreview: boolean;
  /** Nobody is asked for it to whom no connection is open. */
  readonly onlyIfReady?: boolean;
  readonly context: CommandContext;
}

export function planOf(input: ParsedInput, place: PlanPlace): Promise<LoadedPlan> {
  return loadWorkflow(place.context.app, { ...planRequest(input, place), sweep: readSweepOptions(input.options) });
}

function planRequest({ args, options }: ParsedInput, { context, ...place }: PlanPlace): PlanRequest {
  return {
    file: String(args[0]),
    ...place,
    args: (options['arg'] as string[] | undefined) ?? [],
    from: options['from'] as string | undefined,
    to: options['to'] as string | undefined,
    only: (options['job'] as string[] | undefined) ?? [],
    defaults: readJobDefaults({ target: place.target, context }),
    configuredParallel: () => configuredParallel(context.app),
    python: 'allowed',
    templateFiles: 'allowed',
    code: readCodeOptions(options),
  };
}

/** For a check that opens no connection: says what was not looked at, or throws where a job is to work in a directory that is not there. */
export async function checkPlaces(
  { kind, plan, placed, target }: LoadedPlan & { readonly target: TargetName },
  context: CommandContext,
): Promise<void> {
  const { app, out } = context;
  const { jobs } = kind === 'sweep' ? planOfCell(plan) : plan;
  if (app.isReady(target)) {
    if (kind === 'workflow') await checkWorkDirs({ plan, placed, target }, context);
  } else if (jobs.some(({ workDir, files }) => workDir !== undefined || (files?.inputs.length ?? 0) > 0)) {
    out.note(`srunx: no connection to ${target} is open: the directories and inputs there were not looked at`);
  }
}

/** Throws where a job is to work in a directory that is not there. */
export async function checkWorkDirs(
  request: { readonly plan: Plan; readonly placed: PlacedRun | undefined; readonly target: TargetName },
  { app }: CommandContext,
): Promise<void> {
  try {
    await requireWorkDirs(app, request);
  } catch (error) {
    throw tellConfigured(error, request.plan.configured);
  }
}
