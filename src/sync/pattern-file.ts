import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** All words of a program may have 128 KiB on some systems, and megabytes on others. */
const mostBytes = 64 * 1024;

/** What is left out by its own path is said line by line in a file; others may be rules or comments there. */
const isOfOnePath = (word: string) => word.startsWith('--exclude=/') && !word.includes('\n');

type Argv = readonly [string, ...string[]];

/** Words of rsync that are not too many, with the same meaning: what git leaves out, or what was brought, may be thousands of names. */
export async function withShortWords<Result>(argv: Argv, run: (argv: Argv) => Promise<Result>): Promise<Result> {
  if (argv.reduce((sum, word) => sum + Buffer.byteLength(word) + 1, 0) <= mostBytes) return run(argv);
  const directory = mkdtempSync(join(tmpdir(), 'srunx-patterns-'));
  try {
    const [program, ...words] = argv;
    return await run([program, ...inFiles(words, directory)]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Those side by side go together: of two patterns the first one counts. */
function inFiles(words: readonly string[], directory: string): readonly string[] {
  const short: string[] = [];
  for (let at = 0; at < words.length; ) {
    const next = words.findIndex((word, index) => index >= at && !isOfOnePath(word));
    const end = next < 0 ? words.length : next;
    if (end === at) {
      short.push(words[at] ?? '');
      at += 1;
      continue;
    }
    const file = join(directory, `${short.length}`);
    writeFileSync(
      file,
      words
        .slice(at, end)
        .map((word) => `${word.slice('--exclude='.length)}\n`)
        .join(''),
    );
    short.push(`--exclude-from=${file}`);
    at = end;
  }
  return short;
}
