import { followRun, type RunView } from '../../app/follow-run.ts';
import { askForCode } from '../../app/gather-provenance.ts';
import { loadPlan } from '../../app/load-plan.ts';
import { rememberNames } from '../../app/name-cache.ts';
import { type RunWorkflowRequest, requireWorkDirs, runWorkflow } from '../../app/run-workflow.ts';
import { countOf } from '../../core/count-of.ts';
import { exitCodes } from '../../core/errors.ts';
import { formatPlan, planJson, planNotes } from '../../core/workflow/format-plan.ts';
import { addJsonOption, addTargetOptions, collect, positiveNumber, targetOf } from '../common-options.ts';
import { type CommandContext, defineCommand } from '../define-command.ts';
import { readJobDefaults } from '../read-job-defaults.ts';
import { readResume, resumePlan } from '../resume-plan.ts';
import { createRunDisplay } from '../run-display.ts';
import { runJson } from '../run-table.ts';
import { tellConfigured } from '../tell-configured.ts';

export const flowRun = defineCommand({
  name: 'flow run',
  summary: 'Run a workflow: submit all its jobs at once, then follow them',
  examples: ['srunx flow run pipeline.yaml --arg lr=0.01', 'srunx flow run pipeline.yaml --dry-run'],
  configure(command) {
    addTargetOptions(command.usage('<file> [options]').argument('[file]', 'the workflow file'))
      .option('--arg <key=value>', "set one of the workflow's args", collect)
      .option('--from <job>', 'this job and everything after it')
      .option('--to <job>', 'this job and everything before it')
      .option('--job <job>', 'only this job (may be repeated)', collect)
      .option('--resume [run]', 'leave out what an earlier run (by default the newest) has done and has not changed')
      .option('--validate', 'check the file and submit nothing')
      .option('--dry-run', 'show every script and command line, and submit nothing')
      .option('-d, --detach', 'print the run id and leave once everything is handed over')
      .option('-i, --interval <seconds>', 'how often to look (by default as the cluster permits)');
    addJsonOption(command);
  },
  async run(input, context) {
    const { options } = input;
    const target = targetOf(options, context);
    const intervalSeconds = positiveNumber(options, 'interval');
    const { file, resume } = readResume(input);
    const isPreview = options['validate'] === true || options['dryRun'] === true;
    // While the file is read.
    const code = isPreview ? undefined : askForCode(context.app, file);
    const loaded = await loadPlan(context.app, {
      file,
      target,
      args: (options['arg'] as string[] | undefined) ?? [],
      from: options['from'] as string | undefined,
      to: options['to'] as string | undefined,
      only: (options['job'] as string[] | undefined) ?? [],
      defaults: readJobDefaults({ target, context }),
      python: 'allowed',
    });
    const { out } = context;
    const isResumed = resume !== undefined && options['validate'] !== true;
    const plan = isResumed ? await resumePlan({ plan: loaded, target, resume }, context) : loaded;
    if (options['dryRun'] !== true) for (const note of planNotes(plan)) out.note(`srunx: ${note}`);
    if (isPreview) await checkWorkDirs({ plan, target }, context);
    if (options['validate'] === true) {
      out.result(
        { valid: true, jobs: plan.jobs.length },
        `${plan.workflow.name}: valid, ${countOf(plan.jobs.length, 'job')}`,
      );
      return 0;
    }
    if (options['dryRun'] === true) {
      out.result(planJson(plan), formatPlan(plan).trimEnd());
      return 0;
    }
    if (isResumed && plan.jobs.length === 0 && loaded.jobs.length > 0) return tellNothing(context);
    return submitAndFollow({ plan, code, target, intervalSeconds, detach: options['detach'] === true }, context);
  },
});

/** Success: all is done. */
export function tellNothing({ out }: Pick<CommandContext, 'out'>): number {
  out.note('srunx: nothing to do');
  out.result({ run_id: null, jobs: 0, verdict: null }, '');
  return exitCodes.success;
}

interface Submission {
  readonly plan: Awaited<ReturnType<typeof loadPlan>>;
  readonly code: ReturnType<typeof askForCode> | undefined;
  readonly target: ReturnType<typeof targetOf>;
  readonly intervalSeconds: number | undefined;
  readonly detach: boolean;
  readonly repeats?: RunWorkflowRequest['repeats'];
}

/** Also for what is done again: a run is a run. */
export async function submitAndFollow(request: Submission, context: CommandContext): Promise<number> {
  const { app, out } = context;
  let runId: string | undefined;
  let isHandedOver = false;
  try {
    const started = await runWorkflow(app, {
      ...request,
      onRecorded: (id) => {
        runId = id;
      },
    });
    isHandedOver = true;
    rememberNames(app, { runs: [{ id: started.runId, name: request.plan.workflow.name }] });
    for (const remark of started.remarks) out.note(`srunx: ${remark}`);
    out.note(`srunx: run ${started.runId}: ${countOf(started.jobs, 'job')} ${started.verdict}`);
    app.signal.throwIfAborted();
    if (request.detach) {
      out.result({ run_id: started.runId, jobs: started.jobs, verdict: started.verdict }, started.runId);
      return 0;
    }
    return await follow({ ...request, runId: started.runId }, context);
  } catch (error) {
    if (app.signal.aborted && runId !== undefined) {
      const what = isHandedOver ? 'detached; the run goes on' : 'interrupted while the run was handed over';
      out.note(`srunx: ${what}. \`srunx flow status ${runId}\` shows it.`);
    }
    throw tellConfigured(error, request.plan.configured);
  }
}

async function checkWorkDirs(request: Pick<Submission, 'plan' | 'target'>, { app }: CommandContext): Promise<void> {
  try {
    await requireWorkDirs(app, request);
  } catch (error) {
    throw tellConfigured(error, request.plan.configured);
  }
}

async function follow(request: Submission & { readonly runId: string }, { app, out }: CommandContext): Promise<number> {
  const display = createRunDisplay(out, app.now);
  const onSilence = (message: string) => out.note(`srunx: ${message}; still waiting`);
  let view: RunView | undefined;
  for await (view of followRun(app, { ...request, onSilence })) display.update(view);
  if (view === undefined) return 0;
  display.end(view);
  if (out.json) out.result(runJson(view.run), '');
  return exitCodeOf(view.run.status);
}

/** What the end of a run means to the shell. */
function exitCodeOf(status: RunView['run']['status']): number {
  if (status === 'completed') return exitCodes.success;
  return status === 'cancelled' ? exitCodes.awaitedCancelled : exitCodes.awaitedFailed;
}
