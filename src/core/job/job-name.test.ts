import { describe, expect, it } from 'vitest';
import { UsageError } from '../errors.ts';
import { isJobName, requireJobName, scriptJobName } from './job-name.ts';

describe('isJobName', () => {
  it.each(['train', 'a', '0', 'train_v1.2-b', 'A'.repeat(128)])('takes %.20s', (name) => {
    expect(isJobName(name)).toBe(true);
    expect(() => requireJobName(name)).not.toThrow();
  });

  it.each([
    '',
    '.',
    '..',
    '../x',
    'a/b',
    '-rf',
    '.hidden',
    '_x',
    'a b',
    "a'b",
    '$(x)',
    'a\n',
    '日本語',
    'A'.repeat(129),
  ])('refuses %j', (name) => {
    expect(isJobName(name)).toBe(false);
    expect(() => requireJobName(name)).toThrow(UsageError);
  });
});

describe('scriptJobName', () => {
  const named = '#!/bin/sh\n#SBATCH -J first\n#SBATCH --job-name="second one"\necho\n#SBATCH -J late\n';

  it.each([
    ['the one typed', { typed: 'x', script: named, fileName: 'f.sh' }, { name: 'x', needsOption: true }],
    [
      'the last directive',
      { typed: undefined, script: named, fileName: 'f.sh' },
      { name: 'second one', needsOption: false },
    ],
    ['the file', { typed: undefined, script: '#!/bin/sh\n', fileName: 'f.sh' }, { name: 'f.sh', needsOption: true }],
    [
      'the file, unread',
      { typed: undefined, script: undefined, fileName: 'f.sh' },
      { name: 'f.sh', needsOption: true },
    ],
  ])('is %s', (_, sources, expected) => expect(scriptJobName(sources)).toEqual(expected));
});
