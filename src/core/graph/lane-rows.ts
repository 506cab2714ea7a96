import type { EdgeType } from '../workflow/graph.ts';
import type { DrawnEdge, DrawnGraph, DrawnNode } from './job-graph.ts';

/** One cell of the drawing: the lines that leave it, or the sign of a job. */
export interface Cell {
  readonly arms: Arms;
  readonly type: EdgeType;
  /** A line that goes on to the next cell; of which kind. */
  readonly bridge: EdgeType | undefined;
  readonly isNode: boolean;
}

export interface Arms {
  readonly up: boolean;
  readonly down: boolean;
  readonly left: boolean;
  readonly right: boolean;
}

export interface LaneRow {
  readonly cells: readonly (Cell | undefined)[];
  /** The job that this row is about; between two jobs there may be a row with lines only. */
  readonly node: DrawnNode | undefined;
}

/** A line on its way down. Those to one child, or from one parent, share one where that saves lines. */
interface Lane {
  readonly key: string;
  readonly type: EdgeType;
  remaining: number;
}

/**
 * A drawing in the manner of `git log --graph`: one job a row, parents above children, edges as lines beside them. It needs as many
 * rows as there are jobs and little width, so that it can be read where boxes would not fit.
 */
export function layOutLanes(graph: DrawnGraph): readonly LaneRow[] {
  const bundles = bundleEdges(graph.edges);
  const lanes: (Lane | undefined)[] = [];
  const rows: LaneRow[] = [];
  for (const node of orderNodes(graph)) {
    const between = { cells: createCanvas(lanes).cells(), node: undefined };
    const { row, column, arrivals } = drawArrival(node, { lanes, keys: bundles.into.get(node.id) ?? [] });
    const isBelow = rows.at(-1)?.cells[column]?.isNode === true;
    if (isBelow && isMisread(arrivals, column) && graph.edges.length > 0) rows.push(between);
    const leaving = drawDeparture(column, { lanes, bundles: bundles.outOf.get(node.id) ?? [] });
    rows.push(row, ...(leaving === undefined ? [] : [leaving]));
  }
  return rows;
}

/**
 * A job right below another one waits for it if nothing else leads to it, and does not if something does. Where that would be wrong,
 * a row comes between them.
 */
function isMisread(arrivals: readonly number[], column: number): boolean {
  return arrivals.length === 0 || (arrivals.length > 1 && arrivals.includes(column));
}

interface Bundle {
  readonly key: string;
  readonly type: EdgeType;
  /** How many ends its line has on its way. */
  readonly ends: number;
}

interface Bundles {
  readonly into: ReadonlyMap<string, readonly string[]>;
  readonly outOf: ReadonlyMap<string, readonly Bundle[]>;
}

function bundleEdges(edges: readonly DrawnEdge[]): Bundles {
  const fromKey = ({ from, type }: DrawnEdge) => `from ${from} ${type}`;
  const toKey = ({ to, type }: DrawnEdge) => `to ${to} ${type}`;
  const out = Map.groupBy(edges, fromKey);
  const into = Map.groupBy(edges, toKey);
  const bundled = edges.map((edge) => {
    const isFan = (out.get(fromKey(edge))?.length ?? 0) >= (into.get(toKey(edge))?.length ?? 0);
    return { ...edge, isFan, key: isFan ? fromKey(edge) : toKey(edge) };
  });
  const counts = Map.groupBy(bundled, ({ key }) => key);
  const ends = (edge: (typeof bundled)[number]) => (edge.isFan ? (counts.get(edge.key)?.length ?? 1) : 1);
  const group = (by: 'from' | 'to') => Map.groupBy(bundled, (edge) => edge[by]);
  const toBundles = (list: readonly (typeof bundled)[number][]) => [
    ...new Map(list.map((edge) => [edge.key, { key: edge.key, type: edge.type, ends: ends(edge) }])).values(),
  ];
  return {
    into: new Map([...group('to')].map(([id, list]) => [id, [...new Set(list.map(({ key }) => key))]])),
    outOf: new Map([...group('from')].map(([id, list]) => [id, toBundles(list)])),
  };
}

/** Parents before children; what has become possible last comes first, so that lines are short. */
function orderNodes({ nodes, edges }: DrawnGraph): readonly DrawnNode[] {
  const byId = new Map(nodes.map((node, index) => [node.id, { node, index }]));
  const children = Map.groupBy(edges, ({ from }) => from);
  const open = new Map(nodes.map(({ id }) => [id, 0]));
  for (const { to } of edges) open.set(to, (open.get(to) ?? 0) + 1);
  const stack = nodes.filter(({ id }) => open.get(id) === 0).reverse();
  const ordered: DrawnNode[] = [];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    ordered.push(node);
    const ready = (children.get(node.id) ?? []).flatMap(({ to }) => {
      const left = (open.get(to) ?? 0) - 1;
      open.set(to, left);
      return left === 0 ? (byId.get(to) ?? []) : [];
    });
    stack.push(...ready.sort((one, other) => other.index - one.index).map((entry) => entry.node));
  }
  return ordered;
}

type Lanes = (Lane | undefined)[];

