import { UsageError } from '../errors.ts';
import { remoteCommandWith } from '../remote/ssh-words.ts';
import type { RsyncCapabilities } from './rsync-capabilities.ts';

export interface RsyncOptions {
  /** What the receiving side has and the sending side has not is removed. Default false. */
  readonly delete?: boolean | undefined;
  /** No more entries than these are removed; a cap, not a refusal: the rest is done, and the exit code is 25. */
  readonly maxDelete?: number | undefined;
  /** Nothing is changed on either side. */
  readonly dryRun?: boolean | undefined;
  /** A line for each change. */
  readonly itemize?: boolean | undefined;
  /** Patterns that count for this call, behind the built-in ones and those of the client. */
  readonly excludePatterns?: readonly string[] | undefined;
  /** Rules of rsync, such as `:- .gitignore`, that count behind the patterns. */
  readonly filters?: readonly string[] | undefined;
  /** What is replaced or removed is kept there, on the receiving side. */
  readonly backupDir?: string | undefined;
  /** Directories of the receiving side: what is the same there is not sent, but is one file with that. */
  readonly linkDest?: readonly string[] | undefined;
  /** A file that is newer on the receiving side is left alone. */
  readonly update?: boolean | undefined;
  /** Files are compared by their content, and not by size and time. */
  readonly checksum?: boolean | undefined;
  /** A file of names, each with a NUL behind it: these alone. */
  readonly filesFrom?: string | undefined;
  /** All names are sent before anything is compared: a round trip less, and memory at both ends for each of them. */
  readonly listAtOnce?: boolean | undefined;
  /** `receiver`: owner, group and permissions are those that a new file has there, apart from being executable. Default `sender`. */
  readonly permissions?: 'sender' | 'receiver' | undefined;
  /** What has come of a file when the connection is lost is kept, and the next call goes on from there. Default true. */
  readonly resume?: boolean | undefined;
}

export interface RsyncCall {
  readonly options: RsyncOptions;
  readonly excludes: readonly string[];
  readonly progress: boolean;
  /** Text for a POSIX shell at the other end, which gets the words of the rsync that it is called for. */
  readonly serve?: ((rsync: string) => string) | undefined;
  readonly local: RsyncCapabilities;
  readonly remote: RsyncCapabilities;
  readonly direction: 'push' | 'pull';
  /** The words that run a command at the other end, but for its name. */
  readonly rsh: readonly string[];
  readonly host: string;
  readonly localPath: string;
  /** Absolute. */
  readonly remotePath: string;
}

/** Where rsync keeps what has come of a file so far, beside the file. */
export const partialDirectory = '.srunx-partial';

/** Where control files are written: no part of the files, whoever was interrupted there. */
export const amidPattern = '/.srunx-write.*/';

/** All that the umask there lets through. */
const receiverWords = ['--no-owner', '--no-group', '--no-perms', '--executability', '--chmod=ugo=rwX'];

/** All words of one transfer. Throws a UsageError for what one of the two rsyncs cannot do and was asked for. */
export function rsyncWords(call: RsyncCall): string[] {
  const { options, local, direction, progress } = call;
  const remotely = `${hostWord(call.host)}:${remoteWord(call)}`;
  return [
    ...['-az', ...(needsProtocol(call) ? ['-s'] : [])],
    ...(options.permissions === 'receiver' ? receiverWords : []),
    // What is brought here is of who brings it, whatever numbers accounts have there.
    ...(direction === 'pull' && options.permissions !== 'receiver' ? ['--no-owner', '--no-group'] : []),
    ...(canMakePath(call) ? ['--mkpath'] : []),
    ...['-e', rshText(call.rsh), ...programOf(call)],
    ...deleteWords(options),
    ...(options.dryRun === true ? ['-n'] : []),
    ...(options.itemize === true ? ['-i'] : []),
    ...(progress && local.options.has('--info') ? ['--info=progress2'] : []),
    ...(both(call, '--stats') ? ['--stats'] : []),
    ...(options.listAtOnce === true && both(call, '--no-inc-recursive') ? ['--no-inc-recursive'] : []),
    // Also where nothing is changed: the directory is left alone by what goes by it.
    ...(options.resume !== false && both(call, '--partial-dir') ? [`--partial-dir=${partialDirectory}`] : []),
    ...[...(options.update === true ? ['--update'] : []), ...(options.checksum === true ? ['--checksum'] : [])],
    ...[...backupWords(call), ...linkWords(call)],
    ...(options.filesFrom === undefined ? [] : [`--files-from=${options.filesFrom}`, '--from0']),
    ...[amidPattern, ...call.excludes].map((pattern) => `--exclude=${pattern}`),
    ...filterWords(call),
    ...['--', ...(direction === 'push' ? [call.localPath, remotely] : [remotely, call.localPath])],
  ];
}

