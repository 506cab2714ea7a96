import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { findProgram } from '../../src/shell/find-program.ts';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSshVariant } from '../support/ssh-variants.ts';
import { useSyncedMount } from '../support/synced-mount.ts';
import { differences, walkTree } from '../support/walk-tree.ts';

const isRoot = process.getuid?.() === 0;
const dev = useSshVariant(useDevCluster(), {});
const mount = useSyncedMount(dev, () => ({
  PATH: `${join(mount.runtime, 'bin')}:${process.env['PATH']}`,
  XDG_STATE_HOME: join(mount.runtime, 'state'),
}));
const { runtime, local, there, put, putThere, json } = mount;
const log = join(runtime, 'rsyncs');

interface Synced {
  readonly unchanged: boolean;
  readonly files_transferred: number;
  readonly bytes: number;
}

const sync = () => json<Synced>(['ssh', 'sync', 'dev', '--yes', '--json']);
const expectInStep = () => expect(differences(walkTree(local), walkTree(there()))).toEqual([]);

/** How often rsync has talked to the other end since it was asked last. */
function transfers(): number {
  const calls = existsSync(log) ? readFileSync(log, 'utf8').split('\n') : [];
  rmSync(log, { force: true });
  return calls.filter((call) => call.includes(' -e ')).length;
}

beforeEach(async () => {
  mkdirSync(join(runtime, 'bin'), { recursive: true });
  const rsync = findProgram('rsync', process.env['PATH'] ?? '');
  writeFileSync(join(runtime, 'bin', 'rsync'), `#!/bin/sh\necho "$*" >>'${log}'\nexec ${rsync} "$@"\n`, {
    mode: 0o755,
  });
  for (const path of [local, there(), join(runtime, 'state')]) rmSync(path, { recursive: true, force: true });
  transfers();
  put('train.sh', '#!/bin/sh\necho hello\n');
  put('src/model.py', 'one\n');
  put("src/it's $odd; name.py", 'one\n');
  await sync();
  transfers();
});

describe('a mount of which nothing is there yet', () => {
  const remove = () => rmSync(there(), { recursive: true });

  it('goes at once, whatever its files and directories are called and may', async () => {
    remove();
    put('-C', 'a\n');
    put(`deep/er/new\nline 'quoted' "twice" \\ back $(x)`, 'b\n');
    mkdirSync(join(local, 'empty'));
    put('closed/file', 'c\n');
    chmodSync(join(local, 'closed'), 0o555);
    chmodSync(join(local, 'closed/file'), 0o400);
    chmodSync(local, 0o711);
    expect(await sync()).toMatchObject({ unchanged: false, files_transferred: 6 });
    expect(transfers()).toBe(0);
    expectInStep();
    expect(lstatSync(there()).mode & 0o7777).toBe(0o711);
    expect(lstatSync(there('closed/file')).uid).toBe(lstatSync(dev().home).uid);
    expect(readdirSync(dev().home).filter((name) => name.startsWith('.code'))).toEqual([]);
    expect(await sync()).toMatchObject({ unchanged: true });
    chmodSync(local, 0o755);
    chmodSync(join(local, 'closed'), 0o755);
  });

  it.each([
    ['links', () => symlinkSync('train.sh', join(local, 'link'))],
    ['two names of one file', () => linkSync(join(local, 'train.sh'), join(local, 'other.sh'))],
    ['a directory there', () => mkdirSync(there())],
    ['much', () => put('large', Buffer.alloc(20_000_000))],
  ])('is left to rsync where there is: %s', async (_, make) => {
    remove();
    make();
    if (existsSync(there())) chownSync(there(), lstatSync(dev().home).uid, lstatSync(dev().home).gid);
    await sync();
    expect(transfers()).toBeGreaterThan(0);
    expectInStep();
    expect(await sync()).toMatchObject({ unchanged: true });
  });

  it('is not made of what could not be read whole', async () => {
    remove();
    const fake = join(runtime, 'bin', 'tar');
    const real = findProgram('tar', process.env['PATH'] ?? '');
    writeFileSync(fake, `#!/bin/sh\n${real} "$@"\nexit 1\n`, { mode: 0o755 });
    expect(await sync()).toMatchObject({ files_transferred: 3 });
    expect(transfers()).toBeGreaterThan(0);
    rmSync(fake);
    expectInStep();
    expect(await sync()).toMatchObject({ unchanged: true });
  });

  it.runIf(isRoot)('says what rsync says where it cannot be made', async () => {
    remove();
    const { uid, gid } = lstatSync(dev().home);
    mkdirSync(join(dev().home, '.cache/srunx'), { recursive: true });
    chownSync(dev().home, 0, 0);
    chmodSync(dev().home, 0o755);
    const refused = await mount.srunx(['ssh', 'sync', 'dev']);
    chownSync(dev().home, uid, gid);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/Permission denied/)]);
    await sync();
    expectInStep();
  });
});

