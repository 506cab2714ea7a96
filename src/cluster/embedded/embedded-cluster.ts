import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { UsageError } from '../../core/errors.ts';
import { accountName } from '../../shell/account-name.ts';
import { LocalShell } from '../../shell/local-shell.ts';
import type { Cluster, ClusterIdentity } from '../cluster.ts';
import { readReceipts } from '../slurm/read-receipts.ts';
import { cancelJobs } from './cancel-jobs.ts';
import { controlJobs } from './control-jobs.ts';
import { isStorageTrouble, openQueue, openQueueReadOnly, type QueueDatabase, query } from './database.ts';
import type { EmbeddedContext } from './embedded-context.ts';
import { ensureRunner, type RunnerOptions, wakeRunner } from './ensure-runner.ts';
import { inspectBatch } from './inspect-batch.ts';
import { describeMachine } from './machine-info.ts';
import { createQueueReader, minJobAgeSeconds, queryRecords } from './observe-queue.ts';
import { maxArraySize } from './prepare-job.ts';
import { readMeta } from './rows.ts';
import { openRunnerLock, type RunnerLock } from './runner-lock.ts';
import { resumeBatch, submitBatch, withdrawBatch } from './submit-batch.ts';

export interface EmbeddedClusterOptions {
  /** Holds the queue and the runner's files; made where it is missing. */
  readonly stateDir: string;
  /** Becomes the environment of jobs, and of the runner. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Starts the runner; see `src/main/embedded-runner.ts`. */
  readonly runnerCommand: readonly [string, ...string[]];
  /** Of srunx. */
  readonly version: string;
  readonly runner?: RunnerOptions;
}

/**
 * This machine as a cluster, without Slurm. The queue is a database; a runner process, started on demand, works on it. Every
 * call that reads or changes the queue makes sure that one lives as long as there is work.
 */
export function createEmbeddedCluster(options: EmbeddedClusterOptions): Cluster {
  const context = createContext(options);
  const reader = createQueueReader(context);
  const control = (kind: 'hold' | 'release' | 'requeue') => (jobIds: readonly string[], signal?: AbortSignal) =>
    controlJobs(context, { kind, jobIds, signal });
  return {
    kind: 'embedded',
    target: 'embedded',
    identity: async () => identityOf(context.user),
    capabilities: async () => ({ version: options.version, accounting: true, minJobAgeSeconds, maxArraySize }),
    submit: (batch, submit) => submitBatch(context, batch, submit),
    inspectSubmission: (batch) => inspectBatch(context, batch),
    resumeSubmission: (batch, submit) => resumeBatch(context, batch, submit),
    withdraw: (batch) => withdrawBatch(context, batch),
    async observe({ scope, signal }) {
      signal?.throwIfAborted();
      return reader.snapshot(scope);
    },
    accounting: (query) => queryRecords(context, query),
    receipts: (directories, signal) => readReceipts(context.shell, directories, signal),
    cancel: (request) => cancelJobs(context, request),
    requeue: control('requeue'),
    hold: control('hold'),
    release: control('release'),
    inventory: async ({ words = [] } = {}) => {
      if (words.length > 0) throw noSlurmWords();
      return describeMachine(context);
    },
    readLog: ({ path, offset, maxBytes, signal }) => context.shell.readFile({ path, offset, maxBytes, signal }),
    [Symbol.asyncDispose]: () => context[Symbol.asyncDispose](),
  };
}

function noSlurmWords(): UsageError {
  return new UsageError('--slurm-arg has no effect on embedded, which has no Slurm', {
    code: 'usage.slurm_arg',
    hint: 'Leave it out, or use --local or --profile.',
  });
}

function createContext({
  stateDir,
  env,
  runnerCommand,
  runner = {},
}: EmbeddedClusterOptions): EmbeddedContext & AsyncDisposable {
  const shell = new LocalShell({ name: 'embedded', env });
  let queue: QueueDatabase | undefined;
  let readOnly: QueueDatabase | undefined;
  let lock: RunnerLock | undefined;
  const open = (): QueueDatabase => {
    queue ??= openQueue(stateDir);
    return queue;
  };
  /** What is there can be read on a full or write-protected disk, too. */
  const openForReading = (): QueueDatabase => {
    try {
      return open();
    } catch (error) {
      if (!isStorageTrouble(error)) throw error;
      readOnly ??= openQueueReadOnly(stateDir);
      return readOnly;
    }
  };
  const openLock = (): RunnerLock => {
    lock ??= openRunnerLock(stateDir);
    return lock;
  };
  const ensure = async (): Promise<void> => {
    const servedBy = (): Promise<string | undefined> => query(open(), () => readMeta(open().db, 'runner'));
    await ensureRunner(openLock(), { stateDir, env, command: runnerCommand, options: runner, servedBy });
  };
  return {
    stateDir,
    env,
    user: accountName(),
    shell,
    queue: open,
    queueForReading: openForReading,
    hasRunner: () => openLock().isHeld(),
    ensureRunner: ensure,
    async notifyRunner() {
      wakeRunner(stateDir);
      await ensure();
    },
    async [Symbol.asyncDispose]() {
      lock?.[Symbol.dispose]();
      queue?.[Symbol.dispose]();
      readOnly?.[Symbol.dispose]();
      lock = queue = readOnly = undefined;
      await shell[Symbol.asyncDispose]();
    },
  };
}

/** The same for every queue of this machine. The machine's own id is to stay on it, so only a hash of it is shown. */
function identityOf(user: string): ClusterIdentity {
  const id = createHash('sha256').update(`srunx:${machineId()}`).digest('hex').slice(0, 16);
  return { key: `embedded:${id}`, name: hostname(), user };
}

function machineId(): string {
  for (const path of ['/etc/machine-id', '/var/lib/dbus/machine-id']) {
    try {
      const id = readFileSync(path, 'utf8').trim();
      if (id !== '') return id;
    } catch {
      // Not every system has it: the name has to do.
    }
  }
  return hostname();
}
