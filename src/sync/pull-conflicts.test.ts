import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findConflicts } from './pull-conflicts.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'srunx-pull-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const patternsOf = (lines: readonly string[], stderr = '') =>
  findConflicts(root, { stdout: lines.join('\n'), stderr }).patterns;

describe('what a pull leaves alone', () => {
  it('is something else here than there', () => {
    writeFileSync(join(root, 'file'), 'x');
    mkdirSync(join(root, 'directory'));
    symlinkSync('here', join(root, 'a -> b'));
    expect(patternsOf(['cd+++++++++ file/', '>f+++++++++ file/inner'])).toEqual(['/file']);
    expect(patternsOf(['>f+++++++++ other', '>f.st...... file', '.d..t...... directory/'])).toEqual([]);
    expect(patternsOf(['cLc........ a -> b -> there'])).toEqual(['/a -> b']);
    expect(patternsOf([], 'could not make way for new regular file: directory\n')).toEqual(['/directory']);
  });

  it('may have any name', () => {
    writeFileSync(join(root, 'a[b]\\*'), 'x');
    writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.of(0xff, 0x5b)]), 'x');
    expect(patternsOf(['cd+++++++++ a[b]\\*/'])).toEqual(['/a\\[b\\]\\\\\\*']);
    expect(patternsOf(['cd+++++++++ \\#377[/'])).toEqual(['/?\\[']);
    // Where a link leads may be longer than a name.
    expect(patternsOf([`cL+++++++++ ${'n'.repeat(255)} -> ${'m'.repeat(255)} -> x`])).toEqual([]);
  });
});
