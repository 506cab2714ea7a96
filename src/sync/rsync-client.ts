import { mkdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, posix, resolve } from 'node:path';
import { UsageError } from '../core/errors.ts';
import { checkFields } from '../core/remote/check-profile.ts';
import { accountOf } from '../core/remote/profile.ts';
import { hostKeyPolicies } from '../core/remote/ssh-words.ts';
import { effectiveExcludes } from '../core/sync/excludes.ts';
import type { RsyncCapabilities } from '../core/sync/rsync-capabilities.ts';
import type { RsyncProgress } from '../core/sync/rsync-progress.ts';
import { canMakePath, type RsyncCall, type RsyncOptions, requireMaxDelete } from '../core/sync/rsync-words.ts';
import { SshShell } from '../shell/ssh/ssh-shell.ts';
import { hashRemoteFile, readControlFile, writeControlFile } from './control-files.ts';
import { askLocalRsync, askRemoteRsync, requireRsync } from './find-rsync.ts';
import type { ListedNames } from './listing.ts';
import { type InventoryRequest, type LocalInventory, listLocalFiles, listNames } from './local-inventory.ts';
import { makeRemoteDirectory, requireSafeMirror, resolveRemote } from './remote-destination.ts';
import { type RsyncResult, transfer } from './transfer.ts';

export interface RsyncClientOptions {
  /** A machine, or a host of ssh's configuration. */
  readonly hostname: string;
  readonly username?: string | undefined;
  readonly port?: number | undefined;
  readonly keyFilename?: string | undefined;
  readonly proxyJump?: string | undefined;
  /** In the place of `~/.ssh/config`. */
  readonly sshConfigPath?: string | undefined;
  /** Patterns of rsync that count for every call, behind the built-in ones. */
  readonly excludePatterns?: readonly string[] | undefined;
}

export interface TransferOptions extends RsyncOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told how far it is, about once a second, if the rsync of this machine says so. */
  readonly onProgress?: ((progress: RsyncProgress) => void) | undefined;
  /** What rsync writes goes to standard error, too, as it comes. */
  readonly verbose?: boolean | undefined;
}

interface PushOptions extends TransferOptions {
  /** For this program alone: runs there in the place of rsync, see `core/sync/serve-script.ts`. */
  readonly serve?: RsyncCall['serve'];
}

type ListingOptions = Pick<TransferOptions, 'excludePatterns' | 'filters' | 'signal'>;

interface Signalled {
  readonly signal?: AbortSignal | undefined;
}

/** Ten minutes without a command, and the next one logs in again. */
const persistSeconds = 600;

/**
 * Brings files to an account on another machine and back, with rsync over the one connection that all of srunx shares. What rsync itself
 * cannot do is a result; what keeps it from running at all is thrown, as a SrunxError.
 */
export class RsyncClient implements AsyncDisposable {
  readonly #shell: SshShell;
  readonly #isOwner: boolean;
  readonly #excludePatterns: readonly string[];
  readonly #program: string;
  #local: Promise<RsyncCapabilities> | undefined;
  #remote: Promise<RsyncCapabilities> | undefined;

  /** Throws where this machine has no rsync, and for words that ssh must not be given. Connects to nothing yet. */
  constructor(
    options: RsyncClientOptions | { readonly shell: SshShell; readonly excludePatterns?: readonly string[] },
  ) {
    this.#isOwner = !('shell' in options);
    this.#shell = 'shell' in options ? options.shell : openShell(options);
    this.#excludePatterns = [...(options.excludePatterns ?? [])];
    this.#program = requireRsync(this.#shell.master.way.env);
  }

  /** Over a shell of somebody else's, who closes it. */
  static over(shell: SshShell, options: { readonly excludePatterns?: readonly string[] } = {}): RsyncClient {
    return new RsyncClient({ shell, ...options });
  }

  /** Of the project around a local path: `~/.config/srunx/workspace/NAME-MARK/`. Default: the current directory. */
  static async getDefaultRemotePath(localPath = '.'): Promise<string> {
    const { defaultRemotePath } = await import('./default-remote-path.ts');
    return defaultRemotePath(resolve(localPath));
  }

