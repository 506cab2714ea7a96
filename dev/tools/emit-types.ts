import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

/** Writes the declarations of the library, `index.d.ts` and what it names, and nothing of the program behind it. */
export function emitTypes(root: string, target: string): void {
  const all = mkdtempSync(join(tmpdir(), 'srunx-types-'));
  try {
    const tsc = join(root, 'node_modules', '.bin', 'tsc');
    execFileSync(tsc, ['-p', join(root, 'tsconfig.types.json'), '--outDir', all], { stdio: 'inherit' });
    const needed = new Set([join(all, 'index.d.ts')]);
    for (const file of needed) {
      const text = readFileSync(file, 'utf8');
      for (const [, specifier = ''] of text.matchAll(/(?:from |import\()['"](\.[^'"]+)\.ts['"]/g)) {
        needed.add(join(dirname(file), `${specifier}.d.ts`));
      }
      const copy = join(target, relative(all, file));
      mkdirSync(dirname(copy), { recursive: true });
      writeFileSync(copy, text);
    }
  } finally {
    rmSync(all, { recursive: true });
  }
}
