import { expect, it } from 'vitest';
import { type AbsenceFacts, judgeAbsence } from './absence.ts';

const hour = 3_600_000;
const facts: AbsenceFacts = { now: 48 * hour, submittedAt: 0, missingSince: 0, hasAccounting: true, wrapped: true };

it.each<[string, Partial<AbsenceFacts>, string]>([
  ['just submitted', { submittedAt: facts.now - 119_000, hasAccounting: false, wrapped: false }, 'fresh'],
  ['just missed', { missingSince: facts.now }, 'fresh'],
  ['missed for a minute', { missingSince: facts.now - 60_000 }, 'long'],
  ['missed for less than a day', { missingSince: facts.now - 23 * hour }, 'long'],
  ['missed for a day', { missingSince: facts.now - 24 * hour }, 'forever'],
  [
    'missed for a minute where only receipts tell',
    { missingSince: facts.now - 60_000, hasAccounting: false },
    'forever',
  ],
  ['just missed where only receipts tell', { missingSince: facts.now, hasAccounting: false }, 'fresh'],
  ['missed where nobody tells', { missingSince: facts.now, hasAccounting: false, wrapped: false }, 'forever'],
])('%s: %s', (_, some, expected) => {
  expect(judgeAbsence({ ...facts, ...some })).toBe(expected);
});
