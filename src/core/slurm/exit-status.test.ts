import { describe, expect, it } from 'vitest';
import { parseExitStatus } from './exit-status.ts';

describe('parseExitStatus', () => {
  it.each([
    ['3:0', { code: 3, signal: 0 }],
    ['0:9', { code: 0, signal: 9 }],
    ['0:0', { code: 0, signal: 0 }],
    ['255:0', { code: 255, signal: 0 }],
    ['0:53', { code: 0, signal: 53 }],
    // The raw wait status of releases up to 22.05.
    ['0', { code: 0, signal: 0 }],
    ['768', { code: 3, signal: 0 }],
    ['9', { code: 0, signal: 9 }],
    ['15', { code: 0, signal: 15 }],
    ['35072', { code: 137, signal: 0 }],
    ['65280', { code: 255, signal: 0 }],
    ['4021', { code: 0, signal: 53 }],
    ['139', { code: 0, signal: 11 }],
    ['', undefined],
    ['N/A', undefined],
    ['-1', undefined],
    ['1:', undefined],
    [':1', undefined],
    ['1:2:3', undefined],
  ])('%s: %j', (text, status) => expect(parseExitStatus(text)).toEqual(status));
});
