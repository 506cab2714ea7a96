import type { AppContext } from '../../app/app-context.ts';
import type { QueueFilter } from '../../app/list-queue.ts';
import { pauseBeforeLook } from '../../app/pause-before-look.ts';
import { createQueueLooks, type QueueLook } from '../../app/queue-looks.ts';
import { takeTurn } from '../../app/take-turn.ts';
import { BugError } from '../../core/errors.ts';
import { knownError } from './act-on-jobs.ts';
import { lookPauseMs } from './look-pace.ts';
import type { TopScope, TopState } from './top-state.ts';

export interface LookerOptions {
  readonly filters: Readonly<Record<TopScope, QueueFilter>>;
  readonly scope: TopScope;
}

/** Looks at the queue, never twice at the same time. */
export interface Looker {
  /** The first look; what goes wrong with it is thrown. */
  first(): Promise<QueueLook>;
  /** Goes on looking until the context ends. */
  keepLooking(hooks: LookHooks): Promise<never>;
  /** Another scope, at once. */
  setScope(scope: TopScope): void;
  /** As soon as may be; otherwise only thinks anew how long to wait. */
  nudge(what: 'look' | 'wait'): void;
}

export interface LookHooks {
  readonly state: () => TopState;
  readonly onLook: (look: QueueLook, isFirst: boolean) => void;
  readonly onFailure: (message: string) => void;
  /** A look is due in so many milliseconds. */
  readonly onPause: (pauseMs: number) => void;
}

/** Nobody sees more than one change a second. */
const shortestMs = 1_000;

export function createLooker(app: AppContext, { filters, scope }: LookerOptions): Looker {
  const asker = createAsker(app, filters, scope);
  const nudge = createNudge();
  const { target } = filters[scope];
  let failures = 0;
  let quietLooks = 0;
  const lookOnce = async (hooks: LookHooks) => {
    try {
      const answer = await asker.ask();
      failures = 0;
      if (answer === undefined) return;
      hooks.onLook(answer.look, answer.isFirst);
      quietLooks = isQuiet(hooks.state()) ? quietLooks + 1 : 0;
    } catch (error) {
      hooks.onFailure(faultOf(error));
      failures += 1;
    }
  };
  const wait = async (hooks: LookHooks) => {
    for (;;) {
      const { isPaused, intervalSeconds, mode } = hooks.state();
      const { looks, lookedAt, tookMs } = asker.past();
      const cluster = await app.cluster(target);
      const usualMs = await pauseBeforeLook(app, { cluster, intervalSeconds, looks, quietLooks });
      const pauseMs = lookPauseMs({ usualMs: Math.max(usualMs, shortestMs), tookMs, failures });
      hooks.onPause(pauseMs);
      // Over a log nobody sees the queue.
      const isStill = isPaused || (mode.kind === 'pager' && mode.pager.what === 'log');
      const leftMs = lookedAt + pauseMs - app.monotonicNow();
      const time = isStill ? [] : [app.sleep(Math.max(0, leftMs))];
      if ((await nudge.before(time)) !== 'wait') return;
    }
  };
  return {
    async first() {
      const answer = await asker.ask();
      if (answer === undefined) throw new BugError('the first look was given up', { code: 'bug.unreachable' });
      return answer.look;
    },
    async keepLooking(hooks) {
      for (;;) {
        await wait(hooks);
        await takeTurn(app, target);
        await lookOnce(hooks);
      }
    },
    setScope(next) {
      asker.setScope(next);
      nudge.give('look');
    },
    nudge: nudge.give,
  };
}

interface Asker {
  /** `undefined`: meanwhile somebody wanted other jobs. */
  ask(): Promise<{ readonly look: QueueLook; readonly isFirst: boolean } | undefined>;
  setScope(scope: TopScope): void;
  past(): { readonly looks: number; readonly lookedAt: number; readonly tookMs: number };
}

function createAsker(app: AppContext, filters: LookerOptions['filters'], scope: TopScope): Asker {
  const question = (of: TopScope) => ({ ask: createQueueLooks(app, filters[of]), isFirst: true });
  let current = question(scope);
  let past = { looks: 0, lookedAt: 0, tookMs: 0 };
  return {
    async ask() {
      const asked = current;
      const startedAt = app.monotonicNow();
      try {
        const look = await asked.ask();
        const { isFirst } = asked;
        asked.isFirst = false;
        return asked === current ? { look, isFirst } : undefined;
      } finally {
        const lookedAt = app.monotonicNow();
        past = { looks: past.looks + 1, lookedAt, tookMs: lookedAt - startedAt };
      }
    },
    setScope(next) {
      current = question(next);
    },
    past: () => past,
  };
}

interface Nudge {
  give(what: 'look' | 'wait'): void;
  /** What was given, also before this was called; `undefined`: nothing until the time was over. A wish for a look outweighs the other. */
  before(time: readonly Promise<void>[]): Promise<'look' | 'wait' | undefined>;
}

function createNudge(): Nudge {
  let given: 'look' | 'wait' | undefined;
  let bell = Promise.withResolvers<void>();
  return {
    give(what) {
      if (given !== 'look') given = what;
      bell.resolve();
    },
    async before(time) {
      await Promise.race([bell.promise, ...time]);
      const what = given;
      given = undefined;
      bell = Promise.withResolvers();
      return what;
    },
  };
}

/** What to do about it is done anyway: it asks again. */
function faultOf(error: unknown): string {
  const { message, detail = '' } = knownError(error);
  return detail === '' ? message : `${message}: ${detail}`;
}

function isQuiet({ rows }: TopState): boolean {
  return rows.every(({ news, gone }) => news === undefined && gone !== 0);
}
