import type { Shell } from '../shell/shell.ts';

const suffix = '.exports';

/**
 * What the jobs of a run have written for others when they ran, by token, all of them with one command. A line of a key counts the
 * last time; the wrapper has made lines of JSON already.
 */
export async function readExports(
  shell: Pick<Shell, 'run'>,
  { directory, signal }: { readonly directory: string; readonly signal: AbortSignal | undefined },
): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> {
  const folder = `${directory}/receipts`;
  const argv = ['grep', '-rsaHZ', `--include=*${suffix}`, '', '--', folder] as const;
  const { stdout } = await shell.run({ argv: [...argv], env: { LC_ALL: 'C' }, signal });
  const found = new Map<string, Record<string, string>>();
  for (const [, path = '', line = ''] of new TextDecoder().decode(stdout).matchAll(/([^\0]+)\0([^\n]*)\n/g)) {
    const token = path.slice(path.lastIndexOf('/') + 1, -suffix.length);
    const [, key, value = ''] = /^([A-Za-z_]\w*)=(.*)$/s.exec(line) ?? [];
    if (key !== undefined) found.set(token, { ...found.get(token), [key]: value });
  }
  return found;
}
