import { expect, test } from 'vitest';
import { exportedVariables } from './export-policy.ts';

const variables = { HOME: '/home/a b', PATH: '/bin', A: '1', B: '2\n日本語' };
const login = { HOME: '/home/a b', PATH: '/bin' };

test.each<[string | undefined, Record<string, string>]>([
  [undefined, variables],
  ['ALL', variables],
  ['all', variables],
  ['NONE', login],
  ['NIL', login],
  ['A', { ...login, A: '1' }],
  ['A,B', { ...login, A: '1', B: '2\n日本語' }],
  ['A=7,C=8', { ...login, A: '7', C: '8' }],
  ['ALL,A=7', { ...variables, A: '7' }],
  ['A=,MISSING', { ...login, A: '' }],
  [`A="x,y",C='p,q',D=r`, { ...login, A: 'x,y', C: 'p,q', D: 'r' }],
  ['A=b=c', { ...login, A: 'b=c' }],
])('--export=%s', (policy, expected) => {
  expect(exportedVariables(policy, variables)).toEqual(expected);
});
