import { expect, it } from 'vitest';
import { randomBytes, randomHex } from './random-bytes.ts';

it('gives as many bytes as asked for, each time others', () => {
  expect(randomBytes(0)).toHaveLength(0);
  expect(randomBytes(5_000)).toHaveLength(5_000);
  expect(new Set(randomBytes(5_000)).size).toBe(256);
  expect(new Set(Array.from({ length: 100 }, () => randomHex(8))).size).toBe(100);
  expect(randomHex(3)).toMatch(/^[0-9a-f]{6}$/);
});
