import { type EdgeType, edgeTypes } from '../workflow/graph.ts';
import { edgeMeanings } from './graph-signs.ts';
import type { DrawnGraph, DrawnNode } from './job-graph.ts';
import { type Box, type BoxSize, type Line, type Point, placeGraph } from './place-graph.ts';
import { stateColours } from './state-colours.ts';

const fontSize = 13;
/** Monospaced fonts are at most so wide; what is wider stays within the padding. */
const letterWidth = fontSize * 0.62;
const lineHeight = 17;
const padding = { x: 12, y: 8 } as const;
const margin = 16;

/** A drawing that stands alone: no font, style or script from elsewhere, and readable on light and dark pages. */
export function renderSvg(graph: DrawnGraph): string {
  const { boxes, lines, width, height } = placeGraph(graph, sizeOf);
  const legend = renderLegend(graph, height + margin);
  const full = {
    width: Math.ceil(Math.max(width, legend.width) + 2 * margin),
    height: Math.ceil(height + legend.height + 2 * margin),
  };
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${full.width}" height="${full.height}" viewBox="0 0 ${full.width} ${full.height}" role="img">`,
    `<title>${escapeXml(graph.title)}</title>`,
    `<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${fontSize}" transform="translate(${margin} ${margin})">`,
    ...lines.map(renderLine),
    ...boxes.map(renderBox),
    ...legend.lines,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

function textsOf({ label, count, note, mark }: DrawnNode): readonly string[] {
  const first = count === 1 ? label : `${label} \u00d7${count}`;
  return [first, note, mark?.text ?? ''].filter((text) => text !== '').map(shorten);
}

const mostLetters = 48;

function shorten(text: string): string {
  const letters = [...text];
  return letters.length <= mostLetters ? text : `${letters.slice(0, mostLetters - 1).join('')}\u2026`;
}

function sizeOf(node: DrawnNode): BoxSize {
  const texts = textsOf(node);
  const widest = Math.max(...texts.map(widthOf));
  return { width: Math.ceil(widest + 2 * padding.x), height: texts.length * lineHeight + 2 * padding.y };
}

/** Letters of East Asian scripts, and emoji, take two cells. */
function widthOf(text: string): number {
  return [...text].reduce((sum, letter) => sum + ((letter.codePointAt(0) ?? 0) > 0x2e7f ? 2 : 1), 0) * letterWidth;
}

function renderBox({ node, x, y, width, height }: Box): string {
  const { fill, line, text } = stateColours[node.mark?.kind ?? 'none'];
  const radius = node.kind === 'final' ? height / 2 : node.kind === 'handler' ? 0 : 6;
  const dash = node.kind === 'handler' ? ' stroke-dasharray="5 3"' : '';
  const rows = textsOf(node).map((words, index) => {
    const weight = index === 0 ? ' font-weight="600"' : ' font-size="12"';
    const middle = y + padding.y + (index + 0.5) * lineHeight + fontSize * 0.35;
    return `<text x="${round(x + width / 2)}" y="${round(middle)}" text-anchor="middle" fill="${text}"${weight}>${escapeXml(words)}</text>`;
  });
  return [
    `<g><title>${escapeXml(node.jobs.slice(0, 50).join(', '))}</title>`,
    `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" rx="${radius}" fill="${fill}" stroke="${line}" stroke-width="1.5"${dash}/>`,
    ...rows,
    '</g>',
  ].join('\n');
}

interface LineLook {
  readonly colour: string;
  readonly dash: string | undefined;
}

/** Told apart by their dashes, too. */
const looks: Readonly<Record<EdgeType, LineLook>> = {
  afterok: { colour: '#7b8798', dash: undefined },
  after: { colour: '#7b8798', dash: '2 4' },
  afterany: { colour: '#5b7fd1', dash: '7 4' },
  afternotok: { colour: '#d1574b', dash: '10 3 2 3' },
};

function renderLine({ route: { edge }, points }: Line): string {
  const meaning = `${edge.to}: when ${edge.from} has ${edgeMeanings[edge.type]}`;
  const last = points.at(-1) ?? { x: 0, y: 0 };
  const path = [...points.slice(0, -1), { x: last.x - arrow, y: last.y }];
  return `<g><title>${escapeXml(meaning)}</title>${stroke(edge.type, curve(path))}${head(edge.type, last)}</g>`;
}

const arrow = 8;

function stroke(type: EdgeType, path: string): string {
  const { colour, dash } = looks[type];
  return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="1.6"${dash === undefined ? '' : ` stroke-dasharray="${dash}"`}/>`;
}

function head(type: EdgeType, { x, y }: Point): string {
  const [tip, back] = [round(x), round(x - arrow)];
  return `<path d="M${tip} ${round(y)} L${back} ${round(y - 4)} L${back} ${round(y + 4)} Z" fill="${looks[type].colour}"/>`;
}

/** Level where it leaves, passes and arrives. */
function curve(points: readonly Point[]): string {
  const [first, ...rest] = points;
  let at = first ?? { x: 0, y: 0 };
  const parts = [`M${round(at.x)} ${round(at.y)}`];
  for (const point of rest) {
    const middle = round((at.x + point.x) / 2);
    parts.push(
      at.y === point.y
        ? `L${round(point.x)} ${round(point.y)}`
        : `C${middle} ${round(at.y)} ${middle} ${round(point.y)} ${round(point.x)} ${round(point.y)}`,
    );
    at = point;
  }
  return parts.join(' ');
}

interface Legend {
  readonly lines: readonly string[];
  readonly width: number;
  readonly height: number;
}

/** One below the other, where there is more than one kind of line. */
function renderLegend({ edges }: DrawnGraph, top: number): Legend {
  const types = edgeTypes.filter((type) => edges.some((edge) => edge.type === type));
  if (types.every((type) => type === 'afterok')) return { lines: [], width: 0, height: 0 };
  const lines = types.flatMap((type, index) => {
    const y = top + (index + 0.5) * lineHeight;
    const words = `has ${edgeMeanings[type]}`;
    return [
      stroke(type, `M0 ${round(y)} L${legendLine - arrow} ${round(y)}`),
      head(type, { x: legendLine, y }),
      `<text x="${legendLine + 8}" y="${round(y + 4)}" font-size="12" fill="#7b8798">${words}</text>`,
    ];
  });
  return { lines, width: legendLine + 8 + 14 * letterWidth, height: margin + types.length * lineHeight };
}

const legendLine = 44;

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** What XML may not hold at all becomes a sign that says so. */
function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '\ufffd')
    .replace(/[&<>"']/g, (letter) => entities[letter] ?? letter);
}
