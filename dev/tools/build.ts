import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'rolldown';

const root = join(import.meta.dirname, '..', '..');
process.chdir(root);

/** One entry and a chunk per command, so that `--help` reads one small file and a command reads only what it needs. */
await build({
  input: { srunx: 'src/main/srunx.ts', 'embedded-runner': 'src/main/embedded-runner.ts', index: 'src/index.ts' },
  platform: 'node',
  // It loads its WASM from its own directory, so it stays a package.
  external: ['minijinja-js'],
  output: { dir: 'dist', format: 'esm', sourcemap: true, chunkFileNames: 'chunks/[name]-[hash].js', cleanDir: true },
});
chmodSync(join(root, 'dist', 'srunx.js'), 0o755);
