import { chmodSync, existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Plugin } from 'rolldown';
import { emitTypes } from './emit-types.ts';

const root = join(import.meta.dirname, '..', '..');
const dist = join(root, 'dist');
const fresh = `${dist}.new-${process.pid}`;
const old = `${dist}.old-${process.pid}`;
process.chdir(root);

/** Small modules without packages behind them. The command table stays apart: help needs nothing else. */
const base =
  /\/src\/(?:core\/(?:slurm\/|errors|quote|suggest)|shell\/|cluster\/slurm\/|app\/(?:app-context|list-queue|find-rows|take-turn)|engine\/await-budget|store\/(?:request-budget|transaction|storage-error|runs)|cli\/(?:common-options|define-command|output|table|cell-width|colours|clip-line|job-columns)\.ts|main\/(?:create-app-context|run-command-line|parse-command|report-error))/;

/**
 * Node's own modules, taken as they are instead of by `import`: an import of one reads all its exports, which loads what
 * only some of them need (`node:fs` its streams, `node:crypto` its keys). That is a third of the start of a small command.
 */
const plainBuiltins: Plugin = {
  name: 'plain-builtins',
  resolveId: (id) => (id.startsWith('node:') ? { id: `\0${id}`, moduleSideEffects: false } : undefined),
  load(id) {
    if (!id.startsWith('\0node:')) return undefined;
    const name = id.slice(1);
    const get = `process.getBuiltinModule('${name}')`;
    const names = Object.getOwnPropertyNames(process.getBuiltinModule(name)).filter((key) =>
      /^[A-Za-z_]\w*$/.test(key),
    );
    // Functions alone, and not needed by every command: loaded by the first call.
    const value = /\/(?:promises|consumers)$/.test(name)
      ? (key: string) => `(...args) => ${get}.${key}(...args)`
      : (key: string) => `builtin.${key}`;
    const exports = names.filter((key) => key !== 'default').map((key) => `export const ${key} = ${value(key)};`);
    return [`const builtin = /* @__PURE__ */ ${get};`, ...exports, 'export default builtin;'].join('\n');
  },
};

/** One entry and a chunk per command, so that `--help` reads one small file and a command reads only what it needs. */
await build({
  input: { srunx: 'src/main/srunx.ts', 'embedded-runner': 'src/main/embedded-runner.ts', index: 'src/index.ts' },
  platform: 'node',
  // It loads its WASM from its own directory, so it stays a package.
  external: ['minijinja-js'],
  plugins: [plainBuiltins],
  treeshake: { propertyReadSideEffects: false },
  // Its build for Node looks into the environment at every token; this one is the same without, and a fifth faster.
  resolve: { alias: { yaml: join(root, 'node_modules/yaml/browser/index.js') } },
  output: {
    dir: fresh,
    format: 'esm',
    sourcemap: true,
    minify: true,
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
