import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run, waitUntil } from '../../dev/processes.ts';
import { useDevCluster } from '../support/dev-cluster.ts';

const program = join(import.meta.dirname, '..', '..', 'dist', 'srunx.js');
const devCluster = useDevCluster();

let directory: string;
let jobId: string;
let runId: string;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'srunx-engine-'));
  mkdirSync(path('state'));
  writeFileSync(
    path('flow.yaml'),
    "name: flow\njobs:\n  - {name: one, launcher: none, command: 'echo said; touch ran'}\n",
  );
});
afterEach(() => {
  execFileSync('sh', ['-c', 'umount -l "$1" 2>/dev/null || :', 'sh', path('state')]);
  rmSync(directory, { recursive: true });
});

const path = (...names: readonly string[]) => join(directory, ...names);
const databasePath = () => path('state', 'srunx', hostname(), 'srunx.db');

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function srunx(...args: readonly string[]): Promise<Outcome> {
  const env = {
    ...process.env,
    ...devCluster().env,
    XDG_STATE_HOME: path('state'),
    XDG_CACHE_HOME: path('cache'),
    SRUNX_RUN_DIR: path('runs'),
  };
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { cwd: directory, env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

/** One run that is over, and a job that goes on. */
async function prepare(): Promise<void> {
  const finished = await srunx('flow', 'run', '--local', '--json', 'flow.yaml');
  expect(finished).toMatchObject({ code: 0 });
  runId = (JSON.parse(finished.stdout) as { readonly run_id: string }).run_id;
  rmSync(path('ran'));
  jobId = (await srunx('sbatch', '--local', '--parsable', '--wrap', 'sleep 600')).stdout.trim();
  expect(jobId).toMatch(/^\d+$/);
  // It has no log before it has started.
  expect(await waitUntil(() => existsSync(path(`slurm-${jobId}.out`)), 30_000)).toBe(true);
}

/** Nothing reaches Slurm or the plan directories; the rest of srunx works. */
async function expectReadingAndCancelling(code: string): Promise<void> {
  const before = readdirSync(path('runs')).sort();
  for (const submission of [
    ['flow', 'run', '--local', 'flow.yaml'],
    ['sbatch', '--local', '--wrap', 'touch ran'],
  ]) {
    const refused = await srunx(...submission, '--json');
    expect(refused.code, refused.stderr).toBe(1);
    expect(refused.stdout + refused.stderr).toContain(code);
  }
  expect(readdirSync(path('runs')).sort()).toEqual(before);
  const listed = await srunx('flow', 'list', '--json');
  expect(listed, listed.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining(runId) });
  expect((await srunx('flow', 'status', runId)).stdout).toContain('completed (1 of 1 jobs ended)');
  expect((await srunx('squeue', '--local', '--me')).stdout).toContain(jobId);
  expect((await srunx('tail', '--local', jobId)).code).toBe(0);
  expect(await srunx('scancel', '--local', jobId)).toMatchObject({ code: 0 });
  const isOver = async () =>
    (await run(['squeue', '-h', '--states=all', '-j', jobId, '-o', '%T'], devCluster().env)).includes('CANCELLED');
  expect(await waitUntil(isOver, 20_000)).toBe(true);
  expect(existsSync(path('ran'))).toBe(false);
}

describe('reading and cancelling work, and submission refuses before anything is sent', () => {
  it('where the database is locked', async () => {
    await prepare();
    const db = new DatabaseSync(databasePath());
    db.exec('BEGIN IMMEDIATE');
    await expectReadingAndCancelling('store.locked');
    db.close();
  });

  it('where the disk is read-only', async ({ skip }) => {
    if (!mountDisk()) return skip('a disk of its own takes root and the right to mount');
    await prepare();
    execFileSync('mount', ['-o', 'remount,ro', path('state')]);
    await expectReadingAndCancelling('store.readonly');
  });

  it('where the disk is full', async ({ skip }) => {
    if (!mountDisk()) return skip('a disk of its own takes root and the right to mount');
    await prepare();
    expect(() => writeFileSync(path('state', 'ballast'), Buffer.alloc(16 << 20))).toThrow('ENOSPC');
    await expectReadingAndCancelling('store.');
  });

  it('where the database is damaged: what is left says what to do', async () => {
    await prepare();
    writeFileSync(databasePath(), 'no database '.repeat(1_000));
    const refused = await srunx('flow', 'run', '--local', 'flow.yaml');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('Move the file away');
    expect((await srunx('squeue', '--local', '--me')).stdout).toContain(jobId);
    expect((await srunx('tail', '--local', jobId)).code).toBe(0);
    expect(await srunx('scancel', '--local', jobId)).toMatchObject({ code: 0 });
    rmSync(databasePath());
    for (const suffix of ['-wal', '-shm']) rmSync(`${databasePath()}${suffix}`, { force: true });
    expect((await srunx('flow', 'status', runId)).stdout).toContain('completed (1 of 1 jobs ended)');
    expect(readFileSync(join(directory, 'logs', readdirSync(path('logs'))[0] ?? ''), 'utf8')).toBe('said\n');
  });
});

function mountDisk(): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', path('state')], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
