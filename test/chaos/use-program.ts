import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { waitUntil } from '../../dev/processes.ts';
import type { CrashPoint } from '../../src/engine/crash-points.ts';

const programPath = process.env['SRUNX_TEST_PROGRAM'] ?? join(import.meta.dirname, '..', '..', 'dist', 'srunx.js');

export interface Run {
  readonly run_id: string;
  readonly directory: string;
  readonly status: string;
  readonly jobs: readonly { readonly name: string; readonly job_id: string | null; readonly state: string }[];
}

interface Ended {
  readonly signal: string | null;
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program in a home of its own on a cluster, started in this directory. */
export function useProgram(cwd: string, env: () => NodeJS.ProcessEnv) {
  const srunx = (args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<Ended> =>
    new Promise((resolve) => {
      const options = { cwd, env: { ...env(), ...more }, timeout: 100_000, maxBuffer: 1 << 26 };
      execFile(process.execPath, [programPath, ...args], options, (error, stdout, stderr) => {
        resolve({ signal: error?.signal ?? null, code: Number(error?.code ?? 0), stdout, stderr });
      });
    });
  const crash = async (point: CrashPoint, ...args: readonly string[]) => {
    expect((await srunx(args, { SRUNX_CRASH_AT: point })).signal, `${point} is never reached`).toBe('SIGKILL');
  };
  const newest = async () =>
    (JSON.parse((await srunx(['flow', 'list', '--json', '-n', '1'])).stdout) as Run[])[0] as Run;
  const settle = async (): Promise<Run> => {
    await waitUntil(async () => !['running', 'pending'].includes((await newest()).status), 60_000);
    return newest();
  };
  /** How often each submission of a run was made, by what the controller and the accounting have. */
  const submissionsOf = async (id: string): Promise<readonly number[]> => {
    const argv = ['-X', '-n', '-P', '-S', 'now-1days', '-o', 'SubmitLine'];
    const text = await new Promise<string>((resolve) =>
      execFile('sacct', argv, { env: env(), maxBuffer: 1 << 26 }, (_, stdout) => resolve(stdout)),
    );
    const counts = new Map<string, number>();
    for (const [token] of text.matchAll(new RegExp(`srunx:${id}-\\S+`, 'g')))
      counts.set(token, (counts.get(token) ?? 0) + 1);
    return [...counts.values()];
  };
  return { srunx, crash, newest, settle, submissionsOf };
}

/** The environment of a home of this name below a directory. */
export function homeOf(scratch: string, name: string, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const home = join(scratch, name);
  mkdirSync(join(home, 'runs'), { recursive: true });
  const dirs = {
    XDG_STATE_HOME: join(home, 'state'),
    XDG_CACHE_HOME: join(home, 'cache'),
    SRUNX_RUN_DIR: join(home, 'runs'),
  };
  return { ...process.env, ...env, ...dirs };
}
