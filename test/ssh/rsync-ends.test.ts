import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
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
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { listProcesses, readCommandLine, waitUntil } from '../../dev/processes.ts';
import type { SshVariant } from '../../dev/ssh-variants.ts';
import type { TcpRelay } from '../../dev/tcp-relay.ts';
import { rsyncFailure } from '../../src/core/sync/rsync-failure.ts';
import { createAppContext } from '../../src/main/create-app-context.ts';
import { findProgram } from '../../src/shell/find-program.ts';
import { RsyncClient } from '../../src/sync/rsync-client.ts';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSshShells } from '../support/ssh-shells.ts';
import { useSshVariant } from '../support/ssh-variants.ts';

const cluster = useDevCluster();
const shells = useSshShells();
const real = findProgram('rsync', process.env['PATH'] ?? '') ?? '';

/** Of this machine. */
let here: string;
beforeEach(({ skip }) => {
  if (real === '') skip('needs rsync');
  here = mkdtempSync('/tmp/srunx-rsync-');
  mkdirSync(join(here, 'from'));
  writeFileSync(join(here, 'from/a'), 'text');
});
afterEach(() => rmSync(here, { recursive: true, force: true }));

/** @param path of this machine */
function clientOf({ sshConfig }: Pick<SshVariant, 'sshConfig'>, path = process.env['PATH'] ?? ''): RsyncClient {
  const env = { ...process.env, ...shells.env(), PATH: path };
  return RsyncClient.over(shells.open({ host: 'dev', configFile: sshConfig }, { env }));
}

/** An rsync of long ago: it does not know, and does not mention, what came later. */
const ancient = (log: string, old: string) => `#!/bin/sh
case $1 in
  --version) echo "rsync  version 2.6.9  protocol version 29"; exit ;;
  --help) ${real} --help | grep -v -e mkpath -e info -e secluded -e old-args -e out-format -e stats; exit ;;
esac
echo "$*" >>"${log}"
for word; do
  case $word in
    --mkpath | --info* | -s* | --secluded-args | --out-format* | --stats) echo "rsync: $word: unknown option" >&2; exit 1 ;;
  esac
done
${old}exec ${real} "$@"
`;

function install(directory: string, script: string): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'rsync'), script);
  chmodSync(join(directory, 'rsync'), 0o755);
}

/** The account's login finds programs there first, or only there. */
function setPath({ home }: SshVariant, path: string): void {
  writeFileSync(join(home, '.profile'), `PATH=${path}\n`);
  // Kept for a day, unless a file is newer: this one may be of the same second.
  rmSync(join(home, '.cache'), { recursive: true, force: true });
}

const hostile = `a b/it's [x]*/$(y)!`;

describe('an old rsync at the other end', () => {
  const variant = useSshVariant(cluster);

  it('gets only words that it knows, and the directories above are made for it', async () => {
    install(join(variant().home, 'bin'), ancient(`${variant().home}/calls`, ''));
    setPath(variant(), '$HOME/bin:$PATH');
    const client = clientOf(variant());
    const preview = await client.push(join(here, 'from'), '~/one', { dryRun: true, itemize: true, delete: true });
    expect([preview.returncode, existsSync(join(variant().home, 'one'))]).toEqual([0, false]);
    const pushed = await client.push(join(here, 'from'), `~/${hostile}`, { itemize: true });
    expect(pushed).toMatchObject({ success: true, stderr: '', stdout: expect.stringContaining('<f+++++++++ a\n') });
    expect(readFileSync(join(variant().home, hostile, 'a'), 'utf8')).toBe('text');
    await client.push(join(here, 'from/a'), '~/deep/file');
    expect(statSync(join(variant().home, 'deep/file')).isFile()).toBe(true);
    expect(await client.pull(`~/${hostile}/`, join(here, 'x/y'))).toMatchObject({ success: true });
    expect(readdirSync(join(here, 'x/y'))).toEqual(['a']);
    expect(readFileSync(join(variant().home, 'calls'), 'utf8').split('\n')).toHaveLength(5);
  });
});

