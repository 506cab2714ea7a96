import { didYouMean } from '../suggest.ts';
import type { Path, Problem } from './problems.ts';

export const edgeTypes = ['afterok', 'after', 'afterany', 'afternotok'] as const;
export type EdgeType = (typeof edgeTypes)[number];

export interface Edge {
  readonly type: EdgeType;
  readonly parent: string;
}

export interface GraphNode {
  readonly name: string;
  readonly edges: readonly Edge[];
  /** Where its `depends_on` stands. */
  readonly path: Path;
}

/** `name` means `afterok:name`. `undefined`: the type is none. */
export function parseEdge(text: string): Edge | undefined {
  const colon = text.indexOf(':');
  if (colon < 0) return { type: 'afterok', parent: text.trim() };
  const type = edgeTypes.find((candidate) => candidate === text.slice(0, colon).trim());
  return type === undefined ? undefined : { type, parent: text.slice(colon + 1).trim() };
}

/** As written: without the type that is the default. */
export function formatEdge({ type, parent }: Edge): string {
  return type === 'afterok' ? parent : `${type}:${parent}`;
}

/** Duplicate names, unknown parents, cycles. */
export function checkGraph(nodes: readonly GraphNode[]): Problem[] {
  const problems: Problem[] = [];
  const byName = new Map<string, GraphNode>();
  for (const node of nodes) {
    if (byName.has(node.name)) problems.push({ path: node.path, message: `two jobs are called \`${node.name}\`` });
    byName.set(node.name, node);
  }
  for (const node of nodes) {
    for (const { parent } of node.edges) {
      if (byName.has(parent)) continue;
      const message = `job \`${node.name}\` depends on \`${parent}\`, and there is no such job`;
      problems.push({ path: [...node.path, 'depends_on'], message, hint: didYouMean(parent, byName.keys()) });
    }
  }
  if (problems.length > 0) return problems;
  const cycle = findCycle(nodes, byName);
  if (cycle === undefined) return [];
  const path = byName.get(cycle[0] ?? '')?.path ?? [];
  const message = `jobs wait for each other: ${cycle.join(' -> ')}`;
  return [{ path: [...path, 'depends_on'], message, hint: 'Remove one of these dependencies.' }];
}

/** The names along one cycle, first and last the same, each depending on the next. Iterative: chains may be long. */
function findCycle(nodes: readonly GraphNode[], byName: ReadonlyMap<string, GraphNode>): string[] | undefined {
  const done = new Set<string>();
  for (const root of nodes) {
    const stack = [{ node: root, next: 0 }];
    const onPath = new Set([root.name]);
    while (stack.length > 0) {
      const top = stack.at(-1);
      if (top === undefined) break;
      const edge = top.node.edges[top.next];
      top.next += 1;
      const parent = edge === undefined ? undefined : byName.get(edge.parent);
      if (parent === undefined) {
        done.add(top.node.name);
        onPath.delete(top.node.name);
        stack.pop();
      } else if (onPath.has(parent.name)) {
        const names = stack.map(({ node }) => node.name);
        return [...names.slice(names.indexOf(parent.name)), parent.name];
      } else if (!done.has(parent.name)) {
        onPath.add(parent.name);
        stack.push({ node: parent, next: 0 });
      }
    }
  }
  return undefined;
}

/** Parents before children; otherwise in the order of the file. The graph has no cycle. */
export function sortTopologically<Node extends Pick<GraphNode, 'name' | 'edges'>>(nodes: readonly Node[]): Node[] {
  const indexes = new Map(nodes.map(({ name }, index) => [name, index]));
  const children = childrenOf(nodes);
  const open = nodes.map(({ edges }) => edges.filter(({ parent }) => indexes.has(parent)).length);
  const sorted: Node[] = [];
  const ready = open.flatMap((count, index) => (count === 0 ? [index] : []));
  for (let at = 0; at < ready.length; at += 1) {
    const node = nodes[ready[at] ?? -1];
    if (node === undefined) break;
    sorted.push(node);
    for (const name of children.get(node.name) ?? []) {
      const child = indexes.get(name) ?? -1;
      const left = (open[child] ?? 0) - 1;
      open[child] = left;
      if (left === 0) ready.push(child);
    }
  }
  return sorted;
}

export interface Selection {
  /** This job and everything after it. */
  readonly from: string | undefined;
  /** This job and everything before it. */
  readonly to: string | undefined;
  readonly only: readonly string[];
}

/** The names that a selection keeps: by the graph, not by the order of the file. */
export function selectNodes(nodes: readonly GraphNode[], { from, to, only }: Selection): Set<string> {
  if (only.length > 0) return new Set(only);
  const after = from === undefined ? undefined : reach(from, childrenOf(nodes));
  const before =
    to === undefined
      ? undefined
      : reach(to, new Map(nodes.map((node) => [node.name, node.edges.map(({ parent }) => parent)])));
  const all = nodes.map(({ name }) => name);
  return new Set(all.filter((name) => (after?.has(name) ?? true) && (before?.has(name) ?? true)));
}

/** By parent, one entry for each edge. */
function childrenOf(nodes: readonly Pick<GraphNode, 'name' | 'edges'>[]): Map<string, string[]> {
  const children = new Map<string, string[]>();
  for (const { name, edges } of nodes) {
    for (const { parent } of edges) {
      const list = children.get(parent);
      if (list === undefined) children.set(parent, [name]);
      else list.push(name);
    }
  }
  return children;
}

function reach(start: string, next: ReadonlyMap<string, readonly string[]>): Set<string> {
  const found = new Set([start]);
  for (const name of found) for (const neighbour of next.get(name) ?? []) found.add(neighbour);
  return found;
}
