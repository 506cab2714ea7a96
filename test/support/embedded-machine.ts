import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { waitUntil } from '../../dev/processes.ts';
import type { Cluster, Submission, SubmissionBatch, SubmissionReport } from '../../src/cluster/cluster.ts';
import { createEmbeddedCluster, type EmbeddedClusterOptions } from '../../src/cluster/embedded/embedded-cluster.ts';
import type { ProcessRef } from '../../src/cluster/embedded/queue.ts';
import { openRunnerLock } from '../../src/cluster/embedded/runner-lock.ts';
import type { JobObservation } from '../../src/core/slurm/job-observation.ts';
import { matchesJobId } from '../../src/core/slurm/match-job-id.ts';

export interface JobDraft extends Partial<Omit<Submission, 'script'>> {
  readonly token: string;
  /** What follows `#!/bin/sh`. */
  readonly body: string;
}

/** A machine for one test: a queue in a directory of its own, whose runner and jobs are gone when it is disposed of. */
export interface EmbeddedMachine extends AsyncDisposable {
  readonly directory: string;
  readonly stateDir: string;
  readonly cluster: Cluster;
  /** Another process's view of the same machine. */
  connect(options?: Partial<EmbeddedClusterOptions>): Cluster;
  batch(name: string, jobs: readonly JobDraft[]): SubmissionBatch;
  submit(jobs: readonly JobDraft[], options?: { readonly name?: string }): Promise<SubmissionReport>;
  /** Submits one job and returns its id. */
  run(body: string, changes?: Partial<JobDraft>): Promise<string>;
  /** The rows of one job, array or task. */
  rows(jobId: string): Promise<readonly JobObservation[]>;
  /** Waits for the end of everything that one id names, and returns the words for it. */
  end(jobId: string): Promise<string>;
  until(jobId: string, condition: (row: JobObservation) => boolean): Promise<JobObservation>;
  path(name: string): string;
  read(name: string): string;
  runner(): ProcessRef | undefined;
  /** kill -9, and gone when it returns. */
  killRunner(): Promise<void>;
  /** Opens the queue behind the cluster's back. */
  queue(): DatabaseSync;
  /** Command lines of all processes that have to do with this machine. */
  processes(): readonly { readonly pid: number; readonly command: string }[];
}

export const timeout = 30_000;

export function startEmbeddedMachine(options: Partial<EmbeddedClusterOptions> = {}): EmbeddedMachine {
  const directory = mkdtempSync(join(tmpdir(), "srunx emb'd $(x) 日本語-"));
  const stateDir = join(directory, 'state');
  mkdirSync(join(directory, 'work'));
  const opened: Cluster[] = [];
  let batches = 0;
  const connect = (changes: Partial<EmbeddedClusterOptions> = {}): Cluster => {
    const cluster = createEmbeddedCluster({
      stateDir,
      version: '0.0-test',
      runnerCommand: [process.execPath, join(import.meta.dirname, '..', '..', 'src', 'main', 'embedded-runner.ts')],
      runner: { lingerMs: 200, killWaitMs: 500 },
      ...options,
      ...changes,
      env: {
        ...cleanEnvironment(),
        SRUNX_EMBEDDED_CPUS: '4',
        SRUNX_EMBEDDED_GPUS: '2',
        ...options.env,
        ...changes.env,
      },
    });
    opened.push(cluster);
    return cluster;
  };
  const cluster = connect();
  const path = (name: string): string => join(directory, 'work', name);
  const rows = async (jobId: string): Promise<readonly JobObservation[]> =>
    (await cluster.observe({ scope: 'me' })).jobs.filter((row) => matchesJobId(row, jobId));
  /** What there is to know where a test waits in vain. */
  const describe = (seen: readonly JobObservation[]): string => {
    const log = join(stateDir, 'runner.log');
    const states = seen.map(({ jobId, state, reason }) => `${jobId} ${state.raw} ${reason ?? ''}`);
    const processes = machine.processes().map(({ pid, command }) => `${pid} ${command}`);
    return [...states, ...processes, existsSync(log) ? readFileSync(log, 'utf8') : 'no log'].join('\n');
  };
  const machine: EmbeddedMachine = {
    directory,
    stateDir,
    cluster,
    connect,
    path,
    rows,
    batch(name, jobs) {
      const plan = join(directory, name);
      return {
        directory: plan,
        files: jobs.map(({ token, body }) => ({
          path: join(plan, `${token}.sh`),
          content: `#!/bin/sh\n${body}\n`,
          mode: 0o700,
        })),
        submissions: jobs.map(({ body: _body, ...job }) => ({
          script: join(plan, `${job.token}.sh`),
          args: [],
          options: [],
          dependencies: [],
          env: {},
          cwd: join(directory, 'work'),
          ...job,
        })),
      };
    },
    submit(jobs, { name } = {}) {
      batches += 1;
      return cluster.submit(machine.batch(name ?? `plan ${batches}`, jobs));
    },
    async run(body, changes = {}) {
      const token = `job-${batches + 1}`;
      const { outcomes } = await machine.submit([{ token, body, ...changes }]);
      const [outcome] = outcomes.values();
      if (outcome?.kind !== 'submitted') throw new Error(`not submitted: ${JSON.stringify(outcome)}`);
      return outcome.jobId;
    },
    async end(jobId) {
      for (const deadline = performance.now() + timeout; ; ) {
        const seen = await rows(jobId);
        if (seen.length > 0 && seen.every(({ state }) => state.terminal))
          return seen.map(({ state }) => state.raw).join(' ');
        if (performance.now() > deadline) throw new Error(`job ${jobId} goes on: ${describe(seen)}`);
        await sleep(20);
      }
    },
    async until(jobId, condition) {
      let found: JobObservation | undefined;
      const look = async () => {
        found = (await rows(jobId)).find(condition);
        return found !== undefined;
      };
      await expect.poll(look, { timeout, interval: 10 }).toBe(true);
      if (found === undefined) throw new Error('unreachable');
      return found;
    },
    read: (name) => readFileSync(path(name), 'utf8'),
    runner() {
      using db = machine.queue();
      const value = db.prepare(`SELECT value FROM meta WHERE key = 'runner'`).get()?.['value'];
      const runner = value === undefined ? undefined : (JSON.parse(String(value)) as ProcessRef);
      return machine.processes().some(({ pid }) => pid === runner?.pid) ? runner : undefined;
    },
    async killRunner() {
      const runner = machine.runner();
      if (runner !== undefined) kill(runner.pid);
      using lock = openRunnerLock(stateDir);
      await expect.poll(() => lock.isHeld(), { timeout, interval: 1 }).toBe(false);
    },
    queue: () => new DatabaseSync(join(stateDir, 'embedded.db'), { timeout: 5_000 }),
    processes: () => listProcesses().filter(({ command, state }) => command.includes(directory) && state !== 'Z'),
    async [Symbol.asyncDispose]() {
      for (const entry of opened) await entry[Symbol.asyncDispose]();
      for (const { pid } of machine.processes()) kill(pid);
      if (!(await waitUntil(() => machine.processes().length === 0, timeout))) throw new Error('processes are left');
      rmSync(directory, { recursive: true, force: true });
    },
  };
  return machine;
}

/** What the test runner itself sets must not steer the jobs. */
function cleanEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(?:SRUNX|VITEST|SLURM|SBATCH|NODE)_/.test(name)),
  );
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function listProcesses(): { pid: number; command: string; state: string }[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return [{ pid: Number(name), command, state: stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) }];
    } catch {
      // Ended meanwhile.
      return [];
    }
  });
}
