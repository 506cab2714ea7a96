import { expect } from 'vitest';
import type { ChaosRun } from './chaos-report.ts';
import type { ChaosShape } from './chaos-shapes.ts';

/** Commands for a sweep that is under way, which are killed. */
export const controlKinds = ['pause', 'resume', 'cells', 'set'] as const;
export type ControlKind = (typeof controlKinds)[number];

export function isControl(kind: string): kind is ControlKind {
  return controlKinds.some((one) => one === kind);
}

const endedCells = [1, 5];

export function controlWords(kind: ControlKind, id: string): readonly string[] {
  switch (kind) {
    case 'pause':
    case 'resume':
      return ['sweep', kind, id];
    case 'cells':
      return ['sweep', 'cancel', id, '--yes', ...endedCells.flatMap((cell) => ['--cell', `${cell}`])];
    case 'set':
      return ['sweep', 'set', id, '--max-parallel', '3'];
  }
}

/** What brings it to its end, by whatever it was interrupted. */
export function repetitionOf(kind: ControlKind, id: string): readonly string[] {
  return controlWords(kind === 'pause' ? 'resume' : kind, id);
}

interface EndedRun {
  readonly id: string;
  readonly jobs: ChaosRun['jobs'];
  readonly lines: readonly string[];
  readonly shape: ChaosShape;
}

/** Of the cells that somebody told to end, some or all of their jobs have; the others have ended as ever. */
export function expectCellsEnded({ id, jobs, lines, shape }: EndedRun): void {
  const isTold = (text: string) => endedCells.some((cell) => new RegExp(`#${cell}\\b`).test(text));
  const others = jobs.filter(({ name, state }) => !isTold(name) && state !== 'completed');
  const expected = Object.entries(shape.states).filter(([name]) => !isTold(name));
  expect(Object.fromEntries(others.map(({ name, state }) => [name, state])), id).toEqual(Object.fromEntries(expected));
  expect(
    lines.filter((line) => !isTold(line)),
    id,
  ).toEqual(shape.lines.filter((line) => !isTold(line)));
  const begun = new Set(lines.map((line) => line.split(' ')[0]));
  const told = jobs.filter(({ name }) => isTold(name));
  const unmet = told.filter(({ name, state }) => (begun.has(name) ? 'skipped' : 'completed') === state);
  expect(unmet, `${id} says of jobs what they do not`).toEqual([]);
  expect(
    told.filter(({ state }) => ['pending', 'running', 'waiting', 'unknown'].includes(state)),
    id,
  ).toEqual([]);
}
