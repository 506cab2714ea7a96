import { type EdgeType, edgeTypes, formatEdge } from '../workflow/graph.ts';
import { edgeMeanings, type GraphSigns, lineSign } from './graph-signs.ts';
import type { DrawnGraph, DrawnNode, MarkKind } from './job-graph.ts';
import { type LaneRow, layOutLanes } from './lane-rows.ts';

/** A piece of a line, and what it is: that decides about its colour. */
export interface Span {
  readonly text: string;
  readonly edge?: EdgeType;
  readonly mark?: MarkKind;
  /** What is said besides the names. */
  readonly isNote?: true;
}

export interface DrawOptions {
  readonly signs: GraphSigns;
  /** Cells of the terminal. What does not fit is drawn narrower, or as a list. */
  readonly columns: number;
}

/** So much room names need beside the lines. */
const leastForNames = 24;

/** One line for each job, lines between them, and what the lines mean. */
export function drawLanes(graph: DrawnGraph, { signs, columns }: DrawOptions): readonly (readonly Span[])[] {
  const rows = layOutLanes(graph);
  const most = Math.max(0, ...rows.map(({ cells }) => cells.length));
  const typed = Map.groupBy(
    graph.edges.filter(({ type }) => type !== 'afterok'),
    ({ to }) => to,
  );
  const wordsOf = (node: DrawnNode) =>
    describeNode(node, {
      signs,
      waits: (typed.get(node.id) ?? []).map(({ from, type }) => formatEdge({ type, parent: from })),
    });
  const room = Math.max(columns - leastForNames, columns / 2);
  const step = most * 2 <= room ? 2 : most <= room ? 1 : 0;
  if (step === 0) return listNodes(graph, { signs, wordsOf });
  // Names below each other are easier to read, where that costs little.
  const isAligned = most * step <= columns / 3;
  const lines = rows.map((row) => {
    const drawn = withoutEnd(drawCells(row, { signs, step }));
    const width = isAligned ? most * step : row.cells.length * step;
    const gap = ' '.repeat(Math.max(1, width - drawn.reduce((sum, { text }) => sum + text.length, 0)));
    return row.node === undefined ? drawn : [...drawn, { text: gap }, ...wordsOf(row.node)];
  });
  return [...lines, ...legend(graph, { signs, columns })];
}

function withoutEnd(spans: readonly Span[]): readonly Span[] {
  return spans.slice(0, spans.findLastIndex(({ text }) => text.trim() !== '') + 1);
}

function drawCells(
  { cells, node }: LaneRow,
  { signs, step }: { readonly signs: GraphSigns; readonly step: number },
): Span[] {
  return cells.flatMap((cell): Span[] => {
    if (cell === undefined) return [{ text: ' '.repeat(step) }];
    const { arms, type, bridge } = cell;
    const sign =
      cell.isNode && node !== undefined ? nodeSpan(node, signs) : { text: lineSign(signs, type, arms), edge: type };
    if (step === 1) return [sign];
    return [sign, bridge === undefined ? { text: ' ' } : { text: signs.lines[bridge].level, edge: bridge }];
  });
}

function nodeSpan({ kind, mark }: DrawnNode, { nodes }: GraphSigns): Span {
  return mark === undefined ? { text: nodes[kind] } : { text: nodes[mark.kind], mark: mark.kind };
}

function describeNode(
  { label, count, note, kind, mark }: DrawnNode,
  { signs, waits }: { readonly signs: GraphSigns; readonly waits: readonly string[] },
): Span[] {
  const notes = [...(note === '' ? [] : [note]), ...(kind === 'final' ? ['at the end'] : shorten(waits))];
  return [
    { text: count === 1 ? label : `${label} ${signs.times}${count}` },
    ...(mark === undefined ? [] : [{ text: `  ${mark.text}`, mark: mark.kind }]),
    ...(notes.length === 0 ? [] : [{ text: `  ${notes.join(', ')}`, isNote: true as const }]),
  ];
}

function shorten(waits: readonly string[]): readonly string[] {
  return waits.length <= 3 ? waits : [...waits.slice(0, 2), `and ${waits.length - 2} more`];
}

/** Where lines would take all the room, names have to do. */
function listNodes(
  { nodes, edges }: DrawnGraph,
  { signs, wordsOf }: { readonly signs: GraphSigns; readonly wordsOf: (node: DrawnNode) => Span[] },
): Span[][] {
  const parents = Map.groupBy(edges, ({ to }) => to);
  return nodes.map((node) => {
    const waits = (parents.get(node.id) ?? []).map(({ from, type }) => formatEdge({ type, parent: from }));
    const words = wordsOf({ ...node }).filter(({ isNote }) => isNote !== true);
    const after = waits.length === 0 ? '' : `  after ${shorten(waits).join(', ')}`;
    return [nodeSpan(node, signs), { text: ' ' }, ...words, { text: after, isNote: true }];
  });
}

/** Only where there is more than one kind; below each other where they do not fit beside each other. */
function legend({ edges }: DrawnGraph, { signs, columns }: DrawOptions): Span[][] {
  const types = edgeTypes.filter((type) => edges.some((edge) => edge.type === type));
  if (types.every((type) => type === 'afterok')) return [];
  const entries = types.map((type): Span[] => [
    { text: `${signs.lines[type].level.repeat(2)} `, edge: type },
    { text: `has ${edgeMeanings[type]}`, isNote: true },
  ]);
  if (columns < entries.length * widestEntry) return [[], ...entries];
  return [[], entries.flatMap((entry, index) => (index === 0 ? entry : [{ text: '   ' }, ...entry]))];
}

const widestEntry = '-- has completed   '.length;
