import type { ClusterIdentity } from '../cluster/cluster.ts';
import type { SlurmFacts } from '../cluster/slurm-facts.ts';
import { ConnectionError, RefusedError, SrunxError, UsageError } from '../core/errors.ts';
import { parseSbatchArgs } from '../core/job/sbatch-options.ts';
import { resolveRequest, type SbatchRequest } from '../core/job/sbatch-request.ts';
import { parseDirectives } from '../core/job/script-directives.ts';
import { countTasks } from '../core/slurm/job-id.ts';
import { describeSubmitLimit, roomFor, type SubmitLimit, type SubmitRoom } from '../core/slurm/submit-limits.ts';
import type { PlannedJob } from '../core/workflow/plan.ts';
import type { AppContext, TargetName } from './app-context.ts';
import { isValidOption } from './plan-job.ts';

export interface RoomRequest {
  readonly target: TargetName;
  readonly jobs: readonly Pick<PlannedJob, 'options' | 'script'>[];
  /** So many of Slurm's jobs are to be submitted. */
  readonly tasks: number;
}

export interface FoundRoom extends SubmitRoom {
  /** Words for `scontrol`, which then tells of the limits that count here. */
  readonly question: readonly string[];
}

/** The database takes its time: for less than that it is not asked, and a QOS that allows less yet is heard of from `sbatch`. */
const worthAsking = 100;

/**
 * How many jobs the cluster would take now; `undefined` where it has no limit, does not enforce it, or does not tell. Two questions to
 * the controller (6 ms each), of which the second is left out where nothing is enforced.
 */
export async function findRoom(context: AppContext, request: RoomRequest): Promise<FoundRoom | undefined> {
  const { signal } = context;
  const { slurm, ...cluster } = await context.cluster(request.target);
  if (slurm === undefined) return undefined;
  try {
    const enforced = (await slurm.config(signal)).get('AccountingStorageEnforce') ?? 'none';
    if (!/\b(?:limits|safe|all)\b/.test(enforced)) return undefined;
    const identity = await cluster.identity(signal);
    const known = await slurm.submitLimits(identity.user, signal);
    const wishes = request.jobs.map((job) => wishOf(context, job));
    const accounts = new Set(wishes.map(({ account }) => account ?? known.defaultAccount));
    const named = new Set(wishes.map(({ qos }) => qos));
    const database = request.tasks > worthAsking ? await askDatabase(slurm, { identity, accounts, named, signal }) : [];
    const more = database.filter(({ name }) => !known.limits.some((one) => one.kind === 'qos' && one.name === name));
    const qos = new Set([...named, ...database.map(({ name }) => name)]);
    const room = roomFor({ ...known, limits: [...known.limits, ...more] }, { accounts, qos });
    return room && { ...room, question: questionOf({ user: identity.user, accounts, qos }, known.parents) };
  } catch (error) {
    // What is too much, Slurm refuses by itself.
    if (error instanceof SrunxError && error.kind !== 'bug') return undefined;
    throw error;
  }
}

interface Payers {
  readonly user: string;
  readonly accounts: Iterable<string | undefined>;
  readonly qos: Iterable<string | undefined>;
}

function questionOf({ user, accounts, qos }: Payers, parents: ReadonlyMap<string, string>): readonly string[] {
  const names = new Set<string>();
  for (const account of accounts) {
    for (let name = account; name !== undefined && !names.has(name); name = parents.get(name)) names.add(name);
  }
  const classes = [...qos].filter((name) => name !== undefined);
  return [
    `users=${user}`,
    ...(names.size === 0 ? [] : [`accounts=${[...names].join(',')}`]),
    ...(classes.length === 0 ? ['flags=assoc'] : [`qos=${classes.join(',')}`, 'flags=assoc,qos']),
  ];
}

type Wish = Partial<Pick<SbatchRequest, 'account' | 'qos' | 'array'>>;

/** What a job asks for; where sbatch would not understand it, that is for sbatch to say. */
function wishOf({ env }: Pick<AppContext, 'env'>, { options, script }: RoomRequest['jobs'][number]): Wish {
  const directives = parseDirectives(script).filter(isValidOption);
  try {
    return resolveRequest({ directives, options: parseSbatchArgs(options).options, env });
  } catch (error) {
    if (error instanceof UsageError) return {};
    throw error;
  }
}

interface DatabaseQuestion {
  readonly identity: ClusterIdentity;
  readonly accounts: ReadonlySet<string | undefined>;
  /** QOS of jobs; `undefined` for those that get the default. */
  readonly named: ReadonlySet<string | undefined>;
  readonly signal: AbortSignal;
}

/** Limits of the QOS that jobs have or get, of which the controller says nothing before they are used. */
async function askDatabase(
  slurm: SlurmFacts,
  { identity: { user, name: cluster }, accounts, named, signal }: DatabaseQuestion,
): Promise<readonly SubmitLimit[]> {
  const known = await slurm.accountLimits({ user, cluster }, signal).catch((error: unknown) => {
    if (error instanceof ConnectionError) return undefined;
    throw error;
  });
  if (known === undefined) return [];
  const own = known.associations.filter(({ account }) => accounts.has(account));
  const defaults = named.has(undefined) ? own.map(({ defaultQos }) => defaultQos ?? 'normal') : [];
  return known.qos
    .filter(({ name }) => named.has(name) || defaults.includes(name))
    .flatMap(({ name, maxSubmitPerUser }) =>
      maxSubmitPerUser === null
        ? []
        : [{ kind: 'qos' as const, name, isShared: false, limit: maxSubmitPerUser, used: 0 }],
    );
}

/** Throws where a workflow has more jobs than the cluster takes now: all of it would have to be taken back. */
export async function requireRoom(
  context: AppContext,
  { jobs, target, name }: Omit<RoomRequest, 'tasks'> & { readonly name: string },
): Promise<void> {
  const tasks = jobs.reduce((sum, job) => sum + sizeOf(context, job), 0);
  const room = await findRoom(context, { jobs, target, tasks });
  if (room === undefined || tasks <= room.room) return;
  throw new RefusedError(
    `${target} does not take the ${tasks} jobs of \`${name}\` now: ${describeSubmitLimit(room.tightest)}; nothing was submitted`,
    {
      code: 'limits.submit',
      hint:
        tasks > room.limit
          ? 'A workflow is handed over whole: split it, or make a sweep of what it repeats, which is handed over in parts.'
          : 'Run it again when there are fewer jobs in the queue; `srunx squeue --me` shows them.',
    },
  );
}

/** An array counts with each of its tasks. */
function sizeOf(context: AppContext, job: RoomRequest['jobs'][number]): number {
  const { array } = wishOf(context, job);
  return array === undefined ? 1 : countTasks(array);
}
