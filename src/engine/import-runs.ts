import type { Shell } from '../shell/shell.ts';
import { unknownRunIds } from '../store/runs.ts';
import { transact } from '../store/transaction.ts';
import type { EngineContext } from './engine-context.ts';

type ImportContext = Pick<EngineContext, 'store' | 'signal'>;

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
export async function importRuns(context: ImportContext, request: ImportRequest): Promise<readonly string[]> {
  const names = (await list(context, request)).filter((name) => /^[a-z0-9]{10}$/.test(name));
  const unknown = unknownRunIds(context.store, names);
  if (unknown.length === 0) return [];
  const [{ parseDescription }, { adoptRun }] = await Promise.all([
    import('./parse-description.ts'),
    import('./adopt-run.ts'),
  ]);
  const imported: string[] = [];
  for (let start = 0; start < unknown.length; start += chunkSize) {
    const texts = await readDescriptions(context, { ...request, names: unknown.slice(start, start + chunkSize) });
    for (const [name, { run: text = '', labels }] of texts) {
      const description = parseDescription(text, name);
      if (description === undefined) continue;
      const found = { directory: `${request.runRoot}/${name}`, description, labels };
      const isNew = await transact(context.store, () => adoptRun(context.store, found));
      if (isNew) imported.push(name);
    }
  }
  return imported;
}

/** Names, one per line; nothing where there are no runs yet. */
async function list({ signal }: ImportContext, { shell, runRoot }: ImportRequest): Promise<string[]> {
  const { stdout } = await shell.run({ argv: ['ls', '-1', '--', runRoot], signal });
  return new TextDecoder().decode(stdout).split('\n');
}

/** So many descriptions are read with one command. */
const chunkSize = 200;

const maxBytes = 256 * 1024 * 1024;

// One process for all of them. Every line comes with the name of its file and a NUL before it, so that no file can speak
// for another; one that cannot be read is left out.
const readScript = `cd -- "$1" || exit 1
shift
exec grep -asHZ '' -- "$@"`;

/** The contents of a plan directory's `run.json` and `labels.json`, as far as they are there. */
type Texts = Partial<Record<'run' | 'labels', string>>;

async function readDescriptions(
  { signal }: ImportContext,
  { shell, runRoot, names }: ImportRequest & { readonly names: readonly string[] },
): Promise<ReadonlyMap<string, Texts>> {
  const paths = names.flatMap((name) => [`${name}/run.json`, `${name}/labels.json`]);
  const argv = ['sh', '-c', readScript, 'sh', runRoot, ...paths] as const;
  const { stdout } = await shell.run({ argv: [...argv], maxBytes, signal });
  const texts = new Map<string, Texts>();
  for (const line of new TextDecoder().decode(stdout).split('\n')) {
    const [, name, file, text] = /^([a-z0-9]+)\/(run|labels)\.json\0(.*)$/s.exec(line) ?? [];
    if (name === undefined) continue;
    const known = texts.get(name) ?? {};
    const key = file === 'run' ? 'run' : 'labels';
    texts.set(name, { ...known, [key]: `${known[key] ?? ''}${text}\n` });
  }
  return texts;
}
