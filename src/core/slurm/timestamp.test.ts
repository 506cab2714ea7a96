import { describe, expect, it } from 'vitest';
import { parseEpoch } from './timestamp.ts';

describe('parseEpoch', () => {
  it.each([
    ['1795470918', 1_795_470_918],
    ['0', undefined],
    ['N/A', undefined],
    ['NONE', undefined],
    ['None', undefined],
    ['Unknown', undefined],
    ['', undefined],
    ['2026-11-25T16:00:00', undefined],
    ['-1', undefined],
    ['1e9', undefined],
  ])('%s: %s', (text, seconds) => expect(parseEpoch(text)).toBe(seconds));
});