describe('a machine without rsync at the other end', () => {
  const variant = useSshVariant(cluster);

  it('is named, and what else there is can be used', async () => {
    const bin = join(variant().home, 'most');
    mkdirSync(bin);
    for (const name of readdirSync('/usr/bin')) if (name !== 'rsync') symlinkSync(`/usr/bin/${name}`, join(bin, name));
    setPath(variant(), bin);
    const client = clientOf(variant());
    const missing = { code: 'rsync.missing', exitCode: 6, message: 'rsync is not installed on dev (dev)' };
    await expect(client.push(join(here, 'from'), '~/p')).rejects.toMatchObject(missing);
    await expect(client.pull('~/p', here)).rejects.toMatchObject(missing);
    await client.writeRemoteFile('~/f', 'x');
    expect(await client.readRemoteFile('~/f')).toBe('x');
    // Somebody has heard of it.
    setPath(variant(), '$PATH');
    expect((await clientOf(variant()).push(join(here, 'from'), '~/p')).success).toBe(true);
  });

  it('that has gone since is asked again', async () => {
    install(join(variant().home, 'bin'), `#!/bin/sh\nexec ${real} "$@"\n`);
    setPath(variant(), '$HOME/bin:$PATH');
    expect((await clientOf(variant()).push(join(here, 'from'), '~/q')).success).toBe(true);
    rmSync(join(variant().home, 'bin'), { recursive: true });
    const failed = await clientOf(variant()).push(join(here, 'from'), '~/q');
    expect(rsyncFailure(failed, 'x')).toMatchObject({ code: 'rsync.missing' });
    expect((await clientOf(variant()).push(join(here, 'from'), '~/q')).success).toBe(true);
  });
});

describe('this machine', () => {
  const variant = useSshVariant(cluster);

  it('may have no rsync', () => {
    expect(() => clientOf(variant(), here)).toThrow(
      expect.objectContaining({
        code: 'rsync.missing',
        exitCode: 6,
        hint: expect.stringContaining('apt install rsync'),
      }),
    );
  });

  it('may have an old one', async () => {
    install(join(here, 'bin'), ancient(join(here, 'calls'), 'RSYNC_OLD_ARGS=1 '));
    const client = clientOf(variant(), `${here}/bin:${process.env['PATH']}`);
    const seen: unknown[] = [];
    const options = { itemize: true, onProgress: (progress: unknown) => seen.push(progress) };
    const pushed = await client.push(join(here, 'from'), `~/${hostile}`, options);
    expect(pushed).toMatchObject({ success: true, stderr: '', stdout: expect.stringContaining('<f+++++++++ a\n') });
    expect([pushed.stats, seen]).toEqual([undefined, []]);
    expect(readFileSync(join(variant().home, hostile, 'a'), 'utf8')).toBe('text');
    expect(await client.pull(`~/${hostile}/`, join(here, 'x/y'))).toMatchObject({ success: true });
    symlinkSync('to', join(here, 'from/link'));
    symlinkSync('to -> there', join(here, 'from/other'));
    writeFileSync(join(here, 'from/ leading'), '');
    const { paths, warnings } = await client.listLocalFiles(join(here, 'from'));
    expect(paths).toEqual(['a', 'link']);
    expect(warnings.toSorted()).toEqual([expect.stringContaining(' leading'), expect.stringContaining('other -> to')]);
  });

  it('takes files that vanish for a warning', async () => {
    install(
      join(here, 'bin'),
      `#!/bin/sh\n${real} "$@"\ncode=$?\ncase $* in *--help* | *--version*) exit $code ;; esac\nexit 24\n`,
    );
    const pushed = await clientOf(variant(), `${here}/bin:${process.env['PATH']}`).push(join(here, 'from'), '~/v');
    expect(pushed).toMatchObject({ returncode: 24, success: true, warnings: [expect.stringContaining('vanished')] });
  });

  it('lists nothing where it cannot list all', async () => {
    const client = clientOf(variant());
    await expect(client.listLocalFiles(join(here, 'no'))).rejects.toMatchObject({ code: 'sync.inventory' });
    await expect(client.listLocalFiles('')).rejects.toMatchObject({ code: 'usage.local_path' });
    install(join(here, 'bin'), `#!/bin/sh\n${real} "$@"\necho broken >&2\nexit 23\n`);
    const broken = clientOf(variant(), `${here}/bin:${process.env['PATH']}`);
    await expect(broken.listLocalFiles(here)).rejects.toMatchObject({
      code: 'sync.inventory',
      detail: 'broken (exit code 23)',
    });
  });

  it('connects by itself, if nobody else has', async () => {
    vi.stubEnv('XDG_RUNTIME_DIR', shells.env().XDG_RUNTIME_DIR);
    onTestFinished(() => void vi.unstubAllEnvs());
    await using client = new RsyncClient({ hostname: 'dev', sshConfigPath: variant().sshConfig });
    expect((await client.push(join(here, 'from'), '~/own')).success).toBe(true);
    // So that the connection is closed behind the test.
    shells.open({ host: 'dev', configFile: variant().sshConfig });
  });

  it('has a client for each profile, and none for itself', async () => {
    vi.stubEnv('XDG_RUNTIME_DIR', shells.env().XDG_RUNTIME_DIR);
    vi.stubEnv('XDG_CONFIG_HOME', cluster().configHome);
    onTestFinished(() => void vi.unstubAllEnvs());
    await using app = createAppContext(new AbortController().signal);
    const client = await app.rsync('dev');
    expect((await client.push(join(here, 'from'), '~/profile', { dryRun: true })).success).toBe(true);
    expect(await app.rsync('dev')).toBe(client);
    await expect(app.rsync('local')).rejects.toMatchObject({ code: 'usage.not_remote', exitCode: 2 });
    // So that the connection is closed behind the test.
    shells.open({ host: 'dev', configFile: cluster().sshConfig });
  });

  it.each([
    { hostname: '-oProxyCommand=x' },
    { hostname: '' },
    { hostname: 'dev', port: 0 },
    { hostname: 'dev', username: '-x' },
    { hostname: 'dev', proxyJump: '-J' },
  ])('gives ssh no words that mean something else: %j', (options) => {
    expect(() => new RsyncClient(options)).toThrow(expect.objectContaining({ code: 'usage.account', exitCode: 2 }));
  });
});

