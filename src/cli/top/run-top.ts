import type { AppContext, TargetName } from '../../app/app-context.ts';
import { namesOfJobs, rememberNames } from '../../app/name-cache.ts';
import type { QueueLook } from '../../app/queue-looks.ts';
import { exitCodes } from '../../core/errors.ts';
import type { CommandContext } from '../define-command.ts';
import type { Screen } from '../screen.ts';
import { signsFor, unicodeSigns } from '../signs.ts';
import { printable } from '../table.ts';
import { actOnJobs } from './act-on-jobs.ts';
import { initialTop } from './initial-top.ts';
import { createLooker, type Looker, type LookerOptions } from './keep-looking.ts';
import type { TopColumns } from './top-fields.ts';
import { detailsPage, logPages } from './top-pages.ts';
import { createStage, type Stage } from './top-stage.ts';
import type { Message, TopEffect, TopState } from './top-state.ts';
import { stepTop } from './top-step.ts';
import { createTopView } from './top-view.ts';

export interface TopRequest extends LookerOptions, TopColumns {
  readonly target: TargetName;
  readonly scopeWords: TopState['scopeWords'];
  readonly intervalSeconds: number | undefined;
}

/** Until the user quits. The terminal stays as it is until there is something to show: then a cluster that is not there is an error as usual. */
export async function runTop(
  request: TopRequest,
  { context, openScreen }: { readonly context: CommandContext; readonly openScreen: () => Screen },
): Promise<number> {
  const end = new AbortController();
  const app = stoppable(context.app, end.signal);
  const looker = createLooker(app, request);
  const cluster = await app.cluster(request.target);
  const [{ name }, look] = await Promise.all([cluster.identity(app.signal), looker.first()]);
  rememberNames(app, namesOfJobs(look.jobs, request.target));
  const colour = context.out.terminal?.colour === true;
  try {
    const last = await perform(request, { app, looker, cluster: name, look, colour, openScreen });
    if (last !== undefined) context.out.note(`srunx: ${printable(last.text)}`);
    return last?.isFailure === true ? exitCodes.partial : exitCodes.success;
  } finally {
    end.abort();
  }
}

interface Performance {
  readonly app: AppContext;
  readonly looker: Looker;
  readonly cluster: string;
  readonly look: QueueLook;
  readonly colour: boolean;
  readonly openScreen: () => Screen;
}

/**
 * Everything that goes on while the screen is there. What fails unexpectedly ends it. Returns what became of the last thing that
 * was done, where that was known only after somebody wanted to quit.
 */
async function perform(
  request: TopRequest,
  { app, looker, cluster, look, colour, openScreen }: Performance,
): Promise<Message | undefined> {
  using screen = openScreen();
  const over = Promise.withResolvers<Message | undefined>();
  const fail = (error: unknown) => over.reject(error);
  app.signal.addEventListener('abort', () => fail(app.signal.reason), { once: true });
  const empty = initialTop({ ...request, cluster, size: screen.size(), now: app.now() });
  const { state } = stepTop(empty, { kind: 'look', look, now: app.now(), isFirst: true });
  const view = createTopView({ columns: request.columns, colour, unicode: signsFor(app.env) === unicodeSigns });
  const onEffect = createEffects({ app, screen, looker, target: request.target, over, stage: () => stage });
  using stage: Stage = createStage({ screen, view, state, onEffect });
  keepClock(app, stage).catch(fail);
  looker
    .keepLooking({
      state: stage.state,
      onLook: (news, isFirst) => stage.dispatch({ kind: 'look', look: news, now: app.now(), isFirst }),
      onFailure: (message) => stage.dispatch({ kind: 'failed', message, now: app.now() }),
      onPause: (pauseMs) => stage.dispatch({ kind: 'pause', pauseMs, now: app.now() }),
    })
    .catch(fail);
  return await over.promise;
}

/** The time and the age of the data go on. */
async function keepClock(app: AppContext, stage: Stage): Promise<never> {
  for (;;) {
    await app.sleep(1_000 - (app.now() % 1_000));
    stage.dispatch({ kind: 'tick', now: app.now() });
  }
}

interface Surroundings extends Pick<Performance, 'app' | 'looker'> {
  readonly screen: Screen;
  readonly target: TargetName;
  readonly over: PromiseWithResolvers<Message | undefined>;
  readonly stage: () => Stage;
}

/** Does what follows from a key. */
function createEffects({ app, screen, looker, target, over, stage }: Surroundings): (effect: TopEffect) => void {
  let page = new AbortController();
  let deed: Promise<Message> | undefined;
  const open = (show: (app: AppContext) => Promise<void>) => {
    page.abort();
    const own = new AbortController();
    page = own;
    show(stoppable(app, own.signal)).catch((error: unknown) => {
      if (!own.signal.aborted) over.reject(error);
    });
  };
  const act = async (doing: Promise<Message>) => {
    deed = doing;
    const message = await doing;
    deed = undefined;
    stage().dispatch({ kind: 'acted', message });
    looker.nudge('look');
  };
  return (effect) => {
    switch (effect.kind) {
      case 'quit':
        // What was begun is not left half done, and its outcome not untold.
        return void (deed ?? Promise.resolve(undefined)).then(over.resolve, over.reject);
      case 'interrupt':
        return screen.interrupt();
      case 'suspend':
        return screen.suspend();
      case 'redraw':
        stage().redraw();
        return looker.nudge('look');
      case 'wait':
        return looker.nudge('wait');
      case 'scope':
        return looker.setScope(effect.scope);
      case 'close':
        page.abort();
        return looker.nudge('wait');
      case 'act':
        return void act(actOnJobs(app, { ...effect, target })).catch(over.reject);
      case 'details':
        return open(async (own) => stage().dispatch(await detailsPage(own, { ...effect, target })));
      case 'log':
        return open(async (own) => {
          for await (const news of logPages(own, { ...effect, target })) stage().dispatch(news);
        });
    }
  };
}

/** The same context, which also ends with another signal. */
function stoppable(app: AppContext, signal: AbortSignal): AppContext {
  const both = AbortSignal.any([app.signal, signal]);
  const stopped = new Promise<never>((_, reject) => {
    both.addEventListener('abort', () => reject(both.reason), { once: true });
  });
  // Whoever waits hears of it.
  stopped.catch(() => undefined);
  return { ...app, signal: both, sleep: (ms) => Promise.race([app.sleep(ms), stopped]) };
}
