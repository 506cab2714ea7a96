import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { TargetName } from './app-context.ts';
import { MustWait, repeatWork } from './must-wait.ts';
import { isStandardInput, type PipeReader, type PipeRequest, readPipe } from './read-pipe.ts';

/** What a pipe has yielded; `undefined` for a file that is none. */
export type ReadPiped = (file: string, what: PipeRequest['what']) => Uint8Array | undefined;

/**
 * Work that reads files as it comes to them, and cannot wait. Opening a pipe to which nobody writes would block the process, and
 * an interrupt with it: where the work comes to one, it is given up, the pipe is read, and the work is done again with what it has
 * yielded. So each pipe is read once.
 */
export async function withPipes<Result>(
  context: PipeReader,
  target: TargetName,
  work: (readPiped: ReadPiped) => Result,
): Promise<Result> {
  const known = new Map<string, Uint8Array>();
  const readPiped: ReadPiped = (file, what) => {
    const path = resolve(context.cwd, file);
    const bytes = known.get(path);
    if (bytes !== undefined || !isPipe(path)) return bytes;
    throw new MustWait(async () => {
      const piped = await readPipe(context, { file, what, target });
      if (piped !== undefined) known.set(path, piped);
    });
  };
  return repeatWork(() => work(readPiped));
}

function isPipe(path: string): boolean {
  return !isStandardInput(path) && statSync(path, { throwIfNoEntry: false })?.isFIFO() === true;
}
