import { countOf } from '../../core/count-of.ts';
import { parseJobId } from '../../core/slurm/job-id.ts';
import { helpLines } from './help-lines.ts';
import { openPager, type Pager } from './pager.ts';
import type { Key } from './parse-keys.ts';
import { layOut } from './top-areas.ts';
import type { TopRow } from './top-rows.ts';
import type { NamedJob, TopEffect, TopMode, TopState, TopStep, TopVerb } from './top-state.ts';

type Action = (state: TopState) => TopStep;

/** What the keys do where the jobs are shown. */
export function pressInList(state: TopState, key: Key): TopStep {
  return (Object.hasOwn(actions, key) ? actions[key] : undefined)?.(state) ?? stay(state);
}

const actions: Readonly<Record<Key, Action>> = {
  q: (state) => quit(state),
  up: (state) => move(state, -1),
  k: (state) => move(state, -1),
  down: (state) => move(state, 1),
  j: (state) => move(state, 1),
  pageup: (state) => move(state, -Math.max(1, layOut(state).body - 1)),
  pagedown: (state) => move(state, Math.max(1, layOut(state).body - 1)),
  home: (state) => move(state, Number.NEGATIVE_INFINITY),
  g: (state) => move(state, Number.NEGATIVE_INFINITY),
  end: (state) => move(state, Number.POSITIVE_INFINITY),
  G: (state) => move(state, Number.POSITIVE_INFINITY),
  ' ': (state) => move(toggleMark(state), 1),
  escape: (state) => stay({ ...state, marks: new Set(), filter: '' }),
  '/': (state) => stay({ ...state, mode: { kind: 'filter', before: state.filter } }),
  s: (state) => sortBy(state, (state.order + 1) % state.orders.length),
  r: (state) => say({ ...state, isReversed: !state.isReversed }, state.isReversed ? 'as usual' : 'reversed'),
  c: (state) => ask(state, 'cancel'),
  R: (state) => ask(state, 'requeue'),
  h: (state) => act(state, 'hold'),
  l: (state) => act(state, 'release'),
  u: (state) => act(state, 'release'),
  enter: (state) => showDetails(state),
  i: (state) => showDetails(state),
  t: (state) => showLog(state),
  a: (state) => changeScope(state),
  p: (state) => ({ state: { ...state, isPaused: !state.isPaused }, effects: [{ kind: 'wait' }] }),
  '+': (state) => changeInterval(state, 1),
  '=': (state) => changeInterval(state, 1),
  '-': (state) => changeInterval(state, -1),
  '?': (state) => open(state, { what: 'help', jobId: '', lines: helpLines, remark: '' }),
};

/** What is being done is waited for. */
function quit({ busy, ...state }: TopState): TopStep {
  return stay({ ...state, busy: busy === undefined ? undefined : `${busy}; quits then` }, { kind: 'quit' });
}

function stay(state: TopState, ...effects: readonly TopEffect[]): TopStep {
  return { state, effects };
}

function say(state: TopState, text: string, ...effects: readonly TopEffect[]): TopStep {
  return stay({ ...state, message: { text, isFailure: false } }, ...effects);
}

function move(state: TopState, by: number): TopStep {
  const { shown, current } = state;
  const at = shown.findIndex(({ key }) => key === current);
  const next = Math.max(0, Math.min(at + by, shown.length - 1));
  return stay({ ...state, current: shown[next]?.key });
}

function toggleMark(state: TopState): TopState {
  const { current } = state;
  if (current === undefined) return state;
  const marks = new Set(state.marks);
  if (!marks.delete(current)) marks.add(current);
  return { ...state, marks };
}

function sortBy(state: TopState, order: number): TopStep {
  return say({ ...state, order, isReversed: false }, `sorted by ${state.orders[order]?.title ?? ''}`);
}

function currentRow({ shown, current }: TopState): TopRow | undefined {
  return shown.find(({ key }) => key === current);
}

/** The marked jobs, in the order of the screen; without any, the selected one. */
function targets(state: TopState): readonly NamedJob[] {
  const { marks, sorted } = state;
  const current = currentRow(state);
  const rows = marks.size > 0 ? sorted.filter(({ key }) => marks.has(key)) : current === undefined ? [] : [current];
  return rows.map(({ job: { jobId, name } }) => ({ jobId, name }));
}

