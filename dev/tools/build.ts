import { chmodSync, existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'rolldown';
import { emitTypes } from './emit-types.ts';

const root = join(import.meta.dirname, '..', '..');
const dist = join(root, 'dist');
const fresh = `${dist}.new-${process.pid}`;
const old = `${dist}.old-${process.pid}`;
process.chdir(root);

/** Small modules without packages behind them. The command table stays apart: help needs nothing else. */
const base =
  /\/src\/(?:core\/(?:slurm\/|errors|quote|suggest)|shell\/|cluster\/slurm\/|app\/(?:app-context|list-queue|find-rows)|cli\/(?:common-options|define-command|output|table|cell-width|colours|clip-line|job-columns)\.ts|main\/(?:create-app-context|run-command-line|parse-command|report-error))/;

/** One entry and a chunk per command, so that `--help` reads one small file and a command reads only what it needs. */
await build({
  input: { srunx: 'src/main/srunx.ts', 'embedded-runner': 'src/main/embedded-runner.ts', index: 'src/index.ts' },
  platform: 'node',
  // It loads its WASM from its own directory, so it stays a package.
  external: ['minijinja-js'],
  // Its build for Node looks into the environment at every token; this one is the same without, and a fifth faster.
  resolve: { alias: { yaml: join(root, 'node_modules/yaml/browser/index.js') } },
  output: {
    dir: fresh,
    format: 'esm',
    sourcemap: true,
    chunkFileNames: 'chunks/[name]-[hash].js',
    // What nearly every command needs lies in one file: opening a file costs more than the lines in it.
    codeSplitting: {
      groups: [
        { name: 'start', test: /\/src\/(?:cli\/command-table|main\/version)/, priority: 2 },
        { name: 'base', test: base, priority: 1 },
      ],
    },
  },
});
emitTypes(root, join(fresh, 'types'));
chmodSync(join(fresh, 'srunx.js'), 0o755);
// Whatever runs from there meanwhile, such as the embedded runner, keeps a whole program.
if (existsSync(dist)) renameSync(dist, old);
renameSync(fresh, dist);
rmSync(old, { recursive: true, force: true });
