import type { Shell } from '../shell/shell.ts';
import { insertJob } from '../store/jobs.ts';
import { ensureCluster, findRun, insertRun } from '../store/runs.ts';
import { transact } from '../store/transaction.ts';
import type { RunDescription } from './describe-run.ts';
import type { EngineContext } from './engine-context.ts';

/**
 * Takes runs into the store that it does not know: their plan directories and the cluster are the truth, the database is an
 * index of them. Returns the ids that are new here. The hand-over's state is found out by recovery afterwards.
 */
export async function importRuns(
  context: EngineContext,
  request: { readonly shell: Pick<Shell, 'readFile' | 'run'>; readonly runRoot: string },
): Promise<readonly string[]> {
  const listing = await request.shell.run({ argv: ['ls', '-1', '--', request.runRoot], signal: context.signal });
  const names = new TextDecoder().decode(listing.stdout).split('\n');
  const unknown = names.filter((name) => /^[a-z0-9]{10}$/.test(name) && findRun(context.store, name) === undefined);
  if (unknown.length === 0) return [];
  const { parseDescription } = await import('./parse-description.ts');
  const imported: string[] = [];
  for (const name of unknown) {
    const directory = `${request.runRoot}/${name}`;
    const chunk = await request.shell.readFile({
      path: `${directory}/run.json`,
      maxBytes: 64 * 1024 * 1024,
      signal: context.signal,
    });
    const description = chunk === undefined ? undefined : parseDescription(new TextDecoder().decode(chunk.bytes));
    if (description === undefined || description.id !== name) continue;
    await transact(context.store, () => insertDescribed(context, directory, description));
    imported.push(name);
  }
  return imported;
}

function insertDescribed(context: EngineContext, directory: string, description: RunDescription): void {
  const { store } = context;
  const { id, kind, name, source, target, createdAt, cluster, jobs } = description;
  const clusterId = ensureCluster(store, cluster);
  const plan = JSON.stringify(description);
  const isNew = insertRun(store, {
    id,
    kind,
    name,
    source,
    target,
    clusterId,
    directory,
    plan,
    createdAt,
    handover: 'running',
  });
  if (!isNew) return;
  for (const [ordinal, job] of jobs.entries())
    insertJob(store, { runId: id, ordinal, name: job.name, token: job.token });
}