function ask(state: TopState, verb: TopVerb): TopStep {
  const jobs = targets(state);
  if (state.busy !== undefined || jobs.length === 0) return refuse(state);
  return stay({ ...state, mode: { kind: 'question', verb, jobs } });
}

function act(state: TopState, verb: TopVerb): TopStep {
  const jobs = targets(state);
  return state.busy !== undefined || jobs.length === 0 ? refuse(state) : start(state, { verb, jobs });
}

/** Only one thing is done at a time: while it is, its own line is shown. */
function refuse(state: TopState): TopStep {
  return say(state, 'there is no job to do this to');
}

interface Deed {
  readonly verb: TopVerb;
  readonly jobs: readonly NamedJob[];
}

/** The marks have served: what is done next is about other jobs. */
function start(state: TopState, { verb, jobs }: Deed): TopStep {
  const jobIds = jobs.map(({ jobId }) => jobId);
  const busy = `${verb} ${jobIds.length === 1 ? jobIds[0] : countOf(jobIds.length, 'job')}: asking`;
  return stay({ ...state, busy, marks: new Set(), mode: { kind: 'list' } }, { kind: 'act', verb, jobIds });
}

/** Only a yes is one. */
export function pressInQuestion(
  state: TopState,
  { key, mode }: { readonly key: Key; readonly mode: Extract<TopMode, { kind: 'question' }> },
): TopStep {
  if (key === 'y' || key === 'Y') return start(state, mode);
  return say({ ...state, mode: { kind: 'list' } }, 'nothing was done');
}

/** The filter is applied while it is typed. */
export function pressInFilter(
  state: TopState,
  { key, before }: { readonly key: Key; readonly before: string },
): TopState {
  const done: TopState = { ...state, mode: { kind: 'list' } };
  const { filter } = state;
  switch (key) {
    case 'enter':
    case 'up':
    case 'down':
      return done;
    case 'escape':
      return { ...done, filter: before };
    case 'clear':
      return { ...state, filter: '' };
    case 'backspace':
      return filter === '' ? done : { ...state, filter: [...filter].slice(0, -1).join('') };
    default:
      return [...key].length === 1 && filter.length < longestFilter ? { ...state, filter: filter + key } : state;
  }
}

const longestFilter = 200;

function open(
  state: TopState,
  opened: Pick<Pager, 'what' | 'jobId' | 'lines' | 'remark'>,
  ...effects: readonly TopEffect[]
): TopStep {
  return stay({ ...state, mode: { kind: 'pager', pager: openPager(opened, state.size) } }, ...effects);
}

function showDetails(state: TopState): TopStep {
  const row = currentRow(state);
  if (row === undefined) return refuse(state);
  const { jobId } = row.job;
  return open(state, { what: 'details', jobId, lines: [], remark: 'asking' }, { kind: 'details', jobId });
}

function showLog(state: TopState): TopStep {
  const row = currentRow(state);
  if (row === undefined) return refuse(state);
  const { jobId } = row.job;
  if (parseJobId(jobId)?.task?.kind === 'set') return say(state, `${jobId} has not started: there is no log yet`);
  return open(state, { what: 'log', jobId, lines: [], remark: 'asking' }, { kind: 'log', jobId });
}

function changeScope(state: TopState): TopStep {
  const scope = state.scope === 'own' ? 'all' : 'own';
  return say({ ...state, scope }, `asking for ${state.scopeWords[scope]}`, { kind: 'scope', scope });
}

const intervals: readonly number[] = [1, 2, 3, 5, 10, 15, 30, 60, 120, 300];

function changeInterval(state: TopState, direction: 1 | -1): TopStep {
  const now = state.intervalSeconds ?? state.pauseMs / 1000;
  const next =
    direction === 1 ? intervals.find((seconds) => seconds > now) : intervals.findLast((seconds) => seconds < now);
  const intervalSeconds = next ?? now;
  return say({ ...state, intervalSeconds }, `a look every ${intervalSeconds} s`, { kind: 'wait' });
}
