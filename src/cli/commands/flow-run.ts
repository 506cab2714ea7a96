import { followRun } from '../../app/follow-run.ts';
import { askForCode } from '../../app/gather-provenance.ts';
import { rememberNames } from '../../app/name-cache.ts';
import { type RunWorkflowRequest, runWorkflow } from '../../app/run-workflow.ts';
import { countOf } from '../../core/count-of.ts';
import { exitCodes } from '../../core/errors.ts';
import { planNotes } from '../../core/workflow/format-plan.ts';
import type { Plan } from '../../core/workflow/plan.ts';
import { addJsonOption, positiveNumber, targetOf } from '../common-options.ts';
import { type CommandContext, defineCommand } from '../define-command.ts';
import { followToEnd, sayDetached, sayInterrupted } from '../follow-to-end.ts';
import { addPlanOptions, checkWorkDirs, planOf } from '../plan-options.ts';
import { readResume, resumePlan } from '../resume-plan.ts';
import { runSweepCommand } from '../run-sweep-command.ts';
import { showPlan } from '../show-plan.ts';
import { addSweepOptions } from '../sweep-options.ts';
import { printable } from '../table.ts';
import { tellConfigured } from '../tell-configured.ts';

export const flowRun = defineCommand({
  name: 'flow run',
  summary: 'Run a workflow: submit all its jobs at once, then follow them',
  examples: ['srunx flow run pipeline.yaml --arg lr=0.01', 'srunx flow run pipeline.yaml --dry-run'],
  configure(command) {
    addPlanOptions(command.usage('<file> [options]'), ['[file]', 'the workflow file'])
      .option('--resume [run]', 'leave out what an earlier run (by default the newest) has done and has not changed')
      .option('--validate', 'check the file and submit nothing')
      .option('--dry-run', 'as `flow plan`: show every script and command line, and submit nothing')
      .option('-d, --detach', 'print the run id and leave once everything is handed over')
      .option('-i, --interval <seconds>', 'how often to look (by default as the cluster permits)');
    addSweepOptions(command).option('-y, --yes', 'of a sweep: do not ask, however many cells it has');
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
    const read = await planOf({ ...input, args: [file] }, { target, context });
    if (read.kind === 'sweep')
      return runSweepCommand({ plan: read.plan, target, code, intervalSeconds, options }, context);
    const loaded = read.plan;
    const isResumed = resume !== undefined && options['validate'] !== true;
    const plan = isResumed ? await resumePlan({ plan: loaded, target, resume }, context) : loaded;
    const { out } = context;
    if (options['dryRun'] === true && options['validate'] !== true) {
      await showPlan({ plan, target, testOnly: false }, context);
      return 0;
    }
    for (const note of planNotes(plan)) out.note(`srunx: ${printable(note)}`);
    if (options['validate'] === true) {
      await checkWorkDirs({ plan, target }, context);
      out.result(
        { valid: true, jobs: plan.jobs.length },
        `${printable(plan.workflow.name)}: valid, ${countOf(plan.jobs.length, 'job')}`,
      );
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
  readonly plan: Plan;
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
    const onSilence = (message: string) => out.note(`srunx: ${message}; still waiting`);
    return await followToEnd(followRun(app, { ...request, runId: started.runId, onSilence }), context);
  } catch (error) {
    if (app.signal.aborted && runId !== undefined) {
      if (isHandedOver) sayDetached(runId, out);
      else sayInterrupted(runId, out);
    }
    throw tellConfigured(error, request.plan.configured);
  }
}
