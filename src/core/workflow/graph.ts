import { walkDepthFirst } from './depth-first.ts';
import type { SourceText } from './problems.ts';

export const edgeTypes = ['afterok', 'after', 'afterany', 'afternotok'] as const;
export type EdgeType = (typeof edgeTypes)[number];

export interface Edge {
  readonly type: EdgeType;
  readonly parent: string;
}

/** An edge as the file has it. */
export interface WrittenEdge extends Edge {
  readonly offset: number;
  /** It follows from what the job is, and nobody wrote it as a dependency. */
  readonly implied?: boolean;
  /** What the file calls the parent, where that is not its whole name. */
  readonly local?: string;
}

/** Where a file names another one. */
export interface IncludePlace {
  readonly file: SourceText;
  readonly offset: number;
}

export interface GraphNode {
  readonly name: string;
  readonly edges: readonly WrittenEdge[];
  /** Where its name stands. */
  readonly offset: number;
  readonly file?: SourceText;
  /** The includes that brought it, outermost first. */
  readonly via?: readonly IncludePlace[];
  /** What it and the others of its matrix are called together. */
  readonly family?: string;
  /** The job whose failure it answers: it belongs to that one. */
  readonly handles?: string;
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

/** Parents before children, otherwise in the order of the file. What is part of a cycle, or behind one, comes last. */
export function sortTopologically<Node extends GraphNode>(nodes: readonly Node[]): Node[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const { order } = walkDepthFirst(byName.keys(), (name) => knownParents(name, byName));
  const sorted = new Set(order.flatMap((name) => byName.get(name) ?? []));
  return [...sorted, ...nodes.filter((node) => !sorted.has(node))];
}

/** Those that there are, and not the job itself. */
export function knownParents(name: string, byName: ReadonlyMap<string, GraphNode>): string[] {
  const edges = byName.get(name)?.edges ?? [];
  // An edge to the job itself is a problem of its own.
  return edges.flatMap(({ parent }) => (parent !== name && byName.has(parent) ? [parent] : []));
}

export interface Selection {
  /** This job and everything after it. */
  readonly from: string | undefined;
  /** This job and everything before it. */
  readonly to: string | undefined;
  readonly only: readonly string[];
}

/** The names that a selection keeps: by the graph, not by the order of the file. What answers a job's failure comes with it. */
export function selectNodes(nodes: readonly GraphNode[], selection: Selection): Set<string> {
  const selected = selectByEdges(nodes, selection);
  for (const { name, handles } of nodes) if (handles !== undefined && selected.has(handles)) selected.add(name);
  return selected;
}

function selectByEdges(nodes: readonly GraphNode[], { from, to, only }: Selection): Set<string> {
  const called = (name: string) => nodes.filter((node) => node.name === name || node.family === name);
  const namesOf = (name: string) => called(name).map((node) => node.name);
  if (only.length > 0) return new Set(only.flatMap(namesOf));
  const after = from === undefined ? undefined : reach(namesOf(from), childrenOf(nodes));
  const before =
    to === undefined
      ? undefined
      : reach(namesOf(to), new Map(nodes.map((node) => [node.name, node.edges.map(({ parent }) => parent)])));
  const all = nodes.map(({ name }) => name);
  return new Set(all.filter((name) => (after?.has(name) ?? true) && (before?.has(name) ?? true)));
}

/** By parent, one entry for each edge. */
export function childrenOf(
  nodes: readonly { readonly name: string; readonly edges: readonly Edge[] }[],
): Map<string, string[]> {
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

function reach(start: readonly string[], next: ReadonlyMap<string, readonly string[]>): Set<string> {
  const found = new Set(start);
  for (const name of found) for (const neighbour of next.get(name) ?? []) found.add(neighbour);
  return found;
}
