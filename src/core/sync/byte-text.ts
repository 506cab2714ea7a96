/**
 * Bytes as text, and back without loss: names of files are bytes, and not all are UTF-8. A byte that is none becomes a code unit that no
 * text has, U+DC80 to U+DCFF.
 */
export function decodeBytes(bytes: Uint8Array): string {
  return latin1(bytes).replace(utf8Sequence, (sequence) =>
    sequence.length === 1
      ? String.fromCharCode(0xdc00 + sequence.charCodeAt(0))
      : decodeURIComponent(percentText(sequence)),
  );
}

export function encodeText(text: string): Uint8Array {
  const units = text.replace(/[^\0-\x7f]/gu, (character) => {
    const code = character.charCodeAt(0);
    if (character.length === 1 && code >= 0xdc80 && code <= 0xdcff) return String.fromCharCode(code - 0xdc00);
    const known = character.isWellFormed() ? character : '\ufffd';
    return encodeURIComponent(known).replace(/%(..)/g, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
  });
  return Uint8Array.from(units, (unit) => unit.charCodeAt(0));
}

/** All that is not ASCII: a character, or a byte that is part of none. */
const utf8Sequence =
  /[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|[\x80-\xff]/g;

/** One character for each byte. */
function latin1(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += 8192) parts.push(String.fromCharCode(...bytes.subarray(at, at + 8192)));
  return parts.join('');
}

function percentText(sequence: string): string {
  return [...sequence].map((unit) => `%${unit.charCodeAt(0).toString(16).padStart(2, '0')}`).join('');
}
