import { statSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip, gzipSync } from 'node:zlib';
import { remoteCommandWith } from '../core/remote/ssh-words.ts';
import { renderFirst, runWhatComes } from '../core/sync/first-script.ts';
import { unescapeName } from '../core/sync/rsync-names.ts';
import { collectOutput } from '../shell/collect-output.ts';
import { SshShell } from '../shell/ssh/ssh-shell.ts';
import { startProcess } from '../shell/start-process.ts';
import type { NameTable } from './name-table.ts';
import { factsPerFile, type Inventory, isLink, wholeHash } from './read-inventory.ts';
import type { Serve } from './serve-sync.ts';
import type { Locked, SyncJob } from './sync-job.ts';
import type { RsyncResult } from './transfer.ts';

/** gzip is slower than what rsync packs with, and a transfer that is cut begins anew. */
const mostBytes = 16 * 1024 * 1024;

/**
 * Sends all of a mount to a place where nothing is yet, by `tar`: it says nothing that has to be answered before the next file, as rsync does, and
 * writes no file twice. `undefined`: it is for rsync; what is there by then is as it is here.
 */
export async function sendFirst(job: SyncJob, known: Locked, serve: Serve): Promise<RsyncResult | undefined> {
  const { inventory } = known.here;
  if (!isFirst(known) || !isPlain(inventory) || !(job.shell instanceof SshShell)) return undefined;
  const { way } = job.shell.master;
  const directory = await mkdtemp(join(tmpdir(), 'srunx-first-'));
  try {
    const names = join(directory, 'names');
    await writeFile(names, Buffer.concat([...listed(inventory.directories), ...listed(inventory.names)]));
    const run = (script: string) => stream({ job, known, names, way }, gzipSync(script));
    const mode = (statSync(job.mount.local).mode & 0o7777).toString(8);
    const work = renderFirst(job.mount.remote, mode);
    return (await serve.runAlone({ work, whole: wholeHash(inventory), run })) ? resultOf(inventory) : undefined;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

interface Streaming {
  readonly job: SyncJob;
  readonly known: Locked;
  /** A file of them. */
  readonly names: string;
  readonly way: SshShell['master']['way'];
}

const mostOutput = 1024 * 1024;

/** Returns what the other end has said of it. */
async function stream({ job, known, names, way }: Streaming, script: Buffer): Promise<Uint8Array> {
  const { signal } = known.held;
  const start = (argv: readonly [string, ...string[]], feed?: (stdin: Writable) => void) =>
    // Of macOS: no files beside the files.
    startProcess(
      { argv, env: { COPYFILE_DISABLE: '1' }, timeoutMs: Number.POSITIVE_INFINITY, signal },
      { env: way.env, shell: 'this machine', feed },
    );
  const tar = start(['tar', '-C', job.mount.local, '--null', '--no-recursion', '-cf', '-', '-T', names]);
  collectOutput(tar.stderr, mostOutput);
  const progress = countBytes(job, known.here.inventory.bytes);
  const whole = async function* (chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      progress(chunk.length);
      yield chunk;
    }
    const { exitCode } = await tar.ended;
    // Without its end, nothing is made of it there.
    if (exitCode !== 0) throw new Error('tar has not read all');
  };
  const behindScript = async function* (packed: AsyncIterable<Buffer>) {
    yield Buffer.concat([Buffer.from(`${script.length}\n`), script]);
    yield* packed;
  };
  const [program = 'ssh', ...words] = [...way.words, way.host, remoteCommandWith(runWhatComes)];
  const ssh = start([program, ...words], (stdin) => {
    // Why it has ended early, the other end says, or rsync will.
    pipeline(tar.stdout, whole, createGzip({ level: 1 }), behindScript, stdin).catch(() => stdin.destroy());
  });
  collectOutput(ssh.stderr, mostOutput);
  const said = collectOutput(ssh.stdout, mostOutput);
  await Promise.all([ssh.ended, tar.ended]);
  return said.bytes();
}

function countBytes({ onProgress }: SyncJob, total: number): (bytes: number) => void {
  const begun = performance.now();
  let [told, sent] = [begun, 0];
  return (count) => {
    sent += count;
    const now = performance.now();
    if (now - told < 1_000) return;
    told = now;
    const bytes = Math.min(sent, total);
    const bytesPerSecond = Math.max(1, Math.round((bytes / (now - begun)) * 1_000));
    const secondsLeft = Math.round((total - bytes) / bytesPerSecond);
    onProgress?.({
      bytes,
      percent: Math.floor((100 * bytes) / Math.max(1, total)),
      bytesPerSecond,
      secondsLeft,
      files: undefined,
    });
  };
}

function isFirst({ found }: Locked): boolean {
  return !found.isThere && found.manifest === 'absent' && found.owner === 'absent';
}

/** `tar` would make links of two names of one file, and of a link `stat` does not tell where it leads. */
function isPlain({ facts, modes, names, bytes }: Inventory): boolean {
  if (bytes > mostBytes || modes.some(isLink)) return false;
  const inodes = new Set<bigint>();
  for (let at = 3; at < facts.length; at += factsPerFile) inodes.add(facts[at] ?? 0n);
  return inodes.size === names.length;
}

/** None of them begins with a dash then. */
function* listed(names: NameTable): Generator<Buffer> {
  for (const name of names) yield Buffer.concat([dot, unescapeName(name), nul]);
}

const dot = Buffer.from('./');
const nul = Buffer.of(0);

function resultOf({ names, bytes }: Inventory): RsyncResult {
  const said = { returncode: 0, stdout: '', stderr: '', success: true, warnings: [] };
  return { ...said, stats: { files: names.length, bytes, totalBytes: bytes } };
}
