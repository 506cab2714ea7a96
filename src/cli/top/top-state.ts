import type { GpuUse, QueueLook } from '../../app/queue-looks.ts';
import type { Pager } from './pager.ts';
import type { Key } from './parse-keys.ts';
import type { TopRow } from './top-rows.ts';
import type { SortOrder } from './top-sort.ts';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** What can be done to jobs from the screen. */
export type TopVerb = 'cancel' | 'hold' | 'release' | 'requeue';

export interface NamedJob {
  readonly jobId: string;
  readonly name: string;
}

/** What the keys are for at the moment. */
export type TopMode =
  | { readonly kind: 'list' }
  /** A filter is being typed; `before` is the one that Esc goes back to. */
  | { readonly kind: 'filter'; readonly before: string }
  /** `y` does it, everything else does not. */
  | { readonly kind: 'question'; readonly verb: TopVerb; readonly jobs: readonly NamedJob[] }
  | { readonly kind: 'pager'; readonly pager: Pager };

/** Whose jobs: as the command was called, or everybody's. */
export type TopScope = 'own' | 'all';

export interface Message {
  readonly text: string;
  readonly isFailure: boolean;
}

/** All that is on the screen. */
export interface TopState {
  readonly size: Size;
  readonly cluster: string;
  readonly scope: TopScope;
  /** What each scope is called. */
  readonly scopeWords: Readonly<Record<TopScope, string>>;
  /** Every row in the order of the queue; the same sorted; what the filter leaves of those. */
  readonly rows: readonly TopRow[];
  readonly sorted: readonly TopRow[];
  readonly shown: readonly TopRow[];
  /** How many jobs are in each state, tasks one by one. */
  readonly counts: readonly StateCount[];
  readonly gpus: GpuUse | undefined;
  /** The key of the row that is selected; `undefined` where none is shown. */
  readonly current: string | undefined;
  /** The first row on the screen. */
  readonly first: number;
  readonly marks: ReadonlySet<string>;
  readonly orders: readonly SortOrder[];
  readonly order: number;
  readonly isReversed: boolean;
  readonly filter: string;
  readonly mode: TopMode;
  readonly message: Message | undefined;
  /** What is being done, until it is known what became of it. */
  readonly busy: string | undefined;
  readonly isPaused: boolean;
  /** As the user wants it; `undefined`: as the cluster permits. */
  readonly intervalSeconds: number | undefined;
  readonly pauseMs: number;
  /** Epoch milliseconds: now, and when what is shown was so. */
  readonly now: number;
  readonly takenAt: number;
  readonly failure: LookFailure | undefined;
}

export interface StateCount {
  readonly status: TopRow['job']['state']['status'];
  readonly count: number;
}

export interface LookFailure {
  readonly message: string;
  readonly retryAt: number;
}

export type TopEvent =
  | { readonly kind: 'key'; readonly key: Key }
  | { readonly kind: 'resize'; readonly size: Size }
  | { readonly kind: 'tick'; readonly now: number }
  /** `isFirst`: of this scope, so that nothing in it is news. */
  | { readonly kind: 'look'; readonly look: QueueLook; readonly now: number; readonly isFirst: boolean }
  | { readonly kind: 'failed'; readonly message: string; readonly now: number }
  /** So long until the next look. */
  | { readonly kind: 'pause'; readonly pauseMs: number; readonly now: number }
  | { readonly kind: 'acted'; readonly message: Message }
  /** What a pager that was opened shows; ignored where it has been closed. */
  | { readonly kind: 'page'; readonly jobId: string; readonly lines: readonly string[]; readonly remark: string };

/** What is to be done outside, as a consequence of an event. `wait`: how long until the next look is to be thought about anew. */
export type TopEffect =
  | { readonly kind: 'quit' | 'interrupt' | 'suspend' | 'redraw' | 'wait' | 'close' }
  | { readonly kind: 'scope'; readonly scope: TopScope }
  | { readonly kind: 'act'; readonly verb: TopVerb; readonly jobIds: readonly string[] }
  | { readonly kind: 'details' | 'log'; readonly jobId: string };

export interface TopStep {
  readonly state: TopState;
  readonly effects: readonly TopEffect[];
}
