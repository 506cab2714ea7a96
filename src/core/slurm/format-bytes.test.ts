import { expect, it } from 'vitest';
import { formatBytes } from './format-bytes.ts';

it.each([
  [0, undefined, '0'],
  [1023, undefined, '1023'],
  [1024, undefined, '1K'],
  [153_415_680, undefined, '146.31M'],
  [64 * 1024 ** 3, undefined, '64G'],
  [1536 * 1024 ** 2, 'G', '1.50G'],
  [1024 ** 6, undefined, '1024P'],
] as const)('writes %i bytes in %s as %s', (bytes, unit, text) => expect(formatBytes(bytes, unit)).toBe(text));