  /** The patterns that a call with these would go by. */
  effectiveExcludes(excludePatterns: readonly string[] = []): string[] {
    return effectiveExcludes(this.#excludePatterns, excludePatterns);
  }

  /**
   * Sends a file, or what is in a directory. Missing directories are made.
   *
   * @param remotePath absolute, or below the account's home; left out, {@link RsyncClient.getDefaultRemotePath}
   */
  async push(localPath: string, remotePath?: string, options: PushOptions = {}): Promise<RsyncResult> {
    requireMaxDelete(options.maxDelete);
    const source = resolveLocal(localPath);
    const isDirectory = (await stat(source).catch(() => undefined))?.isDirectory() === true;
    const named = remotePath ?? (await RsyncClient.getDefaultRemotePath(source));
    const ends = await this.#ends(options.signal);
    const destination = resolveRemote(named, ends.home);
    if (options.delete === true) requireSafeMirror(destination, ends);
    const localName = isDirectory ? `${source.replace(/\/$/, '')}/` : source.replace(/(?<=.)\/$/, '');
    const there = withHome(options, ends.home);
    const call = this.#call({
      ...ends,
      options: there,
      direction: 'push',
      serve: options.serve,
      localPath: localName,
      remotePath: destination,
    });
    if (options.dryRun !== true && !canMakePath(call)) {
      const directory = isDirectory || destination.endsWith('/') ? destination : posix.dirname(destination);
      await makeRemoteDirectory(this.#shell, directory, options.signal);
    }
    return this.#transfer(call, options);
  }

  /** Brings a file or a directory; with a `/` behind its name, what is in the directory. */
  async pull(remotePath: string, localPath: string, options: TransferOptions = {}): Promise<RsyncResult> {
    requireMaxDelete(options.maxDelete);
    const destination = resolveLocal(localPath);
    const ends = await this.#ends(options.signal);
    const source = resolveRemote(remotePath, ends.home);
    const call = this.#call({ ...ends, options, direction: 'pull', localPath: destination, remotePath: source });
    if (options.dryRun !== true && !canMakePath(call)) {
      const isInside = source.endsWith('/') || destination.endsWith('/');
      await mkdir(isInside ? destination : dirname(destination), { recursive: true });
    }
    return this.#transfer(call, options);
  }

