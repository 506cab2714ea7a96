import { expect, it } from 'vitest';
import type { Edge } from './graph.ts';
import { isUnneeded } from './is-unneeded.ts';

const known = { hasCompleted: (name: string) => name === 'good', unneeded: new Set(['idle']) };

it.each<[words: string, edges: readonly Edge[], isFinal: boolean, expected: boolean]>([
  ['no edges', [], false, false],
  ['the failure of what completed', [{ type: 'afternotok', parent: 'good' }], false, true],
  ['the failure of what did not', [{ type: 'afternotok', parent: 'bad' }], false, false],
  ['the success of what is unneeded', [{ type: 'afterok', parent: 'idle' }], false, true],
  ['the end of what is unneeded', [{ type: 'afterany', parent: 'idle' }], false, false],
  ['the success of what completed', [{ type: 'afterok', parent: 'good' }], false, false],
  [
    'one such edge among others',
    [
      { type: 'afterok', parent: 'good' },
      { type: 'afternotok', parent: 'good' },
    ],
    false,
    true,
  ],
  ['the failure of what completed, under finally', [{ type: 'afternotok', parent: 'good' }], true, false],
])('a job that waits for %s', (_, edges, isFinal, expected) => {
  expect(isUnneeded({ edges, ...(isFinal ? { isFinal } : {}) }, known)).toBe(expected);
});
