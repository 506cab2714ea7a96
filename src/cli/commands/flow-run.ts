import type { TargetName } from '../../app/app-context.ts';
import { askForCode } from '../../app/gather-provenance.ts';
import type { PlacedRun } from '../../app/place-workflow.ts';
import { countOf } from '../../core/count-of.ts';
import { planNotes } from '../../core/workflow/format-plan.ts';
import type { Plan } from '../../core/workflow/plan.ts';
import { addCodeOptions, sendingOf } from '../code-options.ts';
import { addJsonOption, positiveNumber, targetOf } from '../common-options.ts';
import { type CommandContext, defineCommand, type ParsedInput } from '../define-command.ts';
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
    addSweepOptions(addCodeOptions(command)).option('-y, --yes', 'of a sweep: do not ask, however many cells it has');
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
    if (read.kind === 'sweep') return runSweepCommand({ ...read, target, code, intervalSeconds, options }, context);
    return options['dryRun'] === true || options['validate'] === true
      ? preview({ ...read, target, resume }, { options, context })
      : submit({ ...read, target, resume, code, intervalSeconds }, { options, context });
  },
});

interface Loaded {
  readonly plan: Plan;
  readonly placed: PlacedRun | undefined;
  readonly target: TargetName;
  readonly resume: string | true | undefined;
}

interface Surroundings {
  readonly options: ParsedInput['options'];
  readonly context: CommandContext;
}

async function preview(loaded: Loaded, { options, context }: Surroundings): Promise<number> {
  const { target, resume, placed } = loaded;
  const { out } = context;
  const isChecked = options['validate'] === true;
  const plan = resume === undefined || isChecked ? loaded.plan : await resumePlan({ ...loaded, resume }, context);
  if (!isChecked) {
    await showPlan({ plan, placed, target, testOnly: false }, context);
    return 0;
  }
  for (const note of planNotes(plan)) out.note(`srunx: ${printable(note)}`);
  await checkPlaces({ kind: 'workflow', plan, placed, target }, context);
  out.result(
    { valid: true, jobs: plan.jobs.length },
    `${printable(plan.workflow.name)}: valid, ${countOf(plan.jobs.length, 'job')}`,
  );
  return 0;
}

interface Submission extends Loaded {
  readonly code: ReturnType<typeof askForCode> | undefined;
  readonly intervalSeconds: number | undefined;
}

async function submit(loaded: Submission, { options, context }: Surroundings): Promise<number> {
  const { target, resume, placed, code, intervalSeconds } = loaded;
  using sending = sendingOf({ placed, target, options, purpose: 'srunx flow run' }, context);
  const isResumed = resume !== undefined;
  const plan = isResumed ? await resumePlan({ ...loaded, resume, sending }, context) : loaded.plan;
  for (const note of planNotes(plan)) context.out.note(`srunx: ${printable(note)}`);
  if (isResumed && plan.jobs.length === 0 && loaded.plan.jobs.length > 0) return tellNothing(context);
  const detach = options['detach'] === true;
  return await submitAndFollow({ plan, code, target, intervalSeconds, detach, sending }, context);
}