  /** What a push of a directory with these patterns would consider. Asks this machine alone. */
  async listLocalFiles(localPath: string, options: ListingOptions = {}): Promise<LocalInventory> {
    return listLocalFiles(await this.#listing(localPath, options));
  }

  /** The same of many files, for a sync. */
  async listNames(localPath: string, options: ListingOptions): Promise<ListedNames> {
    return listNames(await this.#listing(localPath, options));
  }

  /**
   * `null` where there is no such file. Throws for a symbolic link, and for what cannot be read.
   *
   * @param options `requireOwned`: throws for a file of another account
   */
  async readRemoteFile(
    path: string,
    { requireOwned = false, signal }: Signalled & { readonly requireOwned?: boolean | undefined } = {},
  ): Promise<string | null> {
    return readControlFile(this.#shell, { path: await this.#resolve(path, signal), requireOwned, signal });
  }

  /** Replaces a file as a whole, or makes it; its directory must be there. Throws for a symbolic link. */
  async writeRemoteFile(
    path: string,
    content: string,
    { mode = '644', signal }: Signalled & { readonly mode?: string | undefined } = {},
  ): Promise<void> {
    if (!/^[/~]/.test(path)) {
      throw new UsageError(`\`${path}\` is no full path`, {
        code: 'usage.remote_path',
        hint: 'Begin it with / or with ~/.',
      });
    }
    await writeControlFile(this.#shell, { path: await this.#resolve(path, signal), content, mode, signal });
  }

  /** In hexadecimal; `null` where there is no such file, or no program that could tell. */
  async remoteSha256(path: string, { signal }: Signalled = {}): Promise<string | null> {
    return hashRemoteFile(this.#shell, { path: await this.#resolve(path, signal), signal });
  }

  /** The connection stays for those who come later. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isOwner) await this.#shell[Symbol.asyncDispose]();
  }

  async #listing(localPath: string, { excludePatterns, ...options }: ListingOptions): Promise<InventoryRequest> {
    return {
      program: this.#program,
      capabilities: await this.#askLocal(),
      env: this.#shell.master.way.env,
      directory: resolveLocal(localPath),
      excludes: this.effectiveExcludes(excludePatterns),
      ...options,
    };
  }

  #askLocal(): Promise<RsyncCapabilities> {
    const { way, places } = this.#shell.master;
    // Beside the connection, as what is known of the other end is.
    const kept = join(dirname(places.socket), 'local.rsync');
    this.#local ??= askLocalRsync({ program: this.#program, env: way.env, kept });
    return this.#local;
  }

  /** What the rsync at the other end can do. Throws where there is none. */
  askRemote(): Promise<RsyncCapabilities> {
    // Others may wait for the answer, too: it is not theirs that is aborted.
    this.#remote ??= askRemoteRsync(this.#shell).catch((error: unknown) => {
      this.#remote = undefined;
      throw error;
    });
    return this.#remote;
  }

  async #ends(signal: AbortSignal | undefined): Promise<Ends> {
    const asked = [this.#askLocal(), this.askRemote(), this.#shell.facts(signal)] as const;
    const [local, remote, facts] = await Promise.all(asked);
    return { local, remote, home: facts.home, user: facts.user };
  }

  async #resolve(path: string, signal: AbortSignal | undefined): Promise<string> {
    // Who and where the account is, was said when the connection was opened: it is no execution of its own.
    const { home } = await this.#shell.facts(signal);
    return resolveRemote(path, home);
  }

  #call(
    known: Omit<RsyncCall, 'excludes' | 'progress' | 'rsh' | 'host'> & { readonly options: TransferOptions },
  ): RsyncCall {
    const { words: rsh, host } = this.#shell.master.way;
    const { onProgress, verbose, excludePatterns } = known.options;
    const progress = onProgress !== undefined || verbose === true;
    return { ...known, excludes: this.effectiveExcludes(excludePatterns), progress, rsh, host };
  }

  #transfer(call: RsyncCall, { signal, onProgress, verbose }: TransferOptions): Promise<RsyncResult> {
    return transfer({ shell: this.#shell, program: this.#program, call, signal, onProgress, verbose });
  }
}

/** Directories beside the destination of a push: a relative one is below it, as rsync has it. */
function withHome(options: TransferOptions, home: string): TransferOptions {
  const { backupDir, linkDest } = options;
  const resolved = (path: string) => (path.startsWith('~') ? resolveRemote(path, home) : path);
  return { ...options, backupDir: backupDir && resolved(backupDir), linkDest: linkDest?.map(resolved) };
}

interface Ends {
  readonly local: RsyncCapabilities;
  readonly remote: RsyncCapabilities;
  readonly home: string;
  readonly user: string;
}

/** A slash at the end says something. */
function resolveLocal(path: string): string {
  if (path === '' || path.includes('\0')) {
    throw new UsageError('a local path is empty, or has a NUL in it', {
      code: 'usage.local_path',
      hint: 'Name a file or a directory; `.` is the current one.',
    });
  }
  const full = resolve(path);
  return path.endsWith('/') && full !== '/' ? `${full}/` : full;
}

function openShell({ hostname, username, port, keyFilename, proxyJump, sshConfigPath }: RsyncClientOptions): SshShell {
  const text = (value: string | undefined) => (value === '' ? undefined : value);
  const fields = {
    ...{ hostname, username: text(username), port, key_filename: text(keyFilename) },
    ...{ proxy_jump: text(proxyJump), ssh_config: text(sshConfigPath) },
  };
  const [problem] = checkFields(fields);
  if (problem !== undefined) {
    throw new UsageError(problem.message, {
      code: 'usage.account',
      ...(problem.hint === undefined ? {} : { hint: problem.hint }),
    });
  }
  const { env } = process;
  const policy = hostKeyPolicies.find((known) => known === env['SRUNX_SSH_HOST_KEY_POLICY']) ?? 'reject';
  return new SshShell({
    name: hostname,
    account: accountOf(fields),
    env,
    home: env['HOME'] ?? homedir(),
    hostKeys: policy,
    persist: persistSeconds,
  });
}
