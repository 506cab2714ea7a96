import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkLayers } from './check-layers.ts';

let source = '';
beforeEach(() => {
  source = mkdtempSync(join(tmpdir(), 'srunx-layers-'));
});
afterEach(() => rmSync(source, { recursive: true }));

function write(file: string, text: string): void {
  mkdirSync(dirname(join(source, file)), { recursive: true });
  writeFileSync(join(source, file), text);
}

it.each([
  ['core/plan.ts', "import { readFileSync } from 'node:fs';", 'core must stay pure: no import of node:fs'],
  ['core/plan.ts', "import pad from 'left-pad';", 'core must stay pure: no import of left-pad'],
  ['core/plan.ts', "import { a } from '../shell/shell.ts';", 'core must not import shell/shell.ts'],
  ['cli/squeue.ts', "import { a } from '../store/jobs.ts';", 'cli must not import store/jobs.ts'],
  ['cli/squeue.ts', "import type { A } from '../cluster/cluster.ts';", 'cli must not import cluster/cluster.ts'],
  ['cli/squeue.ts', "export { a } from '../store/jobs.ts';", 'cli must not import store/jobs.ts'],
  ['cli/squeue.ts', "export * from '../store/jobs.ts';", 'cli must not import store/jobs.ts'],
  ['app/tail.ts', "const x = await import('../cli/tail.ts');", 'app must not import cli/tail.ts'],
  [
    'engine/run.ts',
    "import { a } from '../cluster/slurm/cancel.ts';",
    'engine must not import cluster/slurm/cancel.ts',
  ],
  ['notify/slack.ts', "import { a } from '../store/jobs.ts';", 'notify must not import store/jobs.ts'],
])('%s: %s', (file, text, message) => {
  write(file, `// one line above\n${text}\n`);
  expect(checkLayers(source)).toEqual([{ file, line: 2, message }]);
});

it('knows only the layers of its table', () => {
  write('helpers/x.ts', 'export {};');
  expect(checkLayers(source)).toMatchObject([{ message: expect.stringContaining('`helpers` is not a layer') }]);
});

it('permits what the table permits, and everything in tests', () => {
  write('core/a.ts', "import { z } from 'zod';\nimport { b } from './b.ts';");
  write('engine/run.ts', "import type { C } from '../cluster/cluster.ts';\nimport { s } from '../store/runs.ts';");
  write('main/x.ts', "import '../cli/squeue.ts';\nimport '../store/jobs.ts';");
  write('core/a.test.ts', "import { readFileSync } from 'node:fs';\nimport '../cli/squeue.ts';");
  expect(checkLayers(source)).toEqual([]);
});
