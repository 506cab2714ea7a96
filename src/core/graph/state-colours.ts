import type { MarkKind } from './job-graph.ts';

export interface BoxColours {
  readonly fill: string;
  readonly line: string;
  readonly text: string;
}

/** Light boxes with dark text: they can be read on a white page and on a black one. */
export const stateColours: Readonly<Record<MarkKind | 'none', BoxColours>> = {
  none: { fill: '#eef1f6', line: '#6b7a90', text: '#1b2430' },
  waiting: { fill: '#fdf3d3', line: '#a67c00', text: '#3d2e00' },
  running: { fill: '#d8f1fb', line: '#0b7ea8', text: '#06303f' },
  completed: { fill: '#dcf3e1', line: '#2e8b45', text: '#0f3319' },
  failed: { fill: '#fbdfdd', line: '#c0392b', text: '#48120c' },
  stopped: { fill: '#e4e4e7', line: '#83838c', text: '#3f3f46' },
  unknown: { fill: '#e9e3f5', line: '#7a5fb0', text: '#2c1d4a' },
};
