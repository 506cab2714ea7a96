import { decodeBytes, encodeText } from './byte-text.ts';

/**
 * Names of files as rsync writes them in the C locale. What is not printable ASCII, apart from a tab, is `\#` and three octal digits; a `\`
 * before something that looks like that is so, too. One name is one line, and names are the same where their escaped forms are.
 */
export function unescapeName(escaped: string): Uint8Array {
  const units = escaped.replace(/\\#([0-3][0-7]{2})/g, (_, octal: string) =>
    // Bytes of one character stand apart here, and are joined as bytes.
    String.fromCharCode(Number.parseInt(octal, 8) + (octal > '177' ? 0xdc00 : 0)),
  );
  return encodeText(units);
}

export function escapeName(name: Uint8Array): string {
  const units = Array.from(name, (byte) => String.fromCharCode(byte)).join('');
  return units.replace(/\\(?=#\d{3})|[^\t -~]/g, (unit) => `\\#${unit.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

/**
 * For people. Escapes side by side become characters where all of them can be seen as what they are; control characters, those that
 * change the direction of writing and bytes that are no text stay escaped, as they came from whoever named the file.
 */
export function displayName(escaped: string): string {
  const safe = escaped.replace(unprintable, (character) => escapeName(encodeText(character)).replace('\t', '\\#011'));
  return safe.replace(/(?:\\#[0-3][0-7]{2})+/g, (run) => {
    const text = decodeBytes(unescapeName(run));
    return new RegExp(unprintable).test(text) ? run : text;
  });
}

const unprintable = /(?! )[\p{C}\p{Z}]/gu;
