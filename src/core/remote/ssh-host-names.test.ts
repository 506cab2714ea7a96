import { expect, it } from 'vitest';
import { matchesPattern, readHostNames } from './ssh-host-names.ts';
import { readSshSettings } from './ssh-settings.ts';

it('finds names and further files in a configuration of ssh, and leaves all else to ssh', () => {
  const text = [
    '# Host commented',
    'Include config.d/* "~/other hosts"',
    'Host one two *.lab !three # four',
    '  HostName host',
    '\tHOST = "five"',
    'host=six',
    'Match host seven exec "Host eight"',
    'Host one',
    'HostKeyAlias nine',
    "Host 'ten'\r",
  ].join('\n');
  expect(readHostNames(text)).toEqual({
    hosts: ['one', 'two', 'five', 'six', 'ten'],
    includes: ['config.d/*', '~/other hosts'],
  });
});

it.each([
  ['dgx1', 'dgx*', true],
  ['dgx1', 'dgx?', true],
  ['dgx12', 'dgx?', false],
  ['a.b', 'a.b', true],
  ['axb', 'a.b*', false],
  ['a[1]', 'a[1]*', true],
  ['adgx', 'dgx*', false],
])('%s by %s: %s', (name, pattern, expected) => {
  expect(matchesPattern(name, pattern)).toBe(expected);
});

it.each([
  ['host dgx\nuser ada\nhostname 10.0.0.1\nport 2222\nproxyjump gate\nidentityfile a b\n', 'gate'],
  ['user ada\nhostname 10.0.0.1\nport 2222\nproxyjump none\n', undefined],
  ['user ada\nuser bob\nhostname 10.0.0.1\nport 2222\n', undefined],
])('reads what ssh -G says: %j', (text, proxyJump) => {
  expect(readSshSettings(text)).toEqual({ hostname: '10.0.0.1', user: 'ada', port: 2222, proxyJump });
});

it.each(['', 'usage: ssh', 'user ada\nhostname h\nport ssh\n'])('takes %j for no answer', (text) => {
  expect(readSshSettings(text)).toBeUndefined();
});
