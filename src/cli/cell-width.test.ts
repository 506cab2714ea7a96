import { expect, it } from 'vitest';
import { cellWidth } from './cell-width.ts';

it.each([
  ['', 0],
  ['job 1', 5],
  ['é', 1],
  ['e\u0301', 1],
  ['日本語', 6],
  ['한국어', 6],
  ['ｆｕｌｌ', 8],
  ['ﾊﾝｶｸ', 4],
  ['テスト-1', 8],
  ['🚀', 2],
  ['a\u200bb', 2],
  ['𠀀', 2],
  ['ж', 1],
  ['…', 1],
  ['\x1b[31mred\x1b[0m', 3],
])('%j takes %i cells', (text, width) => {
  expect(cellWidth(text)).toBe(width);
});
