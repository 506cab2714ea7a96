import { assertNever } from '../../core/errors.ts';
import { countTasksOf } from '../../core/slurm/job-id.ts';
import { jobStatuses } from '../../core/slurm/job-state.ts';
import { pressInFilter, pressInList, pressInQuestion } from './list-keys.ts';
import { fillPager, pressInPager, resizePager } from './pager.ts';
import type { Key } from './parse-keys.ts';
import { layOut } from './top-areas.ts';
import { filterRows, mergeLook, type TopRow } from './top-rows.ts';
import { sortTopRows } from './top-sort.ts';
import type { StateCount, TopEvent, TopState, TopStep } from './top-state.ts';

/** What an event makes of the screen, and what is to be done outside. */
export function stepTop(state: TopState, event: TopEvent): TopStep {
  const { state: next, effects } = take(state, event);
  return { state: settle(state, next), effects };
}

function take(state: TopState, event: TopEvent): TopStep {
  switch (event.kind) {
    case 'key':
      return press(state, event.key);
    case 'resize':
      return only(resize({ ...state, size: event.size }));
    case 'tick':
      return only({ ...state, now: event.now });
    case 'look':
      return only(takeLook(state, event));
    case 'failed':
      return only({ ...state, now: event.now, failure: { message: event.message, retryAt: event.now } });
    case 'pause':
      return only(plan(state, event));
    case 'acted':
      return only({ ...state, message: event.message, busy: undefined });
    case 'page':
      return only(fillPage(state, event));
    default:
      return assertNever(event);
  }
}

function only(state: TopState): TopStep {
  return { state, effects: [] };
}

/** Keys that mean the same everywhere; then those of what is on the screen. */
function press(state: TopState, key: Key): TopStep {
  if (key === 'interrupt' || key === 'suspend' || key === 'redraw') return { state, effects: [{ kind: key }] };
  const { mode } = state;
  switch (mode.kind) {
    case 'list':
      return pressInList({ ...state, message: undefined }, key);
    case 'filter':
      return only(pressInFilter(state, { key, before: mode.before }));
    case 'question':
      return pressInQuestion(state, { key, mode });
    case 'pager': {
      const pager = pressInPager(mode.pager, key, state.size);
      if (pager !== undefined) return only({ ...state, mode: { kind: 'pager', pager } });
      return { state: { ...state, mode: { kind: 'list' } }, effects: [{ kind: 'close' }] };
    }
    default:
      return assertNever(mode);
  }
}

function resize(state: TopState): TopState {
  if (state.mode.kind !== 'pager') return state;
  return { ...state, mode: { kind: 'pager', pager: resizePager(state.mode.pager, state.size) } };
}

function takeLook(state: TopState, { look, now, isFirst }: Extract<TopEvent, { kind: 'look' }>): TopState {
  const rows = mergeLook(isFirst ? undefined : state.rows, look);
  const { gpus, takenAt } = look;
  // Until now it said what was asked for.
  const message = isFirst ? undefined : state.message;
  return { ...state, rows, counts: countStates(rows), gpus, takenAt, now, message, failure: undefined };
}

/** Tasks that have not started count one by one; what has left the queue does not count. */
function countStates(rows: readonly TopRow[]): readonly StateCount[] {
  const counts = new Map<string, number>();
  for (const { job, gone } of rows) {
    if (gone !== undefined) continue;
    const { status } = job.state;
    counts.set(status, (counts.get(status) ?? 0) + countTasksOf(job.jobId));
  }
  const usual = ['RUNNING', 'PENDING'] as const;
  const others = jobStatuses.filter((status) => status !== 'RUNNING' && status !== 'PENDING' && counts.has(status));
  return [...usual, ...others].map((status) => ({ status, count: counts.get(status) ?? 0 }));
}

function plan(state: TopState, { pauseMs, now }: Extract<TopEvent, { kind: 'pause' }>): TopState {
  const failure = state.failure === undefined ? undefined : { ...state.failure, retryAt: now + pauseMs };
  return { ...state, pauseMs, now, failure };
}

function fillPage(state: TopState, page: Extract<TopEvent, { kind: 'page' }>): TopState {
  const { mode, size } = state;
  if (mode.kind !== 'pager' || mode.pager.what === 'help' || mode.pager.jobId !== page.jobId) return state;
  return { ...state, mode: { kind: 'pager', pager: fillPager(mode.pager, page, size) } };
}

/** Brings what follows from the rest of the state up to date: order, filter, selection, and what of it is on the screen. */
function settle(before: TopState, state: TopState): TopState {
  const { rows, order, isReversed, filter } = state;
  const isSorted = rows === before.rows && order === before.order && isReversed === before.isReversed;
  const sorted = isSorted ? state.sorted : sortTopRows(rows, { order: state.orders[order], isReversed });
  const isFiltered = isSorted && filter === before.filter;
  const shown = isFiltered ? state.shown : filterRows(sorted, filter);
  const at = selectedAt(before, { shown, current: state.current });
  const marks = rows === before.rows ? state.marks : marksIn(state);
  return scroll({ ...state, sorted, shown, current: shown[at]?.key, marks });
}

/** Where the selection stands: with its job; where that is gone, in its place. */
function selectedAt(before: TopState, { shown, current }: Pick<TopState, 'shown' | 'current'>): number {
  const at = shown.findIndex(({ key }) => key === current);
  if (at >= 0) return at;
  const was = before.shown.findIndex(({ key }) => key === before.current);
  return Math.max(0, Math.min(was, shown.length - 1));
}

function marksIn({ rows, marks }: TopState): ReadonlySet<string> {
  if (marks.size === 0) return marks;
  return new Set(rows.flatMap(({ key }) => (marks.has(key) ? [key] : [])));
}

function scroll(state: TopState): TopState {
  const { body } = layOut(state);
  const at = state.shown.findIndex(({ key }) => key === state.current);
  const last = Math.max(0, state.shown.length - body);
  const first = Math.min(Math.max(state.first, at - body + 1), Math.max(0, at), last);
  return first === state.first ? state : { ...state, first };
}
