import { chmodSync, existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build, type ChunkingContext, type Plugin } from 'rolldown';
import { emitTypes } from './emit-types.ts';

const root = join(import.meta.dirname, '..', '..');
const dist = join(root, 'dist');
const fresh = `${dist}.new-${process.pid}`;
const old = `${dist}.old-${process.pid}`;
process.chdir(root);

/** Small modules without packages behind them. The command table stays apart: help needs nothing else. */
const base =
  /\/src\/(?:core\/(?:slurm\/|config\/|remote\/|errors|quote|suggest)|shell\/|cluster\/slurm\/|app\/(?:app-context|target-name|choose-target|load-config|config-files|list-queue|find-rows|take-turn)|engine\/await-budget|store\/(?:request-budget|transaction|storage-error|runs)|cli\/(?:common-options|define-command|output|table|cell-width|colours|clip-line|job-columns)\.ts|main\/(?:create-app-context|ssh-accounts|targets|run-command-line|parse-command|report-error))/;

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
    // Not needed by every command: loaded by the first call of one of its functions.
    const isLazy = /\/(?:promises|consumers)$|:(?:crypto|zlib|v8)$/.test(name);
    const builtin = process.getBuiltinModule(name);
    const value = (key: string) =>
      isLazy && /^[a-z]/.test(key) && typeof Object.getOwnPropertyDescriptor(builtin, key)?.value === 'function'
        ? `(...args) => ${get}.${key}(...args)`
        : `builtin.${key}`;
    const exports = names.filter((key) => key !== 'default').map((key) => `export const ${key} = ${value(key)};`);
    return [`const builtin = /* @__PURE__ */ ${get};`, ...exports, 'export default builtin;'].join('\n');
  },
};

/** What costs time to load, the heaviest first: a chunk is named after the heaviest thing that loading it loads. */
const heavy: readonly (readonly [string, RegExp])[] = [
  ['workflow', /\/node_modules\/(?:zod|yaml)\/|\/src\/(?:templates|core\/workflow\/python)\//],
  ['embedded', /\/src\/cluster\/embedded\//],
  ['records', /node:sqlite$/],
  ['hashes', /node:crypto$/],
  // Light, but only for `--query`.
  ['query', /\/src\/(?:core\/query\/|cli\/read-query)/],
];

const reached = new Map<string, ReadonlySet<string>>();

/** The heavy things that loading a module loads with it. */
function heavyBehind(id: string, context: ChunkingContext): ReadonlySet<string> {
  const known = reached.get(id);
  if (known !== undefined) return known;
  const found = new Set(heavy.flatMap(([name, pattern]) => (pattern.test(id) ? [name] : [])));
  reached.set(id, found);
  for (const imported of context.getModuleInfo(id)?.importedIds ?? []) {
    for (const name of heavyBehind(imported, context)) found.add(name);
  }
  return found;
}

/** What people and scripts ask all day. */
const often: Readonly<Record<string, readonly string[]>> = {
  listing: ['cli/commands/squeue', 'cli/commands/sinfo'],
  sync: ['cli/commands/ssh-sync', 'sync/rsync-client'],
};
const loaded = new Map<string, ReadonlySet<string>>();

/** Whether one of these loads it. */
function isLoadedBy(name: keyof typeof often, { id, context }: { id: string; context: ChunkingContext }): boolean {
  const known = loaded.get(name);
  if (known !== undefined) return known.has(id);
  const all = new Set((often[name] ?? []).map((module) => join(root, 'src', `${module}.ts`)));
  // A set goes on with what is added meanwhile.
  for (const one of all) for (const next of context.getModuleInfo(one)?.importedIds ?? []) all.add(next);
  loaded.set(name, all);
  return all.has(id);
}

/**
 * Modules that load the same heavy things share a chunk: few files, because homes of clusters lie on slow network disks, and
 * yet nothing is loaded that the command does not need.
 */
function chunkOf(id: string, context: ChunkingContext): string {
  const behind = heavyBehind(id, context);
  const heaviest = heavy.find(([name]) => behind.has(name))?.[0];
  if (heaviest === undefined && (base.test(id) || /commander|node:/.test(id))) return 'base';
  if (heaviest === undefined && isLoadedBy('listing', { id, context })) return 'listing';
  if ((heaviest ?? 'hashes') === 'hashes' && isLoadedBy('sync', { id, context })) return 'sync';
  return heaviest ?? 'commands';
}

/** A chunk takes what its modules need and no earlier one has: what a light one shares with a heavy one must not lie in the latter. */
const lightFirst = ['base', 'listing', 'sync', 'commands', ...heavy.map(([name]) => name).reverse()];

const entries = /\/src\/(?:main\/(?:srunx|embedded-runner)|index)\.ts$/;

/**
 * The target of an `import()` becomes a file of its own even where all of it lies in a shared chunk: a line that exports what
 * the chunk exports under the same names. The chunk itself serves as well, and a start opens one file less.
 */
const withoutFacades: Plugin = {
  name: 'without-facades',
  generateBundle(_, bundle) {
    const chunks = Object.values(bundle).filter((file) => file.type === 'chunk');
    const facades = chunks.flatMap(({ isDynamicEntry, code, fileName }) => {
      const target = isDynamicEntry
        ? /^export\{[\w$,]+\}from"\.\/([^"]+)";?\s*(?:\/\/#.*\s*)?$/.exec(code)?.[1]
        : undefined;
      return target === undefined ? [] : [{ fileName, from: fileName.slice('chunks/'.length), to: target }];
    });
    for (const chunk of chunks) for (const { from, to } of facades) chunk.code = chunk.code.replaceAll(from, to);
    for (const { fileName } of facades) {
      delete bundle[fileName];
      delete bundle[`${fileName}.map`];
    }
  },
};

/** One small entry; help is answered from the table alone. */
await build({
  input: { srunx: 'src/main/srunx.ts', 'embedded-runner': 'src/main/embedded-runner.ts', index: 'src/index.ts' },
  platform: 'node',
  // It loads its WASM from its own directory, so it stays a package.
  external: ['minijinja-js'],
  plugins: [plainBuiltins, withoutFacades],
  preserveEntrySignatures: 'allow-extension',
  treeshake: { propertyReadSideEffects: false },
  // Its build for Node looks into the environment at every token; this one is the same without, and a fifth faster.
  resolve: {
    alias: {
      yaml: join(root, 'node_modules/yaml/browser/index.js'),
      // Its other build asks for its parts at run time, by names that no bundle has.
      'jsonc-parser': join(root, 'node_modules/jsonc-parser/lib/esm/main.js'),
    },
  },
  output: {
    dir: fresh,
    format: 'esm',
    // They turn places of an error into lines of our files, which a package does not need to hold for that.
    sourcemap: true,
    sourcemapExcludeSources: true,
    minify: true,
    minifyInternalExports: false,
    // All of one length, so that one can stand in place of another without moving what follows.
    chunkFileNames: ({ name }) => `chunks/${name.slice(0, 8).padEnd(8, '_')}-[hash].js`,
    codeSplitting: {
      groups: [
        {
          name: 'start',
          test: /\/src\/(?:cli\/(?:command-table|find-command|fold-help|root-help)|main\/version)/,
          priority: lightFirst.length + 1,
        },
        ...lightFirst.map((chunk, index) => ({
          name: (id: string, context: ChunkingContext) => (chunkOf(id, context) === chunk ? chunk : null),
          debugName: chunk,
          test: (id: string) => !entries.test(id),
          priority: lightFirst.length - index,
        })),
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
