import { RefusedError } from '../core/errors.ts';
import type { AppContext, TargetName } from './app-context.ts';

/**
 * Makes the directories of the logs, before anything is recorded or sent: Slurm fails a job at once, and without a word in
 * any log, where it cannot open one. Throws where a directory cannot be made or written.
 */
export async function prepareDirectories(
  context: AppContext,
  request: { readonly target: TargetName; readonly directories: readonly string[] },
): Promise<void> {
  if (request.directories.length === 0) return;
  const argv = ['sh', '-c', script, 'sh', ...request.directories] as const;
  const result = await context.shell(request.target).run({ argv: [...argv], signal: context.signal });
  if (result.exitCode === 0) return;
  const decoder = new TextDecoder();
  const directory = decoder.decode(result.stdout).trimEnd();
  throw new RefusedError(`the log directory ${directory} cannot be written; nothing was submitted`, {
    code: 'log.directory_unwritable',
    detail: decoder.decode(result.stderr).trim(),
    hint: 'Name another directory for the logs, or make this one writable.',
  });
}

/** Stops at the first directory at fault: its name goes to standard output, what is wrong to standard error. */
const script = `for directory do
  mkdir -p -- "$directory" && [ -d "$directory" ] && [ -w "$directory" ] && [ -x "$directory" ] && continue
  [ ! -d "$directory" ] || printf '%s: no permission to write\\n' "$directory" >&2
  printf '%s\\n' "$directory"
  exit 1
done`;
