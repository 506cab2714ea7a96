import { readFileSync, rmSync, statSync } from 'node:fs';
import { ConnectionError } from '../core/errors.ts';
import { parseCapabilities, type RsyncCapabilities } from '../core/sync/rsync-capabilities.ts';
import { findProgram } from '../shell/find-program.ts';
import type { SshShell } from '../shell/ssh/ssh-shell.ts';
import { writeFilesAtomically } from '../shell/write-files.ts';
import { runRsync } from './run-rsync.ts';

/** The rsync of this machine. Throws where there is none. */
export function requireRsync(env: NodeJS.ProcessEnv): string {
  const path = findProgram('rsync', env['PATH'] ?? '');
  if (path !== undefined) return path;
  throw new ConnectionError('rsync is not installed on this machine', {
    code: 'rsync.missing',
    hint: 'Install it (apt install rsync, dnf install rsync, brew install rsync), or add its directory to PATH.',
  });
}

export interface LocalQuestion {
  readonly program: string;
  readonly env: NodeJS.ProcessEnv;
  /** What was answered is kept there, as long as the program stays as it is. */
  readonly kept: string;
}

/** What it can do. Of one that does not say, nothing is expected. */
export async function askLocalRsync({ program, env, kept }: LocalQuestion): Promise<RsyncCapabilities> {
  const { mtimeMs, ctimeMs, size, ino } = statSync(program);
  const mark = `${JSON.stringify([program, mtimeMs, ctimeMs, size, ino])}\n`;
  const known = readKept(kept);
  if (known?.startsWith(mark) === true) return parseCapabilities(known.slice(mark.length));
  const ask = (word: string) => runRsync({ argv: [program, word], env }).catch(() => ({ stdout: '', stderr: '' }));
  const answers = await Promise.all([ask('--version'), ask('--help')]);
  const text = answers.map(({ stdout, stderr }) => `${stdout}\n${stderr}`).join('\n');
  await writeFilesAtomically([{ path: kept, content: `${mark}${text}`, mode: 0o600 }], {
    shell: 'this machine',
  }).catch(() => undefined);
  return parseCapabilities(text);
}

const askScript = `command -v rsync || exit 127
rsync --version 2>&1 </dev/null
rsync --help 2>&1 </dev/null
exit 0`;

/** What was answered once is kept beside the connection, for a day. */
const keptMs = 24 * 3_600_000;

/** The rsync of the account at the other end, as its login finds it. Throws where there is none. */
export async function askRemoteRsync(shell: SshShell): Promise<RsyncCapabilities> {
  const file = cacheOf(shell);
  const text = readKept(file) ?? (await ask());
  const path = text.slice(0, text.indexOf('\n'));
  return { ...parseCapabilities(text), path: path.startsWith('/') ? path : undefined };

  async function ask(): Promise<string> {
    const result = await shell.run({ argv: ['sh', '-c', askScript], together: true });
    if (result.exitCode === 127) throw missingThere(shell);
    if (result.exitCode !== 0) return '';
    const answer = new TextDecoder().decode(result.stdout);
    // Only to spare a question: where it cannot be kept, it is asked again.
    await writeFilesAtomically([{ path: file, content: answer, mode: 0o600 }], { shell: 'this machine' }).catch(
      () => undefined,
    );
    return answer;
  }
}

/** Whatever is known of it is not true any more. */
export function forgetRemoteRsync(shell: SshShell): void {
  rmSync(cacheOf(shell), { force: true });
}

function missingThere(shell: SshShell): ConnectionError {
  return new ConnectionError(`rsync is not installed on ${shell.name} (${shell.master.way.host})`, {
    code: 'rsync.missing',
    hint: 'Ask its administrators for it, or load its module in the start-up files of the account.',
  });
}

function cacheOf(shell: SshShell): string {
  return `${shell.master.places.socket}.rsync`;
}

function readKept(file: string): string | undefined {
  try {
    const age = Date.now() - statSync(file).mtimeMs;
    return age >= 0 && age < keptMs ? readFileSync(file, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}
