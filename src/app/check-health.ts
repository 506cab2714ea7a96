import { StorageError } from '../core/errors.ts';
import { type NodeTest, nodeAbilities } from '../core/slurm/node-test.ts';
import { inspectStore } from '../store/inspect-store.ts';
import { savedRequests } from '../store/request-budget.ts';
import { type AppContext, contextOn, engineContext, type TargetName } from './app-context.ts';
import { checkMachine } from './check-machine.ts';
import { checkSlurm } from './check-slurm.ts';
import { formatAge } from './format-age.ts';
import { attemptCheck, formatBytes, type HealthCheck } from './health-check.ts';
import { rememberedNodeTest } from './test-nodes.ts';
import { whereToNameRuns } from './where-to-name-runs.ts';

export type { HealthCheck };

/** Everything that srunx needs from this machine and from the target. Changes nothing, and goes on where something fails. */
export async function checkHealth(context: AppContext, target: TargetName): Promise<readonly HealthCheck[]> {
  const { kind } = await context.cluster(target);
  // Known from here on, so that all that needs no other answer is asked in one turn.
  await contextOn(context, target);
  const [machine, slurm, database] = await Promise.all([
    checkMachine(context, target),
    checkSlurm(context, target),
    attemptCheck('database', () => checkDatabase(context)),
  ]);
  const isUp = slurm.every(({ name, status }) => name !== 'controller' || status !== 'fail');
  if (kind === 'embedded' || !isUp || database.status === 'fail') return [...machine, database, ...slurm];
  return [
    ...machine,
    database,
    ...slurm,
    await attemptCheck('requests', () => checkRequests(context, target)),
    await attemptCheck('nodes', async () =>
      describeNodeTest(await rememberedNodeTest(context, target), {
        target,
        now: context.now(),
        runRoot: (await contextOn(context, target)).runRoot,
      }),
    ),
  ];
}

type Finding = Omit<HealthCheck, 'name'>;

async function checkDatabase(context: AppContext): Promise<Finding> {
  const { path, schema, journal, bytes, damage } = inspectStore(await context.store());
  if (damage.length > 0) {
    throw new StorageError(`there is damage in the database ${path}`, {
      code: 'store.corrupt',
      detail: damage[0] ?? '',
      hint: 'Move the file away; runs are read again from their plan directories.',
    });
  }
  const message = `${path}, schema ${schema}, ${formatBytes(bytes)}, journal ${journal}`;
  return { status: 'ok', message };
}

/** Several processes that look at one cluster share its patience. */
async function checkRequests(context: AppContext, target: TargetName): Promise<Finding> {
  const { store, clusterId } = await engineContext(context, target);
  const saved = savedRequests(store, { clusterId, nowMs: context.now() });
  if (saved >= 0)
    return { status: 'ok', message: `${Math.floor(saved)} of 5 questions may be asked at once, one more every second` };
  return {
    status: 'warn',
    message: `other srunx processes are ${Math.ceil(-saved)} questions ahead of you`,
    hint: 'Watch many jobs in one `srunx watch jobs` instead of one for each.',
  };
}

const names: Readonly<Record<keyof NodeTest['abilities'], string>> = {
  sharedDirectory: 'the run directory is seen there',
  scontrol: 'scontrol answers there',
  sbatch: 'jobs may submit jobs',
  signals: 'signals reach the script',
  requeue: 'jobs can requeue themselves',
};

const lossesOn = (target: TargetName): Readonly<Record<keyof NodeTest['abilities'], string>> => ({
  sharedDirectory: `Name a directory ${whereToNameRuns(target)} that the nodes see at the same path: workflows are refused until a test finds one.`,
  scontrol: 'Retries need srunx to keep running.',
  sbatch: 'Workflows that grow while they run need srunx to keep running.',
  signals: 'Checkpoints before the time limit do not work with --signal.',
  requeue: 'Retries need srunx to keep running.',
});

/** What a test job found out, as a check. */
export function describeNodeTest(
  test: NodeTest | undefined,
  { target, now, runRoot }: { readonly target: TargetName; readonly now: number; readonly runRoot: string },
): Finding {
  if (test === undefined) {
    return { status: 'skip', message: 'not tested', hint: '`srunx doctor --job` finds out what jobs can do there.' };
  }
  const { complaints, node, jobId, testedAt } = test;
  const isOther = test.runRoot !== runRoot;
  const abilities = isOther ? { ...test.abilities, sharedDirectory: null } : test.abilities;
  const missing = nodeAbilities.filter((name) => abilities[name] === false);
  const works = nodeAbilities.filter((name) => abilities[name] === true);
  const when = `${new Date(testedAt).toISOString()}, ${node ?? 'unknown node'}, job ${jobId}, ${formatAge(now - testedAt)} ago`;
  const parts = [
    ...works.map((name) => names[name]),
    ...missing.map((name) => `NOT: ${names[name]}${complaints[name] ? ` (${complaints[name]})` : ''}`),
    ...(isOther ? ['the run directory was another one then'] : []),
  ];
  const message = `${parts.join('; ')} [${when}]`;
  const [first] = missing;
  if (first === undefined) return { status: 'ok', message };
  const losses = lossesOn(target);
  const hint = [...new Set(missing.map((name) => losses[name]))].join(' ');
  return { status: missing.includes('sharedDirectory') ? 'fail' : 'warn', message, hint };
}
