import { walkDepthFirst } from '../workflow/depth-first.ts';
import { type DrawnGraph, type DrawnNode, distinct, type JobMark, type MarkKind } from './job-graph.ts';

/** One node for all jobs of a matrix, where they do not wait for each other by way of others. */
export function collapseGraph(graph: DrawnGraph): DrawnGraph {
  const families = Map.groupBy(
    graph.nodes.filter(({ note }) => note !== ''),
    ({ id }) => familyOf(id),
  );
  for (const [family, members] of families) if (members.length < 2) families.delete(family);
  for (;;) {
    const collapsed = merge(graph, families);
    const parents = Map.groupBy(collapsed.edges, ({ to }) => to);
    const next = (id: string) => (parents.get(id) ?? []).map(({ from }) => from);
    const { cycle, order } = walkDepthFirst(
      collapsed.nodes.map(({ id }) => id),
      next,
    );
    const tangled = cycle?.filter((id) => families.has(id)) ?? [];
    if (tangled.length === 0) return sorted(collapsed, order);
    for (const id of tangled) families.delete(id);
  }
}

/** `train` for `train-3`, `train.on_failure` for `train-3.on_failure`. */
function familyOf(name: string): string {
  return name.replace(/-\d+(?=(?:\.on_failure)?$)/, '');
}

type Families = ReadonlyMap<string, readonly DrawnNode[]>;

function merge(graph: DrawnGraph, families: Families): DrawnGraph {
  const names = new Map([...families].flatMap(([family, members]) => members.map(({ id }) => [id, family] as const)));
  const nameOf = (id: string) => names.get(id) ?? id;
  const nodes = new Map<string, DrawnNode>();
  for (const node of graph.nodes) {
    const family = names.get(node.id);
    if (family === undefined) nodes.set(node.id, node);
    else if (!nodes.has(family)) nodes.set(family, together(family, families.get(family) ?? []));
  }
  const edges = graph.edges.map(({ from, to, type }) => ({ from: nameOf(from), to: nameOf(to), type }));
  return { ...graph, nodes: [...nodes.values()], edges: distinct(edges).filter(({ from, to }) => from !== to) };
}

function sorted(graph: DrawnGraph, order: readonly string[]): DrawnGraph {
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  return { ...graph, nodes: order.flatMap((id) => nodes.get(id) ?? []) };
}

function together(family: string, members: readonly DrawnNode[]): DrawnNode {
  const [first] = members;
  return {
    id: family,
    label: family,
    count: members.reduce((sum, { count }) => sum + count, 0),
    jobs: members.flatMap(({ jobs }) => jobs),
    note: '',
    kind: first?.kind ?? 'job',
    mark: sumOfMarks(members.flatMap(({ mark }) => mark ?? [])),
  };
}

/** What somebody wants to know first. */
const ranks: readonly MarkKind[] = ['failed', 'running', 'waiting', 'unknown', 'completed', 'stopped'];

function sumOfMarks(marks: readonly JobMark[]): JobMark | undefined {
  const kind = ranks.find((rank) => marks.some((mark) => mark.kind === rank));
  if (kind === undefined) return undefined;
  const counts = Map.groupBy(marks, ({ text }) => text.replace(/ \(.*/, ''));
  if (counts.size === 1) return { kind, text: [...counts.keys()].join('') };
  return { kind, text: [...counts].map(([text, same]) => `${same.length} ${text}`).join(', ') };
}
