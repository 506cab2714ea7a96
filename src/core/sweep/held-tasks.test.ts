import { expect, it } from 'vitest';
import { countHeld, isAtRest } from './held-tasks.ts';

const user = { state: 'pending', reason: 'JobHeldUser' } as const;
const admin = { state: 'pending', reason: 'JobHeldAdmin' } as const;
const waits = { state: 'pending', reason: 'Dependency' } as const;
// Its reason stays where it was held while it ran.
const runs = { state: 'running', reason: 'JobHeldUser' } as const;
const deferred = { state: 'waiting', reason: 'the window before has not ended' } as const;
const coming = { state: 'waiting', reason: undefined } as const;
const ended = { state: 'completed', reason: undefined } as const;

it.each([
  ['all that waits is held', [user, runs, user, ended], { held: 2, waiting: 2, paused: true }],
  ['an administrator holds the rest', [user, admin], { held: 1, waiting: 2, paused: true }],
  ['only some is held', [user, waits], { held: 1, waiting: 2, paused: false }],
  ['an administrator holds it', [admin], { held: 0, waiting: 1, paused: false }],
  ['the rest is still to be handed over', [user, deferred], { held: 1, waiting: 2, paused: true }],
  ['it is being handed over', [user, coming], { held: 1, waiting: 2, paused: false }],
  ['nothing waits', [runs, ended], { held: 0, waiting: 0, paused: false }],
])('%s', (_, jobs, expected) => {
  expect(countHeld(jobs)).toEqual(expected);
});

it.each([
  ['only some is held', [user, waits, ended], true],
  ['an administrator holds it', [admin], true],
  ['something runs', [user, runs], false],
  ['nothing is held', [waits, ended], false],
])('is at rest where %s: %#', (_, jobs, expected) => {
  expect(isAtRest(jobs)).toBe(expected);
});
