import { statSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { remoteCommandWith } from '../core/remote/ssh-words.ts';
import { renderFirst, runWhatComes } from '../core/sync/first-script.ts';
import { unescapeName } from '../core/sync/rsync-names.ts';
import { collectOutput } from '../shell/collect-output.ts';
import { SshShell } from '../shell/ssh/ssh-shell.ts';
import { startProcess } from '../shell/start-process.ts';
import type { NameTable } from './name-table.ts';
import { factsPerFile, type Inventory, isLink, wholeHash } from './read-inventory.ts';
import type { Serve } from './serve-sync.ts';
import { type Locked, lookMs, type SyncJob } from './sync-job.ts';
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
    const run = async (script: string) => {
      const [names, head] = [join(directory, 'names'), join(directory, 'head')];
      const packed = gzipSync(script, { level: 6 });
      await writeFile(head, Buffer.concat([Buffer.from(`${packed.length}\n`), packed]));
      await writeFile(names, Buffer.concat([...listed(inventory.directories), ...listed(inventory.names)]));
      const ssh = [...way.words, way.host, remoteCommandWith(runWhatComes)];
      const argv = ['sh', '-c', pipeline, 'sh', head, job.mount.local, names, ...ssh] as const;
      // Of macOS: no files beside the files.
      const command = { argv, env: { COPYFILE_DISABLE: '1' }, timeoutMs: lookMs, signal: known.held.signal };
      const started = startProcess(command, { env: way.env, shell: 'this machine' });
      const [stdout] = [collectOutput(started.stdout, mostOutput), collectOutput(started.stderr, mostOutput)];
      await started.ended;
      return stdout.bytes();
    };
    const mode = (statSync(job.mount.local).mode & 0o7777).toString(8);
    const work = renderFirst(job.mount.remote, mode);
    return (await serve.runAlone({ work, whole: wholeHash(inventory), run })) ? resultOf(inventory) : undefined;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const mostOutput = 1024 * 1024;

const pipeline = `head=$1 directory=$2 names=$3
shift 3
{ cat -- "$head"; tar -C "$directory" --null --no-recursion -cf - -T "$names" | gzip -1; } | "$@"`;

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