describe('files that were edited since the last sync', () => {
  it('replace those there as a whole, with mode, second, owner and group', async () => {
    linkSync(there('src/model.py'), join(dev().home, 'copy.py'));
    const { uid, gid } = lstatSync(there('src/model.py'));
    put('src/model.py', 'two\n');
    chmodSync(join(local, 'src/model.py'), 0o751);
    put("src/it's $odd; name.py", new Uint8Array([0, 255, 10, 39]));
    expect(await sync()).toMatchObject({ unchanged: false, files_transferred: 2, bytes: 8 });
    expect(transfers()).toBe(0);
    expectInStep();
    const found = lstatSync(there('src/model.py'));
    const wanted = lstatSync(join(local, 'src/model.py'));
    expect([found.uid, found.gid, found.mode & 0o7777]).toEqual([uid, gid, 0o751]);
    expect(Math.floor(found.mtimeMs / 1_000)).toBe(Math.floor(wanted.mtimeMs / 1_000));
    expect(readFileSync(join(dev().home, 'copy.py'), 'utf8')).toBe('one\n');
    expect(await sync()).toMatchObject({ unchanged: true });
    rmSync(join(dev().home, 'copy.py'));
  });

  it('arrive also where size and second are those of before', async () => {
    const { atimeMs, mtimeMs } = lstatSync(join(local, 'src/model.py'));
    writeFileSync(join(local, 'src/model.py'), 'eno\n');
    utimesSync(join(local, 'src/model.py'), atimeMs / 1_000, mtimeMs / 1_000);
    expect(await sync()).toMatchObject({ files_transferred: 1 });
    expect(transfers()).toBe(0);
    expectInStep();
  });

  it('come with those that were made since, into the directories that are there', async () => {
    put('src/model.py', 'another one\n');
    put('new.py', 'new\n');
    put('src/-new', 'new\n');
    chmodSync(join(local, 'new.py'), 0o600);
    rmSync(join(local, 'train.sh'));
    expect(await sync()).toMatchObject({ files_transferred: 3 });
    expect(transfers()).toBe(0);
    expect(existsSync(there('train.sh'))).toBe(true);
    rmSync(there('train.sh'));
    expectInStep();
    expect(await sync()).toMatchObject({ unchanged: true });
    // What was sent, and is gone here, is known by the manifest.
    for (const name of ['new.py', 'src/-new']) rmSync(join(local, name));
    const { stdout } = await mount.srunx(['ssh', 'inspect', 'dev']);
    expect(stdout).toMatch(/new\.py/);
    expect(stdout).toMatch(/src\/-new/);
  });

  it('are left to rsync where they are many bytes, links, or in the place of something else', async () => {
    put('src/model.py', Buffer.alloc(400_000));
    await sync();
    expect(transfers()).toBe(1);
    put('new/new.py', 'new\n');
    await sync();
    expect(transfers()).toBe(1);
    putThere('new.py', 'of a job\n');
    put('new.py', 'new\n');
    await sync();
    expect(transfers()).toBe(1);
    rmSync(join(local, 'train.sh'));
    symlinkSync('new.py', join(local, 'train.sh'));
    await sync();
    expect(transfers()).toBe(1);
    expectInStep();
    expect(await sync()).toMatchObject({ unchanged: true });
  });

  it('do not take the place of what a job has made of them', async () => {
    putThere('src/model.py', 'of a job\n');
    put('src/model.py', 'two\n');
    const { stderr } = await mount.srunx(['ssh', 'sync', 'dev']);
    expect(stderr).toMatch(
      /1 file was replaced that had been changed there since the last sync, and kept in (.*): src\/model\.py/,
    );
    expect(transfers()).toBeGreaterThan(0);
    expectInStep();
  });

  it.runIf(isRoot)('are not written in part where the account may not write', async () => {
    put('src/model.py', 'two\n');
    put('train.sh', 'three\n');
    const { uid, gid } = lstatSync(there('src'));
    chownSync(there('src'), 0, 0);
    const refused = await mount.srunx(['ssh', 'sync', 'dev']);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/Permission denied/)]);
    expect(readFileSync(there('src/model.py'), 'utf8')).toBe('one\n');
    chownSync(there('src'), uid, gid);
    await sync();
    expectInStep();
    expect(await sync()).toMatchObject({ unchanged: true });
  });
});

describe('a mount of which nothing is remembered here', () => {
  const forget = () => rmSync(join(runtime, 'state'), { recursive: true });

  it('is compared there by one look, and remembered again', async () => {
    forget();
    expect(await sync()).toMatchObject({ unchanged: false, files_transferred: 0 });
    expect(transfers()).toBe(0);
    expect(await sync()).toMatchObject({ unchanged: true });
  });

  it('is left to rsync where a file, a mode or a link may be another one', async () => {
    for (const change of [
      () => put('src/model.py', 'another one\n'),
      () => chmodSync(join(local, 'src/model.py'), 0o700),
      () => chmodSync(join(local, 'src'), 0o700),
      () => symlinkSync('train.sh', join(local, 'link')),
      () => rmSync(join(local, 'link')),
    ]) {
      change();
      forget();
      await sync();
      expect(transfers()).toBe(1);
      expect(lstatSync(there('src')).mode).toBe(lstatSync(join(local, 'src')).mode);
      if (existsSync(join(local, 'link'))) expectInStep();
    }
    expect(readFileSync(there('src/model.py'), 'utf8')).toBe('another one\n');
  });

  it('keeps what was changed there since', async () => {
    putThere('src/model.py', 'of a job\n');
    forget();
    const { stderr } = await mount.srunx(['ssh', 'sync', 'dev']);
    expect(stderr).toMatch(/replaced that had been changed there/);
    expectInStep();
  });
});
