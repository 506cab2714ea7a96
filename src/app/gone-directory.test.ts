import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { goneDirectory } from './gone-directory.ts';
import type { JobStatusView } from './run-status-view.ts';

const gone = join(tmpdir(), 'srunx-no-such-directory');
const job = (final: boolean, exitCode: number) => ({ final, exitCode }) as JobStatusView;

it.each([
  ['is there', { directory: tmpdir() }, undefined],
  ['is on another machine', { target: 'far' }, undefined],
  ['is still to be made', { handover: 'planned' } as const, undefined],
  ['held what has ended', {}, `the plan directory ${gone} is gone`],
  [
    'was needed',
    { jobs: [job(true, 127)] },
    `the plan directory ${gone} is gone: what begins without it ends with exit 127`,
  ],
  [
    'is needed',
    { jobs: [job(false, 0)] },
    `the plan directory ${gone} is gone: what begins without it ends with exit 127`,
  ],
])('of a directory that %s', (_, facts, expected) => {
  const run = { target: 'local', directory: gone, handover: 'done', jobs: [job(true, 0)] } as const;
  expect(goneDirectory({ isTarget: () => true }, { ...run, ...facts })).toBe(expected);
});
