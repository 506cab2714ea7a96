import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { LocalShell } from '../../shell/local-shell.ts';
import { describeHolder, type LockHolder, parseHolder } from './lock-holder.ts';
import {
  keepLockCall,
  keepLockScript,
  type LockWish,
  lockExitCode,
  parseLockAnswer,
  releaseLockCall,
  releaseLockScript,
  renderIsHeld,
  takeLockScript,
} from './lock-shell.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'srunx-remote-lock-')));
afterAll(() => rmSync(root, { recursive: true }));
const isRoot = process.getuid?.() === 0;
const shells = ['dash', 'bash', 'busybox']
  .filter((shell) => spawnSync(shell, ['-c', 'true'], { stdio: 'ignore' }).error === undefined)
  .map((shell) => ({ shell, words: shell === 'busybox' ? ['busybox', 'sh'] : [shell] }));

const ada: LockHolder = {
  ...{ token: 'aaaa', host: 'laptop', user: 'ada', process: 'laptop:4711:5', machine: 'm' },
  ...{ purpose: 'srunx ssh sync', since: '2026-04-23T10:00:00Z' },
};

let home = '';
let count = 0;
const locks = () => join(home, '.cache/srunx/locks');
const lockFile = () => join(locks(), readdirSync(locks()).find((name) => /^\d+-\d+$/.test(name)) ?? 'none');
beforeEach(() => {
  count += 1;
  home = join(root, `${count} h'ome $(x) 日本語`);
  mkdirSync(join(home, 'code'), { recursive: true });
});

const wish = (token: string, change: Partial<LockWish> = {}): LockWish => ({
  ...{ directory: join(home, 'code'), token, holder: { ...ada, token } },
  ...{ waitSeconds: 0, leaseMinutes: 15, dead: [], ...change },
});
const key = (token: string) => ({ directory: join(home, 'code'), token });

