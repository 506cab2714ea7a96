import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster, SubmissionReport } from '../../src/cluster/cluster.ts';
import { type Edge, parseEdge } from '../../src/core/workflow/graph.ts';
import type { Plan, PlannedJob } from '../../src/core/workflow/plan.ts';
import { compileBatch, tokenOf } from '../../src/engine/compile-batch.ts';
import { describeJobs, type RunDescription } from '../../src/engine/describe-run.ts';
import type { EngineContext } from '../../src/engine/engine-context.ts';
import { importRuns } from '../../src/engine/import-runs.ts';
import { type Look, observeRuns } from '../../src/engine/observe-runs.ts';
import { recoverRuns } from '../../src/engine/recover-runs.ts';
import { createRunId } from '../../src/engine/run-id.ts';
import { startRun } from '../../src/engine/start-run.ts';
import { LocalShell } from '../../src/shell/local-shell.ts';
import { jobsOfRun } from '../../src/store/jobs.ts';
import { openStore } from '../../src/store/open-store.ts';
import { ensureCluster } from '../../src/store/runs.ts';
import { transact } from '../../src/store/transaction.ts';

export interface JobDraft {
  readonly name: string;
  /** A line of POSIX sh. */
  readonly command: string;
  /** `parent`, or `afterany:parent`. */
  readonly after?: readonly string[];
  readonly options?: readonly string[];
  /** Default: it writes a receipt. */
  readonly wrapped?: boolean;
}

/** What one process of srunx is to the engine. It has a store connection of its own, and dies when it is told to. */
export interface Client {
  readonly engine: EngineContext;
  /** As one command does: takes in what is new, finishes what was left, looks once. */
  look(): Promise<Look>;
  start(jobs: readonly JobDraft[]): Promise<string>;
  /** `name`: `state`, or `state: reason`. */
  states(runId: string): Record<string, string>;
  handover(runId: string): string | undefined;
  /** Looks until nothing moves any more. */
  settle(runId: string): Promise<Record<string, string>>;
  /** For the others it is as if the process was killed. */
  die(): void;
}

/** One machine with one database and one root of plan directories. */
export class EngineBench {
  readonly directory = mkdtempSync(join(tmpdir(), 'srunx-engine-'));
  readonly runRoot = join(this.directory, "runs of $(x) 日本'");
  readonly work = join(this.directory, 'work');
  readonly #living = new Set<string>();
  readonly #clients: Client[] = [];
  readonly #connect: () => Promise<Cluster>;
  readonly #env: NodeJS.ProcessEnv;

  constructor(connect: () => Promise<Cluster>, env: NodeJS.ProcessEnv = process.env) {
    this.#connect = connect;
    this.#env = env;
    mkdirSync(this.runRoot);
    mkdirSync(this.work);
  }

  /** Another process of the same machine; `changes` stand between the engine and its cluster. */
  async client(changes: Partial<Cluster> = {}, context: Partial<EngineContext> = {}): Promise<Client> {
    const cluster = { ...(await this.#connect()), ...changes };
    const store = openStore(join(this.directory, 'state', 'srunx.db'));
    const identity = await cluster.identity();
    const clusterId = await transact(store, () => ensureCluster(store, { ...identity, kind: cluster.kind }));
    const holder = `${hostname()}:${this.#clients.length}`;
    this.#living.add(holder);
    const engine: EngineContext = {
      ...{ store, cluster, clusterId, holder, sleep, randomBytes },
      now: Date.now,
      monotonicNow: () => performance.now(),
      isAlive: (name) => this.#living.has(name),
      ...context,
    };
    const shell = new LocalShell({ name: 'local', env: this.#env });
    const bench = this;
    const client: Client = {
      engine,
      async look() {
        await importRuns(engine, { shell, runRoot: bench.runRoot });
        const recovered = await recoverRuns(engine);
        const observed = await observeRuns(engine);
        return { changed: recovered.changed + observed.changed, stale: [...recovered.stale, ...observed.stale] };
      },
      start: async (jobs) => (await bench.begin(client, jobs)).runId,
      states: (runId) =>
        Object.fromEntries(
          jobsOfRun(store, runId).map(({ name, state, reason }) => [name, [state, reason].filter(Boolean).join(': ')]),
        ),
      handover: (runId) => store.db.prepare('SELECT handover FROM run WHERE id = ?').get(runId)?.['handover'] as string,
      async settle(runId) {
        const deadline = performance.now() + 90_000;
        while (jobsOfRun(store, runId).some(({ final }) => !final)) {
          if (performance.now() > deadline) throw new Error(`still open: ${JSON.stringify(client.states(runId))}`);
          await client.look();
          await sleep(100);
        }
        return client.states(runId);
      },
      die: () => void this.#living.delete(holder),
    };
    this.#clients.push(client);
    return client;
  }

  /** Starts a run; the report resolves when the hand-over is over. */
  async begin({ engine }: Client, drafts: readonly JobDraft[]): Promise<{ runId: string; report: SubmissionReport }> {
    const { runId, run } = await this.prepare(engine, drafts);
    return { runId, report: await startRun(engine, run) };
  }

  async prepare(engine: EngineContext, drafts: readonly JobDraft[]) {
    const runId = createRunId(randomBytes);
    const plan = planOf(drafts, this.work);
    const identity = await engine.cluster.identity();
    const description: RunDescription = {
      ...{ version: 1, id: runId, kind: 'workflow', name: 'test', source: null, target: 'local', planHash: plan.hash },
      cluster: { key: identity.key, kind: engine.cluster.kind, name: identity.name },
      createdAt: Date.now(),
      jobs: describeJobs(plan, (ordinal) => tokenOf(runId, ordinal)),
    };
    const text = JSON.stringify(description);
    const directory = `${this.runRoot}/${runId}`;
    const batch = compileBatch(plan, { runId, directory, cwd: this.work, description: text });
    const { kind, name, source, target, createdAt } = description;
    const run = { id: runId, kind, name, source, target, directory, plan: text, createdAt, batch };
    return { runId, run: { ...run, jobNames: plan.jobs.map((job) => job.name) } };
  }

  /** The database is gone, as if somebody had deleted it. */
  forget(): void {
    for (const { engine } of this.#clients.splice(0)) engine.store[Symbol.dispose]();
    this.#living.clear();
    rmSync(join(this.directory, 'state'), { recursive: true });
  }

  async close(): Promise<void> {
    for (const { engine } of this.#clients) {
      if (engine.store.db.isOpen) engine.store[Symbol.dispose]();
      await engine.cluster[Symbol.asyncDispose]();
    }
    rmSync(this.directory, { recursive: true });
  }
}

function planOf(drafts: readonly JobDraft[], work: string): Plan {
  const jobs = drafts.map((draft): PlannedJob => {
    const { name, command, after = [], options = [], wrapped = true } = draft;
    const edges = after.map((text): Edge => parseEdge(text) ?? { type: 'afterok', parent: text });
    const logs = `--output=${work}/%x-%j.log`;
    const script = `#!/bin/sh\n${command}\n`;
    return {
      name,
      kind: 'command',
      edges,
      args: [],
      options: [`--job-name=${name}`, logs, ...options],
      env: {},
      wrapped,
      script,
    };
  });
  const nothing = { skipped: [], satisfied: [], warnings: [], configured: [] };
  return { workflow: { name: 'test', source: 'test.yaml' }, jobs, ...nothing, hash: 'none' };
}

/** A script that runs until the file is there. */
export function waitFor(file: string): string {
  return `while [ ! -e '${file.replaceAll("'", `'\\''`)}' ]; do sleep 0.05; done`;
}
