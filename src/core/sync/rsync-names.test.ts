import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBytes, encodeText } from './byte-text.ts';
import { displayName, escapeName, unescapeName } from './rsync-names.ts';

const bytes = (text: string) => Uint8Array.from(Buffer.from(text, 'latin1'));

describe('bytes as text', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (some) => {
        expect(encodeText(decodeBytes(some))).toEqual(some);
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(decodeBytes(encodeText(text))).toBe(text);
      }),
    );
  });

  it('are what UTF-8 says where they are UTF-8', () => {
    expect(decodeBytes(Buffer.from('é日😀a'))).toBe('é日😀a');
    expect(decodeBytes(bytes('a\xff\xc3\xa9\xed\xa0\x80'))).toBe('a\udcffé\udced\udca0\udc80');
  });

  it('are replaced where a text has half a character that never was a byte', () => {
    expect(decodeBytes(encodeText('a\ud800b'))).toBe('a\ufffdb');
  });
});

describe('an escaped name', () => {
  it.each([
    ['plain.txt', 'plain.txt'],
    ['a b\t', 'a b\t'],
    ['line\nbreak\r', 'line\\#012break\\#015'],
    ['\xff\xfe', '\\#377\\#376'],
    ['\\#134', '\\#134#134'],
    // Any digits, not only those of octal numbers.
    ['\\#999', '\\#134#999'],
    ['\\#12', '\\#12'],
    ['\\\\#123', '\\\\#134#123'],
    ['\x7f', '\\#177'],
    ['-rf', '-rf'],
    [`a'b"$(x)`, `a'b"$(x)`],
  ])('%j is %s', (name, escaped) => {
    expect(escapeName(bytes(name))).toBe(escaped);
    expect(unescapeName(escaped)).toEqual(bytes(name));
  });

  it('leads back to any name', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (name) => {
        expect(unescapeName(escapeName(name))).toEqual(name);
      }),
    );
    const likely = fc.stringMatching(/^[\\#0-9]{0,12}$/);
    fc.assert(
      fc.property(likely, (name) => {
        expect(unescapeName(escapeName(bytes(name)))).toEqual(bytes(name));
      }),
    );
  });

  it('may be one that an rsync has not escaped', () => {
    expect(unescapeName('é')).toEqual(Uint8Array.from(Buffer.from('é')));
    expect(unescapeName('\udcff')).toEqual(bytes('\xff'));
  });
});

describe('a name for people', () => {
  it.each([
    ['plain', 'plain'],
    ['\\#303\\#251t\\#303\\#251', 'été'],
    ['\\#346\\#227\\#245', '日'],
    // A literal one.
    ['\\#134#134', '\\#134'],
    // Half a character, and a whole one beside a byte that is none: nothing of the run is shown.
    ['\\#303', '\\#303'],
    ['\\#303\\#251\\#377', '\\#303\\#251\\#377'],
    ['a\\#012b', 'a\\#012b'],
    ['\\#033[31m', '\\#033[31m'],
    // To the left, from here on.
    ['\\#342\\#200\\#256x', '\\#342\\#200\\#256x'],
    // A blank that is not ours.
    ['\\#302\\#240', '\\#302\\#240'],
    // From an rsync that escapes nothing.
    ['\u202ex\x1b\t', '\\#342\\#200\\#256x\\#033\\#011'],
    ['\udcff', '\\#377'],
  ])('%j is shown as %j', (escaped, shown) => {
    expect(displayName(escaped)).toBe(shown);
  });
});
