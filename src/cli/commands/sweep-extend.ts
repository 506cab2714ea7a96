import { planExtension } from '../../app/extend-sweep.ts';
import { UsageError } from '../../core/errors.ts';
import { readSweepFlags } from '../../core/sweep/flags.ts';
import type { AxisValue } from '../../core/sweep/sweep.ts';
import { addGrowthOptions, addToSweep } from '../add-to-sweep.ts';
import { readCodeOptions } from '../code-options.ts';
import { addProfileOption, collect, countOption, targetOf } from '../common-options.ts';
import { defineCommand, type ParsedInput } from '../define-command.ts';
import { readJobDefaults } from '../read-job-defaults.ts';
import { namedSweepArgument } from '../sweep-argument.ts';

export const sweepExtend = defineCommand({
  name: 'sweep extend',
  summary: 'Add values to a sweep, whether it runs or has ended',
  examples: [
    'srunx sweep extend k3v9 --add lr=0.3,0.5',
    'srunx sweep extend k3v9 --add lr=0.3 --add seed=4,5 --dry-run',
  ],
  configure(command) {
    addProfileOption(command);
    command
      .argument('<sweep>', namedSweepArgument)
      .option('--add <axis=v1,v2>', 'more values of an axis, each with all of the others (may be repeated)', collect)
      .option('--typed', 'of --add: values are what YAML takes them for, and not what those of the axis are')
      .option('--max-cells <count>', 'allow so many cells in all (1000)');
    addGrowthOptions(command).addHelpText(
      'after',
      '\nThe new cells are planned from the workflow file as it is; nothing is submitted where that would give other jobs than before.' +
        '\nTheir tasks begin when those of the sweep have ended, so that there are never more at once than it allows.',
    );
  },
  async run({ args, options }, context) {
    const added = readAdded(options);
    const defaults = readJobDefaults({ target: targetOf(context), context });
    const code = readCodeOptions(options);
    const request = { word: String(args[0]), added, maxCells: countOption(options, 'maxCells'), defaults, code };
    const { sweep, plan, placed } = await planExtension(context.app, request);
    return addToSweep({ sweep, plan, placed, how: 'extend' }, { options, context });
  },
});

function readAdded(options: ParsedInput['options']): ReturnType<typeof readSweepFlags> {
  const words = (options['add'] as string[] | undefined) ?? [];
  const added = new Map<string, readonly AxisValue[]>();
  for (const word of words) {
    for (const [axis, values] of readSweepFlags([word], { typed: options['typed'] === true, flag: '--add' }))
      added.set(axis, [...(added.get(axis) ?? []), ...values]);
  }
  if (words.length > 0) return added;
  throw new UsageError('nothing is to be added', {
    code: 'usage.option_value',
    hint: 'Write the values: --add lr=0.3,0.5.',
  });
}