function drawArrival(
  node: DrawnNode,
  { lanes, keys }: { readonly lanes: Lanes; readonly keys: readonly string[] },
): { readonly row: LaneRow; readonly column: number; readonly arrivals: readonly number[] } {
  const incoming = lanes.flatMap((lane, index) =>
    lane !== undefined && keys.includes(lane.key) ? [{ lane, index }] : [],
  );
  for (const { lane } of incoming) lane.remaining -= 1;
  const ending = incoming.filter(({ lane }) => lane.remaining <= 0);
  const column = ending[0]?.index ?? freeColumn(lanes, (incoming[0]?.index ?? -1) + 1);
  const canvas = createCanvas(lanes);
  for (const { index } of ending) canvas.end(index);
  for (const { lane, index } of farthestFirst(incoming, column)) canvas.join(index, column, lane.type);
  for (const { index } of ending) lanes[index] = undefined;
  return { row: { cells: canvas.cells(column), node }, column, arrivals: incoming.map(({ index }) => index) };
}

function drawDeparture(
  column: number,
  { lanes, bundles }: { readonly lanes: Lanes; readonly bundles: readonly Bundle[] },
): LaneRow | undefined {
  const targets: { readonly index: number; readonly type: EdgeType; readonly isNew: boolean }[] = [];
  for (const { key, type, ends } of bundles) {
    const existing = lanes.findIndex((lane) => lane?.key === key);
    const index = existing >= 0 ? existing : lanes[column] === undefined ? column : freeColumn(lanes, column + 1);
    if (existing < 0) lanes[index] = { key, type, remaining: ends };
    targets.push({ index, type, isNew: existing < 0 });
  }
  const aside = targets.filter(({ index }) => index !== column);
  if (aside.length === 0) return undefined;
  const canvas = createCanvas(lanes);
  for (const { index, isNew } of targets) if (isNew) canvas.begin(index);
  canvas.come(column, lanes[column]?.type ?? aside[0]?.type ?? 'afterok');
  for (const { index, type } of farthestFirst(aside, column)) canvas.join(index, column, type);
  return { cells: canvas.cells(), node: undefined };
}

/** So that the line nearest to the job is drawn over the others. */
function farthestFirst<Item extends { readonly index: number }>(
  items: readonly Item[],
  column: number,
): readonly Item[] {
  return items.toSorted((one, other) => Math.abs(other.index - column) - Math.abs(one.index - column));
}

function freeColumn(lanes: Lanes, from: number): number {
  for (let index = from; ; index += 1) if (lanes[index] === undefined) return index;
}

interface Canvas {
  /** The line of this column comes from above, and goes no further. */
  readonly end: (index: number) => void;
  /** It begins here. */
  readonly begin: (index: number) => void;
  /** Something comes from above. */
  readonly come: (index: number, type: EdgeType) => void;
  /** A line across, from one column to another; what it crosses stays as it is. */
  readonly join: (index: number, column: number, type: EdgeType) => void;
  readonly cells: (nodeColumn?: number) => readonly (Cell | undefined)[];
}

type Draft = { up: boolean; down: boolean; left: boolean; right: boolean; type: EdgeType };

/** Lanes go through from top to bottom unless something else is said. */
function createCanvas(lanes: Lanes): Canvas {
  const joins: { readonly index: number; readonly column: number; readonly type: EdgeType }[] = [];
  const drafts = new Map<number, Draft>();
  for (const [index, lane] of lanes.entries()) {
    if (lane !== undefined) drafts.set(index, { up: true, down: true, left: false, right: false, type: lane.type });
  }
  const at = (index: number, type: EdgeType): Draft => {
    const draft = drafts.get(index) ?? { up: false, down: false, left: false, right: false, type };
    drafts.set(index, draft);
    return draft;
  };
  // Found now: later the lanes of this row are gone.
  const crossed = new Set(drafts.keys());
  return {
    end: (index) => void Object.assign(at(index, 'afterok'), { down: false }),
    begin: (index) => void Object.assign(at(index, 'afterok'), { up: false }),
    come: (index, type) => void Object.assign(at(index, type), { up: true }),
    join: (index, column, type) => void joins.push({ index, column, type }),
    cells(nodeColumn) {
      const bridges = new Map<number, EdgeType>();
      const joined = new Set(joins.map(({ index }) => index));
      for (const { index, column, type } of joins) {
        const [left, right] = index < column ? [index, column] : [column, index];
        at(left, type).right = true;
        at(right, type).left = true;
        for (let between = left; between < right; between += 1) {
          bridges.set(between, type);
          if (between === left || (crossed.has(between) && !joined.has(between))) continue;
          Object.assign(at(between, type), { left: true, right: true });
        }
      }
      const last = Math.max(-1, nodeColumn ?? -1, ...drafts.keys());
      return Array.from({ length: last + 1 }, (_, index): Cell | undefined => {
        const draft = index === nodeColumn ? at(index, 'afterok') : drafts.get(index);
        if (draft === undefined) return undefined;
        const { type, ...arms } = draft;
        return { arms, type, bridge: bridges.get(index), isNode: index === nodeColumn };
      });
    },
  };
}
