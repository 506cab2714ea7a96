import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { hashBytes, sumsOf } from './sums.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

it('hashes lines as `sort` has them', () => {
  // Some begin alike, and some are the same.
  const bytes = fc.uint8Array({ minLength: hashBytes, maxLength: hashBytes, max: 1 });
  fc.assert(
    fc.property(fc.array(bytes), (hashes) => {
      const lines = hashes.map((hash) => `${Buffer.from(hash).toString('hex')}\n`);
      const places = Uint32Array.from(hashes.keys());
      expect(sumsOf(Buffer.concat(hashes), places)).toBe(sha256(lines.sort().join('')));
    }),
  );
});

it('hashes many, and only those that are wanted', () => {
  const lines = Array.from({ length: 3_000 }, (_, index) => `${sha256(`${index}`)}\n`);
  const wanted = lines.filter((_, index) => index % 2 === 1);
  const places = Uint32Array.from({ length: 1_500 }, (_, index) => 2 * index + 1);
  expect(sumsOf(Buffer.concat(lines.map((line) => Buffer.from(line.trim(), 'hex'))), places)).toBe(
    sha256(wanted.sort().join('')),
  );
});
