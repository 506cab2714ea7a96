import { describe, expect, it } from 'vitest';
import { readTruth } from './truth.ts';

describe('a value as an answer', () => {
  it.each([true, 'true', 'True', ' YES\n', 'on', 1, -1, 0.5, '1', '1e-5', '007'])('%j is yes', (value) => {
    expect(readTruth(value)).toBe(true);
  });

  it.each([false, 'false', 'False', 'NO', 'off', 'None', 'null', '', ' \n', 0, '0', '0.0', '-0', '0e5'])(
    '%j is no',
    (value) => {
      expect(readTruth(value)).toBe(false);
    },
  );

  it.each(['full', 'fast == full', '{{ x }}', '[]', '1.2.3', 'truefalse'])('%j is neither', (value) => {
    expect(readTruth(value)).toBeUndefined();
  });
});
