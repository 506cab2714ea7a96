import { setTimeout as sleep } from 'node:timers/promises';
import { type RsyncStats, takeStats } from '../core/sync/rsync-output.ts';
import type { RsyncProgress } from '../core/sync/rsync-progress.ts';
import { type RsyncCall, rsyncWords } from '../core/sync/rsync-words.ts';
import { isKeptFromRsync } from '../core/sync/serve-script.ts';
import type { SshShell } from '../shell/ssh/ssh-shell.ts';
import { forgetRemoteRsync } from './find-rsync.ts';
import { type RsyncEnd, runRsync } from './run-rsync.ts';

export interface RsyncResult {
  /** Of rsync. */
  readonly returncode: number;
  /** A line for each change, where these were asked for, and what else rsync says. */
  readonly stdout: string;
  readonly stderr: string;
  /** All was done; files that vanished meanwhile are a warning. */
  readonly success: boolean;
  readonly warnings: readonly string[];
  /** Absent where rsync has not come to its end. */
  readonly stats?: RsyncStats;
}

export interface Transfer {
  readonly shell: SshShell;
  readonly program: string;
  readonly call: RsyncCall;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: RsyncProgress) => void) | undefined;
  readonly verbose?: boolean | undefined;
}

/** An end that is not there any more, a stream that broke off, a timeout, and the end of ssh. */
const cutCodes = [10, 12, 30, 255];
/** Of an rsync that was given words that it does not know, or that is not there. */
const strangeCodes = [1, 2, 4, 12, 127];
const vanishedCode = 24;
const mostAttempts = 8;

/** One transfer, begun again where the connection was lost under it. */
export async function transfer(request: Transfer): Promise<RsyncResult> {
  const { shell, program, call, signal, onProgress, verbose } = request;
  const { master } = shell;
  const argv = [program, ...rsyncWords(call)] as const;
  // With a cap, a second one would remove as many again.
  const isRepeatable = call.options.delete !== true || call.options.maxDelete === undefined || call.options.dryRun;
  const warnings: string[] = [];
  if (!(await master.check())) await master.open(signal);
  for (let attempt = 1; ; attempt += 1) {
    const end = await runRsync({ argv: [...argv], env: master.way.env, signal, onProgress, verbose });
    const isOver = !cutCodes.includes(end.returncode) || attempt === mostAttempts || !isRepeatable;
    if (isOver) return finish(end);
    if (!(await master.check())) {
      await master.open(signal);
      warnings.push('the connection was lost, and the transfer went on over another one');
    } else if (/session open refused/i.test(end.stderr)) {
      await shell.makeRoom();
      await sleep(250 * attempt, undefined, { signal });
    } else return finish(end);
  }

  function finish(end: RsyncEnd): RsyncResult {
    if (strangeCodes.includes(end.returncode) && !isKeptFromRsync(end.stderr)) forgetRemoteRsync(shell);
    const { rest, ...known } = takeStats(end.stdout);
    const isVanished = end.returncode === vanishedCode;
    if (isVanished) warnings.push('some files vanished while they were copied');
    return { ...end, stdout: rest, success: end.returncode === 0 || isVanished, warnings, ...known };
  }
}
