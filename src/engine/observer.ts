import {
  acquireLease,
  holdsLease,
  type Lease,
  type LeaseRow,
  readLease,
  releaseLease,
  renewLease,
} from '../store/leases.ts';
import { type EngineContext, mayReplaceDead } from './engine-context.ts';
import { type Look, observeRuns } from './observe-runs.ts';
import { recoverRuns } from './recover-runs.ts';

export interface Observer extends AsyncDisposable {
  /** One look at the cluster; `undefined` where another process of this host is the one that looks. */
  look(): Promise<Look | undefined>;
}

/** How often a holder shows that it lives; a look at a slow cluster may take longer. */
const beatMs = 10_000;

/** A holder that has missed this much hangs: stopped by a signal, say. */
const standstillMs = 45_000;

/** Looks again and again, under the lease that makes sure that one process per host and cluster does. */
export function createObserver(context: EngineContext): Observer {
  const { store, holder, clusterId } = context;
  const name = `observe:${clusterId}`;
  const mayReplace = createStandstillWatch(context);
  let lease: Lease | undefined;
  const beat = setInterval(() => {
    // Whatever is wrong with the store, the next look will say it.
    if (lease !== undefined) renewLease(store, lease).catch(() => undefined);
  }, beatMs).unref();
  return {
    async look() {
      if (lease !== undefined && !holdsLease(store, lease)) lease = undefined;
      if (lease === undefined) {
        // Without a transaction first: those who wait should not be in the way of the one who writes.
        const current = readLease(store, name);
        if (current !== undefined && current.holder !== '' && !mayReplace(current)) return undefined;
        lease = await acquireLease(store, { name, holder, mayReplace });
        if (lease === undefined) return undefined;
      }
      const recovered = await recoverRuns(context, lease);
      const { changed, stale } = await observeRuns(context, lease);
      return { changed: changed + recovered.changed, stale: [...recovered.stale, ...stale] };
    },
    async [Symbol.asyncDispose]() {
      clearInterval(beat);
      if (lease !== undefined) await releaseLease(store, lease);
    },
  };
}

/** A lease may be taken from a holder that is dead, or whose counter stood still for long on our own clock. */
function createStandstillWatch(context: EngineContext): (current: LeaseRow) => boolean {
  const isDead = mayReplaceDead(context);
  let seen: { readonly key: string; readonly at: number } | undefined;
  return (current) => {
    const key = `${current.fence}:${current.beat}`;
    if (seen?.key !== key) seen = { key, at: context.monotonicNow() };
    return isDead(current) || context.monotonicNow() - seen.at > standstillMs;
  };
}
