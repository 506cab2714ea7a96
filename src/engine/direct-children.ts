import type { RedirectedJob } from '../cluster/cluster.ts';
import { drivenEdges } from '../core/workflow/driven-edges.ts';
import { type EngineState, isImpossible } from '../core/workflow/run-state.ts';
import { type JobRow, jobsOfRun } from '../store/jobs.ts';
import { transactUnder } from '../store/leases.ts';
import { recordRelease } from '../store/tries.ts';
import type { DescribedJob } from './describe-run.ts';
import type { DrivenRun } from './drive-runs.ts';
import type { EngineContext } from './engine-context.ts';
import { isBadEnd } from './settle-run.ts';

export interface Direction extends DrivenRun {
  /** A job of which another attempt is on the cluster, under this id. */
  readonly moved?: { readonly ordinal: number; readonly jobId: string } | undefined;
}

/**
 * Tells the jobs that wait for one that srunx submits again what Slurm cannot know: under which id it is now, that no other attempt
 * follows, that it is no use to wait. May be done again after whatever interruption.
 */
export async function directChildren(context: EngineContext, { run, jobs, lease, moved }: Direction): Promise<void> {
  const { store, cluster, signal } = context;
  const rows = jobsOfRun(store, run.id);
  const retried = new Set(jobs.flatMap(({ name, retriedBy }) => (retriedBy === 'srunx' ? [name] : [])));
  const family: Family = {
    moved,
    rowOf: new Map(rows.map((row) => [row.name, row])),
    isRetried: (parent) => retried.has(parent),
  };
  const waiting = rows.filter((row) => isWaiting(row));
  const redirectAll = async (isMeant: (row: JobRow, facts: ChildFacts) => boolean) => {
    const redirected = waiting.flatMap((row) => {
      const facts = { job: jobs[row.ordinal], family };
      return isMeant(row, facts) ? (redirect(row, facts) ?? []) : [];
    });
    if (redirected.length > 0) await cluster.waiting?.redirect(redirected, signal);
  };
  if (moved !== undefined) return redirectAll(waitsForMoved);
  const told = waiting.map((row) => ({ row, verdict: judge(row, { job: jobs[row.ordinal], family }) }));
  const idsOf = (wanted: Verdict) => told.flatMap(({ row, verdict }) => (verdict === wanted ? (row.jobId ?? []) : []));
  const hopeless = idsOf('hopeless');
  if (hopeless.length > 0) await cluster.cancel({ jobIds: hopeless, words: ['--state=PENDING'], verifyMs: 0, signal });
  await redirectAll((row, facts) => judge(row, facts) !== 'hopeless' && waitsForFormer(row, facts));
  const ready = told.filter(({ verdict }) => verdict === 'ready');
  if (ready.length === 0 || lease === undefined) return;
  await cluster.waiting?.release(idsOf('ready'), signal);
  context.reach?.('children-released');
  await transactUnder(store, lease, () => {
    for (const { row } of ready) recordRelease(store, row);
  });
}

interface Family {
  readonly moved: Direction['moved'];
  readonly rowOf: ReadonlyMap<string, JobRow>;
  readonly isRetried: (name: string) => boolean;
}

function isWaiting({ final, submission, state }: JobRow): boolean {
  return !final && submission === 'submitted' && state === 'pending';
}

interface ChildFacts {
  readonly job: DescribedJob | undefined;
  readonly family: Family;
}

function waitsForMoved(_: JobRow, { job, family: { moved, rowOf, isRetried } }: ChildFacts): boolean {
  const { native } = drivenEdges(job?.edges ?? [], isRetried);
  return native.some(({ parent }) => rowOf.get(parent)?.ordinal === moved?.ordinal);
}

/**
 * Slurm has given up waiting for an attempt after which another one came: who submitted that one ended before it could say so. Only
 * once every parent has been seen under its present id, and none of them is about to get another.
 */
function waitsForFormer({ observation }: JobRow, { job, family: { rowOf, isRetried } }: ChildFacts): boolean {
  const { native, mayMove } = drivenEdges(job?.edges ?? [], isRetried);
  if (!mayMove || observation?.reason !== 'DependencyNeverSatisfied') return false;
  return native.every(({ parent }) => {
    const { final, observation: seen } = rowOf.get(parent) ?? {};
    return final === true || (seen !== undefined && !isBadEnd(seen));
  });
}

/** Slurm takes a new list as a whole, so it holds all that is still waited for. */
function redirect(row: JobRow, { job, family }: ChildFacts): RedirectedJob | undefined {
  const { native } = drivenEdges(job?.edges ?? [], family.isRetried);
  const { moved, rowOf } = family;
  if (row.jobId === undefined) return undefined;
  const dependencies = native.flatMap(({ type, parent }) => {
    const parentRow = rowOf.get(parent);
    if (parentRow === undefined || parentRow.final) return [];
    const jobId = parentRow.ordinal === moved?.ordinal ? moved.jobId : parentRow.jobId;
    return jobId === undefined ? [] : [{ type, jobId }];
  });
  return { jobId: row.jobId, dependencies };
}

type Verdict = 'hopeless' | 'ready' | 'waits';

function judge(row: JobRow, { job, family }: ChildFacts): Verdict {
  const { withheld, mayMove } = drivenEdges(job?.edges ?? [], family.isRetried);
  if (withheld.length === 0 && !mayMove) return 'waits';
  const ends = (job?.edges ?? []).flatMap(({ type, parent }) => {
    const parentRow = family.rowOf.get(parent);
    return parentRow?.final === true ? [{ type, parent, state: parentRow.state as EngineState }] : [];
  });
  if (ends.some(({ type, state }) => isImpossible(type, state))) return 'hopeless';
  if (withheld.length === 0 || row.released) return 'waits';
  const ended = new Set(ends.map(({ type, parent }) => `${type}:${parent}`));
  return withheld.every(({ type, parent }) => ended.has(`${type}:${parent}`)) ? 'ready' : 'waits';
}
