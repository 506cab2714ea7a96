import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashOfList, nameList, namePieces } from './name-list.ts';
import { NameTable } from './name-table.ts';

/** More than a piece. */
const many = Array.from({ length: 30_000 }, (_, index) => `part-${index % 7}/module ${index}.py`);
const odd = [
  'a b\t',
  ' blank',
  '-rf',
  "a'b",
  '\\#012',
  '\\#377\\#134#134',
  'été',
  '日本語',
  '\u{1f600}',
  '\uffee',
  'z',
  'a',
];

describe('a table of names', () => {
  it.each([
    ['none', []],
    ['odd ones', odd],
    ['many', many],
    ['many and odd ones', [...many, ...odd]],
  ])('holds %s in their order', (_, names) => {
    const table = NameTable.of(names);
    expect(table.length).toBe(names.length);
    expect([...table]).toEqual(names);
    expect(Array.from(table.bytes(), String)).toEqual(names);
    expect(Buffer.concat([...table.pieces()]).toString()).toBe(names.map((name) => `${name}\0`).join(''));
    const sorted = table.sorted();
    expect([...sorted]).toEqual([...names].sort());
    expect([...sorted]).toEqual([...names].sort());
  });

  it('sorts as texts are sorted', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[\x01-\x7fé😀\uffee]{0,4}$/u)), (names) => {
        expect([...NameTable.of(names).sorted()]).toEqual([...names].sort());
      }),
    );
  });

  it('keeps bytes that are no text', () => {
    const table = new NameTable();
    table.add(Buffer.of(0x61, 0xff));
    table.addAll(NameTable.of(['b']));
    expect([...table]).toEqual(['a\udcff', 'b']);
    expect([...table.bytes()]).toEqual([Buffer.of(0x61, 0xff), Buffer.of(0x62)]);
  });

  it('is read again from its pieces', () => {
    const table = NameTable.of([...many, ...odd]);
    const again = NameTable.in(Buffer.concat([...table.pieces()]));
    expect(again.length).toBe(table.length);
    expect(again.byteLength).toBe(table.byteLength);
    expect([...again]).toEqual([...table]);
    again.add(Buffer.from('more'));
    expect([...again.sorted()]).toEqual([...many, ...odd, 'more'].sort());
    expect(NameTable.in(Buffer.alloc(0)).length).toBe(0);
    expect(() => NameTable.in(Buffer.from('half'))).toThrow('longer than any path');
  });

  it('has no place for what is no path', () => {
    expect(() => NameTable.of(['x'.repeat(300_000)])).toThrow('longer than any path');
  });

  it('is sent as it would be in one piece', () => {
    const table = NameTable.of([...many, ...odd, ...many]);
    const pieces = [...namePieces(table)];
    expect(pieces.length).toBeGreaterThan(2);
    expect(Buffer.concat(pieces).equals(nameList(table))).toBe(true);
    expect(hashOfList(NameTable.of(['a\\#012']))).toBe(hashOfList(NameTable.of(['a\n'])));
  });
});