/** Whether missing directories above the destination are made by rsync itself. A pull makes them here, and the other end need not know. */
export function canMakePath(call: Pick<RsyncCall, 'local' | 'remote' | 'direction'>): boolean {
  return call.direction === 'push' ? both(call, '--mkpath') : call.local.options.has('--mkpath');
}

function both({ local, remote }: Pick<RsyncCall, 'local' | 'remote'>, option: string): boolean {
  return local.options.has(option) && remote.options.has(option);
}

/** Some rsyncs take 0 for no limit at all, others for nothing. Throws a UsageError. */
export function requireMaxDelete(maxDelete: number | undefined): void {
  if (maxDelete === undefined || (Number.isInteger(maxDelete) && maxDelete >= 1)) return;
  throw new UsageError(`maxDelete is ${maxDelete}, which is no number of entries`, {
    code: 'usage.max_delete',
    hint: 'Give 1 or more; without `delete` nothing is removed.',
  });
}

function deleteWords({ delete: isMirror, maxDelete }: RsyncOptions): string[] {
  if (isMirror !== true) return [];
  return ['--delete', ...(maxDelete === undefined ? [] : [`--max-delete=${maxDelete}`])];
}

function backupWords(call: RsyncCall): string[] {
  const { backupDir } = call.options;
  if (backupDir === undefined) return [];
  if (!both(call, '--backup-dir')) throw cannot('keep what it replaces', '--backup-dir');
  return ['--backup', `--backup-dir=${requirePlain(call, backupDir)}`];
}

function linkWords(call: RsyncCall): string[] {
  const { linkDest = [] } = call.options;
  if (linkDest.length > 0 && !both(call, '--link-dest')) throw cannot('share files with a directory', '--link-dest');
  return linkDest.map((directory) => `--link-dest=${requirePlain(call, directory)}`);
}

/** It goes through the shell of the account, and not every rsync guards it. */
function requirePlain({ local }: RsyncCall, path: string): string {
  if (path.includes('\n') || (!local.options.has('--old-args') && !/^[\w@%+=:,./-]*$/.test(path))) {
    throw cannot(`be told of the directory ${JSON.stringify(path)}`, '--old-args');
  }
  return path;
}

function filterWords(call: RsyncCall): string[] {
  const { filters = [] } = call.options;
  if (filters.length > 0 && !both(call, '--filter')) throw cannot('go by rules of that kind', '--filter');
  return filters.map((rule) => `--filter=${rule}`);
}

function cannot(what: string, option: string): UsageError {
  return new UsageError(`rsync of one of the two machines cannot ${what}: it has no ${option}`, {
    code: 'rsync.too_old',
    hint: 'Install rsync 3 there.',
  });
}

/** Where the login finds it, and not only the shell of a command does. */
function programOf({ remote: { path }, serve }: RsyncCall): string[] {
  const known = path !== undefined && /^\/[\w./+-]+$/.test(path) ? path : undefined;
  if (serve !== undefined) return [`--rsync-path=${remoteCommandWith(serve(known ?? 'rsync'))}`];
  return known === undefined ? [] : [`--rsync-path=${known}`];
}

/** rsync splits the text at blanks; within quotation marks it takes two for one. */
function rshText(words: readonly string[]): string {
  return words.map((word) => (/[\s'"]/.test(word) ? `'${word.replaceAll("'", "''")}'` : word)).join(' ');
}

function hostWord(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** A line break is what no escaping brings through every shell. */
function needsProtocol({ remotePath }: RsyncCall): boolean {
  return remotePath.includes('\n');
}

/**
 * The path goes through the login shell of the account, whichever that is. rsync 3.2.4 and later (`--old-args` is of the same version)
 * guard everything but wildcards; before, nothing is guarded. A backslash does it in every shell.
 */
function remoteWord(call: RsyncCall): string {
  const { remotePath: path, direction, local } = call;
  const wildcards = /[*?[\]\\]/g;
  if (needsProtocol(call)) {
    const isPossible = ['--protect-args', '--secluded-args'].some((option) => local.options.has(option));
    if (!isPossible || /\0/.test(path)) throw cannot('be told of a path with a line break', '--secluded-args');
    return direction === 'pull' ? path.replace(wildcards, '\\$&') : path;
  }
  return local.options.has('--old-args')
    ? path.replace(/[*?[\]]/g, '\\$&')
    : path.replace(/[^\w@%+=:,./\x80-\u{10ffff}-]/gu, '\\$&');
}
