import { valuesOf } from '../../core/config/configured-value.ts';
import { addTargetOptions, collect, targetOf } from '../common-options.ts';
import { parseContainerOption } from '../container-option.ts';
import { defineCommand } from '../define-command.ts';
import { readJobDefaults } from '../read-job-defaults.ts';
import { keysConfigured, mergeEnvironment } from '../sbatch-environment.ts';
import { renderNamed } from '../sbatch-template.ts';

export const templateRender = defineCommand({
  name: 'template render',
  summary: 'Print the batch script that a template makes, and submit nothing',
  examples: [
    "srunx template render gpu --wrap 'python train.py'",
    "srunx template render torchrun --var nodes=4 --wrap 'python train.py'",
  ],
  configure(command) {
    addTargetOptions(
      command
        .argument('<template>', 'a name, or a path with a /')
        .option('--wrap <command>', 'the command in it')
        .option('--container <image>', 'the image, or key=value pairs as for `srunx sbatch`')
        .option('--preset-job <name>', 'a preset of the configuration')
        .option('--var <key=value>', 'a variable of the template (may be repeated)', collect),
    );
  },
  async run({ args, options }, context) {
    const target = targetOf(context);
    const preset = options['presetJob'] as string | undefined;
    const defaults = readJobDefaults({ target, preset, context });
    const given = { wrap: options['wrap'] as string | undefined, var: options['var'] as string[] | undefined };
    const own = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    const words = {
      own: { ...own, template: String(args[0]) } as Record<string, string | string[]>,
      slurm: [],
      rest: [],
    };
    const typed =
      options['container'] === undefined ? {} : { container: parseContainerOption(String(options['container'])) };
    const environment = mergeEnvironment(defaults.environment, typed, { noContainer: false });
    const configured = valuesOf(defaults.values, keysConfigured(environment, typed));
    const fill = { target, defaults, environment, configured, typed: Object.keys(typed) };
    const { text } = await renderNamed(words, context.app, fill);
    context.out.bytes(text);
    return 0;
  },
});
