import { expect, it } from 'vitest';
import { BackOff } from './back-off.ts';

it('waits longer after each failure, and not at all after a success', () => {
  const backOff = new BackOff();
  expect(backOff.left(0)).toBe(0);
  const pauses = Array.from({ length: 8 }, (_, index) => {
    backOff.failed(100 * index);
    return backOff.left(100 * index);
  });
  expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  expect([backOff.left(30_700), backOff.left(999_999)]).toEqual([30_000, 0]);
  backOff.succeeded();
  expect(backOff.left(701)).toBe(0);
});
