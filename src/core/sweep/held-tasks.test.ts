import { expect, it } from 'vitest';
import { countHeld } from './held-tasks.ts';

const user = { state: 'pending', reason: 'JobHeldUser' } as const;
const admin = { state: 'pending', reason: 'JobHeldAdmin' } as const;
const waits = { state: 'pending', reason: 'Dependency' } as const;
// Its reason stays where it was held while it ran.
const runs = { state: 'running', reason: 'JobHeldUser' } as const;
const ended = { state: 'completed', reason: undefined } as const;

it.each([
  ['all that waits is held', [user, runs, user, ended], { held: 2, waiting: 2, paused: true }],
  ['an administrator holds the rest', [user, admin], { held: 1, waiting: 2, paused: true }],
  ['only some is held', [user, waits], { held: 1, waiting: 2, paused: false }],
  ['an administrator holds it', [admin], { held: 0, waiting: 1, paused: false }],
  ['nothing waits', [runs, ended], { held: 0, waiting: 0, paused: false }],
])('%s', (_, jobs, expected) => {
  expect(countHeld(jobs)).toEqual(expected);
});
