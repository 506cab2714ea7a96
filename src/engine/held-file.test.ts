import { expect, it } from 'vitest';
import { formatHeld, parseHeld } from './held-file.ts';

it('reads back what it has written', () => {
  expect(parseHeld(formatHeld(['train#1', 'eval#1']))).toEqual(new Set(['train#1', 'eval#1']));
});

it.each([
  ['no JSON', '{"vers'],
  ['another format', '{"version":2,"jobs":["a"]}'],
  ['nothing held', formatHeld([])],
])('knows nothing from %s', (_, content) => {
  expect(parseHeld(content)).toEqual(new Set());
});
