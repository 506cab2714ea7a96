import { describe, expect, it } from 'vitest';
import { formatByteSize, parseByteSize } from './byte-size.ts';

describe('parseByteSize', () => {
  it.each([
    ['0', 0],
    ['512', 512],
    ['800K', 819_200],
    ['1.5g', 1_610_612_736],
    ['2GiB', 2_147_483_648],
    ['3 '.trim(), 3],
  ])('reads %s', (text, bytes) => {
    expect(parseByteSize(text, '--max-size')).toBe(bytes);
  });

  it.each(['', 'G', '-1G', '1P', '1,5G', '0x10'])('refuses `%s`', (text) => {
    expect(() => parseByteSize(text, '--max-size')).toThrow(expect.objectContaining({ code: 'usage.size' }));
  });
});

it.each([
  [0, '0 B'],
  [1_023, '1023 B'],
  [1_536, '1.5 K'],
  [12 * 1024 ** 2, '12 M'],
  [5_000 * 1024 ** 4, '5000 T'],
])('%i bytes are shown as %s', (bytes, text) => {
  expect(formatByteSize(bytes)).toBe(text);
});
