import { describe, expect, it } from 'vitest';
import { type DrawnGraph, type GraphJob, graphOf, markKinds } from './job-graph.ts';
import { placeGraph } from './place-graph.ts';
import { renderMermaid } from './render-mermaid.ts';
import { renderSvg } from './render-svg.ts';

const hostile = `a "b" <c> & 'd' #1; \`e\` [f] {g} |h| --> %%i 日本語\u0001`;

const jobs: readonly GraphJob[] = [
  { name: 'prepare', edges: [], mark: { kind: 'completed', text: 'completed' } },
  { name: 'train', edges: [{ type: 'afterok', parent: 'prepare' }], matrix: { x: hostile }, array: '0-9' },
  { name: 'train.on_failure', edges: [{ type: 'afternotok', parent: 'train' }], handles: 'train' },
  {
    name: 'report',
    edges: [
      { type: 'after', parent: 'prepare' },
      { type: 'afterok', parent: 'train' },
    ],
  },
  {
    name: 'clean',
    edges: [
      { type: 'afterany', parent: 'report' },
      { type: 'afterany', parent: 'prepare' },
    ],
    isFinal: true,
  },
];

const graph: DrawnGraph = graphOf(`flow ${hostile}`, jobs);

describe('as Mermaid', () => {
  const text = renderMermaid(graph);

  it('has a node for each job and an arrow for each edge', () => {
    expect(text.match(/^ {2}j\d+[[({].*/gm)).toHaveLength(5);
    expect(text).toContain(
      '  j0 --> j1\n  j1 == failed ==> j2\n  j0 -. started .-> j3\n  j1 --> j3\n  j3 -. ended .-> j4\n',
    );
    expect(text).toContain('  class j0 completed\n');
  });

  it('escapes what would mean something to it', () => {
    const [label = ''] = /(?<=j1\[").*(?="\])/.exec(text) ?? [];
    expect(label).toContain('train \u00d710<br>');
    expect(label.replaceAll('<br>', '')).not.toMatch(/["<>&'`[\]{}|%]/);
    expect(label).toContain('#34;b#34;');
    expect(label).toContain('日本語');
  });
});

describe('as SVG', () => {
  const svg = renderSvg(graph);

  it('is XML that refers to nothing, whatever texts it holds', () => {
    expect(svg).not.toMatch(/[\0-\x08\x0b-\x1f]|href|url\(|<script|<style|@import/);
    expect(svg.replaceAll(/<[^<>]*>/g, '')).not.toMatch(/[<>]|&(?!(?:amp|lt|gt|quot|#39);)/);
    const open: string[] = [];
    for (const [, close = '', name = '', alone = ''] of svg.matchAll(/<(\/?)([a-z]+)[^<>]*?(\/?)>/g)) {
      if (close !== '') expect(open.pop()).toBe(name);
      else if (alone === '') open.push(name);
    }
    expect(open).toEqual([]);
  });

  it('has texts that fit into their boxes, and boxes that do not overlap', () => {
    const { boxes, width, height } = placeGraph(graph, ({ label }) => ({ width: label.length * 8, height: 30 }));
    for (const [index, box] of boxes.entries()) {
      expect([box.x >= 0, box.y >= 0, box.x + box.width <= width, box.y + box.height <= height]).not.toContain(false);
      for (const other of boxes.slice(index + 1)) {
        const isApart = box.x + box.width <= other.x || other.x + other.width <= box.x;
        expect(isApart || box.y + box.height <= other.y || other.y + other.height <= box.y).toBe(true);
      }
    }
    const texts = [...svg.matchAll(/<rect x="[^"]*" y="[^"]*" width="([\d.]+)"[^>]*>\n((?:<text.*\n)+)/g)];
    expect(texts).toHaveLength(5);
    for (const [, wide = '', lines = ''] of texts) {
      for (const [, words = ''] of lines.matchAll(/>([^<]*)<\/text>/g)) {
        const cells = [...words.replaceAll(/&[^;]+;/g, 'x')].length;
        expect(cells * 13 * 0.6).toBeLessThan(Number(wide));
      }
    }
  });

  it('is quick, also where there is much to draw', () => {
    const many = Array.from({ length: 600 }, (_, index): GraphJob => {
      const edges =
        index < 30
          ? []
          : [0, 7, 13].map((step) => ({ type: 'afterok' as const, parent: `j${index - 30 + (step % 17)}` }));
      return { name: `j${index}`, edges, mark: { kind: markKinds[index % 6] ?? 'unknown', text: 'x' } };
    });
    expect(renderSvg(graphOf('many', many)).match(/<rect /g)).toHaveLength(600);
  });
});
