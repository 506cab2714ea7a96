import { expect, it } from 'vitest';
import { maskExportList, splitExportList } from './export-list.ts';

it.each([
  ['ALL', ['ALL'], 'ALL'],
  ['ALL,A=1,B', ['ALL', 'A=1', 'B'], 'ALL,A=***,B'],
  ['A="x,y=z",B=\'u,v\'', ['A="x,y=z"', "B='u,v'"], 'A=***,B=***'],
  ['A="open,B=2', ['A="open', 'B=2'], 'A=***,B=***'],
  ['A=a\nb=c', ['A=a\nb=c'], 'A=***'],
  ['', [], ''],
])('%j', (text, entries, masked) => {
  expect(splitExportList(text)).toEqual(entries);
  expect(maskExportList(text)).toBe(masked);
});
