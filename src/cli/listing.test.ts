import { describe, expect, it } from 'vitest';
import type { Listing } from './field.ts';
import { openListing } from './listing.ts';
import { createOutput } from './output.ts';
import { readQuery } from './read-query.ts';

interface Pet {
  readonly id: string;
  readonly name: string;
  readonly legs: number | null;
}

const pets: readonly Pet[] = [
  { id: '10', name: 'a "b",\nc\\\t|', legs: 4 },
  { id: '9', name: '日本\x1b[31m', legs: null },
  { id: '2', name: 'snake', legs: 0 },
];

const listing: Listing<Pet> = {
  fields: [
    { key: 'pet_id', title: 'ID', json: ({ id }) => id, native: ['%i', 'PetID'] },
    { key: 'name', title: 'NAME', json: ({ name }) => name, elastic: true, native: ['%j'] },
    { key: 'legs', title: 'LEGS', json: ({ legs }) => legs, align: 'right', drop: 1 },
    { key: 'kind', title: 'KIND', text: ({ legs }) => (legs === 0 ? 'crawler' : 'walker'), native: ['Legs'] },
    { key: 'colour', title: 'COLOUR', json: () => 'red', onRequest: true },
  ],
  table: ['pet_id', 'name', 'legs'],
  id: ({ id }) => id,
};

async function show(
  options: Readonly<Record<string, unknown>>,
  { rows = pets, columns }: { readonly rows?: readonly Pet[]; readonly columns?: number } = {},
): Promise<string> {
  let text = '';
  const stdout = { write: (chunk: unknown) => (text += String(chunk)), isTTY: columns !== undefined, columns };
  const out = createOutput(
    { stdout, stderr: { write: () => true }, env: { NO_COLOR: '1', LANG: 'C.UTF-8' } },
    {
      json: false,
      quiet: false,
      query: options['query'] === undefined ? undefined : readQuery(String(options['query'])),
    },
  );
  await openListing(listing, { options, context: { out } }).show(rows);
  return text;
}

