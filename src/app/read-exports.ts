import type { Shell } from '../shell/shell.ts';

const suffix = '.exports';

export interface ExportsPlace {
  /** The plan directory of a run. */
  readonly directory: string;
  readonly signal: AbortSignal | undefined;
}

/**
 * What the jobs of a run have written for others when they ran, by token, all of them with one command. The lines are as they were
 * written; the wrapper has made lines of JSON already.
 */
export async function readExports(
  shell: Pick<Shell, 'run'>,
  { directory, signal }: ExportsPlace,
): Promise<ReadonlyMap<string, string>> {
  const folder = `${directory}/receipts`;
  const argv = ['grep', '-rsaHZ', `--include=*${suffix}`, '', '--', folder] as const;
  const { stdout } = await shell.run({ argv: [...argv], env: { LC_ALL: 'C' }, signal });
  const found = new Map<string, string[]>();
  for (const [, path = '', line = ''] of new TextDecoder().decode(stdout).matchAll(/([^\0]+)\0([^\n]*\n)/g)) {
    const token = path.slice(path.lastIndexOf('/') + 1, -suffix.length);
    const lines = found.get(token);
    if (lines === undefined) found.set(token, [line]);
    else lines.push(line);
  }
  return new Map([...found].map(([token, lines]) => [token, lines.join('')]));
}

/** By key; a line of a key counts the last time. */
export function parseExports(text: string): Readonly<Record<string, string>> {
  // A value may hold characters that end a line elsewhere.
  const found = text.split('\n').map((line) => /^([A-Za-z_]\w*)=(.*)$/s.exec(line));
  return Object.fromEntries(found.flatMap((match) => (match === null ? [] : [[match[1] ?? '', match[2] ?? '']])));
}
