import { expect, it } from 'vitest';
import { requireShortDependencies } from './check-dependency-length.ts';
import type { NativeJob } from './native-edges.ts';

/** What a `finally` behind a large matrix becomes. */
function behind(parents: number): readonly NativeJob[] {
  const jobs = Array.from({ length: parents }, (_, index) => ({ name: `a-${index}`, edges: [] }));
  const edges = jobs.map(({ name }) => ({ type: 'afterany' as const, parent: name }));
  return [...jobs, { name: 'clean', edges }];
}

it('lets a job wait for as many others as one word can name', () => {
  expect(() => requireShortDependencies(behind(14_560))).not.toThrow();
});

it('refuses more than that, before anything is submitted', () => {
  expect(() => requireShortDependencies(behind(14_570))).toThrow(
    'job `clean` waits for 14570 jobs, more than one `--dependency` can name',
  );
});
