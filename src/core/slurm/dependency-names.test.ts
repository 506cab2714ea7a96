import { describe, expect, it } from 'vitest';
import { namesInDependency, replaceNames } from './dependency-names.ts';

const ids: Readonly<Record<string, string>> = { train: '7', 'a.b-c': '8_3' };

describe('names in a dependency', () => {
  it.each([
    ['afterok:train', ['train'], 'afterok:7'],
    ['afterok:12:train,afterany:a.b-c', ['train', 'a.b-c'], 'afterok:12:7,afterany:8_3'],
    ['after:train+5', ['train'], 'after:7+5'],
    ['afterok:train?afternotok:train', ['train'], 'afterok:7?afternotok:7'],
    ['afterok:12_[1,3]:13_*,singleton', [], 'afterok:12_[1,3]:13_*,singleton'],
    ['after:12+5', [], 'after:12+5'],
    ['12:13', [], '12:13'],
    ['afterok:', [], 'afterok:'],
    ['aftrok:train', [], 'aftrok:train'],
    ['', [], ''],
  ])('of %j are %j', (value, names, replaced) => {
    expect(namesInDependency(value)).toEqual(names);
    expect(replaceNames(value, (name) => ids[name] ?? '?')).toBe(replaced);
  });
});
