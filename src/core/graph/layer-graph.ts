import type { DrawnEdge, DrawnGraph, DrawnNode } from './job-graph.ts';

/** A place in the drawing: of a job, or of a line that passes a layer on its way. */
export interface LayerItem {
  readonly key: string;
  readonly node: DrawnNode | undefined;
}

export interface Route {
  readonly edge: DrawnEdge;
  /** Keys of the items that it leads by, first and last among them. */
  readonly keys: readonly string[];
}

export interface LayeredGraph {
  /** Each job behind all that it waits for, in an order that makes few lines cross. */
  readonly layers: readonly (readonly LayerItem[])[];
  readonly routes: readonly Route[];
}

/** The layers of Sugiyama and others: longest ways first, then sorted by where the neighbours are. */
export function layerGraph(graph: DrawnGraph): LayeredGraph {
  const depths = depthsOf(graph);
  const routes = routesOf(graph, depths);
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  const layers: string[][] = Array.from({ length: Math.max(0, ...depths.values()) + 1 }, () => []);
  const place = (layer: number, key: string) => layers[layer]?.push(key);
  for (const { id } of graph.nodes) place(depths.get(id) ?? 0, id);
  for (const { edge, keys } of routes) {
    for (const [index, key] of keys.entries()) if (!nodes.has(key)) place((depths.get(edge.from) ?? 0) + index, key);
  }
  return {
    layers: sortLayers(layers, routes).map((keys) => keys.map((key) => ({ key, node: nodes.get(key) }))),
    routes,
  };
}

function depthsOf({ nodes, edges }: DrawnGraph): ReadonlyMap<string, number> {
  const parents = Map.groupBy(edges, ({ to }) => to);
  const depths = new Map<string, number>();
  // Parents stand before children.
  for (const { id } of nodes) {
    const before = (parents.get(id) ?? []).map(({ from }) => depths.get(from) ?? 0);
    depths.set(
      id,
      before.reduce((most, depth) => Math.max(most, depth + 1), 0),
    );
  }
  return depths;
}

function routesOf({ edges }: DrawnGraph, depths: ReadonlyMap<string, number>): readonly Route[] {
  return edges.map((edge, index) => {
    const [first, last] = [depths.get(edge.from) ?? 0, depths.get(edge.to) ?? 0];
    const between = Array.from({ length: Math.max(0, last - first - 1) }, (_, step) => `\0${index}\0${step}`);
    return { edge, keys: [edge.from, ...between, edge.to] };
  });
}

const sweeps = 8;

/** Forwards by the parents, backwards by the children; the best order is kept. */
function sortLayers(layers: readonly (readonly string[])[], routes: readonly Route[]): readonly (readonly string[])[] {
  const links = routes.flatMap(({ keys }) => keys.slice(1).map((to, index) => ({ from: keys[index] ?? '', to })));
  const after = neighbours(links.map(({ from, to }) => [from, to]));
  const before = neighbours(links.map(({ from, to }) => [to, from]));
  let current = layers.map((layer) => [...layer]);
  let best = { layers: current, crossings: countCrossings(current, after) };
  for (let sweep = 0; sweep < sweeps && best.crossings > 0; sweep += 1) {
    const isForward = sweep % 2 === 0;
    const sorted: string[][] = [];
    for (const layer of isForward ? current : current.toReversed()) {
      const reference = positionsOf(sorted.at(-1) ?? []);
      const next = isForward ? before : after;
      const weight = new Map(layer.map((key, index) => [key, middle(next.get(key) ?? [], reference) ?? index]));
      sorted.push(layer.toSorted((one, other) => (weight.get(one) ?? 0) - (weight.get(other) ?? 0)));
    }
    current = isForward ? sorted : sorted.toReversed();
    const crossings = countCrossings(current, after);
    if (crossings < best.crossings) best = { layers: current, crossings };
  }
  return best.layers;
}

type Links = ReadonlyMap<string, readonly string[]>;

function neighbours(pairs: readonly (readonly [string, string])[]): Links {
  return new Map([...Map.groupBy(pairs, ([key]) => key)].map(([key, list]) => [key, list.map(([, other]) => other)]));
}

function positionsOf(layer: readonly string[]): ReadonlyMap<string, number> {
  return new Map(layer.map((key, index) => [key, index]));
}

function middle(keys: readonly string[], positions: ReadonlyMap<string, number>): number | undefined {
  const found = keys.flatMap((key) => positions.get(key) ?? []);
  return found.length === 0 ? undefined : found.reduce((sum, position) => sum + position, 0) / found.length;
}

/** So many links between two layers are compared one with the other; of more, nobody sees the difference. */
const mostCompared = 400;

function countCrossings(layers: readonly (readonly string[])[], after: Links): number {
  let crossings = 0;
  for (const [index, layer] of layers.entries()) {
    const positions = positionsOf(layers[index + 1] ?? []);
    const links = layer.flatMap((key, from) =>
      (after.get(key) ?? []).map((to) => [from, positions.get(to) ?? 0] as const),
    );
    const compared = links.slice(0, mostCompared);
    for (const [at, [from, to]] of compared.entries()) {
      for (const [otherFrom, otherTo] of compared.slice(at + 1))
        if ((otherFrom - from) * (otherTo - to) < 0) crossings += 1;
    }
  }
  return crossings;
}
