import { randomUUID } from 'node:crypto';
import type { Shell } from '../shell/shell.ts';
import { insertJob } from '../store/jobs.ts';
import { ensureCluster, insertRun, unknownRunIds } from '../store/runs.ts';
import { transact } from '../store/transaction.ts';
import type { RunDescription } from './describe-run.ts';
import type { EngineContext } from './engine-context.ts';

export interface ImportRequest {
  readonly shell: Pick<Shell, 'run'>;
  /** Where the plan directories are. */
  readonly runRoot: string;
}

/**
 * Takes runs into the store that it does not know: their plan directories and the cluster are the truth, the database is an
 * index of them. One command lists the directories, and only unknown ones are read, many at once. One that cannot be read, or
 * that something else wrote, is passed over. Returns the ids that are new here; recovery then finds out how far their hand-over got.
 */
export async function importRuns(context: EngineContext, request: ImportRequest): Promise<readonly string[]> {
  const names = (await list(context, request)).filter((name) => /^[a-z0-9]{10}$/.test(name));
  const unknown = unknownRunIds(context.store, names);
  if (unknown.length === 0) return [];
  const { parseDescription } = await import('./parse-description.ts');
  const imported: string[] = [];
  for (let start = 0; start < unknown.length; start += chunkSize) {
    const texts = await readDescriptions(context, { ...request, names: unknown.slice(start, start + chunkSize) });
    for (const [name, text] of texts) {
      const description = parseDescription(text, name);
      if (description === undefined) continue;
      const directory = `${request.runRoot}/${name}`;
      if (await transact(context.store, () => insertDescribed(context, directory, description))) imported.push(name);
    }
  }
  return imported;
}

/** Names, one per line; nothing where there are no runs yet. */
async function list({ signal }: EngineContext, { shell, runRoot }: ImportRequest): Promise<string[]> {
  const { stdout } = await shell.run({ argv: ['ls', '-1', '--', runRoot], signal });
  return new TextDecoder().decode(stdout).split('\n');
}

/** So many descriptions are read with one command. */
const chunkSize = 50;

const maxBytes = 256 * 1024 * 1024;

const readScript = `cd -- "$1" || exit 1
mark=$2
shift 2
for name; do
  printf '%s%s\\n' "$mark" "$name"
  cat "$name/run.json" 2>/dev/null
done`;

async function readDescriptions(
  { signal }: EngineContext,
  { shell, runRoot, names }: ImportRequest & { readonly names: readonly string[] },
): Promise<readonly (readonly [name: string, text: string])[]> {
  const mark = `@${randomUUID()}@`;
  const argv = ['sh', '-c', readScript, 'sh', runRoot, mark, ...names] as const;
  const { stdout } = await shell.run({ argv: [...argv], maxBytes, signal });
  const parts = new TextDecoder().decode(stdout).split(mark).slice(1);
  return parts.map((part) => {
    const end = part.indexOf('\n');
    return [part.slice(0, end), part.slice(end + 1)] as const;
  });
}

/** False where somebody else was faster. */
function insertDescribed({ store }: EngineContext, directory: string, description: RunDescription): boolean {
  const { cluster, jobs, version: _version, planHash: _hash, ...facts } = description;
  const clusterId = ensureCluster(store, cluster);
  const plan = JSON.stringify(description);
  const { id: runId } = facts;
  if (!insertRun(store, { ...facts, clusterId, directory, plan, handover: 'running' })) return false;
  jobs.forEach(({ name, token }, ordinal) => {
    insertJob(store, { runId, ordinal, name, token });
  });
  return true;
}
