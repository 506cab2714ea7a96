import { addCodeOptions } from '../code-options.ts';
import { addJsonOption, targetOf } from '../common-options.ts';
import { defineCommand } from '../define-command.ts';
import { addPlanOptions, planOf } from '../plan-options.ts';
import { showPlan, showScript } from '../show-plan.ts';
import { showSweepPlan } from '../show-sweep-plan.ts';
import { addSweepOptions } from '../sweep-options.ts';

export const flowPlan = defineCommand({
  name: 'flow plan',
  summary: 'Show what a workflow would submit, and what it would use, without submitting it',
  examples: [
    'srunx flow plan pipeline.yaml',
    'srunx flow plan pipeline.yaml --test-only',
    'srunx flow plan pipeline.yaml --arg lr=0.01 --script train',
  ],
  configure(command) {
    addPlanOptions(command)
      .option('--test-only', 'ask Slurm when the first jobs would start')
      .option('--script <job>', 'print the script of this job and nothing else');
    addSweepOptions(addCodeOptions(command)).option('--cell <index>', 'of a sweep: which cell --script shows (0)');
    addJsonOption(command);
  },
  async run(input, context) {
    const { options } = input;
    const target = targetOf(context);
    const loaded = await planOf(input, { target, isPreview: true, context });
    if (loaded.kind === 'sweep') {
      await showSweepPlan({ plan: loaded.plan, placed: loaded.placed, target, options }, context);
      return 0;
    }
    const { plan, placed } = loaded;
    const name = options['script'] as string | undefined;
    if (name !== undefined) showScript(plan, name, context);
    else await showPlan({ plan, placed, target, testOnly: options['testOnly'] === true }, context);
    return 0;
  },
});
