import type { DrawnGraph, DrawnNode } from './job-graph.ts';
import { type LayerItem, layerGraph, type Route } from './layer-graph.ts';

export interface Box {
  readonly node: DrawnNode;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Line {
  readonly route: Route;
  /** From the right side of a box to the left side of another one. */
  readonly points: readonly Point[];
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface PlacedGraph {
  readonly boxes: readonly Box[];
  readonly lines: readonly Line[];
  readonly width: number;
  readonly height: number;
}

export interface BoxSize {
  readonly width: number;
  readonly height: number;
}

const gaps = { layers: 56, rows: 16, lines: 12 } as const;

/** Layers from left to right; in each, the jobs as near as possible to what they are connected with. */
export function placeGraph(graph: DrawnGraph, sizeOf: (node: DrawnNode) => BoxSize): PlacedGraph {
  const { layers, routes } = layerGraph(graph);
  const heightOf = ({ node }: LayerItem) => (node === undefined ? 0 : sizeOf(node).height);
  const middles = alignRows(layers, { routes, heightOf });
  const boxes: Box[] = [];
  const edgesOfItem = new Map<string, { readonly left: number; readonly right: number }>();
  let x = 0;
  for (const layer of layers) {
    const width = Math.max(0, ...layer.map(({ node }) => (node === undefined ? 0 : sizeOf(node).width)));
    for (const { key, node } of layer) {
      edgesOfItem.set(key, { left: x, right: x + width });
      if (node !== undefined)
        boxes.push({ node, x, y: (middles.get(key) ?? 0) - sizeOf(node).height / 2, ...sizeOf(node), width });
    }
    x += width + gaps.layers;
  }
  const top = Math.min(...boxes.map(({ y }) => y), ...middles.values());
  const lines = routes.map((route) => ({ route, points: pointsOf(route, { edgesOfItem, middles, top }) }));
  const moved = boxes.map((box) => ({ ...box, y: box.y - top }));
  const bottom = Math.max(
    0,
    ...moved.map(({ y, height }) => y + height),
    ...lines.flatMap(({ points }) => points.map(({ y }) => y)),
  );
  return { boxes: moved, lines, width: Math.max(0, x - gaps.layers), height: bottom };
}

interface PointContext {
  readonly edgesOfItem: ReadonlyMap<string, { readonly left: number; readonly right: number }>;
  readonly middles: ReadonlyMap<string, number>;
  readonly top: number;
}

function pointsOf({ keys }: Route, { edgesOfItem, middles, top }: PointContext): readonly Point[] {
  return keys.flatMap((key, index): Point[] => {
    const { left = 0, right = 0 } = edgesOfItem.get(key) ?? {};
    const y = (middles.get(key) ?? 0) - top;
    if (index === 0) return [{ x: right, y }];
    return index === keys.length - 1
      ? [{ x: left, y }]
      : [
          { x: left, y },
          { x: right, y },
        ];
  });
}

interface AlignContext {
  readonly routes: readonly Route[];
  readonly heightOf: (item: LayerItem) => number;
}

const rounds = 12;

/** The height of the middle of each item: pulled to its neighbours, again and again, and kept from overlapping. */
function alignRows(layers: readonly (readonly LayerItem[])[], { routes, heightOf }: AlignContext): Map<string, number> {
  const middles = new Map<string, number>();
  for (const layer of layers) spread(layer, { middles, heightOf, wanted: () => 0 });
  const links = routes.flatMap(({ keys }) => keys.slice(1).map((to, index) => [keys[index] ?? '', to] as const));
  const before = Map.groupBy(links, ([, to]) => to);
  const after = Map.groupBy(links, ([from]) => from);
  for (let round = 0; round < rounds; round += 1) {
    const isForward = round % 2 === 0;
    for (const layer of isForward ? layers : layers.toReversed()) {
      const wanted = (key: string): number => {
        const near = isForward
          ? (before.get(key) ?? []).map(([from]) => from)
          : (after.get(key) ?? []).map(([, to]) => to);
        const found = near.flatMap((name) => middles.get(name) ?? []);
        if (found.length === 0) return middles.get(key) ?? 0;
        return found.reduce((sum, value) => sum + value, 0) / found.length;
      };
      spread(layer, { middles, heightOf, wanted });
    }
  }
  return middles;
}

interface SpreadContext {
  readonly middles: Map<string, number>;
  readonly heightOf: AlignContext['heightOf'];
  readonly wanted: (key: string) => number;
}

/** In their order and without overlap, each as near as possible to where it wants to be: neighbours that push each other share. */
function spread(layer: readonly LayerItem[], { middles, heightOf, wanted }: SpreadContext): void {
  const groups: { items: { key: string; offset: number }[]; start: number; size: number; sum: number }[] = [];
  for (const item of layer) {
    const size = heightOf(item) + (item.node === undefined ? gaps.lines : gaps.rows);
    let group = {
      items: [{ key: item.key, offset: size / 2 }],
      start: wanted(item.key) - size / 2,
      size,
      sum: wanted(item.key) - size / 2,
    };
    for (
      let above = groups.at(-1);
      above !== undefined && above.start + above.size > group.start;
      above = groups.at(-1)
    ) {
      groups.pop();
      const moved = group.items.map(({ key, offset }) => ({ key, offset: offset + (above?.size ?? 0) }));
      const items = [...above.items, ...moved];
      const sum = above.sum + group.sum - group.items.length * above.size;
      group = { items, start: sum / items.length, size: above.size + group.size, sum };
    }
    groups.push(group);
  }
  for (const { items, start } of groups) for (const { key, offset } of items) middles.set(key, start + offset);
}
