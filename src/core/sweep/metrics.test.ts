import { expect, it } from 'vitest';
import { parseMetrics } from './metrics.ts';

it('has the last, the best and the series of each name', () => {
  const { metrics, unreadable } = parseMetrics(
    '{"step": 2, "loss": 3, "tag": "a b"}\n{"step": 1, "loss": 5}\r\n{"step": 2, "loss": 4, "ok": true}\n\n',
  );
  expect(unreadable).toBe(0);
  expect([...metrics.keys()]).toEqual(['loss', 'tag', 'ok']);
  expect(metrics.get('loss')).toEqual({
    last: 4,
    max: { step: 1, value: 5 },
    min: { step: 2, value: 4 },
    series: [
      { step: 1, value: 5 },
      { step: 2, value: 4 },
    ],
  });
  expect(metrics.get('tag')).toEqual({ last: 'a b', series: [] });
  expect(metrics.get('ok')?.last).toBe('true');
});

it('counts steps that are not named, for each name, on from those that are', () => {
  const { metrics } = parseMetrics('{"a": 1}\n{"b": 1}\n{"a": 2}\n{"step": 9, "a": 3}\n{"a": 4}\n');
  expect(metrics.get('a')?.series.map(({ step }) => step)).toEqual([1, 2, 9, 10]);
  expect(metrics.get('b')?.series).toEqual([{ step: 1, value: 1 }]);
});

it('takes the numbers of Python for numbers, and leaves texts alone', () => {
  const { metrics, unreadable } = parseMetrics(
    '{"a": NaN, "b": -Infinity, "NaN": 1, "t": "say \\"NaN\\" NaN"}\n{"a": 2, "b": Infinity}\n',
  );
  expect(unreadable).toBe(0);
  expect(metrics.get('a')).toMatchObject({ last: 2, max: { step: 2, value: 2 }, min: { step: 2, value: 2 } });
  expect(metrics.get('b')?.last).toBe(Number.POSITIVE_INFINITY);
  expect(metrics.get('b')?.max).toBeUndefined();
  expect(metrics.get('b')?.series[0]?.value).toBe(Number.NEGATIVE_INFINITY);
  expect(metrics.get('NaN')?.last).toBe(1);
  expect(metrics.get('t')?.last).toBe('say "NaN" NaN');
});

it('counts what is no object, and goes on', () => {
  const { metrics, unreadable } = parseMetrics(
    'hello\n[1]\n3\nnull\n{"a": 1, "n": null, "l": [1], "__proto__": 7}\n{"a": 2, "b',
  );
  expect(unreadable).toBe(5);
  expect([...metrics].map(([name, { last }]) => [name, last])).toEqual([
    ['a', 1],
    ['__proto__', 7],
  ]);
});
