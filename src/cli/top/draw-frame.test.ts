import { describe, expect, it } from 'vitest';
import { drawFrame } from './draw-frame.ts';

describe('drawFrame', () => {
  it('writes nothing where nothing has changed', () => {
    expect(drawFrame(['a', 'b'], ['a', 'b'], 10)).toBe('');
  });

  it('writes only lines that have changed, each at its place', () => {
    expect(drawFrame(['a', 'b', 'c'], ['a', 'x', 'c'], 10)).toBe('\x1b[2;1Hx\x1b[K');
  });

  it('does not clear behind a line that is full', () => {
    expect(drawFrame(['', 'b'], ['日本', 'b'], 4)).toBe('\x1b[1;1H日本');
  });

  it('begins on a clean screen', () => {
    expect(drawFrame(undefined, ['a'], 4)).toBe('\x1b[2J\x1b[1;1Ha\x1b[K');
  });
});
