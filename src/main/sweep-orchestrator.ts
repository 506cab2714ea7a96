import { attachRun } from '../app/attach-run.ts';
import { cancelledAt, markCancelled } from '../app/cancel-mark.ts';
import { drainSweep } from '../app/drain-sweep.ts';
import { followRun, type RunView } from '../app/follow-run.ts';
import { loadWorkflow } from '../app/load-plan.ts';
import { runSweep } from '../app/run-sweep.ts';
import { findSweep } from '../app/sweep-at-hand.ts';
import { type SweepRun, viewSweepRun } from '../app/view-sweep-run.ts';
import { NotFoundError, UsageError } from '../core/errors.ts';
import { transitionsSince } from '../store/jobs.ts';
import { findRun } from '../store/runs.ts';
import { createAppContext } from './create-app-context.ts';
import { tellChanges, tellEach } from './sweep-callbacks.ts';
import { requestOf, type SweepOrchestratorOptions } from './sweep-orchestrator-options.ts';

/**
 * A sweep from its declaration to its end. Each instance is for one sweep, closes itself at its end, and does not mind others in the same
 * process. The cells run on the cluster: if this process ends, they go on, and any other can {@link SweepOrchestrator.resume} the sweep.
 */
export class SweepOrchestrator implements AsyncDisposable {
  /** Of this process, by the ids of their sweeps. */
  static readonly #active = new Map<string, SweepOrchestrator>();
  static #instances = 0;

  readonly #options: SweepOrchestratorOptions;
  readonly #stop = new AbortController();
  readonly #gate = Promise.withResolvers<void>();
  readonly #app: ReturnType<typeof createAppContext>;
  #id: string | undefined;
  #materialized: Promise<string> | undefined;
  #handover: Promise<unknown> | undefined;
  #driven: Promise<SweepRun> | undefined;
  #cancelling: Promise<void> | undefined;
  #cancelRequestedAt: number | undefined;
  #isOver = false;

