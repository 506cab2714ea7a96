import { describe, expect, it } from 'vitest';
import { fingerprintOf } from '../../sync/fingerprint.ts';
import { builtinExcludes, effectiveExcludes, fingerprintText } from './excludes.ts';

describe('the patterns of a call', () => {
  it('are the built-in ones, then the others in their order, each once', () => {
    expect(effectiveExcludes(['data/', '*.pyc'], ['*.h5', 'data/'])).toEqual([...builtinExcludes, 'data/', '*.h5']);
  });

  it('are a list of their own', () => {
    effectiveExcludes().push('data/');
    expect(effectiveExcludes()).toEqual(builtinExcludes);
  });
});

describe('a fingerprint', () => {
  it.each([
    [builtinExcludes, '740f8918449277c7d922e41e389ec3861bf8917e6f412124587cd92d3045aa9f'],
    [effectiveExcludes(['data/', '*.h5']), 'f1400fef1a9f6591fd56efe167bd925e771b4cb84fcf5e476fcd6519d7acea82'],
    [['é/'], '07fd374501b4128bbc99c0b62e66b8413c098662ef2207e660446884c82b38ea'],
  ])('is that of the reference: %#', (excludes, expected) => {
    expect(fingerprintOf(excludes)).toBe(expected);
  });

  it('is of the text that Python writes', () => {
    expect(fingerprintText(['a"\\\n\t\x7f\0', '😀', '\udcff', 'data/'])).toBe(
      '["a\\"\\\\\\n\\t\\u007f\\u0000", "\\ud83d\\ude00", "\\udcff", "data/"]',
    );
    expect(fingerprintText([])).toBe('[]');
  });
});
