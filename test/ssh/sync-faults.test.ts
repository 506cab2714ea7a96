import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findProgram } from '../../src/shell/find-program.ts';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSshVariant } from '../support/ssh-variants.ts';
import { useSyncedMount } from '../support/synced-mount.ts';
import { differences, walkTree } from '../support/walk-tree.ts';

const cluster = useDevCluster();
const isRoot = process.getuid?.() === 0;

describe('a sync of a mount', () => {
  const dev = useSshVariant(cluster, {
    relay: {},
    clientSettings: ['ServerAliveInterval 1', 'ServerAliveCountMax 2', 'ConnectTimeout 2'],
  });
  const { srunx, json, start, local, there, put, putThere, runtime } = useSyncedMount(dev);
  const sync = (...words: string[]) => srunx(['ssh', 'sync', 'dev', ...words]);
  const giveAway = (path: string, uid: number) => chownSync(path, uid, uid);
  const expectInStep = () => expect(differences(walkTree(local), walkTree(there()))).toEqual([]);
  const heal = async () => {
    expect(await sync()).toMatchObject({ code: 0 });
    expectInStep();
    expect(await json(['ssh', 'sync', 'dev'])).toMatchObject({ unchanged: true });
  };

  beforeEach(() => {
    rmSync(there(), { recursive: true, force: true });
    rmSync(local, { recursive: true, force: true });
    put('train.sh', '#!/bin/sh\necho hello\n');
    put('src/model.py', 'one\n');
  });
  const leaveToRsync = () => symlinkSync('train.sh', join(local, 'link'));
  afterEach(() => rmSync(join(runtime, 'victim'), { recursive: true, force: true }));

  it.runIf(isRoot)('says that the directory there is somebody else’s, and goes on once it is not', async () => {
    mkdirSync(there());
    const refused = await sync();
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/Permission denied(?:.|\n)*permissions/)]);
    giveAway(there(), statSync(dev().home).uid);
    await heal();
  });

  it('follows no link in the place of its directory that leads nowhere', async () => {
    symlinkSync('/nonexistent/elsewhere', there());
    const refused = await sync();
    expect([refused.code, existsSync('/nonexistent')]).toEqual([1, false]);
    expect(refused.stderr).toMatch(/code/);
    rmSync(there());
    await heal();
  });

  it('writes through no link in the place of its own files there', async () => {
    await sync();
    const victim = join(dev().home, 'victim');
    writeFileSync(victim, 'mine');
    for (const name of ['.srunx-manifest.json', '.srunx-owner.json']) {
      rmSync(there(name));
      symlinkSync(victim, there(name));
    }
    put('src/model.py', 'another\n');
    const warned = await sync();
    expect([warned.code, warned.stderr]).toEqual([0, expect.stringMatching(/could not be (?:recorded|read)/)]);
    expect(readFileSync(victim, 'utf8')).toBe('mine');
    for (const name of ['.srunx-manifest.json', '.srunx-owner.json']) rmSync(there(name));
    put('src/model.py', 'a third one\n');
    await heal();
  });

  it('passes by sockets, pipes and devices', async () => {
    const make = `mkfifo '${local}/pipe'; mknod '${local}/device' c 1 3; ${process.execPath} -e "require('net').createServer().listen('${local}/socket', () => process.exit())"`;
    spawnSync('sh', ['-c', make]);
    const ran = await sync();
    expect([ran.code, ran.stderr]).toEqual([0, expect.not.stringContaining('error')]);
    expect(readFileSync(there('src/model.py'), 'utf8')).toBe('one\n');
    expect((await sync()).code).toBe(0);
  });

  it('warns of files that vanish while they are sent, and looks again the next time', async () => {
    const real = findProgram('rsync', process.env['PATH'] ?? '');
    const bin = join(runtime, 'slow');
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, 'rsync'), `#!/bin/sh\nexec ${real} --bwlimit=100 "$@"\n`);
    chmodSync(join(bin, 'rsync'), 0o755);
    leaveToRsync();
    put('a-large', randomBytes(150_000));
    put('z-last', randomBytes(50_000));
    const slow = start(['ssh', 'sync', 'dev'], { stdin: '', env: { PATH: `${bin}:${process.env['PATH']}` } });
    const isBegun = () => existsSync(there()) && [...walkTree(there()).keys()].some((name) => name.includes('a-large'));
    while (!isBegun()) await sleep(20);
    rmSync(join(local, 'z-last'));
    put('src/model.py', 'changed meanwhile\n');
    const ran = await slow.ended;
    expect([ran.code, ran.stderr]).toEqual([0, expect.stringContaining('vanished')]);
    await heal();
  });

  it('is not led astray by clocks that are an hour apart', async () => {
    const ahead = Date.now() / 1_000 + 3_600;
    put('ahead.py', 'from the future\n');
    utimesSync(join(local, 'ahead.py'), ahead, ahead);
    await heal();
    const began = performance.now();
    expect(await json(['ssh', 'sync', 'dev'])).toMatchObject({ unchanged: true });
    const plain = performance.now() - began;
    expect(plain, 'it waits for a second that is an hour away').toBeLessThan(1_500);
    // A job with the clock of the cluster wrote this one, after what was sent.
    writeFileSync(there('src/model.py'), 'by a job\n');
    utimesSync(there('src/model.py'), ahead, ahead);
    await heal();
    writeFileSync(there('ahead.py'), 'from the past, too\n');
    utimesSync(there('ahead.py'), 1, 1);
    expect((await sync('--pull')).code).toBe(0);
    expect(readFileSync(join(local, 'ahead.py'), 'utf8')).toBe('from the future\n');
    await heal();
  });

  it('keeps what is newer here when it is something else there', async () => {
    await sync();
    rmSync(join(local, 'src'), { recursive: true });
    put('src', 'a file in its place\n');
    rmSync(there('train.sh'));
    mkdirSync(there('train.sh'));
    putThere('train.sh/inner', 'x');
    const ran = await sync('--pull');
    expect([ran.code, ran.stderr]).toEqual([0, expect.stringMatching(/src is something else there/)]);
    expect(lstatSync(join(local, 'src')).isFile()).toBe(true);
    expect(lstatSync(join(local, 'train.sh')).isFile()).toBe(true);
    const pushed = await sync();
    expect([pushed.code, pushed.stderr]).toEqual([1, expect.stringMatching(/make way(?:.|\n)*--delete/)]);
    expect(readFileSync(there('train.sh/inner'), 'utf8')).toBe('x');
  });

  it('sends what was brought and then edited with its size and time kept', async () => {
    await sync();
    writeFileSync(there('src/model.py'), 'two\n');
    expect((await sync('--pull')).code).toBe(0);
    const path = join(local, 'src/model.py');
    expect(readFileSync(path, 'utf8')).toBe('two\n');
    const { atime, mtime } = statSync(path);
    writeFileSync(path, 'six\n');
    utimesSync(path, atime, mtime);
    expect((await sync()).code).toBe(0);
    expect(readFileSync(there('src/model.py'), 'utf8')).toBe('six\n');
  });

  it('does not send back what came before a pull failed', async () => {
    await sync();
    putThere('log.csv', 'run 1\n');
    putThere('secret', 'x');
    chmodSync(there('secret'), 0o000);
    expect(await sync('--pull')).toMatchObject({ code: 1, stderr: expect.stringMatching(/Permission denied/) });
    expect(readFileSync(join(local, 'log.csv'), 'utf8')).toBe('run 1\n');
    writeFileSync(there('log.csv'), 'run 1\nrun 2\n');
    put('src/model.py', 'another\n');
    expect((await sync()).code).toBe(0);
    expect(readFileSync(there('log.csv'), 'utf8')).toBe('run 1\nrun 2\n');
  });

  it('knows its own links there, also those of a sync that did not come to its end', async () => {
    await sync();
    rmSync(there('train.sh'));
    mkdirSync(there('train.sh'));
    putThere('train.sh/inner', 'x');
    symlinkSync('src', join(local, 'own'));
    expect(await sync()).toMatchObject({ code: 1, stderr: expect.stringMatching(/make way/) });
    expect(lstatSync(there('own')).isSymbolicLink()).toBe(true);
    rmSync(join(local, 'own'));
    put('own/inner', 'y');
    expect(await sync()).toMatchObject({ code: 1, stderr: expect.stringMatching(/make way/) });
    rmSync(there('train.sh'), { recursive: true });
    await heal();
  });

  it('is one after the other, whoever begins', async () => {
    put('large', randomBytes(400_000));
    const ran = await Promise.all([sync(), sync(), sync()]);
    expect(ran.map(({ code, stderr }) => [code, code === 0 ? '' : stderr])).toEqual(ran.map(() => [0, '']));
    expectInStep();
    await heal();
  });

  it('is of one workstation, until another one takes it over', async () => {
    await sync();
    const other = join(runtime, 'other');
    mkdirSync(join(other, 'srunx'), { recursive: true });
    mkdirSync(join(other, 'code'), { recursive: true });
    writeFileSync(join(other, 'code', 'train.sh'), 'of the other one\n');
    const config = { ssh_host: 'dev', mounts: [{ name: 'code', local: join(other, 'code'), remote: there() }] };
    writeFileSync(join(other, 'srunx', 'config.json'), JSON.stringify({ profiles: { dev: config } }));
    const extra = { profiles: { dev: { ssh_config: dev().sshConfig } } };
    writeFileSync(join(other, 'srunx', 'extra.json'), JSON.stringify(extra));
    const env = { XDG_CONFIG_HOME: other, XDG_STATE_HOME: join(other, 'state') };
    const asOther = (...words: string[]) => srunx(['ssh', 'sync', 'dev', ...words], { env });
    const refused = await asOther();
    expect([refused.code, refused.stderr]).toEqual([
      8,
      expect.stringMatching(/another directory(?:.|\n)*--force-sync/),
    ]);
    put('train.sh', 'of the first one, and longer\n');
    const both = await Promise.all([sync('--force-sync'), asOther('--force-sync')]);
    expect(both.map(({ code, stderr }) => [code, code === 0 ? '' : stderr])).toEqual([
      [0, ''],
      [0, ''],
    ]);
    expect(['of the other one\n', 'of the first one, and longer\n']).toContain(readFileSync(there('train.sh'), 'utf8'));
    expect((await sync('--force-sync')).code).toBe(0);
    expectInStep();
    expect((await asOther()).code).toBe(8);
    await heal();
  });

  it('names who holds it', async () => {
    const real = findProgram('rsync', process.env['PATH'] ?? '');
    const bin = join(runtime, 'held');
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, 'rsync'), `#!/bin/sh\nexec ${real} --bwlimit=50 "$@"\n`);
    chmodSync(join(bin, 'rsync'), 0o755);
    leaveToRsync();
    put('large', randomBytes(200_000));
    const slow = start(['ssh', 'sync', 'dev'], { stdin: '', env: { PATH: `${bin}:${process.env['PATH']}` } });
    while (!existsSync(there())) await sleep(20);
    const busy = await srunx(['ssh', 'sync', 'dev'], { env: { SRUNX_SYNC_LOCK_TIMEOUT: '1' } });
    expect([busy.code, busy.stderr]).toEqual([8, expect.stringMatching(/in use: \S+ on .*srunx ssh sync, since/)]);
    expect((await slow.ended).code).toBe(0);
    await heal();
  });

  it('says that this machine has no rsync', async () => {
    await sync();
    const missing = await srunx(['ssh', 'sync', 'dev'], { env: { PATH: bareBin(runtime) } });
    expect([missing.code, missing.stderr]).toEqual([
      6,
      expect.stringMatching(/rsync is not installed on this machine/),
    ]);
    expect(existsSync(there('src/model.py'))).toBe(true);
    await heal();
  });

  it('goes on over the next connection, and says so where there is none', async () => {
    await sync();
    put('large', randomBytes(600_000));
    dev().relay?.breakAfter({ direction: 'toServer', bytes: 300_000, how: 'cut' });
    const went = await sync();
    expect([went.code, went.stderr]).toEqual([0, expect.stringContaining('went on over another one')]);
    expectInStep();
    put('large', randomBytes(700_000));
    dev().relay?.breakAfter({ direction: 'toServer', bytes: 300_000, how: 'black-hole' });
    const lost = await sync();
    dev().relay?.blackHole(false);
    dev().relay?.cut();
    expect([lost.code, lost.stderr]).toEqual([6, expect.stringMatching(/hint: /)]);
    await heal();
  });
});

