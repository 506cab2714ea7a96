import type { Screen } from '../screen.ts';
import { drawFrame } from './draw-frame.ts';
import { parseKeys } from './parse-keys.ts';
import type { TopEffect, TopEvent, TopState } from './top-state.ts';
import { stepTop } from './top-step.ts';

export interface Stage extends Disposable {
  dispatch(event: TopEvent): void;
  state(): TopState;
  /** Everything, whatever is on the screen. */
  redraw(): void;
}

export interface StageOptions {
  readonly screen: Screen;
  readonly view: (state: TopState) => readonly string[];
  readonly state: TopState;
  readonly onEffect: (effect: TopEffect) => void;
}

/** So long after an Esc the rest of a sequence may arrive, over a slow line. */
const escapeMs = 50;

/** Holds the state, takes the keys, and draws what has changed: once for all that happens at one time. */
export function createStage({ screen, view, state: first, onEffect }: StageOptions): Stage {
  let state = first;
  let drawn: readonly string[] | undefined;
  let isDue = false;
  let isOver = false;
  const draw = () => {
    isDue = false;
    if (isOver) return;
    const lines = view(state);
    const text = drawFrame(drawn, lines, state.size.columns);
    drawn = lines;
    if (text !== '') screen.write(text);
  };
  const drawSoon = () => {
    if (!isDue) setImmediate(draw);
    isDue = true;
  };
  const dispatch = (event: TopEvent) => {
    const step = stepTop(state, event);
    state = step.state;
    drawSoon();
    step.effects.forEach(onEffect);
  };
  const redraw = () => {
    drawn = undefined;
    drawSoon();
  };
  screen.onInput(createInput(dispatch, onEffect));
  screen.onChange(() => {
    dispatch({ kind: 'resize', size: screen.size() });
    redraw();
  });
  drawSoon();
  return {
    dispatch,
    state: () => state,
    redraw,
    [Symbol.dispose]() {
      isOver = true;
    },
  };
}

function createInput(
  dispatch: (event: TopEvent) => void,
  onEffect: (effect: TopEffect) => void,
): (text: string | undefined) => void {
  let rest = '';
  let timer: NodeJS.Timeout | undefined;
  return (text) => {
    if (text === undefined) return onEffect({ kind: 'quit' });
    clearTimeout(timer);
    const parsed = parseKeys(rest + text);
    rest = parsed.rest;
    for (const key of parsed.keys) dispatch({ kind: 'key', key });
    if (rest === '') return;
    timer = setTimeout(() => {
      const isKey = rest === '\x1b';
      rest = '';
      if (isKey) dispatch({ kind: 'key', key: 'escape' });
    }, escapeMs);
  };
}
