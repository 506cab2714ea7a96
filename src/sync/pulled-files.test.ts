import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { asComing, asPulled, editedSince, recallPulled, rememberPulled, stillPulled } from './pulled-files.ts';

const root = mkdtempSync(join(tmpdir(), 'srunx-pulled-'));
afterAll(() => rmSync(root, { recursive: true }));

it('of files that were brought, tells the edited from the others', () => {
  for (const name of ['a.csv', 'b.csv', 'c.csv']) writeFileSync(join(root, name), name);
  rememberPulled(root, 'k', { ...asPulled(root, ['a.csv', 'b.csv', 'none.csv']), ...asComing(['c.csv', 'd.csv']) });
  writeFileSync(join(root, 'b.csv'), 'edited');
  const pulled = recallPulled(root, 'k');
  expect(stillPulled(root, pulled)).toEqual(['a.csv']);
  // Of what was coming when somebody was killed, nobody knows: it is sent, and what it replaces is kept.
  expect(editedSince(root, pulled)).toEqual(['b.csv', 'c.csv']);
});
