import { describe, expect, it } from 'vitest';
import { mountOf, remoteMountOf, toLocal, toRemote } from './mount-path.ts';

const code = { name: 'code', local: '/home/ada/code', remote: '/work/ada/code/' };
const inner = { name: 'inner', local: '/home/ada/code/sub', remote: '/scratch/ada' };
const deep = { name: 'deep', local: '/data', remote: '/work/ada/code/deep' };
const same = { name: 'same', local: '/other', remote: '/work/ada/code' };
const mounts = [code, inner, deep, same];

describe('a mount is found', () => {
  it.each([
    ['/home/ada/code', 'code'],
    ['/home/ada/code/', 'code'],
    ['/home/ada/code/a b/$(x)', 'code'],
    ['/home/ada/code/sub', 'inner'],
    ['/home/ada/code/sub/日本語', 'inner'],
    ['/home/ada/code/subway', 'code'],
    ['/home/ada/code2', undefined],
    ['/home/ada', undefined],
    ['/', undefined],
  ])('for %s here', (path, name) => {
    expect(mountOf(mounts, path)?.name).toBe(name);
    expect(mountOf([...mounts].reverse(), path)?.name).toBe(name);
  });

  it.each([
    ['/work/ada/code', 'code'],
    ['/work/ada/code/run', 'code'],
    ['/work/ada/code/deep/run', 'deep'],
    ['/work/ada/code-2', undefined],
    ['/scratch/ada//x', 'inner'],
  ])('for %s there', (path, name) => {
    expect(remoteMountOf(mounts, path)?.name).toBe(name);
  });
});

describe('a path', () => {
  it.each([
    ['/home/ada/code', '/work/ada/code'],
    ['/home/ada/code/', '/work/ada/code'],
    ['/home/ada/code/a b/-rf', '/work/ada/code/a b/-rf'],
    ['/home/ada/code/a\nb', '/work/ada/code/a\nb'],
  ])('%j has its counterpart', (local, remote) => {
    expect(toRemote(code, local)).toBe(remote);
    expect(toLocal(code, remote)).toBe(local.replace(/\/$/, ''));
  });

  it('of a mount of the whole machine has one too', () => {
    const whole = { local: '/', remote: '/copy' };
    expect([toRemote(whole, '/'), toRemote(whole, '/etc/x'), toLocal(whole, '/copy/x')]).toEqual([
      '/copy',
      '/copy/etc/x',
      '/x',
    ]);
  });

  it('outside of the mount has none', () => {
    expect(() => toRemote(code, '/home/ada/code2')).toThrow('does not lie in');
  });
});