describe('a listing', () => {
  it.each([
    [{}, 'ID  NAME           LEGS\n10  a "b",\\nc\\\\t|     4\n'],
    [{ format: 'ids' }, '10\n9\n2\n'],
    [{ sort: ['pet_id'], format: 'ids' }, '2\n9\n10\n'],
    [{ sort: ['-legs'], format: 'ids' }, '10\n2\n9\n'],
    [{ sort: ['legs'], format: 'ids' }, '2\n10\n9\n'],
    [{ sort: ['-i'], format: 'ids' }, '10\n9\n2\n'],
    [{ columns: ['name,LEGS'], header: false, sort: ['id'] }, 'snake             0\n'],
    [{ columns: ['PetID%4,kind'], sort: ['id'] }, 'ID    KIND\n2     crawler\n'],
    [{ columns: ['PetID:.4,name:-3'], sort: ['id'] }, '  ID  NAM\n   2  sna\n'],
    [{ columns: ['PetID:.4|,name:|'], sort: ['id'] }, '  ID|NAME|\n   2|snake|\n'],
    [{ columns: ['name,PetID:|'], sort: ['id'] }, 'NAME                ID|\nsnake               2|\n'],
    [{ columns: ['all'], sort: ['id'] }, 'ID  NAME           LEGS\n2   snake             0\n'],
    [{ format: '%all', sort: ['id'] }, 'ID|NAME|LEGS\n2|snake|0\n'],
    [{ Format: ['PetID%4,kind'], sort: ['id'] }, 'ID    KIND\n2     crawler\n'],
    [{ format: 'PetID,Name%3', sort: ['id'] }, 'ID  NAM\n2   sna\n'],
    [{ format: 'PetID', sort: ['id'] }, 'ID\n2\n'],
    [{ columns: ['legs'], sort: ['id'] }, 'LEGS\n   0\n'],
    // Slurm's word for another column than ours.
    [{ Format: ['legs'], sort: ['id'] }, 'KIND\ncrawler\n'],
    [{ format: 'LEGS,PetID', sort: ['id'] }, 'KIND     ID\ncrawler  2\n'],
    [{ Format: ['PetID:3|'], json: true, sort: ['id'] }, '[{"pet_id":"2"},'],
    [{ columns: ['%.4i|%.3j|'], sort: ['id'] }, '  ID|NAM|\n   2|sna|\n'],
    [{ format: '%i-%j', header: false, sort: ['id'] }, '2-snake\n'],
    [{ format: 'tsv' }, 'pet_id\tname\tlegs\n10\ta "b",\\nc\\\\\\t|\t4\n9\t日本\x1b[31m\t\n2\tsnake\t0\n'],
    [{ format: 'csv' }, 'pet_id,name,legs\n10,"a ""b"",\nc\\\t|",4\n9,日本\x1b[31m,\n2,snake,0\n'],
    [{ format: 'csv', columns: ['kind,colour'] }, 'kind,colour\nwalker,red\nwalker,red\ncrawler,red\n'],
    [{ format: 'yaml', columns: ['legs'] }, '- legs: 4\n- legs: null\n- legs: 0\n'],
  ])('%j', async (options, expected) => {
    expect((await show(options)).startsWith(expected)).toBe(true);
  });

  it.each([
    [{ json: true, query: '[].legs' }, '[4,0]\n'],
    [{ json: true, query: '[].legs', sort: ['legs'] }, '[0,4]\n'],
    [{ json: true, query: '[0]', columns: ['name'], sort: ['id'] }, '{"name":"snake"}\n'],
    [{ format: 'table', query: '[?legs == `0`].{a: name, b: kind}' }, 'A      B\nsnake  -\n'],
    [{ format: 'table', query: '[].{legs: legs}', header: false }, '   4\n   -\n   0\n'],
    [{ format: 'jsonl', query: 'length(@)' }, '3\n'],
  ])('applies a query to the whole JSON: %j', async (options, expected) => {
    expect(await show(options)).toBe(expected);
  });

  it('knows what it needs for a query, whatever the table shows', () => {
    const out = createOutput(
      { stdout: { write: () => true }, stderr: { write: () => true }, env: {} },
      { json: false, quiet: false, query: (document) => document },
    );
    const view = openListing(
      { ...listing, table: ['name'] },
      { options: { format: 'table', query: '@' }, context: { out } },
    );
    expect(view.keys).toEqual(['pet_id', 'name', 'legs']);
    expect(view.lines([{ id: '1', name: 'x', legs: 2 }])).toEqual(['PET_ID  NAME  LEGS', '1       x        2']);
  });

  it.each([{ json: true }, { format: 'json' }, { json: true, format: 'json' }])(
    'keeps every text in %j',
    async (options) => {
      const data = pets.map(({ id, name, legs }) => ({ pet_id: id, name, legs }));
      expect(JSON.parse(await show(options))).toEqual(data);
    },
  );

  it('has one document per line in jsonl, whatever the texts hold', async () => {
    const lines = (await show({ format: 'jsonl' })).trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { pet_id: string }).pet_id)).toEqual(['10', '9', '2']);
  });

  it('prints nothing for no rows where lines are counted, and an empty list as JSON', async () => {
    expect(await show({}, { rows: [] })).toBe('');
    expect(await show({ format: 'ids' }, { rows: [] })).toBe('');
    expect(await show({ json: true }, { rows: [] })).toBe('[]\n');
    expect(await show({ format: 'csv' }, { rows: [] })).toBe('pet_id,name,legs\n');
  });

  it('lets no text act on a terminal, in any format', async () => {
    for (const format of ['table', 'wide', 'json', 'jsonl', 'csv', 'tsv', 'yaml', 'ids', '%i %j']) {
      expect(await show({ format }, { columns: 80 }), format).not.toMatch(/[\x00-\x08\x0b-\x1f]/);
    }
  });

  it.each([
    [80, 'ID  NAME           LEGS'],
    [22, 'ID  NAME          LEGS'],
    [18, 'ID  NAME'],
    [12, 'ID  NAME'],
    [8, 'ID  NAME'],
    [5, 'ID  NAME'],
  ])('fits into %i columns by shortening, then by leaving out what is missed least', async (columns, head) => {
    expect((await show({}, { columns })).split('\n')[0]).toBe(head);
  });

  it.each([
    [{ format: 'jsno' }, 'there is no format `jsno`', 'Did you mean `json`?'],
    [{ columns: ['nmae'] }, 'there is no column `nmae` here', 'Did you mean `name`?'],
    [{ columns: ['%i %x'] }, '`%x` stands for nothing here', 'There are: %i pet_id, %j name.'],
    [{ format: 'PetID,lgs' }, 'there is no column `lgs` here', 'Did you mean `legs`?'],
    [{ Format: ['%5'] }, 'there is no column `` here', expect.stringMatching(/^There are: pet_id/)],
    [
      { Format: ['name'], columns: ['legs'] },
      '--Format and --columns cannot be used together',
      'Keep the one you mean.',
    ],
    [
      { format: 'PetID,name', columns: ['legs'] },
      '--format with names and --columns cannot be used together',
      'Keep the one you mean.',
    ],
    [{ sort: ['lgs'] }, 'there is no column `lgs` here', 'Did you mean `legs`?'],
    [{ json: true, format: 'csv' }, '--json and --format csv cannot be used together', 'Keep the one you mean.'],
    [{ query: '@', format: 'ids' }, '--query and --format ids cannot be used together', 'Keep the one you mean.'],
    [{ query: '@', format: '%i' }, '--query and a % pattern cannot be used together', 'Keep the one you mean.'],
    [{ query: '@', columns: ['%i'] }, '--query and a % pattern cannot be used together', 'Keep the one you mean.'],
    [
      { columns: ['a'], format: '%i' },
      '--format with a % pattern and --columns cannot be used together',
      'Keep the one you mean.',
    ],
  ])('refuses %j before anything is asked', async (options, message, hint) => {
    await expect(show(options)).rejects.toMatchObject({ message, hint, exitCode: 2 });
  });
});
