import type { Shell } from '../shell/shell.ts';
import type { EngineContext } from './engine-context.ts';

export type ImportContext = Pick<EngineContext, 'store' | 'signal'>;

export interface RunRoot {
  readonly shell: Pick<Shell, 'run' | 'name'>;
  /** Where the plan directories are. */
  readonly runRoot: string;
}

const maxBytes = 256 * 1024 * 1024;

// One process for all of them. Every line comes with the name of its file and a NUL before it, so that no file can speak
// for another; one that cannot be read is left out.
const readScript = `cd -- "$1" || exit 1
shift
exec grep -asHZ '' -- "$@"`;

/** The contents of a plan directory's `run.json` and `labels.json`, as far as they are there. */
type Texts = Partial<Record<'run' | 'labels', string>>;

export async function readDescriptions(
  { signal }: ImportContext,
  { shell, runRoot, names }: RunRoot & { readonly names: readonly string[] },
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
