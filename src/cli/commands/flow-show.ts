import { readPlanFile, showPlan } from '../../app/show-plan.ts';
import { UsageError } from '../../core/errors.ts';
import { addProfileOption } from '../common-options.ts';
import { type CommandContext, defineCommand } from '../define-command.ts';
import { planRecordJson, planRecordText } from '../plan-record.ts';
import { addRecordOptions, recordFormat, showRecord } from '../record.ts';
import { runArgument } from '../run-argument.ts';
import { noteStale } from '../run-table.ts';

export const flowShow = defineCommand({
  name: 'flow show',
  summary: 'Show a run as it was planned and handed over',
  examples: ['srunx flow show k3v9', 'srunx flow show k3v9 --script train'],
  configure(command) {
    addProfileOption(command);
    command
      .argument('[run]', runArgument)
      .option('--script <job>', 'print the script of this job, byte for byte')
      .option('--wrapper <job>', 'print what was submitted in its place, which starts it')
      .option('-q, --quiet', 'no remarks on standard error');
    addRecordOptions(command);
  },
  async run({ args, options }, context) {
    recordFormat(options);
    const word = args[0] as string | undefined;
    const { script, wrapper } = options as { readonly script?: string; readonly wrapper?: string };
    if (script !== undefined && wrapper !== undefined) {
      throw new UsageError('--script and --wrapper cannot be used together', {
        code: 'usage.conflict',
        hint: 'Keep the one you mean.',
      });
    }
    if (script !== undefined) return printFile({ word, job: script, kind: 'script' }, context);
    if (wrapper !== undefined) return printFile({ word, job: wrapper, kind: 'wrapper' }, context);
    const record = await showPlan(context.app, word);
    noteStale(record.stale, context.out);
    if (record.problem !== undefined) {
      context.out.note(`srunx: ${record.problem}; retries, checkpoints and what jobs read of others are not shown`);
    }
    await showRecord({ data: () => planRecordJson(record), text: () => planRecordText(record) }, { options, context });
    return 0;
  },
});

async function printFile(request: Parameters<typeof readPlanFile>[1], { app, out }: CommandContext): Promise<number> {
  const { job, path, bytes } = await readPlanFile(app, request);
  if (out.json) out.result({ name: job, path, text: new TextDecoder().decode(bytes) }, '');
  else out.bytes(bytes);
  return 0;
}
