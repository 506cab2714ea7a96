import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environmentKeys } from '../src/core/job/environment-schema.ts';
import { resourceKeys } from '../src/core/job/resources-schema.ts';
import { rootKeys } from '../src/core/workflow/check-root.ts';
import { jobKeys, unsupportedKeys } from '../src/core/workflow/job-schema.ts';
import type { Plan } from '../src/core/workflow/plan.ts';
import { planAny } from '../src/core/workflow/plan-any.ts';
import { createRenderer } from '../src/templates/minijinja-renderer.ts';
import { parseMarkdown } from './tools/markdown.ts';

const root = join(import.meta.dirname, '..');

/** `others`: what it may include, by the path that it says. */
function plan(text: string, source: string, others: ReadonlyMap<string, string> = new Map()): Pick<Plan, 'jobs'> {
  const { kind, plan: read } = planAny({
    text,
    source,
    overrides: {},
    selection: { from: undefined, to: undefined, only: [] },
    renderer: createRenderer(),
    launcher: 'none',
    python: 'allowed',
    readScript: () => '#!/bin/sh\n',
    readWorkflow(path) {
      const other = others.get(path);
      return other === undefined ? undefined : { source: path, id: path, text: other };
    },
    hash: (content) => createHash('sha256').update(content).digest('hex'),
  });
  return kind === 'workflow' ? read : { jobs: read.groups.flatMap(({ stages }) => stages.map(({ job }) => job)) };
}

it.each(globSync('examples/*/*.yaml', { cwd: root }))('%s is a valid workflow', (file) => {
  const folder = join(root, dirname(file));
  const beside = globSync('*.yaml', { cwd: folder });
  const others = new Map(beside.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
  expect(plan(readFileSync(join(root, file), 'utf8'), file, others).jobs.length).toBeGreaterThan(0);
});

describe('the documents', () => {
  const workflows = globSync(['README.md', 'docs/**/*.md'], { cwd: root }).flatMap((file) =>
    parseMarkdown(readFileSync(join(root, file), 'utf8'))
      .fences.filter(({ language }) => language === 'yaml')
      .map(({ lines }) => ({ place: `${file}:${lines[0]?.line}`, text: lines.map(({ text }) => text).join('\n') })),
  );

  /** A workflow that is shown with its path in a comment above it may be included by another one. */
  const others = new Map(
    workflows.map(({ text }) => [/^# (\S+\.yaml)$/m.exec(text.split('\n')[0] ?? '')?.[1] ?? '', text]),
  );

  it('show workflows', () => expect(workflows.length).toBeGreaterThan(2));

  it.each(workflows)('show a valid one at $place', ({ place, text }) => {
    expect(plan(text, place, others).jobs.length).toBeGreaterThan(0);
  });

  it('explain every key of a workflow file', () => {
    const guide = parseMarkdown(readFileSync(join(root, 'docs', 'guide', 'workflows.md'), 'utf8'));
    const explained = new Set(guide.code.map(({ text }) => text));
    const keys = [rootKeys, jobKeys, resourceKeys, environmentKeys, [...unsupportedKeys]].flat();
    const missing = keys.filter((key) => !explained.has(key));
    expect(missing).toEqual([]);
  });

  it('give a reason for every runtime dependency', () => {
    const reasons = readFileSync(join(root, 'docs', 'adr', '0007-runtime-dependencies.md'), 'utf8');
    const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { dependencies: object };
    expect(Object.keys(dependencies).filter((name) => !reasons.includes(`\`${name}\``))).toEqual([]);
  });
});

describe('examples/iris', () => {
  const folder = join(root, 'examples', 'iris');
  const [, ...rows] = readFileSync(join(folder, 'iris.csv'), 'utf8').trimEnd().split('\n');
  const flowers = rows.map((row) => row.split(','));
  const results = mkdtempSync(join(tmpdir(), 'srunx iris-'));
  afterAll(() => rmSync(results, { recursive: true }));

  it('has the data of Fisher', () => {
    const species = flowers.map((cells) => cells[4]);
    expect(
      ['setosa', 'versicolor', 'virginica'].map((name) => species.filter((other) => other === name).length),
    ).toEqual([50, 50, 50]);
    const mean = (column: number) => flowers.reduce((sum, cells) => sum + Number(cells[column]), 0) / flowers.length;
    expect([0, 1, 2, 3].map((column) => mean(column).toFixed(3))).toEqual(['5.843', '3.057', '3.758', '1.199']);
    // The two flowers in which the copy of the UCI repository differs.
    expect([rows[34], rows[37]]).toEqual(['4.9,3.1,1.5,0.2,setosa', '4.9,3.6,1.4,0.1,setosa']);
  });

  describe('run step by step', () => {
    const read = (name: string) => readFileSync(join(results, name), 'utf8');
    let report = '';
    beforeAll(async () => {
      const { jobs } = plan(
        readFileSync(join(folder, 'workflow.yaml'), 'utf8').replaceAll('"{{ here }}"', '.'),
        'iris',
      );
      for (const { script } of jobs) {
        const command = script.replaceAll(/(?<==|\s)results/g, `'${results}'`);
        const { stdout } = await promisify(execFile)('bash', ['-c', command], { cwd: folder });
        report = stdout;
      }
    });

    it('splits every species alike, and loses no flower', () => {
      const sets = ['train.csv', 'test.csv'].map((name) => read(name).trimEnd().split('\n').slice(1));
      expect(sets.map((set) => set.filter((row) => row.endsWith('virginica')).length)).toEqual([35, 15]);
      expect(sets.flat().sort()).toEqual([...rows].sort());
    });

    it('learns, except where the learning rate is too small', () => {
      const accuracies = JSON.parse(read('accuracies.json')) as { learningRate: string; test: { right: number } }[];
      const [slow, middle, fast] = accuracies;
      expect(accuracies.map(({ learningRate }) => learningRate)).toEqual(['1e-3', '0.03', '1']);
      expect(slow?.test.right).toBeLessThan(30);
      expect(middle?.test.right).toBeGreaterThan(40);
      expect(fast?.test.right).toBeGreaterThan(40);
    });

    it('reports', () => {
      expect(report).toMatch(/^learning rate {2}epochs {4}loss {3}train {4}test$/m);
      expect(report).toMatch(/^best: learning rate 1, 4[0-5] of 45 test flowers right$/m);
    });
  });
});
