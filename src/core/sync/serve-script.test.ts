import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keepLockScript, releaseLockCall, takeLockScript } from './lock-shell.ts';
import { parseClose, renderCheck } from './mount-scripts.ts';
import { isKeptFromRsync, parseServe, renderServe, type ServeScript } from './serve-script.ts';

const mark = 'srunx-0123';
const token = 'aaaa';
const holder = {
  ...{ token, host: 'laptop', user: 'ada', process: 'laptop:4711:5', machine: 'm' },
  ...{ purpose: 'srunx ssh sync', since: '2026-04-23T10:00:00Z' },
};

let home: string;
let directory: string;
let rsync: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'srunx-serve-'));
  directory = join(home, "ada's code");
  mkdirSync(directory);
  rsync = join(home, 'rsync');
  // Sends one file of a certain size and second, as its words say.
  writeFileSync(
    rsync,
    `#!/bin/sh\numask >"$HOME/umask"\nprintf %s "$1" >"${directory}/a.txt"\ntouch -d @1700000000 "${directory}/a.txt"\nexit "$2"\n`,
    {
      mode: 0o755,
    },
  );
});

afterEach(() => rmSync(home, { recursive: true }));

const key = () => ({ directory, token });
const place = () => ({ remote: directory, key: 'k' });
const packed = (text: string) => gzipSync(text).toString('base64');

function scriptOf(changes: Partial<ServeScript> = {}): ServeScript {
  return {
    ...{ mark, keep: keepLockScript(key()), release: releaseLockCall(key()), verify: undefined, check: undefined },
    ...{ place: place(), owner: packed('owner'), manifest: packed('manifest') },
    state: {
      stamp: 'ffff',
      sent: createHash('sha256').update('3 1700000000 a.txt\n').digest('hex'),
      list: packed('a.txt\0'),
      directories: packed(''),
      lists: ['', ''],
    },
    ...changes,
  };
}

function run(script: string, ...words: readonly string[]) {
  return spawnSync('sh', ['-c', script, 'sh', ...words], { env: { ...process.env, HOME: home }, encoding: 'utf8' });
}

function take(): void {
  const wish = { ...key(), holder, waitSeconds: 0, leaseMinutes: 15, dead: [] };
  expect(run(takeLockScript(wish)).stdout).toBe('srunx-lock taken\n');
}

const locks = () => readdirSync(join(home, '.cache/srunx/locks'));

function serve(script: ServeScript, ...words: readonly string[]) {
  const { status, stderr, stdout } = run(renderServe(script, rsync), ...words);
  const { text, ...said } = parseServe(stderr, mark);
  return { status, stdout, ...said, answer: parseClose(text) };
}

describe('the rsync at the other end', () => {
  it('records what has arrived, and gives the lock back', () => {
    take();
    const { status, stdout, rest, answer } = serve(scriptOf(), 'one', '0');
    expect([status, stdout, rest]).toEqual([0, '', '']);
    expect(answer).toMatchObject({ isWhole: true, isKept: true, failed: new Map() });
    const manifest = createHash('sha256').update('manifest').digest('hex');
    expect(readFileSync(join(home, '.cache/srunx/sync/k/state'), 'utf8').split(' ').slice(0, 3)).toEqual([
      ...['ffff', expect.stringMatching(/^[0-9a-f]{64}$/), manifest],
    ]);
    expect(readFileSync(join(directory, '.srunx-owner.json'), 'utf8')).toBe('owner');
    expect(locks()).toEqual([]);
  });

  it('makes files as the account would', () => {
    take();
    serve(scriptOf(), 'one', '0');
    expect(readFileSync(join(home, 'umask'), 'utf8')).toBe(run('umask').stdout);
  });

  it('keeps the lock for what follows', () => {
    take();
    expect(serve(scriptOf({ release: undefined }), 'one', '0').answer.isWhole).toBe(true);
    expect(locks()).toHaveLength(1);
  });

  it.each([
    ['is there as something else', ['other', '0'], 0],
    ['has not arrived', ['one', '23'], 23],
  ])('records nothing where a file %s, and keeps the lock', (_, words, code) => {
    take();
    const { status, answer } = serve(scriptOf(), ...words);
    expect([status, answer.isWhole]).toEqual([code, false]);
    expect(existsSync(join(directory, '.srunx-manifest.json'))).toBe(false);
    expect(existsSync(join(home, '.cache/srunx/sync/k/state'))).toBe(false);
    expect(locks()).toHaveLength(1);
  });

  it('is not begun by whoever has lost the lock', () => {
    const { status, isUnheld } = serve(scriptOf(), 'one', '0');
    expect([status, isUnheld, existsSync(join(directory, 'a.txt'))]).toEqual([1, true, false]);
  });

  it('is begun where a check has nothing to tell, and leaves the mode of the directory as it was', () => {
    take();
    mkdirSync(join(directory, 'src'));
    chmodSync(directory, 0o750);
    writeFileSync(rsync, `${readFileSync(rsync, 'utf8')}`.replace('exit', `chmod 700 "${directory}"\nexit`));
    const { answer, isStopped } = serve(scriptOf({ check: renderCheck(place(), ['src']) }), 'one', '0');
    expect([answer.isKept, isStopped, statSync(directory).mode & 0o777]).toEqual([true, false, 0o750]);
    expect(readFileSync(join(home, 'umask'), 'utf8')).toBe(run('umask').stdout);
  });

  it('is not begun where a link is in the place of a directory', () => {
    take();
    symlinkSync('/tmp', join(directory, 'src'));
    const { status, isStopped } = serve(scriptOf({ check: renderCheck(place(), ['src']) }), 'one', '0');
    expect([status, isStopped, existsSync(join(directory, 'a.txt'))]).toEqual([1, true, false]);
    expect(locks()).toHaveLength(1);
  });

  it('says so where rsync was not called', () => {
    for (const word of ['unheld', 'stopped'])
      expect(isKeptFromRsync(`a line\n${mark} ${word}\nrsync: end\n`)).toBe(true);
    expect(isKeptFromRsync(`${mark} manifest x\n${mark} over\nrsync: ${mark} stopped\n`)).toBe(false);
  });

  it('tells what rsync says from its own answer', () => {
    const said = `rsync: a line\n${mark} manifest x\nrsync: ${mark} is a name\n${mark} over\n`;
    const { text, rest } = parseServe(said, mark);
    expect([text, rest]).toEqual(['manifest x\nover', `rsync: a line\nrsync: ${mark} is a name\n`]);
    expect(parseClose(text)).toMatchObject({ isWhole: true, manifest: 'x' });
  });
});
