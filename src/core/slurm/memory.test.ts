import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../errors.ts';
import { formatMemory, parseMemoryInput, parseMemoryOutput } from './memory.ts';

describe('parseMemoryInput', () => {
  it.each([
    ['10', 10],
    ['10M', 10],
    ['1GB', 1_024],
    ['1g', 1_024],
    ['2T', 2_097_152],
    ['1k', 1],
    ['1025K', 2],
    ['0', 0],
  ])('%s: %i MiB', (text, mib) => expect(parseMemoryInput(text)).toBe(mib));

  it.each(['1.5G', 'lots', '', ' 1G', '1G ', '-1', '1P', '1GiB', '1Gn', 'G', '１G', '999999999999999T'])(
    'refuses %j, as sbatch does',
    (text) => expect(() => parseMemoryInput(text)).toThrow(UsageError),
  );
});

describe('parseMemoryOutput', () => {
  it.each([
    ['10M', 10],
    ['62.50G', 64_000],
    ['32000M', 32_000],
    ['123456K', 120.5625],
    ['4000Mc', 4_000],
    ['4Gn', 4_096],
    ['32000', 32_000],
    ['1P', 1_073_741_824],
    ['', undefined],
    ['N/A', undefined],
    ['-1', undefined],
    ['1.G', undefined],
  ])('%s: %s MiB', (text, mib) => expect(parseMemoryOutput(text)).toBe(mib));
});

describe('formatMemory', () => {
  it.each([
    [0, '0'],
    [1_536, '1536M'],
    [65_536, '64G'],
    [2_097_152, '2T'],
    [0.5, '1M'],
  ])('%d: %s', (mib, text) => expect(formatMemory(mib)).toBe(text));

  it('is read back by both parsers', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.nat(),
          fc.nat({ max: 1_000 }).map((gib) => gib * 1_024),
        ),
        (mib) => {
          expect(parseMemoryInput(formatMemory(mib))).toBe(mib);
          expect(parseMemoryOutput(formatMemory(mib))).toBe(mib);
        },
      ),
    );
  });
});
