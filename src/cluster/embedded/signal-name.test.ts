import { expect, test } from 'vitest';
import { parseSignalName } from './signal-name.ts';

test.each([
  ['USR1', 'USR1'],
  ['SIGUSR1', 'USR1'],
  ['term', 'TERM'],
  ['10', '10'],
  ['09', '9'],
  ['64', '64'],
  ['65', undefined],
  ['0', undefined],
  ['-9', undefined],
  ['NOPE', undefined],
  ['', undefined],
  ['constructor', undefined],
])('%j is %j', (text, expected) => {
  expect(parseSignalName(text)).toBe(expected);
});
