import type { EdgeType } from '../workflow/graph.ts';
import type { DrawnGraph, DrawnNode } from './job-graph.ts';
import { stateColours } from './state-colours.ts';

/** The text of a Mermaid flowchart, as GitHub, GitLab and many editors draw it. */
export function renderMermaid({ title, nodes, edges }: DrawnGraph): string {
  const ids = new Map(nodes.map(({ id }, index) => [id, `j${index}`]));
  const idOf = (name: string) => ids.get(name) ?? '';
  const marks = Map.groupBy(
    nodes.filter(({ mark }) => mark !== undefined),
    ({ mark }) => mark?.kind ?? 'unknown',
  );
  return [
    '---',
    `title: ${JSON.stringify(title)}`,
    '---',
    'flowchart LR',
    ...nodes.map((node) => `  ${idOf(node.id)}${shapeOf(node)}`),
    ...edges.map(({ from, to, type }) => `  ${idOf(from)} ${arrows[type]} ${idOf(to)}`),
    ...[...marks].flatMap(([kind, marked]) => {
      const { fill, line, text } = stateColours[kind];
      return [
        `  classDef ${kind} fill:${fill},stroke:${line},color:${text}`,
        `  class ${marked.map(({ id }) => idOf(id)).join(',')} ${kind}`,
      ];
    }),
    '',
  ].join('\n');
}

const arrows: Readonly<Record<EdgeType, string>> = {
  afterok: '-->',
  after: '-. started .->',
  afterany: '-. ended .->',
  afternotok: '== failed ==>',
};

function shapeOf(node: DrawnNode): string {
  const lines = [node.count === 1 ? node.label : `${node.label} \u00d7${node.count}`, node.note, node.mark?.text ?? ''];
  const text = `"${lines
    .filter((line) => line !== '')
    .map(escapeText)
    .join('<br>')}"`;
  switch (node.kind) {
    case 'job':
      return `[${text}]`;
    case 'handler':
      return `{{${text}}}`;
    case 'final':
      return `([${text}])`;
  }
}

/** Mermaid has entities of its own, and reads labels as HTML and as Markdown. */
function escapeText(text: string): string {
  return text.replace(/[^\p{L}\p{N} .,=:()\u00d7_-]/gu, (letter) => `#${letter.codePointAt(0)};`);
}
