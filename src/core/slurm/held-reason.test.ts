import { expect, it } from 'vitest';
import { heldPart, heldReason } from './held-reason.ts';

it.each([
  ['JobHeldUser', 'user', 'all'],
  ['JobHeldAdmin', 'admin', 'all'],
  ['job requeued in held state', 'user', 'all'],
  ['launch failed requeued held', 'user', 'all'],
  ['JobHoldMaxRequeue', 'user', 'all'],
  ['JobHeldUser,JobHeldAdmin', undefined, 'all'],
  ['JobArrayTaskLimit,JobHeldAdmin', undefined, 'some'],
  ['Dependency', undefined, 'none'],
  [undefined, undefined, 'none'],
])('%s is held by %s: %s', (reason, holder, part) => {
  expect([heldReason(reason), heldPart(reason)]).toEqual([holder, part]);
});
