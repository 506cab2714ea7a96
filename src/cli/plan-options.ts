import type { Command } from 'commander';
import type { TargetName } from '../app/app-context.ts';
import { loadWorkflow, type PlanRequest } from '../app/load-plan.ts';
import { requireWorkDirs } from '../app/run-workflow.ts';
import type { Plan } from '../core/workflow/plan.ts';
import type { AnyPlan } from '../core/workflow/plan-any.ts';
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
  readonly context: CommandContext;
}

export function planOf(input: ParsedInput, place: PlanPlace): Promise<AnyPlan> {
  return loadWorkflow(place.context.app, { ...planRequest(input, place), sweep: readSweepOptions(input.options) });
}

function planRequest({ args, options }: ParsedInput, { target, isPreview, context }: PlanPlace): PlanRequest {
  return {
    file: String(args[0]),
    ...{ target, isPreview },
    args: (options['arg'] as string[] | undefined) ?? [],
    from: options['from'] as string | undefined,
    to: options['to'] as string | undefined,
    only: (options['job'] as string[] | undefined) ?? [],
    defaults: readJobDefaults({ target, context }),
    configuredParallel: () => configuredParallel(context.app),
    python: 'allowed',
    templateFiles: 'allowed',
  };
}

/** Throws where a job is to work in a directory that is not there. */
export async function checkWorkDirs(
  request: { readonly plan: Plan; readonly target: TargetName },
  { app }: CommandContext,
): Promise<void> {
  try {
    await requireWorkDirs(app, request);
  } catch (error) {
    throw tellConfigured(error, request.plan.configured);
  }
}
