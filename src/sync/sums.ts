import { createHash } from 'node:crypto';

/** Of one SHA-256. */
export const hashBytes = 32;

/** So long a text is hashed at once. */
const textLength = 32 * 1024;

/**
 * SHA-256 over some of the hashes in the order of their bytes, each as a line, as `sort` has them at the other end.
 *
 * @param hashes one behind the other
 * @param places which of them; are brought in order
 */
export function sumsOf(hashes: Buffer, places: Uint32Array): string {
  const sums = createHash('sha256');
  let text = '';
  for (const place of inOrder(hashes, places)) {
    text += `${hexAt(hashes, place)}\n`;
    if (text.length < textLength) continue;
    sums.update(text);
    text = '';
  }
  return sums.update(text).digest('hex');
}

export function hexAt(hashes: Buffer, place: number): string {
  return hashes.toString('hex', place * hashBytes, (place + 1) * hashBytes);
}

function inOrder(hashes: Buffer, places: Uint32Array): Uint32Array {
  // Nearly always, the first four bytes tell.
  const heads = new Uint32Array(hashes.length / hashBytes).map((_, place) => hashes.readUInt32BE(place * hashBytes));
  return places.sort((one, other) => {
    const difference = (heads[one] ?? 0) - (heads[other] ?? 0);
    if (difference !== 0) return difference;
    const [start, otherStart] = [one * hashBytes, other * hashBytes];
    return hashes.compare(hashes, otherStart, otherStart + hashBytes, start, start + hashBytes);
  });
}
