import { checkHealth, describeNodeTest, type HealthCheck } from '../../app/check-health.ts';
import { testNodes } from '../../app/test-nodes.ts';
import { placementOf } from '../../core/config/job-defaults.ts';
import { exitCodes, UsageError } from '../../core/errors.ts';
import type { NodeTest } from '../../core/slurm/node-test.ts';
import { type Colour, paint } from '../colours.ts';
import { addTargetOptions, positiveNumber, targetOf } from '../common-options.ts';
import { type CommandContext, defineCommand, type ParsedInput } from '../define-command.ts';
import { readJobDefaults } from '../read-job-defaults.ts';
import { addRecordOptions, recordFormat, showRecord } from '../record.ts';
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
    const target = targetOf(options, context);
    if (options['job'] === true) {
      const onProgress = (message: string) => out.note(`srunx: ${printable(message)}`);
      const defaults = placementOf(readJobDefaults({ target, context }));
      const test = await testNodes(app, { target, options: sbatchOptions, defaults, timeoutSeconds, onProgress });
      const check: HealthCheck = { name: 'nodes', ...describeNodeTest(test, { now: app.now(), runRoot: app.runRoot }) };
      return show({ target, checks: [check], test }, { options, context });
    }
    return show({ target, checks: await checkHealth(app, target) }, { options, context });
  },
});

function needsJob(): UsageError {
  return new UsageError('--partition, --account, --qos and --timeout are about the test job', {
    code: 'usage.option_conflict',
    hint: 'Add --job, or leave them out.',
  });
}

interface Report {
  readonly target: string;
  readonly checks: readonly HealthCheck[];
  readonly test?: NodeTest;
}

async function show(
  { target, checks, test }: Report,
  display: { readonly options: ParsedInput['options']; readonly context: CommandContext },
): Promise<number> {
  const isBroken = checks.some(({ status }) => status === 'fail');
  const data = {
    target,
    healthy: !isBroken,
    checks: checks.map(({ name, status, message, hint = null }) => ({ name, status, message, hint })),
    ...(test === undefined ? {} : { nodes: testJson(test) }),
  };
  const { terminal } = display.context.out;
  await showRecord(
    {
      data: () => data,
      text: () => checks.flatMap((check) => linesOf(check, { colour: terminal?.colour === true })).join('\n'),
    },
    display,
  );
  return isBroken ? exitCodes.partial : exitCodes.success;
}

const colours: Readonly<Record<HealthCheck['status'], Colour>> = {
  ok: 'green',
  warn: 'yellow',
  fail: 'red',
  skip: 'grey',
};

function linesOf({ name, status, message, hint }: HealthCheck, { colour }: { readonly colour: boolean }): string[] {
  const word = colour ? paint(status, colours[status]) : status;
  const line = `${word.padEnd(word.length + 6 - status.length)}${name.padEnd(17)}${printable(message)}`;
  return hint === undefined ? [line] : [line, `${' '.repeat(23)}${printable(hint)}`];
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
