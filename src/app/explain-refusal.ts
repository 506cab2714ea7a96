import type { Cluster } from '../cluster/cluster.ts';
import { ConnectionError, NotFoundError, SubmissionError } from '../core/errors.ts';
import { formatDuration } from '../core/slurm/duration.ts';
import type { PartitionLimits } from '../core/slurm/partition-limits.ts';
import { describeSubmitLimit } from '../core/slurm/submit-limits.ts';
import { didYouMean } from '../core/suggest.ts';
import type { AppContext, TargetName } from './app-context.ts';

/** A refusal gets what would have been accepted; every other error stays as it is. */
export async function explainRefusal(context: AppContext, target: TargetName, error: unknown): Promise<unknown> {
  if (!(error instanceof SubmissionError)) return error;
  const { message, code, detail = '' } = error;
  const explain = explanations.find(([pattern]) => pattern.test(detail))?.[1];
  if (explain === undefined) return error;
  try {
    const cluster = await context.cluster(target);
    const hint = await explain({ cluster, detail, signal: context.signal });
    return hint === undefined ? error : new SubmissionError(message, { code, detail, hint, cause: error });
  } catch (failure) {
    // The refusal is what matters, also where the choices cannot be had.
    if (failure instanceof ConnectionError || failure instanceof NotFoundError) return error;
    throw failure;
  }
}

interface Refusal {
  readonly cluster: Cluster;
  /** Slurm's own words. */
  readonly detail: string;
  readonly signal: AbortSignal;
}

/** One question to the cluster, or two. `undefined`: it has nothing to add. */
type Explanation = (refusal: Refusal) => Promise<string | undefined>;

/** By Slurm's words, in this order: some refusals come with two of them, the more telling one first. */
const explanations: readonly (readonly [RegExp, Explanation])[] = [
  [/invalid partition/i, listPartitions],
  [/Invalid account|Invalid user\/account|user\/account, or/i, listAccounts],
  [/Invalid qos/i, listQos],
  [/Invalid job array/i, tellArraySize],
  [/time limit is invalid|requested.*time limit|PartitionTimeLimit/i, tellTimeLimits],
  [/Memory specification can not be satisfied/i, tellMemory],
  [/generic resource \(gres\)|Requested node configuration is not available/i, listResources],
  [/Node count specification invalid|More processors requested/i, tellNodeCounts],
  [/Invalid feature/i, listFeatures],
  [/Invalid node name/i, listNodes],
  [/reservation is invalid|Access denied to requested reservation/i, listReservations],
  [/SubmitJob\w*Limit/, tellSubmitLimits],
  [/temporarily unable to accept job|Resource temporarily unavailable/, tellJobCount],
  [/violates accounting\/QOS policy|AssocMax|QOSMax|AssocGrp|QOSGrp/i, tellAccountLimits],
];

function choices(
  names: readonly string[],
  { what, wrong }: { readonly what: string; readonly wrong?: string | undefined },
): string {
  const list = `There are: ${[...new Set(names)].join(', ')}.`;
  const meant = wrong === undefined ? undefined : didYouMean(wrong, names);
  return [meant, names.length === 0 ? `There are no ${what}.` : list].filter(Boolean).join(' ');
}

async function listPartitions({ cluster, detail, signal }: Refusal): Promise<string> {
  const { partitions } = await cluster.inventory({ signal });
  const [, wrong] = /invalid partition specified: (\S+)/i.exec(detail) ?? [];
  return choices(
    partitions.map(({ name }) => name),
    { what: 'partitions that you may see', wrong },
  );
}

async function accountsOf({ cluster, signal }: Refusal) {
  const { user, name } = await cluster.identity(signal);
  return cluster.slurm?.accountLimits({ user, cluster: name }, signal);
}

async function listAccounts(refusal: Refusal): Promise<string | undefined> {
  const limits = await accountsOf(refusal);
  if (limits === undefined) return undefined;
  const names = limits.associations.map(({ account, partition }) =>
    partition === null ? account : `${account} (in ${partition})`,
  );
  return names.length === 0
    ? 'You have no account here: ask the administrators for one.'
    : `Your accounts: ${[...new Set(names)].join(', ')}.`;
}

async function listQos(refusal: Refusal): Promise<string | undefined> {
  const limits = await accountsOf(refusal);
  if (limits === undefined) return undefined;
  const byAccount = limits.associations.map(({ account, qos }) => `${account}: ${qos.join(', ') || 'none'}`);
  return byAccount.length === 0
    ? undefined
    : `QOS that you may use, by account: ${[...new Set(byAccount)].join('; ')}.`;
}

async function tellArraySize({ cluster, signal }: Refusal): Promise<string> {
  const { maxArraySize } = await cluster.capabilities(signal);
  return `Indices go from 0 to ${maxArraySize - 1}, written as 0-15, 0,6,16 or 0-15%4.`;
}

async function tellTimeLimits(refusal: Refusal): Promise<string | undefined> {
  return tellOfPartitions(refusal, ({ maxTimeSeconds }) =>
    maxTimeSeconds === null ? 'no limit' : formatDuration(maxTimeSeconds),
  );
}

