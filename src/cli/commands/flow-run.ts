import { askForCode } from '../../app/gather-provenance.ts';
import { countOf } from '../../core/count-of.ts';
import { planNotes } from '../../core/workflow/format-plan.ts';
import { addJsonOption, positiveNumber, targetOf } from '../common-options.ts';
import { defineCommand } from '../define-command.ts';
import { addPlanOptions, checkPlaces, planOf } from '../plan-options.ts';
import { readResume, resumePlan } from '../resume-plan.ts';
import { runSweepCommand } from '../run-sweep-command.ts';
import { showPlan } from '../show-plan.ts';
import { submitAndFollow, tellNothing } from '../submit-and-follow.ts';
import { addSweepOptions } from '../sweep-options.ts';
import { printable } from '../table.ts';

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
    const target = targetOf(context);
    const intervalSeconds = positiveNumber(options, 'interval');
    const { file, resume } = readResume(input);
    const isPreview = options['validate'] === true || options['dryRun'] === true;
    // While the file is read.
    const code = isPreview ? undefined : askForCode(context.app, file);
    const read = await planOf(
      { ...input, args: [file] },
      { target, isPreview, onlyIfReady: options['validate'] === true, context },
    );
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
      await checkPlaces({ ...read, target }, context);
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
