import { describe, expect, it } from 'vitest';
import { planMount, planMountChange, withoutMount } from './plan-mount.ts';
import type { Mount, Profile } from './profile.ts';
import { dangerOf, normalizePath } from './remote-path.ts';

const code: Mount = { name: 'code', local: '/home/ada/code', remote: '/work/ada/code', exclude_patterns: [] };
const profile: Profile = { name: 'dgx', hostname: 'h', username: 'ada', mounts: [code] };
const data: Mount = { name: 'data', local: '/data', remote: '/work/ada/data', exclude_patterns: ['*.{a,b}'] };
const wanted = (change: Partial<Mount>) => ({
  wanted: { ...data, ...change },
  resolveLocal: (local: string) => local.replace(/^~/, '/home/ada'),
});

describe('a mount', () => {
  it('is put behind the others, with its path in order', () => {
    const { mounts, added, warnings } = planMount(profile, wanted({ remote: '//work/./ada//data/' }));
    expect(mounts).toEqual([code, added]);
    expect(added).toEqual(data);
    expect(warnings).toEqual([]);
  });

  it.each([
    ['/work/ada/code', 'the mount code has the same directory there, /work/ada/code'],
    ['/work/ada/code/sub', '/work/ada/code/sub lies within /work/ada/code of the mount code'],
    ['/work/ada', '/work/ada/code of the mount code lies within /work/ada'],
  ])('at %s is warned of', (remote, warning) => {
    expect(planMount(profile, wanted({ remote })).warnings).toEqual([warning]);
  });

  it('is not warned of where only the beginning of a name is the same', () => {
    expect(planMount(profile, wanted({ remote: '/work/ada/code2' })).warnings).toEqual([]);
  });

  it.each<[Partial<Mount>, number, string]>([
    [{ name: 'a b' }, 2, '`a b` is no name for a mount'],
    [{ name: '' }, 2, '`` is no name for a mount'],
    [{ remote: 'work' }, 2, '`work` is no full path'],
    [{ remote: '~/work' }, 2, '`~/work` is no full path'],
    [{ remote: '/work/../etc' }, 2, 'goes up with `..`'],
    [{ remote: '/work\n/x' }, 2, 'line break'],
    [{ remote: '/' }, 8, '/ is a directory of the system'],
    [{ remote: '//./' }, 8, '/ is a directory of the system'],
    [{ remote: '/usr/local/x' }, 8, 'is a directory of the system'],
    [{ remote: '/home/ada/' }, 8, '/home/ada is a home directory itself'],
    [{ name: 'code' }, 8, 'there is a mount `code` in the profile dgx already'],
    [{ local: '/home/ada/code' }, 8, '/home/ada/code is mounted as `code` in the profile dgx already'],
    [{ exclude_patterns: ['ok', ''] }, 2, 'is no pattern'],
    [{ exclude_patterns: ['a\nb'] }, 2, 'is no pattern'],
  ])('with %j is refused', (change, exitCode, message) => {
    expect(() => planMount(profile, wanted(change))).toThrow(
      expect.objectContaining({ exitCode, message: expect.stringContaining(message) }),
    );
  });

  it('is found again under another spelling', () => {
    const byHand = { ...profile, mounts: [{ ...code, local: '~/code' }] };
    expect(() => planMount(byHand, wanted({ local: '/home/ada/code' }))).toThrow('is mounted as `code`');
  });

  it('is taken out by its name', () => {
    expect(withoutMount(profile, 'code')).toEqual([]);
    expect(() => withoutMount(profile, 'cod')).toThrow(
      expect.objectContaining({ exitCode: 7, hint: 'Did you mean `code`?' }),
    );
  });
});

describe('the change of a mount', () => {
  const two: Profile = { ...profile, mounts: [code, { ...data, local: '~/data' }] };
  const change = (name: string, fields: Partial<Mount>, of = two) =>
    planMountChange(of, { name, change: fields, resolveLocal: wanted({}).resolveLocal });

  it('leaves its place, and all that is not meant', () => {
    const noted = { ...code, note: 'kept' };
    const { mounts, added, warnings } = change(
      'code',
      { remote: '//scratch/ada/' },
      { ...two, mounts: [noted, ...two.mounts.slice(1)] },
    );
    expect(added).toEqual({ ...noted, remote: '/scratch/ada' });
    expect(mounts).toEqual([added, two.mounts[1]]);
    expect(warnings).toEqual([]);
    expect(change('data', { exclude_patterns: [] }).added).toEqual({ ...data, local: '~/data', exclude_patterns: [] });
    expect(change('data', { local: '/home/ada/data' }).added.local).toBe('/home/ada/data');
  });

  it('does not look at what was there', () => {
    const byHand: Mount = { name: 'a b', local: '', remote: '/etc', exclude_patterns: [''] };
    const of = { ...profile, mounts: [byHand] };
    expect(change('a b', { exclude_patterns: ['x'] }, of).added).toEqual({ ...byHand, exclude_patterns: ['x'] });
  });

  it.each<[string, Partial<Mount>, number, string]>([
    ['cod', { remote: '/w' }, 7, 'has no mount `cod`'],
    ['data', { remote: '/' }, 8, 'is a directory of the system'],
    ['data', { remote: 'w' }, 2, 'is no full path'],
    ['data', { local: '/home/ada/code' }, 8, 'is mounted as `code`'],
    ['data', { exclude_patterns: ['a\nb'] }, 2, 'is no pattern'],
  ])('%s to %j is refused', (name, fields, exitCode, message) => {
    expect(() => change(name, fields)).toThrow(
      expect.objectContaining({ exitCode, message: expect.stringContaining(message) }),
    );
  });

  it('is warned of where two meet', () => {
    expect(change('data', { remote: '/work/ada/code/x' }).warnings).toEqual([
      '/work/ada/code/x lies within /work/ada/code of the mount code',
    ]);
    expect(change('code', { remote: '/work/ada/code' }).warnings).toEqual([]);
  });
});

it.each(['/tmp', '/var', '/home', '/root/', '/etc/x', '/lib64'])('%s is nobody’s own', (path) => {
  expect(dangerOf(path)).toContain('is a directory of the system');
});

it.each(['/tmp/ada', '/home/ada/code', '/scratch', '/libx', '/work', '/var/lib/x'])('%s may be somebody’s', (path) => {
  expect(dangerOf(path)).toBeUndefined();
});

it.each([
  ['/', '/'],
  ['/a//b/', '/a/b'],
  ['/./a/.', '/a'],
])('%s is %s', (path, expected) => {
  expect(normalizePath(path)).toBe(expected);
});
