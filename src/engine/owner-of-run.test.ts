import { describe, expect, it } from 'vitest';
import { isForeign, ownerOfRun } from './owner-of-run.ts';

const log = (user: string) => ({ pattern: '"user":"x","isArray":true', workDir: '/', user, isArray: false });
const plan = (job: object) => JSON.stringify({ version: 1, jobs: [job] });

describe('the owner of a run', () => {
  it.each([
    ['alice', plan({ log: log('alice') })],
    ['a"b\\', plan({ log: log('a"b\\') })],
    ['alice', plan({ matrix: { user: 'bob', isArray: 'true' }, log: log('alice') })],
    ['alice', plan({ name: '"user":"bob","isArray":true', log: log('alice') })],
    [undefined, plan({ name: 'old' })],
  ])('is %s', (owner, text) => {
    expect(ownerOfRun({ plan: text })).toBe(owner);
  });

  it('is nobody else where it is not known', () => {
    expect(isForeign({ plan: plan({}) }, 'me')).toBe(false);
    expect(isForeign({ plan: plan({ log: log('me') }) }, 'me')).toBe(false);
    expect(isForeign({ plan: plan({ log: log('you') }) }, 'me')).toBe(true);
  });
});
