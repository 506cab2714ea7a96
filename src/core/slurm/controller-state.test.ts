import { describe, expect, it } from 'vitest';
import { hasFixture, readFixture, releases } from '../../../test/support/slurm-fixtures.ts';
import { parseControllerClock, parsePing } from './controller-state.ts';

describe.each(releases)('the controller of %s', (release) => {
  // What a release lacks was the same as in 23.11.
  const read = (name: string) => readFixture(hasFixture(release, name) ? release : '23.11', name);

  it('is up or down', () => {
    expect(parsePing(read('scontrol-ping.txt'))).toEqual([{ role: 'primary', host: 'login1', up: true }]);
    expect(parsePing(read('ctld-down-scontrol-ping.txt'))).toEqual([{ role: 'primary', host: 'login1', up: false }]);
  });

  it('tells its time', () => {
    // All recordings were made on one evening.
    expect(Math.abs((parseControllerClock(read('sdiag.txt')) ?? 0) - 1_795_470_000)).toBeLessThan(86_400);
  });
});

it('reads several controllers, and nothing from other text', () => {
  const text = 'Slurmctld(primary) at a is DOWN\nSlurmctld(backup1) at b is UP\n';
  expect(parsePing(text).map(({ role, up }) => [role, up])).toEqual([
    ['primary', false],
    ['backup1', true],
  ]);
  expect(parsePing('')).toEqual([]);
  expect(parseControllerClock('slurm_get_statistics: Access/permission denied')).toBeUndefined();
});
