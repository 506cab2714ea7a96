import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Channel } from './channel.ts';
import { holdIdlePlace, takeIdleSession } from './idle-session.ts';

let directory: string;
let place: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'srunx-idle-'));
  place = join(directory, 'idle');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const facts = { user: 'me', home: '/', host: 'here', shell: '/bin/sh', missing: [] };
const timeout = 10_000;

/** A shell of this machine in the place of ssh. */
async function leave(patienceSeconds?: number): Promise<void> {
  const env = { ...process.env, HOME: directory, SHELL: '/bin/sh' };
  holdIdlePlace({ place, words: ['sh'], env, patienceSeconds })?.leave(facts);
  await expect.poll(() => existsSync(place), { timeout }).toBe(true);
}

function take(): Channel | undefined {
  const session = takeIdleSession(place);
  return session === undefined ? undefined : new Channel(session.process, { facts: session.facts });
}

async function say(channel: Channel | undefined, ...argv: [string, ...string[]]): Promise<string> {
  if (channel === undefined) throw new Error('there is no session');
  const texts: Uint8Array[] = [];
  await channel.run({ argv, onStdout: (bytes) => texts.push(bytes), onStderr: () => undefined });
  return Buffer.concat(texts).toString();
}

/** The shell that stays: the parent of what it runs. */
const shellOf = (channel: Channel | undefined) => say(channel, 'sh', '-c', 'ps -o ppid= -p $PPID');

const nothingIsLeft = () => expect.poll(() => readdirSync(directory).filter((name) => name !== '.cache'), { timeout });

it('leaves nothing where nobody says that it is to stay', async () => {
  const script = `
    const { holdIdlePlace } = await import(${JSON.stringify(new URL('./idle-session.ts', import.meta.url).pathname)});
    holdIdlePlace({ place: ${JSON.stringify(place)}, words: ['sh'], env: process.env });
    process.exit();`;
  execFileSync(process.execPath, ['--experimental-strip-types', '--input-type=module', '-e', script], {
    stdio: 'pipe',
  });
  await nothingIsLeft().toEqual([]);
  expect(take()).toBeUndefined();
});

it('serves one command line after another, with what was read of it before', async () => {
  await leave();
  const shells: string[] = [];
  for (let round = 0; round < 3; round += 1) {
    const channel = take();
    expect(await channel?.facts).toEqual(facts);
    expect(take()).toBeUndefined();
    expect(await channel?.answers(timeout)).toBe(true);
    expect(await say(channel, 'printf', 'a\n%s', String(round))).toBe(`a\n${round}`);
    shells.push(await shellOf(channel));
    channel?.leave();
  }
  expect(new Set(shells).size).toBe(1);
  await take()?.close();
  await nothingIsLeft().toEqual([]);
});

it('ends what runs when whoever has it is killed, and is gone', async () => {
  await leave();
  const program = `
    import { takeIdleSession } from ${JSON.stringify(join(import.meta.dirname, 'idle-session.ts'))};
    import { Channel } from ${JSON.stringify(join(import.meta.dirname, 'channel.ts'))};
    const { process: session, facts } = takeIdleSession(${JSON.stringify(place)});
    const argv = ['sh', '-c', 'echo $$ > "$1"; exec sleep 300', 'sh', ${JSON.stringify(join(directory, 'pid'))}];
    new Channel(session, { facts }).run({ argv, onStdout() {}, onStderr() {} });
  `;
  const taker = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], { stdio: 'ignore' });
  const pid = join(directory, 'pid');
  await expect.poll(() => existsSync(pid) && readFileSync(pid, 'utf8').endsWith('\n'), { timeout }).toBe(true);
  const running = () => existsSync(`/proc/${readFileSync(pid, 'utf8').trim()}`);
  expect(running()).toBe(true);
  taker.kill('SIGKILL');
  await expect.poll(running, { timeout }).toBe(false);
  await nothingIsLeft().toEqual(['pid']);
});

it('is not given back while something runs, or when it is old', async () => {
  await leave();
  const channel = take();
  const running = say(channel, 'sleep', '300');
  channel?.leave();
  await expect(running).rejects.toThrow('closed');
  await nothingIsLeft().toEqual([]);
  await leave();
  const long = new Date(Date.now() - 3_600_000);
  utimesSync(join(place, 'hello'), long, long);
  take()?.leave();
  await nothingIsLeft().toEqual([]);
});

it('ends when nobody comes, and when its shell has ended', async () => {
  await leave(1);
  await nothingIsLeft().toEqual([]);
  expect(take()).toBeUndefined();
  await leave();
  const channel = take();
  await say(channel, 'sh', '-c', 'kill -KILL $(ps -o ppid= -p $PPID)');
  await channel?.closed;
  await nothingIsLeft().toEqual([]);
});

it('ends, too, where its nap is ended by somebody', async () => {
  const seconds = 4_242;
  await leave(seconds);
  const isNap = (line: string) => line.endsWith(` sleep ${seconds}`);
  const naps = () => execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' }).split('\n').filter(isNap);
  await expect.poll(() => naps().length, { timeout }).toBe(1);
  process.kill(Number.parseInt(naps()[0] ?? '', 10), 'SIGKILL');
  await nothingIsLeft().toEqual([]);
});

it('of another version is left alone, and ends', async () => {
  await leave();
  writeFileSync(join(place, 'hello'), 'srunx_hour=1\nother words\n');
  expect(take()).toBeUndefined();
  await nothingIsLeft().toEqual([]);
});

it('is left once', async () => {
  await leave();
  const [first] = readdirSync(place);
  await leave();
  expect(readdirSync(place)[0]).toBe(first);
  expect(readdirSync(directory).filter((name) => name.startsWith('idle'))).toEqual(['idle']);
  await take()?.close();
  await nothingIsLeft().toEqual([]);
});
