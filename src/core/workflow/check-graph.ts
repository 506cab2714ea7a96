import { didYouMean } from '../suggest.ts';
import { formatCycle, walkDepthFirst } from './depth-first.ts';
import { formatEdge, type GraphNode, type IncludePlace, knownParents, type WrittenEdge } from './graph.ts';
import type { Problem } from './problems.ts';

/** Names that are taken twice, edges that lead nowhere or are repeated, and the first cycle. */
export function checkGraph(nodes: readonly GraphNode[]): Problem[] {
  const problems: Problem[] = [];
  const byName = new Map<string, GraphNode>();
  const repeated: [GraphNode, GraphNode][] = [];
  for (const node of nodes) {
    const first = byName.get(node.name);
    if (first === undefined) byName.set(node.name, node);
    else repeated.push([first, node]);
  }
  problems.push(...describeRepeated(repeated), ...checkFamilies(nodes, byName));
  for (const node of onePerMistake(nodes)) problems.push(...checkEdges(node, byName));
  const { cycle } = walkDepthFirst(byName.keys(), (name) => knownParents(name, byName));
  if (cycle !== undefined) {
    const [first = '', second] = cycle;
    const offset = byName.get(first)?.edges.find(({ parent }) => parent === second)?.offset;
    const file = byName.get(first)?.file;
    const message = `jobs wait for each other: ${formatCycle(cycle)}`;
    problems.push({ offset, file, message, hint: 'Remove one of these dependencies.' });
  }
  return problems;
}

/** A matrix has a name of its own, by which it is known to those who depend on all of it. */
function checkFamilies(nodes: readonly GraphNode[], byName: ReadonlyMap<string, GraphNode>): Problem[] {
  const families = new Map(nodes.flatMap((node) => (node.family === undefined ? [] : [[node.family, node]])));
  return [...families].flatMap(([family, { offset, file }]): Problem[] => {
    const other = byName.get(family);
    if (other === undefined) return [];
    const message = `a job and a matrix are called \`${family}\``;
    const later = other.file !== file || other.offset > offset ? other : { offset, file };
    return [{ offset: later.offset, file: later.file, message, hint: 'Give one of them another name.' }];
  });
}

/** The jobs of a matrix have their edges from the same lines; only those that differ are looked at twice. */
function onePerMistake(nodes: readonly GraphNode[]): readonly GraphNode[] {
  const nameOf = ({ family, edges }: GraphNode) => `${family} ${edges.map(formatEdge).join(' ')}`;
  const single = nodes.filter(({ family }) => family === undefined);
  const families = nodes.filter(({ family }) => family !== undefined);
  return [...single, ...new Map(families.map((node) => [nameOf(node), node])).values()];
}

/** Edges of a job that lead nowhere or are repeated, by the names of the file that they stand in. */
function checkEdges(node: GraphNode, byName: ReadonlyMap<string, GraphNode>): Problem[] {
  const { name, edges, file } = node;
  const seen = new Set<string>();
  return edges.flatMap((edge): Problem[] => {
    const { parent, offset, implied = false, local = parent } = edge;
    if (implied) return [];
    const prefix = prefixOf(edge);
    const own = name.slice(prefix.length);
    const problem = (message: string, hint: Problem['hint']) => [{ offset, file, message, hint }];
    const written = formatEdge({ type: edge.type, parent: local });
    if (seen.has(written)) return problem(`job \`${own}\` depends on \`${written}\` twice`, 'Remove one of the two.');
    seen.add(written);
    if (parent === name) {
      return problem(`job \`${own}\` depends on itself: ${own} -> ${own}`, 'Remove this dependency.');
    }
    if (byName.has(parent)) return [];
    return problem(`job \`${own}\` depends on \`${local}\`, and there is no such job`, () =>
      didYouMean(local, namesBehind(prefix, byName)),
    );
  });
}

/** What the including files have put before the names of the file that has this edge. */
function prefixOf({ parent, local = parent }: WrittenEdge): string {
  return parent.slice(0, parent.length - local.length);
}

/** The jobs that a file knows, by its own names for them. */
function namesBehind(prefix: string, byName: ReadonlyMap<string, GraphNode>): readonly string[] {
  return [...byName.keys()].flatMap((name) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : []));
}

type Pair = readonly [GraphNode, GraphNode];

/** Names that are taken twice. A file that is included under no name of its own is told once, and not for each of its jobs. */
function describeRepeated(pairs: readonly Pair[]): Problem[] {
  const byInclude = Map.groupBy(pairs, ([first, second]) => placeOf(includeAtFault(first, second)));
  return [...byInclude.values()].flatMap((group): Problem[] => {
    const [pair] = group;
    const include = pair && includeAtFault(...pair);
    if (include === undefined) return group.map(([, node]) => describeOne(node));
    const names = group.slice(0, maxNamed).map(([, { name }]) => `\`${name}\``);
    const more = group.length > maxNamed ? ` and ${group.length - maxNamed} more` : '';
    const message = `with what this includes, two jobs are called ${names.join(', ')}${more}`;
    return [{ ...include, message, hint: 'Put a name before those of this file: {file: FILE, as: NAME}.' }];
  });
}

const maxNamed = 5;

function describeOne({ name, offset, file }: GraphNode): Problem {
  return { offset, file, message: `two jobs are called \`${name}\``, hint: 'Give one of them another name.' };
}

/** Where their ways part: the file there can tell them from each other. `undefined`: they stand in one file. */
function includeAtFault(first: GraphNode, second: GraphNode): IncludePlace | undefined {
  const [before = [], after = []] = [first.via, second.via];
  const at = after.findIndex((place, index) => placeOf(place) !== placeOf(before[index]));
  return at < 0 ? before[after.length] : after[at];
}

function placeOf(place: IncludePlace | undefined): string {
  return place === undefined ? '' : `${place.file.source}:${place.offset}`;
}
