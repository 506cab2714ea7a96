import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { renderTar } from './tar-archive.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'srunx-tar-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

it('is what tar reads, whatever the names and contents', () => {
  const files = [
    { name: "0/a b'\n$(x)", content: Buffer.from('one'), mode: 0o600 },
    { name: `0/${'long'.repeat(60)}`, content: Buffer.alloc(512, 7), mode: 0o755 },
    { name: '0/日本語', content: Buffer.alloc(0), mode: 0o644 },
    { name: '0/-rf', content: Buffer.alloc(100_000, 1), mode: 0o700 },
  ];
  execFileSync('tar', ['-xpof', '-', '-C', dir], { input: renderTar(files, 1_700_000_000) });
  for (const { name, content, mode } of files) {
    expect(readFileSync(join(dir, name)).equals(content), name).toBe(true);
    expect(statSync(join(dir, name)).mode & 0o777).toBe(mode);
    expect(statSync(join(dir, name)).mtimeMs).toBe(1_700_000_000_000);
  }
});
