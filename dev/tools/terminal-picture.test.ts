import { expect, it } from 'vitest';
import { finalScreen, renderPicture } from './terminal-picture.ts';

function shown(session: string): string[] {
  return finalScreen(session, 10).map((row) => row.map(({ character }) => character).join(''));
}

it.each([
  ['plain lines', 'a\r\nb\r\n', ['a', 'b', '']],
  ['a line that is replaced', 'a1\r\nb1\r\n\x1b[2Aa2\x1b[K\r\nb2\x1b[K\r\n', ['a2', 'b2', '']],
  ['a shorter line over a longer one', 'long\r\n\x1b[1Ax\x1b[K\r\n', ['x', '']],
  ['fewer lines than before', 'a\r\nb\r\nc\r\n\x1b[3Az\x1b[K\r\n\x1b[J', ['z', '']],
  ['a line wider than the screen', '0123456789ab\r\n', ['0123456789', 'ab', '']],
  ['a line as wide as the screen', '0123456789\r\nx', ['0123456789', 'x']],
  ['a hidden cursor', '\x1b[?25la\x1b[?25h', ['a']],
])('shows %s', (_, session, rows) => {
  expect(shown(session)).toEqual(rows);
});

it('draws colours, and text that looks like markup', () => {
  const picture = renderPicture(finalScreen('<b> & \x1b[32mdone\x1b[0m', 40));
  expect(picture).toContain('&lt;b&gt; &amp; <tspan fill="#7ee787">done</tspan></text>');
});
