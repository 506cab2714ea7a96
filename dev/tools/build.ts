import { chmodSync, existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'rolldown';
import { emitTypes } from './emit-types.ts';

const root = join(import.meta.dirname, '..', '..');
const dist = join(root, 'dist');
const fresh = `${dist}.new-${process.pid}`;
const old = `${dist}.old-${process.pid}`;
process.chdir(root);

/** One entry and a chunk per command, so that `--help` reads one small file and a command reads only what it needs. */
await build({
  input: { srunx: 'src/main/srunx.ts', 'embedded-runner': 'src/main/embedded-runner.ts', index: 'src/index.ts' },
  platform: 'node',
  // It loads its WASM from its own directory, so it stays a package.
  external: ['minijinja-js'],
  // Its build for Node looks into the environment at every token; this one is the same without, and a fifth faster.
  resolve: { alias: { yaml: join(root, 'node_modules/yaml/browser/index.js') } },
  output: { dir: fresh, format: 'esm', sourcemap: true, chunkFileNames: 'chunks/[name]-[hash].js' },
});
emitTypes(root, join(fresh, 'types'));
chmodSync(join(fresh, 'srunx.js'), 0o755);
// Whatever runs from there meanwhile, such as the embedded runner, keeps a whole program.
if (existsSync(dist)) renameSync(dist, old);
renameSync(fresh, dist);
rmSync(old, { recursive: true, force: true });
