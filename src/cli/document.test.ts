import { describe, expect, it } from 'vitest';
import { documentLines } from './document.ts';
import type { ListingFormat } from './listing-choice.ts';
import { readQuery } from './read-query.ts';

const rows = [
  { id: '1', name: 'a "b",\n日本', gpus: 4, tags: ['x', 'y'], none: null, left: undefined },
  { id: '2', name: 'c\td\x1b[31m', gpus: 12, tags: [], none: null, left: undefined },
];

async function lines(expression: string | undefined, format: ListingFormat, header = true): Promise<string> {
  const query = expression === undefined ? undefined : readQuery(expression);
  return (await documentLines(rows, { format, header }, { query, terminal: undefined })).join('\n');
}

describe('what --query finds', () => {
  it.each<[string, ListingFormat, string]>([
    ['[].id', 'json', '["1","2"]'],
    ['[0].id', 'json', '"1"'],
    ['nothing', 'json', 'null'],
    ['[0].left', 'json', 'null'],
    ['[].id', 'jsonl', '"1"\n"2"'],
    ['[0].{a: id}', 'jsonl', '{"a":"1"}'],
    ['[].{a: id}', 'yaml', '- a: "1"\n- a: "2"'],
    ['[].{a: id, b: name, c: tags, d: none}', 'csv', 'a,b,c,d\n1,"a ""b"",\n日本","x,y",\n2,c\td\x1b[31m,,'],
    ['[].{a: id, b: name}', 'tsv', 'a\tb\n1\ta "b",\\n日本\n2\tc\\td\x1b[31m'],
    ['[].[id, gpus]', 'tsv', '1\t4\n2\t12'],
    ['[].id', 'tsv', '1\n2'],
    ['[0].gpus', 'tsv', '4'],
    ['[0].{a: id, b: gpus}', 'csv', 'a,b\n1,4'],
    [
      '[].{a: name, gpus: gpus, none: none}',
      'table',
      'A             GPUS  NONE\na "b",\\n日本     4     -\nc\\td\\x1b[31m    12     -',
    ],
    ['[].[id, gpus]', 'wide', '1   4\n2  12'],
    ['[?id > `5`]', 'table', ''],
    ['nothing', 'csv', ''],
  ])('%s as %s', async (expression, format, expected) => {
    expect(await lines(expression, format)).toBe(expected);
  });

  it('has no titles where none are wanted', async () => {
    expect(await lines('[].{a: id}', 'csv', false)).toBe('1\n2');
    expect(await lines('[].{a: id}', 'table', false)).toBe('1\n2');
  });

  it.each<[string, ListingFormat]>([
    ['{a: @}', 'csv'],
    ['[].{a: {b: id}}', 'table'],
    ['[].[tags, [tags]]', 'tsv'],
    ['[[0], `[1]`]', 'wide'],
  ])('is refused where it is no rows: %s as %s', async (expression, format) => {
    await expect(lines(expression, format)).rejects.toMatchObject({
      message: `what --query finds are no rows, which ${format} needs`,
      code: 'usage.query_rows',
      exitCode: 2,
    });
  });

  it('is the document itself without an expression', async () => {
    expect(await lines(undefined, 'json')).toBe(JSON.stringify(rows));
  });
});
