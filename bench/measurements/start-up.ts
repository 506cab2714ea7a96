import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compare, type Measured, ms, program } from '../measure.ts';

/** How long a user waits for the help, against a Node program that does nothing. */
export async function measureStartUp(): Promise<Measured[]> {
  const dir = mkdtempSync(join(tmpdir(), 'srunx-bench-'));
  try {
    const empty = join(dir, 'empty.mjs');
    writeFileSync(empty, '');
    const env = { ...process.env, XDG_CACHE_HOME: dir };
    const { ours, theirs } = await compare(
      {
        ours: { argv: [process.execPath, program, '--help'], env },
        theirs: { argv: [process.execPath, empty], env },
      },
      15,
    );
    return [
      {
        what: 'srunx --help',
        value: ms(ours),
        reference: `${(ours / theirs).toFixed(2)} x an empty Node program (${ms(theirs)})`,
        limit: '2.5 x',
        withinLimit: ours <= 2.5 * theirs,
      },
    ];
  } finally {
    rmSync(dir, { recursive: true });
  }
}
