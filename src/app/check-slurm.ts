import type { Cluster, ClusterCapabilities } from '../cluster/cluster.ts';
import type { SlurmFacts } from '../cluster/slurm-facts.ts';
import type { AccountLimits } from '../core/slurm/account-limits.ts';
import type { AppContext, TargetName } from './app-context.ts';
import { attemptCheck, type HealthCheck } from './health-check.ts';

/** Below it, the end of a job may be forgotten before anybody has looked. */
const shortMemorySeconds = 60;

/** From here on times in logs and in listings no longer fit together. */
const noticedSkewSeconds = 5;

/** What stands behind the target, asked in the order in which one thing needs the other. */
export async function checkSlurm(context: AppContext, target: TargetName): Promise<readonly HealthCheck[]> {
  const cluster = await context.cluster(target);
  const { slurm } = cluster;
  const controller = await attemptCheck('controller', () => checkController(slurm, context.signal));
  const isUp = controller.status !== 'fail';
  // A controller that is down lets every other question wait for many seconds.
  const [capabilities, clock, associations] = isUp ? await askController(context, cluster) : [];
  const name = slurm === undefined ? 'cluster' : 'slurm';
  const version = await attemptCheck(name, () => checkVersion(context, { cluster, capabilities }));
  if (slurm === undefined) return [version];
  const skipped = (what: string): HealthCheck => ({
    name: what,
    status: 'skip',
    message: 'the controller does not answer',
  });
  if (capabilities === undefined || clock === undefined)
    return [version, controller, skipped('clock'), skipped('limits'), skipped('accounting')];
  return [
    version,
    controller,
    clock,
    await attemptCheck('limits', () => checkLimits(capabilities)),
    await attemptCheck('accounting', () => checkAccounting(context, { cluster, capabilities, associations })),
  ];
}

/** What needs no other answer, in one turn. */
function askController(
  context: AppContext,
  cluster: Cluster,
): Promise<readonly [ClusterCapabilities | undefined, HealthCheck | undefined, (() => Associations) | undefined]> {
  const { slurm } = cluster;
  return Promise.all([
    cluster.capabilities(context.signal).catch(() => undefined),
    slurm && attemptCheck('clock', () => checkClock(context, slurm)),
    slurm && askAssociations(context, slurm),
  ]);
}

type Associations = AccountLimits['associations'] | undefined;

/** Where the cluster keeps no accounts, nobody looks at what was answered. */
async function askAssociations({ signal }: AppContext, slurm: SlurmFacts): Promise<() => Associations> {
  try {
    const associations = await slurm.associations('asker', signal);
    return () => associations;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

type Finding = Omit<HealthCheck, 'name'>;

async function checkVersion(
  context: AppContext,
  { cluster, capabilities }: { readonly cluster: Cluster; readonly capabilities: ClusterCapabilities | undefined },
): Promise<Finding> {
  if (capabilities === undefined) return { status: 'skip', message: 'the version is not known' };
  const { name, user } = await cluster.identity(context.signal);
  if (cluster.kind === 'embedded') {
    const [node] = (await cluster.inventory({ signal: context.signal })).nodes;
    const gpus = node?.gpus.reduce((sum, { total }) => sum + total, 0) ?? 0;
    const amounts = `${node?.cpus.total} CPUs, ${node?.memoryMb.total} MiB, ${gpus} GPUs`;
    return { status: 'ok', message: `the embedded runner of this machine: ${amounts}` };
  }
  const { version } = capabilities;
  if (isOlder(version, '20.11')) {
    return {
      status: 'warn',
      message: `${version}, cluster ${name}, as ${user}: older than what srunx is made for`,
      hint: 'Expect missing fields; Slurm 20.11 and later are supported.',
    };
  }
  return { status: 'ok', message: `${version}, cluster ${name}, as ${user}` };
}

function isOlder(version: string, than: string): boolean {
  const [a, b] = [version, than].map((text) => text.split('.').map(Number));
  const [year = 0, month = 0] = a ?? [];
  const [otherYear = 0, otherMonth = 0] = b ?? [];
  return year < otherYear || (year === otherYear && month < otherMonth);
}

async function checkController(slurm: SlurmFacts | undefined, signal: AbortSignal): Promise<Finding> {
  if (slurm === undefined) return { status: 'skip', message: 'there is none' };
  const controllers = await slurm.ping(signal);
  const words = controllers.map(({ role, host, up }) => `${host} (${role}) is ${up ? 'up' : 'down'}`).join(', ');
  if (controllers.every(({ up }) => up)) return { status: 'ok', message: words };
  if (controllers.some(({ up }) => up)) {
    return { status: 'warn', message: words, hint: 'Jobs go on; tell the administrators if it stays so.' };
  }
  return {
    status: 'fail',
    message: words,
    hint: 'Nothing can be submitted now. Jobs that run go on; try again later, or ask the administrators.',
  };
}

async function checkClock(context: AppContext, slurm: SlurmFacts): Promise<Finding> {
  const before = context.now();
  const seconds = await slurm.clock(context.signal);
  if (seconds === undefined)
    return { status: 'skip', message: 'the controller does not tell its time (sdiag is refused)' };
  // The controller tells whole seconds, and the answer took its time.
  const middle = (before + context.now()) / 2000;
  const skew = Math.round(seconds + 0.5 - middle);
  if (Math.abs(skew) < noticedSkewSeconds)
    return { status: 'ok', message: "this machine's and the controller's agree" };
  return {
    status: 'warn',
    message: `the controller's clock is ${Math.abs(skew)} s ${skew > 0 ? 'ahead of' : 'behind'} this machine's`,
    hint: 'Have both synchronised (NTP): ages and start times are wrong by so much.',
  };
}

function checkLimits({ minJobAgeSeconds, maxArraySize, accounting }: ClusterCapabilities): Finding {
  const message = `arrays up to index ${maxArraySize - 1}; finished jobs are remembered for ${minJobAgeSeconds} s`;
  if (accounting || minJobAgeSeconds >= shortMemorySeconds) return { status: 'ok', message };
  return {
    status: 'warn',
    message,
    hint: 'Without accounting the end of a job is soon forgotten: keep `srunx watch jobs` running, or wait with --wait.',
  };
}

async function checkAccounting(
  context: AppContext,
  facts: {
    readonly cluster: Cluster;
    readonly capabilities: ClusterCapabilities;
    readonly associations: (() => Associations) | undefined;
  },
): Promise<Finding> {
  const { cluster, capabilities, associations: ask } = facts;
  if (!capabilities.accounting) {
    return {
      status: 'warn',
      message: 'the cluster keeps none: only the controller knows how jobs ended, and for a short time',
      hint: 'srunx writes down what it sees itself; `srunx flow status` shows it.',
    };
  }
  const { user } = await cluster.identity(context.signal);
  const associations = ask?.();
  const accounts = [...new Set(associations?.map(({ account }) => account))];
  if (accounts.length > 0) return { status: 'ok', message: `answers; ${user} may use ${accounts.join(', ')}` };
  return {
    status: 'warn',
    message: `answers, but knows no account of ${user}`,
    hint: 'Where the site enforces accounts, submissions are refused: ask the administrators for one.',
  };
}