/** All programs but rsync. */
function bareBin(directory: string): string {
  const bin = join(directory, 'bare');
  if (existsSync(bin)) return bin;
  mkdirSync(bin);
  spawnSync('sh', [
    '-c',
    `for f in /bin/* /usr/bin/*; do ln -s "$f" '${bin}/' 2>/dev/null; done; rm -f '${bin}/rsync'`,
  ]);
  return bin;
}

describe.runIf(isRoot)('a home there in which nothing can be written', () => {
  const dev = useSshVariant(cluster, { home: 'read-only' });
  const { srunx, put } = useSyncedMount(dev);
  it('is said to be so, and nothing is sent', async () => {
    put('train.sh', 'x\n');
    const refused = await srunx(['ssh', 'sync', 'dev']);
    expect([refused.code, refused.stderr]).toEqual([8, expect.stringMatching(/cannot be locked(?:.|\n)*permissions/)]);
  });
});

describe.runIf(isRoot)('a home there in which no space is left', () => {
  const dev = useSshVariant(cluster, { home: 'full' });
  const { srunx, put, there, local } = useSyncedMount(dev);
  it('is said to be so at each step, and the next sync heals it', async () => {
    put('train.sh', 'x\n');
    put('large', randomBytes(40_000));
    const refused = await srunx(['ssh', 'sync', 'dev']);
    expect([refused.code, refused.stderr]).toEqual([8, expect.stringMatching(/space/)]);
    truncateSync(join(dev().home, 'filler'), 36_000);
    const half = await srunx(['ssh', 'sync', 'dev']);
    expect([half.code, half.stderr]).toEqual([1, expect.stringMatching(/no space is left(?:.|\n)*Free some space/)]);
    for (const [name, { content, type }] of walkTree(there()))
      if (type === 'file' && !name.startsWith('.srunx')) expect(content).toBe(walkTree(local).get(name)?.content);
    rmSync(join(dev().home, 'filler'));
    rmSync(join(local, 'large'));
    put('large', randomBytes(2_000));
    expect((await srunx(['ssh', 'sync', 'dev'])).code).toBe(0);
    expect(differences(walkTree(local), walkTree(there()))).toEqual([]);
  });
});
