import type { Shell } from './shell.ts';

/** A file, or a part of a directory that was asked for. */
export interface FoundFile {
  /** What was asked for: a path, or a directory and a pattern. */
  readonly request: FileRequest;
  /** Absolute. */
  readonly path: string;
  /** Below the requested path; empty for itself. */
  readonly below: string;
  readonly type: 'file' | 'link' | 'other';
  /** What a link points to, as it is written in it. */
  readonly linkTo: string;
  /** Permission bits. */
  readonly mode: number;
  /** Epoch seconds, with parts of a second. */
  readonly modifiedAt: number;
  readonly bytes: number;
}

export interface FileRequest {
  /** Absolute and normalised: a file, or a directory with all that is in it. */
  readonly path: string;
  /** Only the files of the directory itself whose names fit this pattern of `find -name`. */
  readonly pattern?: string | undefined;
}

interface ListContext {
  readonly shell: Pick<Shell, 'run'>;
  readonly signal?: AbortSignal | undefined;
}

/** So many paths with one command. */
const chunkSize = 200;

const maxBytes = 256 * 1024 * 1024;

/**
 * The files behind paths, in as few commands as they fit into; what is not there has none. A link that was asked for is followed,
 * one within a directory is not.
 */
export async function listFiles(context: ListContext, requests: readonly FileRequest[]): Promise<readonly FoundFile[]> {
  const whole = new Map(requests.filter(({ pattern }) => pattern === undefined).map((one) => [one.path, one]));
  const paths = [...whole.keys()];
  const found: FoundFile[] = [];
  for (let start = 0; start < paths.length; start += chunkSize) {
    found.push(...(await find(context, [...paths.slice(start, start + chunkSize)], (path) => whole.get(path))));
  }
  for (const request of requests) {
    if (request.pattern === undefined) continue;
    const words = [request.path, '-mindepth', '1', '-maxdepth', '1', '-name', request.pattern] as const;
    found.push(...(await find(context, [...words], () => request)));
  }
  return found;
}

const fields = ['%H', '%y', '%m', '%T@', '%s', '%P', '%l'] as const;

async function find(
  { shell, signal }: ListContext,
  words: readonly string[],
  requestOf: (start: string) => FileRequest | undefined,
): Promise<FoundFile[]> {
  const argv = ['find', '-H', ...words, '!', '-type', 'd', '-printf', `${fields.join('\\0')}\\0`] as const;
  const question = { env: { LC_ALL: 'C' }, timeoutMs: 600_000, maxBytes, signal } as const;
  const { stdout } = await shell.run({ ...question, argv: [...argv], together: true });
  const texts = new TextDecoder().decode(stdout).split('\0');
  const found: FoundFile[] = [];
  for (let index = 0; index + fields.length <= texts.length; index += fields.length) {
    const [start = '', type = '', mode = '0', time = '0', size = '0', below = '', linkTo = ''] = texts.slice(index);
    const request = requestOf(start);
    if (request === undefined) continue;
    found.push({
      request,
      path: below === '' ? start : `${start.replace(/\/$/, '')}/${below}`,
      below,
      linkTo,
      type: type === 'f' ? 'file' : type === 'l' ? 'link' : 'other',
      mode: Number.parseInt(mode, 8) & 0o777,
      modifiedAt: Number(time),
      bytes: Number(size),
    });
  }
  return found;
}
