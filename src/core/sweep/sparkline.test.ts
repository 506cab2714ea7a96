import { expect, it } from 'vitest';
import { scaleOf, sparkline } from './sparkline.ts';

const levels = '▁▂▃▄▅▆▇█';
const points = (values: readonly number[], step = 1) => values.map((value, at) => ({ step: at * step, value }));

function draw(curves: readonly (readonly { step: number; value: number }[])[], width: number) {
  const scale = scaleOf(curves, width);
  return scale === undefined ? undefined : curves.map((curve) => sparkline(curve, { scale, levels }));
}

it.each<[string, readonly (readonly { step: number; value: number }[])[], number, readonly string[] | undefined]>([
  ['one sign a step', [points([0, 1, 2, 3, 4, 5, 6, 7])], 20, ['▁▂▃▄▅▆▇█']],
  ['the mean where steps are more', [points([0, 0, 7, 7])], 2, ['▁█']],
  ['one scale for all', [points([0, 4]), points([8, 8])], 9, ['▁▅', '██']],
  ['a curve that ended early', [points([0, 1, 2, 3]), points([3, 3])], 9, ['▁▃▆█', '██']],
  ['a gap where a number is missing', [points([0, Number.NaN, 7])], 9, ['▁ █']],
  ['a flat line', [points([5, 5, 5])], 9, ['▅▅▅']],
  ['a single point', [points([5])], 9, ['▅']],
  ['the greatest numbers', [points([-Number.MAX_VALUE, 0, Number.MAX_VALUE])], 9, ['▁▅█']],
  ['no number at all', [points([Number.NaN]), []], 9, undefined],
])('%s', (_, curves, width, expected) => expect(draw(curves, width)).toEqual(expected));
