import { type ResourceChange, watchResources as watch } from '../../app/watch-resources.ts';
import { UsageError } from '../../core/errors.ts';
import type { WantedResources } from '../../core/slurm/free-resources.ts';
import { formatMemory, parseMemoryInput } from '../../core/slurm/memory.ts';
import { foldNodeList } from '../../core/slurm/node-list.ts';
import { addJsonOption, addTargetOptions, collect, listOf, positiveNumber, targetOf } from '../common-options.ts';
import { type CommandContext, defineCommand, type ParsedInput } from '../define-command.ts';
import { printable } from '../table.ts';

export const watchResources = defineCommand({
  name: 'watch resources',
  summary: 'Wait until GPUs, CPUs, memory or nodes are free',
  examples: [
    'srunx watch resources -g 4 -p gpu',
    "srunx watch resources --gpus 8 --gpu-type a100 --contiguous-on-node --hold 60 --then 'srunx sbatch train.sh'",
    'srunx watch resources --nodes 2 --cpus 16 --mem 64G --timeout 3600',
  ],
  configure(command) {
    addTargetOptions(command)
      .option('-g, --min-gpus <count>', 'so many GPUs')
      .option('--gpus <count>', 'the same')
      .option('--gpu-type <type>', 'only GPUs of this type count')
      .option('--cpus <count>', 'so many CPUs')
      .option('--mem <size>', 'so much memory, such as 64G')
      .option('--nodes <count>', 'on each of so many nodes; alone: so many idle nodes')
      .option('--contiguous-on-node', 'all of it on one node')
      .option('-p, --partition <names>', 'only nodes of these partitions', collect)
      .option('-i, --interval <seconds>', 'how often to look (30 s, a little at random)')
      .option('-t, --timeout <seconds>', 'give up after so long, with exit code 124')
      .option('--hold <seconds>', 'it must have been free for so long')
      .option('-c, --continuous', 'go on, and tell every time that it is free again')
      .option('--then <command>', 'run this with `sh -c` once it is free; its exit code becomes ours');
    addJsonOption(command);
  },
  async run({ options }, context) {
    const { app, out } = context;
    const request = {
      wanted: wantedOf(options),
      partitions: listOf(options['partition']),
      holdSeconds: positiveNumber(options, 'hold'),
      intervalSeconds: positiveNumber(options, 'interval'),
      timeoutSeconds: positiveNumber(options, 'timeout'),
      continuous: options['continuous'] === true,
      onSilence: (message: string) => out.note(`srunx: ${message}; still watching`),
      target: targetOf(context),
    };
    let code = 0;
    for await (const change of watch(app, request)) {
      report(change, { wanted: request.wanted, context });
      if (change.kind === 'free' && options['then'] !== undefined) {
        code = await context.runCommand(String(options['then']), { output: out.json ? 'stderr' : 'stdout' });
      }
    }
    return code;
  },
});

function wantedOf(options: ParsedInput['options']): WantedResources {
  if (options['minGpus'] !== undefined && options['gpus'] !== undefined) {
    throw conflict('--min-gpus and --gpus are the same option', 'Keep one of them.');
  }
  const gpus = countOf(options, 'min-gpus') ?? countOf(options, 'gpus');
  const cpus = countOf(options, 'cpus');
  const memoryMb = options['mem'] === undefined ? undefined : parseMemoryInput(String(options['mem']));
  const gpuType = options['gpuType'] === undefined ? undefined : String(options['gpuType']);
  const nodes = nodesOf(options);
  const isNothing = [gpus, cpus, memoryMb, countOf(options, 'nodes')].every((amount) => amount === undefined);
  if (isNothing || (gpuType !== undefined && gpus === undefined)) {
    throw new UsageError(
      gpuType === undefined ? 'nothing to wait for was named' : '--gpu-type needs a number of GPUs',
      {
        code: 'usage.missing_argument',
        hint: 'Give --gpus, --cpus, --mem or --nodes, such as `srunx watch resources --gpus 4`.',
      },
    );
  }
  return { gpus, gpuType, cpus, memoryMb, nodes };
}

function nodesOf(options: ParsedInput['options']): number | undefined {
  const nodes = countOf(options, 'nodes');
  if (options['contiguousOnNode'] !== true) return nodes;
  if (nodes === undefined || nodes === 1) return 1;
  throw conflict(
    '--contiguous-on-node is about one node, and --nodes names more',
    'Leave one of them out: with --nodes, every node must have the amounts.',
  );
}

function conflict(message: string, hint: string): UsageError {
  return new UsageError(message, { code: 'usage.option_conflict', hint });
}

function countOf(options: ParsedInput['options'], name: string): number | undefined {
  const value = options[name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())];
  if (value === undefined) return undefined;
  if (/^[1-9]\d{0,8}$/.test(String(value))) return Number(value);
  throw new UsageError(`--${name} must be a whole number greater than zero, not \`${String(value)}\``, {
    code: 'usage.option_value',
    hint: `Write for example --${name} 4.`,
  });
}

function report(
  change: ResourceChange,
  { wanted, context: { out } }: { readonly wanted: WantedResources; readonly context: CommandContext },
): void {
  const { at, kind, reached, gpus, cpus, memoryMb, nodes } = change;
  const time = new Date(at).toISOString();
  const nodelist = foldNodeList(nodes);
  if (out.json) {
    const amounts = { gpus_free: gpus, cpus_free: cpus, memory_mb_free: memoryMb, nodes_free: nodes.length, nodelist };
    out.record({ at: time, event: kind, reached, ...amounts });
    return;
  }
  const where = nodes.length === 0 ? '' : ` on ${printable(nodelist)}`;
  const word = kind === 'free' ? 'free' : reached ? 'free, must stay so' : 'not yet';
  out.line(`${time} ${word}: ${amountsText(change, wanted)}${where}`);
}

/** How much there is of what was asked for. */
function amountsText({ gpus, cpus, memoryMb, nodes }: ResourceChange, wanted: WantedResources): string {
  const type = wanted.gpuType === undefined ? '' : ` ${wanted.gpuType}`;
  const most = wanted.nodes === undefined ? '' : 'up to ';
  const parts = [
    ...(wanted.nodes === undefined ? [] : [`${nodes.length} nodes (wanted ${wanted.nodes})`]),
    ...(wanted.gpus === undefined ? [] : [`${most}${gpus}${type} GPUs (wanted ${wanted.gpus})`]),
    ...(wanted.cpus === undefined ? [] : [`${most}${cpus} CPUs (wanted ${wanted.cpus})`]),
    ...(wanted.memoryMb === undefined
      ? []
      : [`${most}${formatMemory(memoryMb)} memory (wanted ${formatMemory(wanted.memoryMb)})`]),
  ];
  return printable(parts.join(', '));
}