describe('files of others there', () => {
  const variant = useSshVariant(cluster);

  it('are not taken for absent, nor for ours', async ({ skip }) => {
    if (process.getuid?.() !== 0) skip('needs files of another account');
    const client = clientOf(variant());
    const { uid } = statSync(variant().home);
    for (const [name, mode] of [
      ['foreign', 0o644],
      ['closed', 0o600],
    ] as const) {
      writeFileSync(join(variant().home, name), 'x', { mode });
    }
    mkdirSync(join(variant().home, 'dir'), { mode: 0o700 });
    expect(await client.readRemoteFile('~/foreign')).toBe('x');
    await expect(client.readRemoteFile('~/foreign', { requireOwned: true })).rejects.toMatchObject({
      code: 'sync.foreign_file',
    });
    const failed = { code: 'sync.control_file', detail: expect.stringMatching(/exit code [12]/) };
    for (const path of ['~/closed', '~/dir/f']) {
      await expect(client.readRemoteFile(path)).rejects.toMatchObject(failed);
      await expect(client.remoteSha256(path)).rejects.toMatchObject(failed);
    }
    await expect(client.writeRemoteFile('~/dir/f', 'x')).rejects.toMatchObject({
      code: 'sync.control_file',
      detail: expect.stringContaining('exit code 5'),
    });
    // Beside it is room for us, so that it can be replaced.
    await client.writeRemoteFile('~/foreign', 'y');
    expect(statSync(join(variant().home, 'foreign')).uid).toBe(uid);
    for (const path of ['relative', './x', '']) {
      await expect(client.writeRemoteFile(path, 'x')).rejects.toMatchObject({ code: 'usage.remote_path' });
    }
  });
});

describe('a noisy login', () => {
  const variant = useSshVariant(cluster, { shell: 'noisy' });

  it('is named as the reason', async () => {
    const pushed = await clientOf(variant()).push(join(here, 'from'), '~/p');
    expect(pushed.success).toBe(false);
    expect(rsyncFailure(pushed, '/p could not be sent to dev')).toMatchObject({ code: 'rsync.noisy_login' });
  });
});

