import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from 'oxc-parser';
import { describe, expect, it } from 'vitest';
import { createOutput } from './output.ts';
import { signsFor } from './signs.ts';
import { formatTable } from './table.ts';

describe('the signs that srunx draws with', () => {
  it.each([
    [{ LANG: 'en_US.UTF-8' }, false],
    [{ LANG: 'de_DE.utf8@euro' }, false],
    [{ LC_CTYPE: 'UTF-8' }, false],
    [{ LC_ALL: 'C.UTF-8', LANG: 'C' }, false],
    [{ LC_ALL: '', LC_CTYPE: '', LANG: 'C.utf8' }, false],
    [{}, true],
    [{ LANG: 'C' }, true],
    [{ LANG: 'POSIX' }, true],
    [{ LANG: 'ja_JP.eucJP' }, true],
    [{ LC_ALL: 'C', LANG: 'en_US.UTF-8' }, true],
    [{ LC_CTYPE: 'en_US.ISO-8859-1', LANG: 'en_US.UTF-8' }, true],
    [{ SRUNX_ASCII: '1', LANG: 'en_US.UTF-8' }, true],
    [{ SRUNX_ASCII: '0', LANG: 'C' }, false],
    [{ SRUNX_ASCII: '', LANG: 'C.UTF-8' }, false],
  ])('are those of %j', (env, isAscii) => {
    expect(/^[\x20-\x7e]*$/.test(Object.values(signsFor(env)).join(''))).toBe(isAscii);
  });

  it('are ASCII where the locale says so, and the texts of users stay', () => {
    let text = '';
    const stdout = { isTTY: true, columns: 12, rows: 9, write: (chunk: unknown) => (text += String(chunk)) };
    const out = createOutput({ stdout, stderr: stdout, env: { LANG: 'C' } }, { json: false, quiet: false });
    out.redraw(['日本語 and more', '… ok']);
    expect(text).toBe('日本語 and +\x1b[K\n… ok\x1b[K\n\x1b[J');
    const columns = [{ title: 'NAME', value: (name: string) => name, elastic: true as const }];
    expect(formatTable(columns, ['日本語の長い名前'], { columns: 12, signs: out.signs })[1]).toBe('日本語の長+');
  });

  it('cut to one cell', () => {
    for (const env of [{ LANG: 'C' }, { LANG: 'C.UTF-8' }]) expect([...signsFor(env).cut]).toHaveLength(1);
  });
});

/** What a program prints beyond ASCII comes from `signs.ts` or from users: nothing else in the source is such a text. */
describe('the source', () => {
  const root = join(import.meta.dirname, '..');
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /(?<!\.test)\.ts$/.test(file),
  );

  it('has only ASCII outside comments, but for the signs', () => {
    const found = files.filter((file) => {
      const text = readFileSync(join(root, file), 'utf8');
      if (/^[\x00-\x7f]*$/.test(text)) return false;
      const { comments } = parseSync(file, text);
      const code = comments.reduceRight((rest, { start, end }) => rest.slice(0, start) + rest.slice(end), text);
      return /[^\x00-\x7f]/.test(code);
    });
    expect(found).toEqual(['cli/signs.ts']);
  });
});
