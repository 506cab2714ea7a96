import { describe, expect, it } from 'vitest';
import { changedFields, requireField } from './change-profile.ts';
import { checkFields, checkProfile, isName, profileNameProblem } from './check-profile.ts';
import type { ProfileFields } from './profile.ts';

const messages = (fields: ProfileFields) => checkFields(fields).map(({ message }) => message);

describe('names', () => {
  it.each(['dgx', 'a.b', '_', 'A-1', 'x'.repeat(64)])('%s is one', (name) => {
    expect(isName(name)).toBe(true);
    expect(profileNameProblem(name)).toBeUndefined();
  });

  it.each(['', 'a b', 'a:b', 'a/b', 'a\n', '-x', '.', '..', 'é', 'x'.repeat(65)])('%j is none', (name) => {
    expect(isName(name)).toBe(false);
  });

  it.each(['local', 'embedded'])('%s is this machine', (name) => {
    expect(profileNameProblem(name)?.message).toContain('is this machine');
  });
});

describe('the fields of a profile', () => {
  it.each<ProfileFields>([
    { hostname: 'login.example', username: 'ada@EXAMPLE', port: 65_535, proxy_jump: 'ada@gate:22,inner' },
    { hostname: '::1', key_filename: '/a b/"key"', run_dir: '/scratch/ada', ssh_config: '~/.ssh/other config' },
    { ssh_host: 'dgx' },
    { ssh_host: 'lab:gpu' },
    { hostname: 'fe80::1%eth0', username: 'DOMAIN\\ada', proxy_jump: '[::1]:2222,ssh://ada@gate:22/,ada@DOMAIN@gate' },
    { hostname: '::ffff:10.0.0.1', proxy_jump: 'none' },
  ])('%j are sound', (fields) => {
    expect(messages(fields)).toEqual([]);
  });

  it.each<[ProfileFields, string]>([
    [{ hostname: '-oProxyCommand=touch x' }, 'hostname: `-oProxyCommand=touch x` begins with `-`'],
    [{ ssh_host: '-F/x' }, 'ssh_host: `-F/x` begins with `-`'],
    [{ ssh_host: 'a b' }, 'ssh_host: it has a blank or a control character in it'],
    [{ hostname: 'a\u0007' }, 'hostname: it has a blank or a control character in it'],
    [{ hostname: 'ada@host' }, 'hostname: `ada@host` is no name of a machine'],
    [{ hostname: 'ssh://host' }, 'hostname: `ssh://host` is no name of a machine'],
    [{ hostname: 'host:22' }, 'hostname: `host:22` is no name of a machine'],
    [{ hostname: '[::1]' }, 'hostname: `[::1]` is no name of a machine'],
    [{ hostname: 'a;b' }, 'hostname: `a;b` is no name of a machine'],
    [{ ssh_host: '$HOST' }, 'ssh_host: `$HOST` is no name of a machine'],
    [{ hostname: 'h', username: 'ada;x' }, 'username: `ada;x` is no name of an account'],
    [{ hostname: 'h', proxy_jump: 'gate:0' }, 'proxy_jump: `gate:0` is no machine to jump over'],
    [{ hostname: 'h', proxy_jump: '::1' }, 'proxy_jump: `::1` is no machine to jump over'],
    [{ hostname: 'h', proxy_jump: 'ada@-gate' }, 'proxy_jump: `-gate` begins with `-`'],
    [{ hostname: 'h', proxy_jump: '-x@gate' }, 'proxy_jump: `-x@gate` begins with `-`'],
    [{ hostname: 'h', proxy_jump: 'ada@' }, 'proxy_jump: it is empty'],
    [{ hostname: 'h', proxy_jump: 'gate/x' }, 'proxy_jump: `gate/x` is no name of a machine'],
    [{ hostname: 'h', username: '-l' }, 'username: `-l` begins with `-`'],
    [{ hostname: 'h', username: 'a\nb' }, 'username: it has a blank or a control character in it'],
    [{ hostname: 'h', proxy_jump: 'gate,-oX' }, 'proxy_jump: `-oX` begins with `-`'],
    [{ hostname: 'h', proxy_jump: 'gate,' }, 'proxy_jump: it is empty'],
    [{ hostname: 'h', proxy_jump: 'a, b' }, 'proxy_jump: it has a blank or a control character in it'],
    [{ hostname: 'h', port: 0 }, 'port: `0` is no port from 1 to 65535'],
    [{ hostname: 'h', port: 65_536 }, 'port: `65536` is no port from 1 to 65535'],
    [{ hostname: 'h', port: 1.5 }, 'port: `1.5` is no port from 1 to 65535'],
    [{ hostname: 'h', key_filename: '/a\nb' }, 'key_filename: it has a control character in it'],
    [{ hostname: 'h', run_dir: 'runs' }, 'run_dir: `runs` is no full path: it must begin with /'],
    [{ hostname: 'h', run_dir: '/a/../b' }, 'run_dir: `/a/../b` goes up with `..`'],
    [{ hostname: 'h', run_dir: '/usr/x' }, 'run_dir: /usr/x is a directory of the system'],
    [{ hostname: 'h', ssh_config: '/a"b' }, 'ssh_config: ssh cannot be told of a file with `"` in its path'],
    [{ hostname: 'h', ssh_config: 'config' }, 'ssh_config: `config` is no full path'],
    [{ username: 'ada' }, 'it names no machine'],
  ])('%j: one is wrong', (fields, message) => {
    expect(messages(fields)).toEqual([message]);
  });

  it('are told together with the name and the mounts', () => {
    const mounts = [{ name: 'all', local: '/a', remote: '/', exclude_patterns: [] }];
    const problems = checkProfile({ name: 'local', hostname: 'h', port: 0, mounts });
    expect(problems.map(({ key }) => key)).toEqual(['name', 'port', 'mounts']);
  });
});

