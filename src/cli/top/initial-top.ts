import type { TopState } from './top-state.ts';

type Known = Pick<TopState, 'size' | 'cluster' | 'scope' | 'scopeWords' | 'orders' | 'intervalSeconds' | 'now'>;

/** Before the first look. */
export function initialTop(known: Known): TopState {
  const { size, cluster, scope, scopeWords, orders, intervalSeconds, now } = known;
  return {
    ...{ size, cluster, scope, scopeWords, orders, intervalSeconds, now },
    rows: [],
    sorted: [],
    shown: [],
    counts: [],
    gpus: undefined,
    current: undefined,
    first: 0,
    marks: new Set(),
    order: 0,
    isReversed: false,
    filter: '',
    mode: { kind: 'list' },
    message: undefined,
    busy: undefined,
    isPaused: false,
    pauseMs: (intervalSeconds ?? 5) * 1000,
    takenAt: now,
    failure: undefined,
  };
}
