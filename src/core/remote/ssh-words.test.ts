import { expect, it } from 'vitest';
import { loginArgs, remoteCommand, remoteCommandWith, renderSshConfig, sessionArgs } from './ssh-words.ts';

const places = { config: '/run/c.conf', socket: '/run/c' };
const account = { host: '-evil', user: 'ada', port: 2222, keyFile: '~/k', proxyJump: 'gate' };

it('says the policy for host keys to every machine on the way, before the user’s own files', () => {
  const text = (hostKeys?: 'reject' | 'accept-new' | 'warn') =>
    renderSshConfig({ account: {}, home: '/home/ada', hostKeys }).split('\n');
  expect(text('reject')[0]).toBe('StrictHostKeyChecking yes');
  expect(text('accept-new')[0]).toBe('StrictHostKeyChecking accept-new');
  expect(text('warn')[0]).toBe('StrictHostKeyChecking no');
  expect(text().join('\n')).not.toContain('StrictHostKeyChecking');
  expect(text('reject')).toEqual(
    expect.arrayContaining(['Include "/home/ada/.ssh/config"', 'Include "/etc/ssh/ssh_config"']),
  );
  const own = renderSshConfig({ account: { configFile: '/my config' }, home: '/home/ada' });
  expect([own.includes('Include "/my config"'), own.includes('/etc/ssh')]).toEqual([true, false]);
});

it('takes no host for an option', () => {
  for (const args of [
    loginArgs(account, places, { interactive: false, persist: 60 }),
    sessionArgs(account, places, remoteCommand),
  ])
    expect(args[args.indexOf('-evil') - 1]).toBe('--');
});

it('logs in for all, and asks a person only where there is one', () => {
  const args = (interactive: boolean) => loginArgs(account, places, { interactive, persist: 600 });
  expect(args(false)).toEqual(
    expect.arrayContaining(['BatchMode=yes', 'ControlPersist=600', '-J', 'gate', '-p', '2222']),
  );
  expect(args(true)).toContain('BatchMode=no');
});

it('runs a command over the connection that is there, or not at all', () => {
  const args = sessionArgs(account, places, remoteCommand);
  expect(args).toEqual(expect.arrayContaining(['ControlMaster=no', 'ControlPath=/run/c', 'ProxyCommand=exit 1']));
  expect(args).not.toContain('-J');
  expect(args.at(-1)).toBe('exec /bin/sh');
});

it('leaves no character in a request that a login shell might take in its own way', () => {
  const words = remoteCommandWith("echo 'a!b' \\\n\tü").slice(remoteCommand.length);
  expect(words).toBe(` -c 'eval "$(printf %b "$0")"' 'echo \\0047a\\0041b\\0047 \\0134\\0012\\0011\\0303\\0274'`);
});