describe('a connection', () => {
  const variant = useSshVariant(cluster, {
    relay: {},
    clientSettings: ['ServerAliveInterval 1', 'ServerAliveCountMax 2', 'ConnectTimeout 15'],
  });
  const relayOf = (): TcpRelay => {
    const { relay } = variant();
    if (relay === undefined) throw new Error('there is no relay');
    return relay;
  };
  const size = 40 * 1024 * 1024;
  const part = 16 * 1024 * 1024;
  const passed = () => ({ ...relayOf().passed });
  afterEach(() => {
    relayOf().blackHole(false);
    rmSync(join(variant().home, 'p'), { recursive: true, force: true });
  });

  it.each(['cut', 'black-hole'] as const)(
    'that ends in the middle (%s) is opened again, and a file goes on',
    async (how) => {
      const content = randomBytes(size);
      writeFileSync(join(here, 'from/big'), content);
      const client = clientOf(variant());
      await client.push(join(here, 'from/a'), '~/p/a');
      const [logins, before] = [variant().countLogins(), passed()];
      relayOf().breakAfter({ direction: 'toServer', bytes: part, how });
      const pushing = client.push(join(here, 'from'), '~/p');
      if (how === 'black-hole') setTimeout(() => relayOf().blackHole(false), 6_000);
      const pushed = await pushing;
      expect(pushed).toMatchObject({ success: true, warnings: [expect.stringContaining('connection was lost')] });
      expect(variant().countLogins()).toBe(logins + 1);
      expect(readFileSync(join(variant().home, 'p/big')).equals(content)).toBe(true);
      expect(readdirSync(join(variant().home, 'p')).toSorted()).toEqual(['a', 'big']);
      // Without the first part, which had come.
      expect(passed().toServer - before.toServer).toBeLessThan(size + part / 2);
    },
  );

  it('that ends in the middle of a file that is fetched is opened again, and goes on', async () => {
    const content = randomBytes(size);
    mkdirSync(join(variant().home, 'p'));
    writeFileSync(join(variant().home, 'p/big'), content);
    const client = clientOf(variant());
    await client.readRemoteFile('~/nothing');
    const before = passed();
    relayOf().breakAfter({ direction: 'toClient', bytes: part, how: 'cut' });
    expect(await client.pull('~/p/', join(here, 'to'))).toMatchObject({ success: true, warnings: [expect.anything()] });
    expect(readFileSync(join(here, 'to/big')).equals(content)).toBe(true);
    expect(passed().toClient - before.toClient).toBeLessThan(size + part / 2);
  });

  it.each(['push', 'pull'] as const)('keeps what came before an abort of a %s', async (direction) => {
    const content = randomBytes(size);
    const [home, { uid, gid }] = [variant().home, statSync(variant().home)];
    mkdirSync(join(home, 'p'));
    chownSync(join(home, 'p'), uid, gid);
    const source = direction === 'push' ? join(here, 'from/big') : join(home, 'p/big');
    writeFileSync(source, content);
    const client = clientOf(variant());
    const run = (options: Parameters<RsyncClient['push']>[2]) =>
      direction === 'push'
        ? client.push(source, '~/p/copy', options)
        : client.pull('~/p/big', join(here, 'copy'), options);
    const stop = new AbortController();
    const way = direction === 'push' ? 'toServer' : 'toClient';
    await client.readRemoteFile('~/nothing');
    const before = passed()[way];
    // Nothing passes beyond that, so that it is in the middle for certain.
    relayOf().breakAfter({ direction: way, bytes: part, how: 'black-hole' });
    const running = run({ signal: stop.signal });
    await waitUntil(() => passed()[way] - before >= part, 30_000);
    await sleep(300);
    stop.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
    relayOf().blackHole(false);
    const partial = join(direction === 'push' ? join(home, 'p') : here, '.srunx-partial');
    expect(await waitUntil(() => existsSync(partial) && readdirSync(partial).length > 0, 20_000)).toBe(true);
    const middle = passed()[way];
    expect(await run({})).toMatchObject({ success: true });
    expect(passed()[way] - middle).toBeLessThan(size - part / 2);
    expect(readFileSync(join(direction === 'push' ? join(home, 'p') : here, 'copy')).equals(content)).toBe(true);
    expect(existsSync(partial)).toBe(false);
    const left = () => listProcesses().filter(({ pid }) => readCommandLine(pid).includes(here));
    expect(left()).toEqual([]);
  });

  it('that cannot be had is an error', async () => {
    const client = clientOf(variant());
    writeFileSync(join(here, 'config'), `Host dev\n  HostName 127.0.0.1\n  Port 9\n`);
    const nowhere = RsyncClient.over(shells.open({ host: 'dev', configFile: join(here, 'config') }));
    await expect(nowhere.push(join(here, 'from'), '~/p')).rejects.toMatchObject({ exitCode: 6, code: 'ssh.refused' });
    await expect(nowhere.readRemoteFile('~/f')).rejects.toMatchObject({ code: 'ssh.refused' });
    expect((await client.push(join(here, 'from'), '~/p')).success).toBe(true);
  });
});

describe('a transfer that nobody waits for', () => {
  it('may be over before it begins', async () => {
    const client = clientOf(cluster());
    await expect(client.push(here, '~/x', { signal: AbortSignal.abort(new Error('no')) })).rejects.toThrow('no');
  });
});
