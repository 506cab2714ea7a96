import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { TargetName } from './app-context.ts';
import { isStandardInput, type PipeReader, type PipeRequest, readPipe } from './read-pipe.ts';

/** What a pipe has yielded; `undefined` for a file that is none. */
export type ReadPiped = (file: string, what: PipeRequest['what']) => Uint8Array | undefined;

/** Goes through work that knows nothing of it, so it is no error of ours. */
class PipeMet extends Error {
  readonly pipe: Pick<PipeRequest, 'file' | 'what'>;

  constructor(pipe: Pick<PipeRequest, 'file' | 'what'>) {
    super(`${pipe.file} is a pipe`);
    this.pipe = pipe;
  }
}

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
    if (bytes === undefined && isPipe(path)) throw new PipeMet({ file, what });
    return bytes;
  };
  for (;;) {
    try {
      return work(readPiped);
    } catch (error) {
      if (!(error instanceof PipeMet)) throw error;
      const bytes = await readPipe(context, { ...error.pipe, target });
      if (bytes !== undefined) known.set(resolve(context.cwd, error.pipe.file), bytes);
    }
  }
}

function isPipe(path: string): boolean {
  return !isStandardInput(path) && statSync(path, { throwIfNoEntry: false })?.isFIFO() === true;
}
