import type { EdgeType } from '../workflow/graph.ts';
import type { MarkKind } from './job-graph.ts';
import type { Arms } from './lane-rows.ts';

/** What a graph is drawn with; each sign is one cell wide. */
export interface GraphSigns {
  readonly lines: Readonly<Record<EdgeType, LineSigns>>;
  readonly nodes: Readonly<Record<MarkKind | 'job' | 'handler' | 'final', string>>;
  /** Before a number of jobs. */
  readonly times: string;
}

export interface LineSigns {
  readonly upright: string;
  readonly level: string;
  /** Down and right, down and left, up and right, up and left. */
  readonly corners: string;
  /** Of a cross without its left, right, upper and lower arm, and of the whole cross. */
  readonly tees: string;
}

export function lineSign(signs: GraphSigns, type: EdgeType, { up, down, left, right }: Arms): string {
  const { upright, level, corners, tees } = signs.lines[type];
  const [downRight = '', downLeft = '', upRight = '', upLeft = ''] = corners;
  const [notLeft = '', notRight = '', notUp = '', notDown = '', cross = ''] = tees;
  const ends = [' ', level, level, level, upright, downRight, downLeft, notUp];
  const all = [...ends, upright, upRight, upLeft, notDown, upright, notLeft, notRight, cross];
  return all[(up ? 8 : 0) + (down ? 4 : 0) + (left ? 2 : 0) + (right ? 1 : 0)] ?? ' ';
}

/** What the parent has done when the child may start, for a legend. */
export const edgeMeanings: Readonly<Record<EdgeType, string>> = {
  afterok: 'completed',
  after: 'started',
  afterany: 'ended',
  afternotok: 'failed',
};
