import { StorageError } from '../core/errors.ts';
import type { Shell } from '../shell/shell.ts';

export interface BesidePlace {
  /** The plan directory of a run. */
  readonly directory: string;
  readonly signal: AbortSignal | undefined;
  /** What the names of the files have behind the token: `.exports`. */
  readonly suffix: string;
}

/**
 * What the jobs of a run have written beside their receipts, by token, all of them with one command; nothing where the plan
 * directory is gone. A last line without an end gets one.
 */
export async function readBesideReceipts(
  shell: Pick<Shell, 'run'>,
  { directory, signal, suffix }: BesidePlace,
): Promise<ReadonlyMap<string, string>> {
  const folder = `${directory}/receipts`;
  const { stdout, truncated } = await shell.run({
    argv: ['grep', '-rsaHZ', `--include=*${suffix}`, '', '--', folder],
    env: { LC_ALL: 'C' },
    maxBytes,
    signal,
  });
  if (truncated) throw tooMuch(folder, suffix);
  const found = new Map<string, string[]>();
  for (const [, path = '', line = ''] of new TextDecoder().decode(stdout).matchAll(/([^\0]+)\0([^\n]*\n)/g)) {
    const token = path.slice(path.lastIndexOf('/') + 1, -suffix.length);
    const lines = found.get(token);
    if (lines === undefined) found.set(token, [line]);
    else lines.push(line);
  }
  return new Map([...found].map(([token, lines]) => [token, lines.join('')]));
}

/** More does not fit into the memory of a command. */
const maxBytes = 256 * 1024 * 1024;

/** A part would look like all of it. */
function tooMuch(folder: string, suffix: string): StorageError {
  return new StorageError(`the files *${suffix} in ${folder} have more than ${maxBytes} bytes together`, {
    code: 'receipts.too_large',
    hint: 'Look at them there; jobs should write less.',
  });
}
