import { createHash } from 'node:crypto';
import type { Cluster } from '../cluster/cluster.ts';
import { NotFoundError, RefusedError, StorageError } from '../core/errors.ts';
import type { Plan } from '../core/workflow/plan.ts';
import type { SweepPlan } from '../core/workflow/plan-sweep.ts';
import { readWholeFile } from './read-whole-file.ts';

const fileName = 'plan.json';

/**
 * The whole plan as a file of the plan directory, for its owner alone: unlike the description it has the values of variables, which
 * may be secret. What is done later to a run goes by it, and never by the workflow file.
 */
export function planFile(plan: Plan | SweepPlan, directory: string): { path: string; content: string; mode: number } {
  const text = JSON.stringify(plan);
  return { path: `${directory}/${fileName}`, content: `${headOf(sha256(text))}${text}}\n`, mode: 0o600 };
}

/** Before the text of the plan, so that the hash is over exactly what is read. */
function headOf(hash: string): string {
  return `{"version":1,"sha256":"${hash}","plan":`;
}

/** Over everything that reaches the cluster. */
export function hashOfPlan({ workflow, jobs }: Pick<Plan, 'workflow' | 'jobs'>): string {
  return sha256(JSON.stringify({ name: workflow.name, jobs }));
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export interface StoredPlanRequest {
  readonly cluster: Pick<Cluster, 'readLog' | 'target'>;
  readonly directory: string;
  readonly signal?: AbortSignal | undefined;
}

/** More than any plan has: one of ten thousand jobs takes some ten mebibytes. */
const maxBytes = 512 * 1024 * 1024;

/** Throws where there is none, or where somebody has changed it. */
export async function readStoredPlan(request: StoredPlanRequest): Promise<Plan> {
  const { plan, place } = await readAnyPlan(request);
  if (!('groups' in plan)) return plan;
  throw new RefusedError(`${place} is the plan of a sweep, and not of a single run`, {
    code: 'plan.sweep',
    hint: '`srunx sweep show` has its cells, `srunx sweep retry` runs again what failed of them.',
  });
}

/** The same of a sweep, or of what was added to one. */
export async function readStoredSweep(request: StoredPlanRequest): Promise<SweepPlan> {
  const { plan, place } = await readAnyPlan(request);
  if ('groups' in plan) return plan;
  throw new RefusedError(`${place} is the plan of a single run, and not of a sweep`, {
    code: 'plan.no_sweep',
    hint: 'Run the workflow file once more instead.',
  });
}

async function readAnyPlan({
  cluster,
  directory,
  signal,
}: StoredPlanRequest): Promise<{ readonly plan: Plan | SweepPlan; readonly place: string }> {
  const path = `${directory}/${fileName}`;
  const place = `${path} on ${cluster.target}`;
  const shell = { name: cluster.target, readFile: cluster.readLog.bind(cluster) };
  const bytes = await readWholeFile(shell, { path, maxBytes, signal });
  if (bytes === undefined) {
    throw new NotFoundError(`there is no ${place}`, {
      code: 'plan.missing',
      hint: 'The plan directory was removed, or is of a srunx that did not write it: run the workflow file instead.',
    });
  }
  const plan = parsePlan(new TextDecoder().decode(bytes));
  if (plan !== undefined) return { plan, place };
  throw new StorageError(`${place} is not what srunx wrote`, {
    code: 'plan.damaged',
    hint: 'Somebody has edited it, or the disk was full: run the workflow file instead.',
  });
}

function parsePlan(content: string): Plan | SweepPlan | undefined {
  const head = headOf(/^[^}]*?"sha256":"([0-9a-f]{64})"/.exec(content)?.[1] ?? '');
  const text = content.slice(head.length, -'}\n'.length);
  // As it was hashed it is what was written, and so is its shape.
  return content === `${headOf(sha256(text))}${text}}\n` ? (JSON.parse(text) as Plan | SweepPlan) : undefined;
}
