import { RefusedError } from '../core/errors.ts';
import type { Shell } from '../shell/shell.ts';

export interface WholeFileRequest {
  readonly path: string;
  /** Throws for a larger file. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal | undefined;
}

/** All of a file's bytes, wherever the shell reaches; `undefined` where there is none. */
export async function readWholeFile(
  shell: Pick<Shell, 'readFile' | 'name'>,
  { path, maxBytes, signal }: WholeFileRequest,
): Promise<Uint8Array | undefined> {
  const chunk = await shell.readFile({ path, maxBytes, signal });
  if (chunk === undefined) return undefined;
  if (chunk.size <= maxBytes) return chunk.bytes;
  throw new RefusedError(`${path} on ${shell.name} has ${chunk.size} bytes, more than ${maxBytes}`, {
    code: 'file.too_large',
    hint: 'It is not what srunx has written there.',
  });
}
