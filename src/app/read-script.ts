import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { ConfigError, NotFoundError } from '../core/errors.ts';
import type { AppContext, TargetName } from './app-context.ts';
import { readPipe } from './read-pipe.ts';

/** No site accepts scripts of this size; a data set named by mistake must not fill the memory. */
const maxScriptBytes = 64 * 1024 * 1024;

/** A batch script, or what a pipe in its place yields. */
export async function loadScript(
  context: AppContext,
  request: { readonly file: string; readonly target: TargetName },
): Promise<Uint8Array> {
  return (await readPipe(context, { ...request, what: 'the script' })) ?? readScript(context, request.file);
}

/** A batch script, byte for byte. */
export function readScript(context: Pick<AppContext, 'cwd'>, file: string): Uint8Array {
  const path = resolve(context.cwd, file);
  const facts = statSync(path, { throwIfNoEntry: false });
  if (facts === undefined) {
    throw new NotFoundError(`there is no script ${file}`, {
      code: 'script.not_found',
      hint: 'Check the path; a command instead of a file is given with --wrap.',
    });
  }
  // A pipe is what `sbatch <(make-script)` and /dev/stdin are.
  const readable = facts.isFile() || facts.isFIFO();
  if (!readable || facts.size > maxScriptBytes) {
    const what = readable ? `has ${facts.size} bytes, more than ${maxScriptBytes}` : 'is no file';
    throw new ConfigError(`the script ${file} ${what}`, { code: 'script.unusable', hint: 'Name a batch script.' });
  }
  try {
    return readFileSync(path);
  } catch (error) {
    throw unreadable(file, error instanceof Error ? error.message : String(error), error);
  }
}

function unreadable(file: string, detail: string, cause?: unknown): ConfigError {
  const hint = 'It must be a file that you may read.';
  return new ConfigError(`the script ${file} cannot be read`, { code: 'script.unreadable', detail, hint, cause });
}
