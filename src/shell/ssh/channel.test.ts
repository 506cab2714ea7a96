import { mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Frame } from '../../core/remote/frame.ts';
import { remoteCommandWith } from '../../core/remote/ssh-words.ts';
import { Channel, ChannelClosed, ChannelRequest } from './channel.ts';
import { startSession } from './session-process.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'srunx-home-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const open = (shell = 'sh') => new Channel(startSession([shell], { ...process.env, HOME: home, SHELL: '/bin/sh' }));

async function run(channel: Channel, frame: Omit<Frame, 'mark'>) {
  const [stdout, stderr]: [Uint8Array[], Uint8Array[]] = [[], []];
  const end = await channel.run({
    ...frame,
    onStdout: (bytes) => stdout.push(Buffer.from(bytes)),
    onStderr: (bytes) => stderr.push(Buffer.from(bytes)),
  });
  return { end, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
}

describe.each(['dash', 'bash'])('a channel to %s', (shell) => {
  it('says who and where it is, and runs one command after another', async () => {
    const channel = open(shell);
    expect(await channel.facts).toMatchObject({ home, missing: [] });
    expect(await run(channel, { argv: ['printf', 'a\n%s', '-'] })).toEqual({
      end: { exitCode: 0 },
      stdout: 'a\n-',
      stderr: '',
    });
    expect((await run(channel, { argv: ['sh', '-c', 'echo aside >&2; exit 3'] })).end).toEqual({ exitCode: 3 });
    expect((await run(channel, { argv: ['sh', '-c', 'kill -TERM $$'] })).end).toEqual({ signal: 15 });
    expect((await run(channel, { argv: ['cat'], stdin: Buffer.from('in\0put').toString('base64') })).stdout).toBe(
      'in\0put',
    );
    expect(await run(channel, { argv: ['true'], cwd: '/nowhere' })).toMatchObject({ end: undefined });
    await channel.close();
    await expect(run(channel, { argv: ['true'] })).rejects.toBeInstanceOf(ChannelClosed);
  });
});

describe.each(['dash', 'bash'])('what goes with the request, to %s', (shell) => {
  const begin = (request: ChannelRequest) =>
    new Channel(startSession([shell, '-c', remoteCommandWith(request.text)], { ...process.env, HOME: home }), {
      request,
    });
  const odd = 'it\'s 100% "$HOME" `a` \\\\0101 !! a\tb\n ü😀';

  it('is run without being sent, and what follows is sent', async () => {
    const first = { argv: ['sh', '-c', 'printf %s "$1$THERE"; cat; exit 3', 'sh', odd], env: { THERE: '?' } } as const;
    const channel = begin(new ChannelRequest(first));
    expect(await run(channel, first)).toEqual({ end: { exitCode: 3 }, stdout: `${odd}?`, stderr: '' });
    expect(await channel.facts).toMatchObject({ home, missing: [] });
    for (const word of ['one', odd]) expect((await run(channel, { argv: ['echo', word] })).stdout).toBe(`${word}\n`);
    await channel.close();
  });

  it('is waited for by the next command where nobody wants it any more', async () => {
    const channel = begin(new ChannelRequest({ argv: ['sh', '-c', 'echo first; sleep 0.2; : > "$HOME/over"'] }));
    expect((await run(channel, { argv: ['sh', '-c', 'ls "$HOME"'] })).stdout).toBe('over\n');
    await channel.close();
  });

  it('is ended with the channel', async () => {
    const first = { argv: ['sh', '-c', 'echo $$ > "$HOME/pid"; sleep 600'] } as const;
    const channel = begin(new ChannelRequest(first));
    const running = run(channel, first).catch((error: unknown) => error);
    await expect.poll(() => tryRead(join(home, 'pid')), { timeout: 5_000 }).toMatch(/^\d+\n$/);
    const pid = Number(readFileSync(join(home, 'pid'), 'utf8'));
    await channel.close();
    expect(await running).toBeInstanceOf(ChannelClosed);
    await expect.poll(() => isAlive(pid), { timeout: 5_000 }).toBe(false);
  });
});

it('a command may take longer than the login lets a shell wait', async () => {
  writeFileSync(join(home, '.profile'), 'export TMOUT=1\n');
  const channel = open('bash');
  expect((await run(channel, { argv: ['sleep', '1.5'] })).end).toEqual({ exitCode: 0 });
  await channel.close();
});

it('what jobs are submitted with is what start-up files say now', async () => {
  const profile = join(home, '.profile');
  writeFileSync(profile, 'export FROM_PROFILE=one\n');
  let channel = open('bash');
  const value = async () =>
    (await run(channel, { argv: ['sh', '-c', 'echo "$FROM_PROFILE"'], login: true })).stdout.trim();
  expect(await value()).toBe('one');
  writeFileSync(profile, 'export FROM_PROFILE=two\n');
  const later = new Date(Date.now() + 2_000);
  utimesSync(profile, later, later);
  expect([await value(), await value()]).toEqual(['two', 'two']);
  rmSync(profile);
  await channel.close();
  // What a session has had from it, it keeps.
  channel = open('bash');
  expect(await value()).toBe('');
  await channel.close();
});

it('what start-up files set is asked once, and again when one of them changes', async () => {
  const profile = join(home, '.profile');
  writeFileSync(profile, 'echo noise; echo asked >> "$HOME/asked"; export FROM_PROFILE=one\n');
  const value = async () => {
    const channel = open();
    const { stdout } = await run(channel, { argv: ['sh', '-c', 'printf %s "$FROM_PROFILE"'] });
    await channel.close();
    return stdout;
  };
  const asked = () => readFileSync(join(home, 'asked'), 'utf8').trim().split('\n').length;
  expect([await value(), await value(), asked()]).toEqual(['one', 'one', 1]);
  writeFileSync(profile, 'echo asked >> "$HOME/asked"; export FROM_PROFILE=two PATH=/added:$PATH\n');
  expect([await value(), await value(), asked()]).toEqual(['two', 'two', 2]);
});

it('jobs get the umask of the login, and the files of srunx are for the account alone', async () => {
  writeFileSync(join(home, '.profile'), 'umask 027\n');
  const channel = new Channel(startSession(['sh'], { ...process.env, HOME: home, SHELL: '/bin/bash' }));
  const umask = async (login: boolean) => (await run(channel, { argv: ['bash', '-c', 'umask'], login })).stdout.trim();
  expect([await umask(true), await umask(false)]).toEqual(['0027', '0077']);
  expect(statSync(join(home, '.cache', 'srunx', 'login', 'bash')).mode & 0o077).toBe(0);
  await channel.close();
});

it('a login has the functions that bash alone knows', async () => {
  writeFileSync(
    join(home, '.profile'),
    'if [ -n "$BASH_VERSION" ]; then module() { echo "loaded $1"; }; export -f module; fi\n',
  );
  const channel = new Channel(startSession(['sh'], { ...process.env, HOME: home, SHELL: '/bin/bash' }));
  expect((await run(channel, { argv: ['bash', '-c', 'module gcc'], login: true })).stdout).toBe('loaded gcc\n');
  expect((await run(channel, { argv: ['bash', '-c', 'module gcc'] })).stdout).toBe('');
  await channel.close();
});

it('ends the command with itself', async () => {
  const channel = open();
  const running = run(channel, { argv: ['sh', '-c', 'echo $$ > "$HOME/pid"; sleep 600'] }).catch(
    (error: unknown) => error,
  );
  await expect.poll(() => tryRead(join(home, 'pid')), { timeout: 5_000 }).toMatch(/^\d+\n$/);
  const pid = Number(readFileSync(join(home, 'pid'), 'utf8'));
  await channel.close();
  expect(await running).toBeInstanceOf(ChannelClosed);
  await expect.poll(() => isAlive(pid), { timeout: 5_000 }).toBe(false);
});

function tryRead(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
