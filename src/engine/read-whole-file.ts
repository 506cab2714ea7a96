import { RefusedError } from '../core/errors.ts';
import type { Shell } from '../shell/shell.ts';

export interface WholeFileRequest {
  readonly path: string;
  /** Throws for a larger file. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal | undefined;
}

const chunkBytes = 16 * 1024 * 1024;

/** All of a file's bytes, wherever the shell reaches; `undefined` where there is none. */
export async function readWholeFile(
  shell: Pick<Shell, 'readFile' | 'name'>,
  { path, maxBytes, signal }: WholeFileRequest,
): Promise<Uint8Array | undefined> {
  const parts: Uint8Array[] = [];
  for (let offset = 0; ; ) {
    const chunk = await shell.readFile({ path, offset, maxBytes: Math.min(chunkBytes, maxBytes), signal });
    if (chunk === undefined) return undefined;
    if (chunk.size > maxBytes) throw tooLarge(`${path} on ${shell.name}`, { size: chunk.size, maxBytes });
    parts.push(chunk.bytes);
    offset += chunk.bytes.length;
    if (chunk.bytes.length === 0 || offset >= chunk.size)
      return parts.length === 1 ? chunk.bytes : Buffer.concat(parts);
  }
}

function tooLarge(
  file: string,
  { size, maxBytes }: { readonly size: number; readonly maxBytes: number },
): RefusedError {
  return new RefusedError(`${file} has ${size} bytes, more than ${maxBytes}`, {
    code: 'file.too_large',
    hint: 'It is not what srunx has written there.',
  });
}