  constructor(options: SweepOrchestratorOptions) {
    this.#options = options;
    const signals = [this.#stop.signal, ...(options.signal === undefined ? [] : [options.signal])];
    const app = createAppContext(AbortSignal.any(signals));
    // Others in this process must not take what this one has in hand.
    SweepOrchestrator.#instances += 1;
    this.#app = { ...app, holder: `${app.holder}#${SweepOrchestrator.#instances}` };
  }

  /** The instance of this process that has the sweep in hand, from its record to its end. */
  static getActiveOrchestrator(sweepRunId: string): SweepOrchestrator | undefined {
    return SweepOrchestrator.#active.get(sweepRunId);
  }

  /**
   * Ends every cell of which no job has begun, of any sweep that can be found here, and returns how many those are. Other than
   * {@link requestCancel}, it is not remembered as the wish of somebody: failed cells still make the sweep `failed`.
   */
  static async drainPendingCells(
    sweepRunId: string,
    { signal = new AbortController().signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<number> {
    const live = SweepOrchestrator.#active.get(sweepRunId);
    if (live !== undefined) return (await drainSweep(live.#app, sweepRunId)).cells;
    await using app = createAppContext(signal);
    return (await drainSweep(app, sweepRunId)).cells;
  }

  /**
   * Expands, checks and plans all cells and records them; returns the id of the sweep. Nothing is submitted before
   * {@link runMaterialized}; but if this process ends before that, the next srunx that looks goes on with it.
   */
  materialize(): Promise<string> {
    this.#materialized ??= this.#materialize().catch(async (error: unknown) => {
      await this.#close();
      throw error;
    });
    return this.#materialized;
  }

  /** Hands a materialized sweep over and follows it to its end. */
  async runMaterialized(): Promise<SweepRun> {
    const runId = this.#requireId();
    this.#driven ??= this.#toEnd(async () => {
      const { target, intervalSeconds, callbacks = [] } = this.#options;
      this.#gate.resolve();
      await this.#handover;
      const onSilence = (message: string) => tellEach(callbacks, (one) => one.onSilence?.(message));
      return { runId, views: followRun(this.#app, { runId, target, intervalSeconds, onSilence }) };
    });
    return this.#driven;
  }

  /** Both of them. Fulfilled at the end of the sweep, however it ended: see `status`. */
  async run(): Promise<SweepRun> {
    await this.materialize();
    return this.runMaterialized();
  }

  /** Follows a sweep that was recorded before, by whatever process, to its end; brings a hand-over that broke off to its end first. */
  async resume(sweepRunId: string): Promise<SweepRun> {
    if (this.#materialized !== undefined) {
      throw new UsageError('this orchestrator has a sweep of its own', {
        code: 'sweep.materialized',
        hint: 'Make another one to resume a sweep.',
      });
    }
    this.#driven ??= this.#toEnd(async () => {
      const { intervalSeconds, callbacks = [] } = this.#options;
      const row = await findSweep(this.#app, sweepRunId);
      this.#register(row.id);
      this.#cancelRequestedAt = await cancelledAt(this.#app, row);
      const known = transitionsSince(await this.#app.store(), { runId: row.id, seq: 0 }).at(-1)?.seq;
      const onSilence = (message: string) => tellEach(callbacks, (one) => one.onSilence?.(message));
      const request = { word: row.id, intervalSeconds, onFound: () => undefined, onSilence };
      return { runId: row.id, views: attachRun(this.#app, request), known };
    });
    return this.#driven;
  }

  /**
   * Cells of which no job has begun do not begin any more; those that run go on. Then the sweep ends as `cancelled`, whatever they come
   * to. A second call changes nothing, nor does one after the end.
   */
  async requestCancel(): Promise<void> {
    if (this.#isOver || this.#cancelRequestedAt !== undefined) return;
    this.#cancelling ??= this.#cancel().finally(() => {
      this.#cancelling = undefined;
    });
    await this.#cancelling;
  }

  /** Stops following and closes what is open; a sweep that was handed over goes on. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled([this.#materialized, this.#driven]);
    await this.#close();
  }

  async #materialize(): Promise<string> {
    const { target, submissionSource = 'library' } = this.#options;
    const { kind, plan, placed } = await loadWorkflow(this.#app, requestOf(this.#options));
    if (kind !== 'sweep') {
      throw new UsageError('the workflow is no sweep: neither it nor `sweepSpec` has an axis', {
        code: 'sweep.none',
        hint: 'Give `sweepSpec: { matrix: { NAME: [VALUES] }, maxParallel: 4 }`.',
      });
    }
    const recorded = Promise.withResolvers<string>();
    this.#handover = runSweep(this.#app, {
      ...{ plan, target, sending: { placed } },
      through: submissionSource === 'cli' ? undefined : submissionSource,
      onRecorded: (runId) => this.#register(runId),
      beforeSubmission: () => {
        recorded.resolve(this.#requireId());
        return orAborted(this.#gate.promise, this.#app.signal);
      },
    });
    this.#handover.catch(recorded.reject);
    return recorded.promise;
  }

  async #toEnd(begin: () => Promise<Following>): Promise<SweepRun> {
    try {
      const { runId, views, known = 0 } = await begin();
      const { callbacks = [] } = this.#options;
      let last: RunView['run'] | undefined;
      let status: SweepRun['status'] | undefined;
      const tell = (sweep: SweepRun): SweepRun => {
        if (sweep.status !== status) tellEach(callbacks, (one) => one.onSweepStatus?.(sweep));
        status = sweep.status;
        return sweep;
      };
      for await (const { run, changes } of views) {
        tellChanges(callbacks, { runId, changes: changes.filter(({ seq }) => seq > known) });
        last = run;
        this.#isOver = run.jobs.every(({ final }) => final);
        // How it has ended is known when a cancellation under way is.
        if (!this.#isOver) tell(await this.#view(run));
      }
      await Promise.allSettled([this.#cancelling]);
      if (last === undefined) throw gone(runId);
      return tell(await this.#view(last));
    } finally {
      await this.#close();
    }
  }

  async #view(run: RunView['run']): Promise<SweepRun> {
    const row = findRun(await this.#app.store(), run.id);
    if (row === undefined) throw gone(run.id);
    return viewSweepRun(row, { run, cancelRequestedAt: this.#cancelRequestedAt });
  }

  async #cancel(): Promise<void> {
    await this.#materialized;
    const id = this.#requireId();
    const at = this.#app.now();
    const { wasOver } = await drainSweep(this.#app, id);
    if (wasOver) return;
    this.#cancelRequestedAt = at;
    await markCancelled(this.#app, await findSweep(this.#app, id), at);
  }

  #register(id: string): void {
    this.#id = id;
    if (!SweepOrchestrator.#active.has(id)) SweepOrchestrator.#active.set(id, this);
  }

  #requireId(): string {
    if (this.#id !== undefined) return this.#id;
    throw new UsageError('there is no sweep yet', {
      code: 'sweep.not_materialized',
      hint: 'Call materialize() first.',
    });
  }

  async #close(): Promise<void> {
    const id = this.#id ?? '';
    if (SweepOrchestrator.#active.get(id) === this) SweepOrchestrator.#active.delete(id);
    this.#stop.abort();
    await Promise.allSettled([this.#handover, this.#cancelling]);
    await this.#app[Symbol.asyncDispose]();
  }
}

interface Following {
  readonly runId: string;
  readonly views: AsyncIterable<RunView>;
  /** What was recorded up to here is no news. */
  readonly known?: number | undefined;
}

function orAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise: aborted, reject } = Promise.withResolvers<void>();
  const onAbort = () => reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener('abort', onAbort));
}

function gone(id: string): NotFoundError {
  return new NotFoundError(`sweep ${id} is not known any more`, {
    code: 'run.not_found',
    hint: 'It was pruned while it was followed.',
  });
}
