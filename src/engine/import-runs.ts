import { unknownRunIds } from '../store/runs.ts';
import { transact } from '../store/transaction.ts';
import { parsePartMark } from './claim-part.ts';
import type { GrowthRequest } from './import-growth.ts';
import { type ImportContext, type RunRoot, readDescriptions } from './read-descriptions.ts';

/**
 * Takes runs into the store that it does not know: their plan directories and the cluster are the truth, the database is an
 * index of them. One command lists the directories, and only unknown ones are read, many at once. One that cannot be read, or
 * that something else wrote, is passed over. Returns the ids that are new here, and those of sweeps that have grown; recovery then finds out
 * how far their hand-over got.
 */
export async function importRuns(context: ImportContext, request: RunRoot): Promise<readonly string[]> {
  const found = await list(context, request);
  const hasParts = found.some((name) => parsePartMark(name) !== undefined);
  const grown = hasParts ? await growthOf(context, { ...request, names: found }) : [];
  const names = found.filter((name) => /^[a-z0-9]{10}$/.test(name));
  const unknown = unknownRunIds(context.store, names);
  if (unknown.length === 0) return grown;
  const [{ parseDescription }, { adoptRun }] = await Promise.all([
    import('./parse-description.ts'),
    import('./adopt-run.ts'),
  ]);
  const imported = [...grown];
  for (let start = 0; start < unknown.length; start += chunkSize) {
    const texts = await readDescriptions(context, { ...request, names: unknown.slice(start, start + chunkSize) });
    for (const [name, { run: text = '', labels }] of texts) {
      const description = parseDescription(text, name);
      if (description === undefined) continue;
      const found = { directory: `${request.runRoot}/${name}`, description, labels, through: request.shell.name };
      const isNew = await transact(context.store, () => adoptRun(context.store, found));
      if (isNew) imported.push(name);
    }
  }
  return imported;
}

async function growthOf(context: ImportContext, request: GrowthRequest): Promise<readonly string[]> {
  const { importGrowth } = await import('./import-growth.ts');
  return importGrowth(context, request);
}

/** Names, one per line; nothing where there are no runs yet. */
async function list({ signal }: ImportContext, { shell, runRoot }: RunRoot): Promise<string[]> {
  const { stdout } = await shell.run({ argv: ['ls', '-1', '--', runRoot], together: true, signal });
  return new TextDecoder().decode(stdout).split('\n');
}

/** So many descriptions are read with one command. */
const chunkSize = 200;