async function tellNodeCounts(refusal: Refusal): Promise<string | undefined> {
  return tellOfPartitions(
    refusal,
    ({ minNodes, maxNodes, totalNodes }) => `${Math.max(1, minNodes)} to ${maxNodes ?? totalNodes} nodes`,
  );
}

async function tellOfPartitions(
  { cluster, signal }: Refusal,
  limit: (partition: PartitionLimits) => string,
): Promise<string | undefined> {
  const partitions = await cluster.slurm?.partitionLimits(signal);
  if (partitions === undefined || partitions.length === 0) return undefined;
  return `The partitions allow: ${partitions.map((one) => `${one.name} ${limit(one)}`).join(', ')}.`;
}

async function tellMemory({ cluster, signal }: Refusal): Promise<string> {
  const { nodes } = await cluster.inventory({ signal });
  const most = nodes.reduce((best, { memoryMb }) => Math.max(best, memoryMb.total), 0);
  return `The largest node has ${most} MiB; \`srunx sinfo -N\` shows them all.`;
}

async function listResources({ cluster, signal }: Refusal): Promise<string> {
  const { partitions, nodes } = await cluster.inventory({ signal });
  const parts = partitions.map(({ name, nodes: members }) => {
    const own = nodes.filter((node) => members.includes(node.name));
    const cpus = Math.max(0, ...own.map((node) => node.cpus.total));
    const gpus = [
      ...new Set(
        own.flatMap((node) => node.gpus.map(({ type, total }) => `gpu:${type === '' ? '' : `${type}:`}${total}`)),
      ),
    ];
    return `${name} (${own.length} nodes of up to ${cpus} CPUs${gpus.length === 0 ? '' : ` and ${gpus.join(' or ')}`})`;
  });
  return `There are: ${parts.join(', ')}.`;
}

async function listFeatures({ cluster, signal }: Refusal): Promise<string> {
  const { nodes } = await cluster.inventory({ signal });
  return choices(
    nodes.flatMap(({ features }) => features),
    { what: 'features of nodes' },
  );
}

async function listNodes({ cluster, signal }: Refusal): Promise<string> {
  const { nodes } = await cluster.inventory({ signal });
  const names = nodes.map(({ name }) => name);
  return names.length > 20 ? '`srunx sinfo -N` lists the nodes.' : choices(names, { what: 'nodes' });
}

async function listReservations({ cluster, signal }: Refusal): Promise<string | undefined> {
  const reservations = await cluster.slurm?.reservations(signal);
  return reservations === undefined
    ? undefined
    : choices(
        reservations.map(({ name }) => name),
        { what: 'reservations that you may see' },
      );
}

/** With what is in the queue, where the controller tells; an unset limit of one account may still be that of the one above. */
async function tellSubmitLimits(refusal: Refusal): Promise<string | undefined> {
  const { cluster, signal } = refusal;
  const { user } = await cluster.identity(signal);
  const { limits = [] } = (await cluster.slurm?.submitLimits(user, signal)) ?? {};
  if (limits.length === 0) return tellAccountLimits(refusal);
  const lines = limits
    .map((limit) => describeSubmitLimit(limit))
    .map((text) => text.replace(/^./, (sign) => sign.toUpperCase()));
  return [...lines.map((line) => `${line}.`), 'Each task of an array counts; `srunx limits` shows all limits.'].join(
    ' ',
  );
}

/** `sbatch` itself has tried for two minutes before it says so. */
async function tellJobCount({ cluster, signal }: Refusal): Promise<string> {
  const most = (await cluster.slurm?.config(signal))?.get('MaxJobCount');
  const limit = most === undefined ? '' : ` (MaxJobCount is ${most})`;
  return `The cluster has as many jobs in its queue, everybody's together, as it takes${limit}: run it again later.`;
}

async function tellAccountLimits(refusal: Refusal): Promise<string | undefined> {
  const limits = await accountsOf(refusal);
  if (limits === undefined) return undefined;
  const usable = new Set(limits.associations.flatMap(({ qos }) => qos));
  const lines = [
    ...limits.associations.map(({ account, maxSubmit, maxJobs, maxWallSeconds }) =>
      limitText(account, { submit: maxSubmit, jobs: maxJobs, seconds: maxWallSeconds }),
    ),
    ...limits.qos
      .filter(({ name }) => usable.has(name))
      .map(({ name, maxSubmitPerUser, maxJobsPerUser, maxWallSeconds }) =>
        limitText(`QOS ${name}`, { submit: maxSubmitPerUser, jobs: maxJobsPerUser, seconds: maxWallSeconds }),
      ),
  ].filter((line) => line !== '');
  return [...lines.map((line) => `${line}.`), '`srunx limits` shows what your accounts and QOS allow.'].join(' ');
}

/** Empty where there are no such limits. */
function limitText(
  name: string,
  {
    submit,
    jobs,
    seconds,
  }: { readonly submit: number | null; readonly jobs: number | null; readonly seconds: number | null },
): string {
  const parts = [
    ...(submit === null ? [] : [`${submit} jobs in the queue`]),
    ...(jobs === null ? [] : [`${jobs} running`]),
    ...(seconds === null ? [] : [`${formatDuration(seconds)} for each`]),
  ];
  return parts.length === 0 ? '' : `${name}: at most ${parts.join(', ')}`;
}
