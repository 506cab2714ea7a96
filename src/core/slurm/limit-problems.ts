import type { SbatchRequest } from '../job/sbatch-request.ts';
import { didYouMean } from '../suggest.ts';
import { formatDuration } from './duration.ts';
import type { PartitionLimits } from './partition-limits.ts';

type Request = Pick<SbatchRequest, 'partition' | 'account' | 'qos' | 'timeLimitSeconds' | 'nodes' | 'gpus'>;

/**
 * Why a submission would be refused, or would wait for ever, in each partition it names; nothing where one of them would
 * take it. Without a partition the default one counts.
 */
export function limitProblems(request: Request, partitions: readonly PartitionLimits[]): string[] {
  const named = request.partition?.split(',');
  const defaults = partitions.filter(({ isDefault }) => isDefault).map(({ name }) => name);
  const findings = (named ?? defaults).map((name) => {
    const partition = partitions.find((one) => one.name === name);
    return partition === undefined ? [unknown(name, partitions)] : problemsOf(request, partition);
  });
  if (named === undefined && defaults.length === 0 && partitions.length > 0) {
    return ['there is no default partition: name one with -p'];
  }
  return findings.some((problems) => problems.length === 0) ? [] : findings.flat();
}

function unknown(name: string, partitions: readonly PartitionLimits[]): string {
  const names = partitions.map((one) => one.name);
  const meant = didYouMean(name, names);
  return `there is no partition \`${name}\`; ${meant ?? `there are: ${names.join(', ')}`}`;
}

function problemsOf(request: Request, partition: PartitionLimits): string[] {
  return [
    ...sizeProblems(request, partition),
    ...permissionProblems(request, partition),
    ...(partition.state === 'UP' ? [] : [`it is ${partition.state}, so that jobs do not start`]),
  ].map((problem) => `partition ${partition.name}: ${problem}`);
}

function sizeProblems({ timeLimitSeconds, nodes, gpus }: Request, partition: PartitionLimits): string[] {
  const { maxTimeSeconds, minNodes, maxNodes, totalNodes } = partition;
  const most = Math.min(maxNodes ?? totalNodes, totalNodes);
  const allGpus = [...partition.gpus.values()].reduce((sum, count) => sum + count, 0);
  const isLong = timeLimitSeconds !== null && maxTimeSeconds !== null && timeLimitSeconds > maxTimeSeconds;
  return [
    ...(isLong
      ? [`${formatDuration(timeLimitSeconds)} are asked for, at most ${formatDuration(maxTimeSeconds)} are allowed`]
      : []),
    ...(nodes > most ? [`${nodes} nodes are asked for, at most ${most} are allowed`] : []),
    ...(nodes < minNodes ? [`${nodes} nodes are asked for, at least ${minNodes} must be`] : []),
    // Where the site does not count GPUs, none are known here.
    ...(allGpus > 0 && gpus > allGpus ? [`${gpus} GPUs are asked for, it has ${allGpus}`] : []),
  ];
}

function permissionProblems({ account, qos }: Request, partition: PartitionLimits): string[] {
  const { allowAccounts, denyAccounts, allowQos, denyQos, rootOnly } = partition;
  const isOut = (name: string | undefined, allowed: readonly string[], denied: readonly string[]) =>
    name !== undefined && ((allowed.length > 0 && !allowed.includes(name)) || denied.includes(name));
  const among = (allowed: readonly string[]) => (allowed.length === 0 ? '' : `; allowed are: ${allowed.join(', ')}`);
  return [
    ...(isOut(account, allowAccounts, denyAccounts)
      ? [`the account ${account} may not use it${among(allowAccounts)}`]
      : []),
    ...(isOut(qos, allowQos, denyQos) ? [`the QOS ${qos} may not be used in it${among(allowQos)}`] : []),
    ...(rootOnly ? ['only root may use it'] : []),
  ];
}
