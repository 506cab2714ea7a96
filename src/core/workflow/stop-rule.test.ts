import { expect, it } from 'vitest';
import { stopRule } from './stop-rule.ts';

const jobs = [
  { name: 'a' },
  { name: 'a.on_failure', handles: 'a' },
  { name: 'b' },
  { name: 'b.on_failure', handles: 'b' },
  { name: 'z', isFinal: true },
];
const context = { jobs, token: (name: string) => `r-${name}` };

it.each([
  ['finish', { ends: 'pending', spare: ['r-a.on_failure', 'r-b.on_failure', 'r-z'] }],
  ['terminate', { ends: 'all', spare: ['r-a.on_failure', 'r-z'] }],
  ['ignore', undefined],
  ['keep-going', undefined],
  [undefined, undefined],
] as const)('a job with on_error %s ends %j', (onError, rule) => {
  expect(stopRule({ name: 'a', onError }, context)).toEqual(rule);
});
