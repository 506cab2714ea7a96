import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { withShortWords } from './pattern-file.ts';

const many = Array.from({ length: 5_000 }, (_, index) => `--exclude=/results/run-${index}.csv`);

describe('words of rsync', () => {
  it('stay as they are where they are few', async () => {
    const argv = ['rsync', '-a', '--exclude=/a', '--', 'b/', 'c/'] as const;
    expect(await withShortWords(argv, async (words) => words)).toBe(argv);
  });

  it('are in files where they are many, in the same order, as long as rsync runs', async () => {
    const argv = [
      'rsync',
      '--exclude=*.log',
      ...many,
      '--exclude=+ /kept',
      '--exclude=/a\nb',
      '--exclude=/z',
      '--',
      'b/',
    ] as const;
    const files: string[] = [];
    const words = await withShortWords(argv, async (short) => {
      for (const word of short.filter((word) => word.startsWith('--exclude-from='))) files.push(word.slice(15));
      expect(files.map((file) => readFileSync(file, 'utf8').split('\n').length - 1)).toEqual([5_000, 1]);
      expect(readFileSync(files[0] ?? '', 'utf8')).toMatch(/^\/results\/run-0\.csv\n\/results\/run-1\.csv\n/);
      return short;
    });
    const from = (file: string | undefined) => `--exclude-from=${file}`;
    const [first, second] = files;
    expect(words).toEqual([
      'rsync',
      '--exclude=*.log',
      from(first),
      '--exclude=+ /kept',
      '--exclude=/a\nb',
      from(second),
      '--',
      'b/',
    ]);
    expect(files.some((file) => existsSync(file))).toBe(false);
  });
});
