import { batchScript } from '../../app/batch-script.ts';
import { showJob } from '../../app/show-job.ts';
import { UsageError } from '../../core/errors.ts';
import { parseJobIdList } from '../../core/slurm/job-id.ts';
import { addTargetOptions, targetOf } from '../common-options.ts';
import { defineCommand } from '../define-command.ts';
import { jobRecordJson, jobRecordText } from '../job-record.ts';
import { addRecordOptions, recordFormat, showRecord } from '../record.ts';

export const show = defineCommand({
  name: 'show',
  summary: 'Show all that is known of a job, and why it waits',
  examples: ['srunx show 4711', 'srunx show 4711_3 --json', 'srunx show 4711 --script'],
  configure(command) {
    addTargetOptions(command.argument('<job-id>', 'a job, an array or a task (4711_3)')).option(
      '--script',
      'print its batch script',
    );
    addRecordOptions(command);
  },
  async run({ args, options }, context) {
    recordFormat(options);
    const jobId = oneId(String(args[0]));
    const target = targetOf(context);
    if (options['script'] === true) {
      context.out.bytes(await batchScript(context.app, { target, jobId }));
      return 0;
    }
    const shown = await showJob(context.app, { target, jobId });
    for (const problem of shown.problems) context.out.note(`srunx: ${problem}; there may be more to know`);
    await showRecord({ data: () => jobRecordJson(shown), text: () => jobRecordText(shown) }, { options, context });
    return 0;
  },
});

function oneId(text: string): string {
  const [jobId = '', ...others] = parseJobIdList(text);
  if (others.length === 0) return jobId;
  throw new UsageError('show is about one job', {
    code: 'usage.job_id',
    hint: 'List several with `srunx squeue -j` or `srunx sacct -j`.',
  });
}