describe.each(shells)('with $shell', ({ words: [program = 'sh', ...words] }) => {
  const shell = () => new LocalShell({ name: 'here', env: { PATH: process.env['PATH'], HOME: home } });
  const run = async (script: string) => {
    const ran = await shell().run({ argv: [program, ...words, '-c', script] });
    return {
      code: ran.exitCode,
      said: new TextDecoder().decode(ran.stdout),
      errors: new TextDecoder().decode(ran.stderr),
    };
  };
  const take = async (token: string, change: Partial<LockWish> = {}) =>
    parseLockAnswer((await run(takeLockScript(wish(token, change)))).said);
  const release = async (token: string) => (await run(releaseLockScript(key(token)))).code;

  it('one has it, and is named to all others', async () => {
    expect(await take('one')).toEqual({ kind: 'taken', rest: '' });
    expect(await take('two')).toEqual({ kind: 'busy', holder: { ...ada, token: 'one' } });
    expect(await take('one')).toEqual({ kind: 'taken', rest: '' });
    expect(await release('two')).toBe(1);
    expect(await release('one')).toBe(0);
    expect(await release('one')).toBe(1);
    expect(readdirSync(locks())).toEqual([]);
    expect(await take('two')).toEqual({ kind: 'taken', rest: '' });
  });

  it('is private, and leaves nothing else behind', async () => {
    await take('one');
    await take('two');
    expect(statSync(locks()).mode & 0o777).toBe(0o700);
    expect(readdirSync(locks())).toHaveLength(1);
    expect(statSync(lockFile()).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(home, 'code'))).toEqual([]);
  });

  it('goes with other work in one execution', async () => {
    const work = `echo "under $0 it"\n${keepLockCall(key('one'))} && echo held\n${releaseLockCall(key('one'))}; exit 3`;
    const ran = await run(takeLockScript(wish('one')) + work);
    expect(ran).toMatchObject({ code: 3, errors: '' });
    expect(parseLockAnswer(ran.said)).toMatchObject({ rest: expect.stringMatching(/^under .* it\nheld\n$/) });
    await take('two');
    expect(await run(`${takeLockScript(wish('one'))}echo never`)).toMatchObject({
      code: lockExitCode,
      said: expect.not.stringContaining('never'),
    });
    expect((await run(keepLockScript(key('one')))).code).toBe(1);
    expect((await run(`${keepLockScript(key('one'))} || echo lost`)).said).toBe('lost\n');
    expect((await run(`${takeLockScript(wish('two'))}${keepLockCall(key('one'))} || echo lost`)).said).toContain(
      'lost',
    );
  });

  it('is looked at by who has it, again and again', async () => {
    await take('one');
    const look = `srunx_is_held && echo held || echo lost\n`;
    const script = `${keepLockScript(key('one'))}\n${renderIsHeld(key('one'))}${look}rm -f "$srunx_lock"\n${look}echo other >"$srunx_lock"\n${look}`;
    expect(await run(script)).toMatchObject({ said: 'held\nlost\nlost\n', errors: '' });
  });

  it('is of where a directory really is', async () => {
    symlinkSync('code', join(home, 'link'));
    await take('one');
    for (const path of ['link', 'code/', 'link/../code', './/code']) {
      expect(await take('two', { directory: `${home}/${path}` }), path).toMatchObject({ kind: 'busy' });
    }
    await release('one');
    await take('one', { directory: join(home, 'link/new/deep er') });
    expect(await take('two', { directory: join(home, 'code/new/deep er') })).toMatchObject({ kind: 'busy' });
    expect(await take('two', { directory: join(home, 'code/new') })).toMatchObject({ kind: 'taken' });
    expect(await take('three', { directory: '/' })).toMatchObject({ kind: 'taken' });
  });

  it('goes over when its holder is known to be dead, or has not been heard of for long', async () => {
    await take('one');
    expect(await take('two', { dead: ['three'] })).toMatchObject({ kind: 'busy' });
    expect(await take('two', { dead: ['three', 'one'] })).toMatchObject({ kind: 'taken' });
    const past = (minutes: number) => utimesSync(lockFile(), new Date(), new Date(Date.now() - minutes * 60_000));
    past(14);
    expect(await take('three')).toMatchObject({ kind: 'busy', holder: { token: 'two' } });
    past(17);
    expect((await run(keepLockScript(key('two')))).code).toBe(0);
    expect(await take('three')).toMatchObject({ kind: 'busy', holder: { token: 'two' } });
    past(17);
    expect(await take('three')).toMatchObject({ kind: 'taken' });
    expect(await release('two')).toBe(1);
    expect((await run(keepLockScript(key('two')))).code).toBe(1);
    expect(readdirSync(locks())).toHaveLength(1);
  });

  it.each(['', 'half', 'half\n{"tok'])('that says only %j is free after its time alone', async (content) => {
    await take('one');
    writeFileSync(lockFile(), content);
    expect(await take('two', { dead: ['three'] })).toEqual({ kind: 'busy', holder: undefined });
    utimesSync(lockFile(), new Date(), new Date(Date.now() - 17 * 60_000));
    expect(await take('two')).toMatchObject({ kind: 'taken' });
  });

  it('passes over one that was killed while it took out a dead one', async () => {
    await take('one');
    const second = `${lockFile()}.break`;
    mkdirSync(second);
    expect(await take('two', { dead: ['one'] })).toMatchObject({ kind: 'busy' });
    utimesSync(second, new Date(), new Date(Date.now() - 120_000));
    expect(await take('two', { dead: ['one'], waitSeconds: 3 })).toMatchObject({ kind: 'taken' });
    expect(existsSync(second)).toBe(false);
  });

  it('is waited for', async () => {
    await take('one');
    const waiting = take('two', { waitSeconds: 20 });
    await expect.poll(() => readdirSync(locks())).toHaveLength(2);
    await release('one');
    expect(await waiting).toMatchObject({ kind: 'taken' });
  });

  it('is had by one of many at a time', async () => {
    const total = join(home, 'total');
    writeFileSync(total, '0\n');
    const work = (token: string) =>
      `${takeLockScript(wish(token, { waitSeconds: 30, dead: ['dead'] }))}read -r n <"$HOME/total"; sleep 0.02; echo $((n + 1)) >"$HOME/total"; ${releaseLockCall(key(token))}`;
    await take('dead');
    const codes = await Promise.all(Array.from({ length: 4 }, async (_, at) => (await run(work(`t${at}`))).code));
    expect(codes).toEqual([0, 0, 0, 0]);
    expect(readFileSync(total, 'utf8')).toBe('4\n');
    expect(readdirSync(locks())).toEqual([]);
  });

  it('who is told to end while it waits leaves nothing behind', async () => {
    await take('one');
    const waiting = spawn(program, [...words, '-c', takeLockScript(wish('two', { waitSeconds: 60 }))], {
      ...{ env: { PATH: process.env['PATH'], HOME: home }, stdio: 'ignore', detached: true },
    });
    await expect.poll(() => readdirSync(locks())).toHaveLength(2);
    process.kill(-(waiting.pid ?? 0), 'SIGTERM');
    await once(waiting, 'exit');
    await expect.poll(() => readdirSync(locks())).toHaveLength(1);
    expect(await take('three')).toMatchObject({ kind: 'busy', holder: { token: 'one' } });
  });

  it.skipIf(isRoot)('says so where there is no place for it', async () => {
    chmodSync(home, 0o500);
    const answer = await take('one');
    chmodSync(home, 0o700);
    expect(answer).toEqual({ kind: 'unwritable', directory: locks() });
  });

  it('says so where something else has its place', async () => {
    mkdirSync(join(home, '.cache'));
    writeFileSync(join(home, '.cache/srunx'), '');
    expect(await take('one')).toEqual({ kind: 'unwritable', directory: locks() });
    expect(await release('one')).toBe(1);
  });
});

it.each(['', 'srunx-lock', 'x\nsrunx-lock taken\n', 'srunx-lock taken'])('%j is no answer', (said) => {
  expect(parseLockAnswer(said)).toEqual({ kind: 'unknown' });
});

describe('the holder of a lock', () => {
  it('is described without what a terminal would take for more', () => {
    expect(describeHolder(ada)).toBe('ada on laptop (process 4711) with srunx ssh sync, since 2026-04-23T10:00:00Z');
    expect(describeHolder({ ...ada, process: '', user: 'a\u001b[2J\u202eb' })).toMatch(/^a\?\[2J\?b on laptop with/);
  });

  it.each(['', 'aaaa', 'aaaa\nnull\n', 'aaaa\n{}\n', `other\n${JSON.stringify(ada)}\n`])(
    'is not said by %j',
    (text) => {
      expect(parseHolder(text)).toBeUndefined();
    },
  );
});