describe('a change', () => {
  const direct = { hostname: 'h', username: 'ada', port: 22 };

  it('touches only what was given', () => {
    const change = { set: { port: 2222, run_dir: '/a//b/./c/' }, unset: ['username'] as const };
    expect(changedFields(direct, change)).toEqual({
      ...{ hostname: 'h', username: undefined, port: 2222, run_dir: '/a/b/c' },
    });
  });

  it('repairs one field of two that are wrong', () => {
    const broken = { hostname: '-h', port: 0 };
    expect(changedFields(broken, { set: { port: 22 }, unset: [] })).toEqual({ hostname: '-h', port: 22 });
    expect(() => changedFields(broken, { set: { port: 0 }, unset: [] })).toThrow('port: `0`');
  });

  it.each<[ProfileFields | undefined, ProfileFields, string]>([
    [direct, { ssh_host: 'x' }, 'Take the other out: --unset hostname --unset username.'],
    [{ ssh_host: 'x', port: 22 }, { hostname: 'h' }, 'Take the other out: --unset ssh-host.'],
    [undefined, { ssh_host: 'x', username: 'ada' }, 'Keep --ssh-host, and write the rest'],
  ])('of %j by %j would describe two ways', (before, set, hint) => {
    expect(() => changedFields(before, { set, unset: [] })).toThrow(
      expect.objectContaining({ exitCode: 2, hint: expect.stringContaining(hint) }),
    );
  });

  it('leaves beside a host of ssh what older tools have written there', () => {
    const older = { ssh_host: 'x', hostname: 'h', username: 'ada', port: 22 };
    expect(changedFields(older, { set: { description: 'd' }, unset: [] })).toEqual({ ...older, description: 'd' });
  });

  it('takes a host of ssh in the place of a machine, and the other way round', () => {
    const unset = ['hostname', 'username', 'port'] as const;
    expect(changedFields(direct, { set: { ssh_host: 'x' }, unset })).toMatchObject({ ssh_host: 'x' });
    const change = { set: { hostname: 'h' }, unset: ['ssh_host'] as const };
    expect(changedFields({ ssh_host: 'x', port: 22 }, change)).toMatchObject({ hostname: 'h', ssh_host: undefined });
  });

  it.each([
    [{ ssh_host: 'x' }, 'ssh_host'],
    [direct, 'hostname'],
  ] as const)('cannot leave %j without a machine', (before, key) => {
    expect(() => changedFields(before, { set: {}, unset: [key] })).toThrow('it names no machine');
  });

  it('makes no profile without a machine, and does not ask an old one for it', () => {
    const change = { set: { description: 'd' }, unset: [] };
    expect(() => changedFields(undefined, change)).toThrow('it names no machine');
    expect(changedFields({}, change)).toEqual({ description: 'd' });
  });

  it('cannot set and clear the same', () => {
    expect(() => changedFields(direct, { set: { port: 1 }, unset: ['port'] })).toThrow(
      '--port is given, and unset too',
    );
  });

  it.each([
    ['key-file', 'key_filename'],
    ['key_filename', 'key_filename'],
    ['run-dir', 'run_dir'],
    ['ssh_host', 'ssh_host'],
  ])('calls %s by its name', (word, key) => {
    expect(requireField(word)).toBe(key);
  });

  it('knows no other field', () => {
    expect(() => requireField('hostnam')).toThrow(expect.objectContaining({ hint: 'Did you mean `hostname`?' }));
    expect(() => requireField('mounts')).toThrow('a profile has no field `mounts`');
  });
});
