import { contextOn } from '../../app/app-context.ts';
import { checkHealth, describeNodeTest, type HealthCheck } from '../../app/check-health.ts';
import { testNodes } from '../../app/test-nodes.ts';
import { placementOf } from '../../core/config/job-defaults.ts';
import { UsageError } from '../../core/errors.ts';
import type { NodeTest } from '../../core/slurm/node-test.ts';
import { addTargetOptions, positiveNumber, targetOf } from '../common-options.ts';
import { defineCommand } from '../define-command.ts';
import { showChecks } from '../health-report.ts';
import { readJobDefaults } from '../read-job-defaults.ts';
import { addRecordOptions, recordFormat } from '../record.ts';
import { printable } from '../table.ts';

export const doctor = defineCommand({
  name: 'doctor',
  summary: 'Check this machine, the cluster and, with a test job, its nodes',
  examples: ['srunx doctor', 'srunx doctor --job -p gpu --timeout 600'],
  configure(command) {
    addTargetOptions(command)
      .option('--job', 'submit a test job that finds out what jobs can do on the nodes')
      .option('-p, --partition <name>', "with --job: the test job's partition")
      .option('-A, --account <name>', "with --job: the test job's account")
      .option('--qos <name>', "with --job: the test job's QOS")
      .option('-t, --timeout <seconds>', 'with --job: give up and cancel it after so long (300)');
    addRecordOptions(command);
  },
  async run({ options }, context) {
    const { app, out } = context;
    recordFormat(options);
    const timeoutSeconds = positiveNumber(options, 'timeout') ?? 300;
    const sbatchOptions = ['partition', 'account', 'qos'].flatMap((name) =>
      options[name] === undefined ? [] : [{ name, value: String(options[name]) }],
    );
    if (options['job'] !== true && (sbatchOptions.length > 0 || options['timeout'] !== undefined)) throw needsJob();
    const target = targetOf(context);
    if (options['job'] === true) {
      const { runRoot } = await contextOn(app, target);
      const onProgress = (message: string) => out.note(`srunx: ${printable(message)}`);
      const defaults = placementOf(readJobDefaults({ target, context }));
      const test = await testNodes(app, { target, options: sbatchOptions, defaults, timeoutSeconds, onProgress });
      const check: HealthCheck = { name: 'nodes', ...describeNodeTest(test, { target, now: app.now(), runRoot }) };
      return showChecks({ target, checks: [check], more: { nodes: testJson(test) } }, { options, context });
    }
    return showChecks({ target, checks: await checkHealth(app, target) }, { options, context });
  },
});

function needsJob(): UsageError {
  return new UsageError('--partition, --account, --qos and --timeout are about the test job', {
    code: 'usage.option_conflict',
    hint: 'Add --job, or leave them out.',
  });
}

function testJson({ testedAt, jobId, node, runRoot, abilities, complaints }: NodeTest): Record<string, unknown> {
  const { sharedDirectory, scontrol, sbatch, signals, requeue } = abilities;
  return {
    tested_at: new Date(testedAt).toISOString(),
    job_id: jobId,
    node,
    run_directory: runRoot ?? null,
    shared_directory: sharedDirectory,
    ...{ scontrol, sbatch, signals, requeue },
    complaints: Object.values(complaints),
  };
}
