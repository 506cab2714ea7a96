import { RefusedError } from '../core/errors.ts';
import { globExpressions } from '../core/path-glob.ts';
import type { Shell, ShellCommand } from './shell.ts';

/** A file, or a part of a directory that was asked for. */
export interface FoundFile {
  /** What was asked for: a path, or a directory and a pattern. */
  readonly request: FileRequest;
  /** Absolute. What is no UTF-8 has U+FFFD in it. */
  readonly path: string;
  /** Below the requested path; empty for itself. */
  readonly below: string;
  readonly type: 'file' | 'link' | 'other';
  /** What a link points to, as it is written in it. */
  readonly linkTo: string;
  /** The same, byte for byte. */
  readonly raw: { readonly path: Buffer; readonly below: Buffer; readonly linkTo: Buffer };
  /** Permission bits. */
  readonly mode: number;
  readonly facts: FileFacts;
}

/** By which a file is known again, and what a change of it changes. */
export interface FileFacts {
  readonly bytes: number;
  /** Epoch seconds, with nine digits behind the point. */
  readonly modifiedAt: string;
  /** As `FileChunk.fileId`. */
  readonly fileId: string;
}

export interface FileRequest {
  /** Absolute and normalised: a file, or a directory with all that is in it. */
  readonly path: string;
  /** Only what fits this pattern below the directory (see `splitGlob`), with all that is in it. */
  readonly pattern?: string | undefined;
}

export interface FileListing {
  readonly files: readonly FoundFile[];
  /** What could not be looked into, in the words of `find`. */
  readonly complaints: readonly string[];
}

interface ListContext {
  readonly shell: Pick<Shell, 'run' | 'name'>;
  readonly signal?: AbortSignal | undefined;
}

/** So many paths with one command. */
const chunkSize = 200;

const maxBytes = 256 * 1024 * 1024;

/**
 * The files behind paths, in as few executions as they fit into; what is not there has none. A link that was asked for is followed,
 * one within a directory or behind a wildcard is not.
 */
export async function listFiles(context: ListContext, requests: readonly FileRequest[]): Promise<FileListing> {
  const whole = new Map(requests.filter(({ pattern }) => pattern === undefined).map((one) => [one.path, one]));
  const paths = [...whole.keys()];
  const looks: Promise<FileListing>[] = [];
  for (let start = 0; start < paths.length; start += chunkSize) {
    const words = [...paths.slice(start, start + chunkSize), '!', '-type', 'd'];
    looks.push(find(context, words, (path) => whole.get(path)));
  }
  for (const request of requests) {
    if (request.pattern !== undefined)
      looks.push(find(context, patternWords(request.path, request.pattern), () => request));
  }
  const found = await Promise.all(looks);
  return { files: found.flatMap(({ files }) => files), complaints: found.flatMap(({ complaints }) => complaints) };
}

/** A directory that leads to nothing of it is not looked into. */
function patternWords(path: string, pattern: string): readonly string[] {
  const { within, towards } = globExpressions({ base: path, pattern });
  const start = [path, '-mindepth', '1', '-regextype', 'posix-extended'];
  return [...start, '!', '-regex', towards, '-prune', '-o', '!', '-type', 'd', '-regex', within];
}

const fields = ['%H', '%y', '%m', '%T@', '%D:%i', '%s', '%P', '%l'] as const;

async function find(
  { shell, signal }: ListContext,
  words: readonly string[],
  requestOf: (start: string) => FileRequest | undefined,
): Promise<FileListing> {
  const argv: ShellCommand['argv'] = ['find', '-H', ...words, '-printf', `${fields.join('\\0')}\\0`];
  const command = { argv, env: { LC_ALL: 'C' }, together: true, timeoutMs: 600_000, maxBytes, signal };
  const { stdout, stderr, truncated } = await shell.run(command);
  if (truncated) throw tooMany(shell.name);
  const files: FoundFile[] = [];
  const values = splitAtNul(Buffer.from(stdout));
  for (let index = 0; index + fields.length <= values.length; index += fields.length) {
    const file = toFile(values.slice(index, index + fields.length), requestOf);
    if (file !== undefined) files.push(file);
  }
  const complaints = Buffer.from(stderr).toString().split('\n');
  return { files, complaints: complaints.filter((line) => line !== '' && !/: No such file or directory$/.test(line)) };
}

function toFile(
  values: readonly Buffer[],
  requestOf: (start: string) => FileRequest | undefined,
): FoundFile | undefined {
  const none = Buffer.alloc(0);
  const [start = none, , , , , , below = none, linkTo = none] = values;
  const [type, mode, time = '', fileId = '', size] = values.slice(1, 6).map(String);
  const request = requestOf(start.toString());
  if (request === undefined) return undefined;
  const slash = Buffer.from(start.at(-1) === 0x2f ? '' : '/');
  const path = below.length === 0 ? start : Buffer.concat([start, slash, below]);
  return {
    request,
    path: path.toString(),
    below: below.toString(),
    linkTo: linkTo.toString(),
    raw: { path, below, linkTo },
    type: type === 'f' ? 'file' : type === 'l' ? 'link' : 'other',
    mode: Number.parseInt(mode ?? '', 8) & 0o777,
    facts: { bytes: Number(size), modifiedAt: nineDigits(time), fileId },
  };
}

/** find writes ten digits, the last of which is nothing. */
function nineDigits(time: string): string {
  return time.replace(/(\.\d{9})\d*$/, '$1');
}

export function splitAtNul(bytes: Buffer): readonly Buffer[] {
  const parts: Buffer[] = [];
  for (let from = 0; ; ) {
    const end = bytes.indexOf(0, from);
    if (end < 0) return parts;
    parts.push(bytes.subarray(from, end));
    from = end + 1;
  }
}

function tooMany(shell: string): RefusedError {
  return new RefusedError(`more files are there on ${shell} than can be listed at once`, {
    code: 'get.too_many',
    hint: 'Name fewer paths at a time.',
  });
}
