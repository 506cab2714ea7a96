import { existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { useSandbox } from './sandbox.ts';

const { srunx, json, dir, work } = useSandbox();
const home = join(dir, 'home');
const place = join(home, '.config', 'srunx');
const file = join(place, 'config.json');
const extra = join(place, 'extra.json');

beforeEach(() => {
  for (const path of [place, join(home, '.ssh'), join(work, 'code')]) rmSync(path, { recursive: true, force: true });
});

function write(path: string, content: unknown): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`);
  return path;
}

const read = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

async function ok(...args: readonly string[]): Promise<string> {
  const ran = await srunx(args);
  expect(ran.code, ran.stderr).toBe(0);
  return ran.stderr;
}

async function refused(code: number, ...args: readonly string[]): Promise<string> {
  const before = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  const ran = await srunx(args);
  expect(ran).toMatchObject({ code, stdout: '' });
  expect(existsSync(file) ? readFileSync(file, 'utf8') : undefined).toBe(before);
  return ran.stderr;
}

interface Shown {
  readonly name: string;
  readonly current: boolean;
  readonly problems: readonly string[];
}

/** As the reference writes it, with something that neither of the two knows. */
const older = {
  theme: 'dark',
  current_profile: 'lab',
  profiles: {
    lab: {
      ...{ hostname: 'login.example', username: 'ada', key_filename: '/k', port: 22, description: null },
      ...{ ssh_host: null, proxy_jump: null, colour: 'red' },
      mounts: [{ name: 'old', local: '/old', remote: '/work/old', exclude_patterns: ['*.pt'], note: 'kept' }],
    },
  },
};

describe('srunx ssh', () => {
  it('keeps a host of ssh and a machine as older tools want them, and its own fields apart', async () => {
    const said = await ok('ssh', 'add', 'dgx', '--ssh-host', 'dgx', '--run-dir', '/scratch//ada/');
    expect(said).toContain('`srunx ssh use dgx`');
    await ok(...['ssh', 'add', '--profile', 'lab', '--hostname', 'login.example', '--username', 'ada']);
    expect(read(file)).toEqual({
      profiles: {
        dgx: { hostname: '', username: '', key_filename: '', ssh_host: 'dgx' },
        lab: { hostname: 'login.example', username: 'ada', key_filename: '' },
      },
    });
    expect(read(extra)).toEqual({ profiles: { dgx: { run_dir: '/scratch/ada' } } });
    expect([file, extra].map((path) => statSync(path).mode & 0o777)).toEqual([0o600, 0o600]);
    expect(statSync(place).mode & 0o777).toBe(0o700);
    expect(await refused(8, 'ssh', 'add', 'lab', '--ssh-host', 'x')).toContain('srunx ssh update lab');
  });

  it.each([
    [['local', '--ssh-host', 'x'], 'is this machine'],
    [['a:b', '--ssh-host', 'x'], 'is no name for a profile'],
    [['p'], 'it names no machine'],
    [['p', '--ssh-host', '-oProxyCommand=touch x'], 'begins with `-`'],
    [['p', '--hostname', 'h', '--proxy-jump', '-x'], 'begins with `-`'],
    [['p', '--hostname', 'h', '--port', '0'], 'is no port'],
    [['p', '--hostname', 'h', '--port', 'ssh'], 'is no port'],
    [['p', '--hostname', 'h', '--run-dir', 'x'], 'is no full path'],
    [['p', '--ssh-host', 'x', '--username', 'ada'], 'Keep --ssh-host'],
    [['p', '--hostname', 'h', '--description', ''], '--description is empty'],
    [['p', '--profile', 'q', '--ssh-host', 'x'], '`p` is too much'],
    [['--ssh-host', 'x'], 'no profile was given'],
  ])('refuses to add %j', async (words, message) => {
    expect(await refused(2, 'ssh', 'add', ...words)).toContain(message);
  });

  it('changes only what is given, and keeps what it does not know', async () => {
    write(file, older);
    await ok('ssh', 'update', 'lab', '--port', '2222', '--unset', 'username', '--ssh-config', 'my config');
    const { lab } = older.profiles;
    expect(read(file)).toEqual({ ...older, profiles: { lab: { ...lab, port: 2222, username: '' } } });
    expect(read(extra)).toEqual({ profiles: { lab: { ssh_config: join(work, 'my config') } } });
    await ok('ssh', 'update', '--profile', 'lab', '--unset', 'ssh_config', '--unset', 'port');
    expect(await json(['ssh', 'show', 'lab'])).toMatchObject({
      port: null,
      ssh_config: null,
      hostname: 'login.example',
    });
    expect(await refused(2, 'ssh', 'update', 'lab')).toContain('nothing was given to change');
    expect(await refused(2, 'ssh', 'update', 'lab', '--ssh-host', 'x')).toContain('--unset hostname');
    expect(await refused(2, 'ssh', 'update', 'lab', '--unset', 'colour')).toContain('no field `colour`');
    expect(await refused(7, 'ssh', 'update', 'lba', '--port', '1')).toContain('Did you mean `lab`?');
  });

  it('renames a profile with all that is said of it, and it stays the current one', async () => {
    write(file, older);
    write(extra, { profiles: { lab: { run_dir: '/r', defaults: { account: 'a' } }, jobs: { defaults: {} } } });
    await ok('ssh', 'rename', 'lab', 'new');
    expect(read(file)).toEqual({ ...older, current_profile: 'new', profiles: { new: older.profiles.lab } });
    expect(read(extra)).toMatchObject({ profiles: { new: { run_dir: '/r', defaults: { account: 'a' } } } });
    await ok('ssh', 'add', 'other', '--ssh-host', 'x');
    expect(await refused(8, 'ssh', 'rename', 'new', 'other')).toContain('there is a profile `other`');
    expect(await refused(8, 'ssh', 'rename', 'new', 'jobs')).toContain('there is a profile `jobs`');
    expect(await refused(2, 'ssh', 'rename', 'new', 'embedded')).toContain('is this machine');
    expect(await refused(7, 'ssh', 'rename', 'lab', 'x')).toContain('no profile `lab`');
  });

  it('removes a profile, its own fields too, and none is current any more', async () => {
    write(file, older);
    write(extra, { profiles: { lab: { run_dir: '/r' }, other: { defaults: { account: 'a' } } } });
    expect(await ok('ssh', 'remove', 'lab')).toContain('no profile is current now');
    expect(read(file)).toEqual({ theme: 'dark', current_profile: null, profiles: {} });
    expect(read(extra)).toEqual({ profiles: { other: { defaults: { account: 'a' } } } });
    expect(await refused(7, 'ssh', 'remove', 'lab')).toContain('no profile `lab`');
  });

  it('uses one profile or none', async () => {
    write(file, older);
    await ok('ssh', 'add', 'dgx', '--ssh-host', 'dgx');
    await ok('ssh', 'use', 'dgx');
    expect((await json<Shown[]>(['ssh', 'list'])).map(({ name, current }) => [name, current])).toEqual([
      ['lab', false],
      ['dgx', true],
    ]);
    expect((await srunx(['ssh', 'show'])).stdout).toMatch(/^dgx \(current\)\n/);
    await ok('ssh', 'use', '--none');
    expect(read(file)).toMatchObject({ current_profile: null });
    expect(await refused(2, 'ssh', 'show')).toContain('none is in use');
    expect(await refused(7, 'ssh', 'use', 'nowhere')).toContain('There are: lab, dgx.');
    expect(await refused(2, 'ssh', 'use', 'dgx', '--none')).toContain('together');
    await ok('config', 'set', 'cli.use_current_profile', 'false');
    await ok('ssh', 'use', 'dgx');
    expect(await refused(2, 'ssh', 'show')).toContain('none is in use');
  });

  it('lists a profile that is wrong with what is wrong, beside the others', async () => {
    const profiles = { bad: { hostname: '-x', username: '', port: 'x' }, none: {}, worse: 5, ...older.profiles };
    write(file, { profiles: { local: { hostname: 'h' }, ...profiles } });
    const listed = await json<Shown[]>(['ssh', 'list']);
    const problems = Object.fromEntries(listed.map((shown) => [shown.name, shown.problems]));
    expect(Object.keys(problems).toSorted()).toEqual(['bad', 'lab', 'local', 'worse']);
    expect(problems).toMatchObject({
      bad: [expect.stringContaining('a port from 1 to 65535'), 'hostname: `-x` begins with `-`'],
      lab: [],
      local: [expect.stringContaining('is this machine')],
      worse: [expect.stringContaining('expected an object')],
    });
    const ran = await srunx(['ssh', 'list']);
    expect(ran.code).toBe(0);
    expect(ran.stdout).toContain('ada@login.example');
    expect(ran.stderr).toContain('srunx: the profile bad: hostname: `-x` begins with `-`');
    expect(await json(['ssh', 'show', 'bad'])).toMatchObject({ hostname: '-x', port: null, resolved: null });
    await ok('ssh', 'update', 'bad', '--port', '22', '--hostname', 'h');
    expect(await json(['ssh', 'show', 'bad'])).toMatchObject({ port: 22, hostname: 'h', problems: [] });
    expect(await refused(2, 'ssh', 'update', 'worse', '--hostname', 'h')).toContain('profiles.worse is no object');
  });

  it('changes nothing in a file that is no JSON, or where a key is given twice', async () => {
    write(file, '{"profiles": {');
    expect(await refused(2, 'ssh', 'add', 'x', '--ssh-host', 'x')).toContain('is no JSON');
    expect((await srunx(['ssh', 'list'])).stderr).toContain('it is no JSON');
    write(file, '{"profiles": {"p": {"hostname": "a", "hostname": "b"}}}');
    expect(await refused(2, 'ssh', 'update', 'p', '--hostname', 'c')).toContain('is given twice');
    write(file, '{"profiles": null}');
    await ok('ssh', 'add', 'x', '--ssh-host', 'x');
    expect(read(file)).toMatchObject({ profiles: { x: { ssh_host: 'x' } } });
  });

  it('loses nothing where several are added at once', async () => {
    const names = ['a', 'b', 'c', 'd'];
    await Promise.all(names.map((name) => ok('ssh', 'add', name, '--ssh-host', name, '--run-dir', `/r/${name}`)));
    expect((await json<Shown[]>(['ssh', 'list'])).map(({ name }) => name).toSorted()).toEqual(names);
    expect(Object.keys((read(extra) as typeof older).profiles).toSorted()).toEqual(names);
  });

  it('says where another file has the last word, and leaves a profile that is not the user’s own', async () => {
    write(join(work, 'srunx.json'), { current_profile: 'team', profiles: { team: { hostname: 'team.example' } } });
    try {
      await ok('ssh', 'add', 'dgx', '--ssh-host', 'dgx');
      expect(await json<Shown[]>(['ssh', 'list'])).toHaveLength(1);
      await ok('config', 'trust');
      expect(await json<Shown[]>(['ssh', 'list'])).toHaveLength(2);
      expect(await ok('ssh', 'use', 'dgx')).toContain('current_profile is "team" by ');
      expect(await refused(8, 'ssh', 'remove', 'team')).toContain('does not stand in your own configuration');
      await ok('ssh', 'update', 'team', '--run-dir', '/r');
      expect(read(file)).toMatchObject({ profiles: { dgx: {} } });
      expect(await ok('ssh', 'update', 'team', '--port', '2222')).not.toContain('warning');
      expect(read(file)).toMatchObject({ profiles: { team: { hostname: 'team.example', username: '', port: 2222 } } });
    } finally {
      rmSync(join(work, 'srunx.json'));
    }
  });
});

const config = 'Host one "two" *.lab\n  HostName 10.0.0.1\n  User ada\n  Port 2222\n  ProxyJump gate\nInclude more/*\n';

describe('the configuration of ssh', () => {
  it('says where a profile leads to; where it cannot be asked, the rest is shown', async () => {
    write(join(home, '.ssh', 'config'), config);
    await ok('ssh', 'add', 'one', '--ssh-host', 'one', '--description', 'a b');
    const resolved = { hostname: '10.0.0.1', username: 'ada', port: 2222, proxy_jump: 'gate' };
    expect(await json(['ssh', 'show', 'one'])).toMatchObject({ ssh_host: 'one', description: 'a b', resolved });
    expect((await srunx(['ssh', 'show', 'one'])).stdout).toContain('leads to     ada@10.0.0.1:2222 over gate');
    const said = await ok('ssh', 'update', 'one', '--ssh-config', 'other config');
    expect(said).toContain(`there is no file ${join(work, 'other config')}`);
    const other = write(join(work, 'other config'), 'Host one\n  User bob\n  HostName h\n');
    expect(await json(['ssh', 'show', 'one'])).toMatchObject({
      ssh_config: other,
      resolved: { hostname: 'h', username: 'bob', port: 22, proxy_jump: null },
    });
    writeFileSync(other, 'Nonsense yes\n');
    expect(await json(['ssh', 'show', 'one'])).toMatchObject({ resolved: null, problems: [] });
    const env = { PATH: join(dir, 'nowhere') };
    expect(await json(['ssh', 'show', 'one'], { env })).toMatchObject({ resolved: null, ssh_host: 'one' });
  });

  it('has its options beaten by what a profile says, and none taken from a name', async () => {
    write(join(home, '.ssh', 'config'), 'Host h\n  User ada\n  Port 2222\n');
    await ok('ssh', 'add', 'p', '--hostname', 'h', '--username', 'bob', '--port', '22');
    expect(await json(['ssh', 'show', 'p'])).toMatchObject({ resolved: { username: 'bob', port: 22 } });
  });

  it('has hosts that become profiles, and never overwrites any', async () => {
    write(join(home, '.ssh', 'config'), config);
    write(join(home, '.ssh', 'more', 'a'), 'Host=three\nHost local odd:name\nHost one\n');
    await ok('ssh', 'add', 'mine', '--ssh-host', 'two');
    const hosts = async (...words: readonly string[]) =>
      (await json<{ host: string }[]>(['ssh', 'import', ...words])).map(({ host }) => host);
    expect(await hosts()).toEqual(['one', 'three', 'local', 'odd:name']);
    expect(await hosts('t*', 'o?e')).toEqual(['one', 'three']);
    const [one] = await json<unknown[]>(['ssh', 'import', 'one*']);
    expect(one).toEqual({ host: 'one', hostname: '10.0.0.1', username: 'ada', port: 2222, proxy_jump: 'gate' });
    expect(await hosts('one')).toEqual(['one']);
    expect(read(file)).toMatchObject({ profiles: { one: { ssh_host: 'one', hostname: '' }, mine: {} } });
    expect(await refused(8, 'ssh', 'import', 'one')).toContain('there is a profile `one` already');
    expect(await refused(7, 'ssh', 'import', 'thre')).toContain('Did you mean `three`?');
    expect(await refused(2, 'ssh', 'import', 'local')).toContain('srunx ssh add NAME --ssh-host local');
    expect(await refused(2, 'ssh', 'import', 'three', 't*')).toContain('Add --all');
    await ok('ssh', 'update', 'one', '--description', 'kept');
    expect(await ok('ssh', 'import', '--all')).toContain('no profile can be called odd:name');
    expect((await json<Shown[]>(['ssh', 'list'])).map(({ name }) => name)).toEqual(['mine', 'one', 'three']);
    expect(await json(['ssh', 'show', 'one'])).toMatchObject({ description: 'kept' });
    expect(await ok('ssh', 'import', '--all')).toContain('nothing was added');
  });

  it('may be another file, or not there', async () => {
    expect(await refused(7, 'ssh', 'import')).toContain('no configuration of ssh at ~/.ssh/config');
    const other = write(join(work, 'other config'), 'Host away\n');
    await ok('ssh', 'import', '--ssh-config', 'other config', '--all');
    expect(await json(['ssh', 'show', 'away'])).toMatchObject({ ssh_host: 'away', ssh_config: other });
  });
});

describe('srunx ssh mount', () => {
  it('pairs directories, resolved and in order, and forgets them', async () => {
    write(file, older);
    const code = join(work, 'code');
    mkdirSync(code);
    symlinkSync('code', join(work, 'link'));
    await ok(...['ssh', 'mount', 'add', 'lab', 'code', 'link', '//work/./ada/', '--exclude', '*.{a,b}', '-e', '.venv']);
    rmSync(join(work, 'link'));
    const added = { name: 'code', local: code, remote: '/work/ada', exclude_patterns: ['*.{a,b}', '.venv'] };
    expect(read(file)).toMatchObject({ profiles: { lab: { mounts: [...older.profiles.lab.mounts, added] } } });
    expect(await json(['ssh', 'mount', 'list'])).toMatchObject([{ name: 'old' }, { ...added, profile: 'lab' }]);
    expect(await json(['ssh', 'show'])).toMatchObject({ mounts: [{ name: 'old' }, added] });
    mkdirSync(join(code, 'sub'));
    const words = ['--profile', 'lab', '--mount', 'sub', '--local', 'code/sub', '--remote', '/work/ada/sub'];
    expect(await ok('ssh', 'mount', 'add', ...words)).toContain(
      '/work/ada/sub lies within /work/ada of the mount code',
    );
    expect(await refused(8, 'ssh', 'mount', 'add', 'lab', 'code', 'code/sub', '/w')).toContain('a mount `code`');
    expect(await refused(8, 'ssh', 'mount', 'add', 'lab', 'c2', 'code', '/w')).toContain('is mounted as `code`');
    await ok('ssh', 'mount', 'remove', 'lab', 'sub');
    await ok('ssh', 'mount', 'remove', '--profile', 'lab', '--mount', 'code');
    expect(read(file)).toEqual(older);
    expect(existsSync(code)).toBe(true);
    expect(await refused(7, 'ssh', 'mount', 'remove', 'lab', 'code')).toContain('has no mount `code`');
  });

  it('changes what is given, and keeps apart what older tools do not know', async () => {
    write(file, older);
    for (const name of ['code', 'other']) mkdirSync(join(work, name), { recursive: true });
    const [code, other] = ['code', 'other'].map((name) => join(work, name));
    await ok(...['ssh', 'mount', 'add', 'lab', 'code', 'code', '/work/ada', '--gitignore', '-e', '*.pt']);
    const added = { name: 'code', local: code, remote: '/work/ada', exclude_patterns: ['*.pt'] };
    const mounts = older.profiles.lab.mounts;
    expect(read(file)).toMatchObject({ profiles: { lab: { mounts: [...mounts, added] } } });
    expect(read(extra)).toEqual({ profiles: { lab: { mount_options: { code: { gitignore: true } } } } });
    const flags = { gitignore: true, snapshot: false };
    expect(await json(['ssh', 'mount', 'list'])).toMatchObject([
      { name: 'old', gitignore: false },
      { ...added, ...flags },
    ]);
    expect(await json(['ssh', 'show'])).toMatchObject({
      mounts: [
        { name: 'old', snapshot: false },
        { ...added, ...flags },
      ],
    });
    const before = readFileSync(file, 'utf8');
    await ok('ssh', 'mount', 'update', 'lab', 'old', '--snapshot');
    await ok('ssh', 'mount', 'update', 'lab', 'code', '--no-gitignore', '--snapshot');
    expect(readFileSync(file, 'utf8')).toBe(before);
    const shown = (await srunx(['ssh', 'mount', 'list', '--format', 'table', '--columns', 'name,gitignore,snapshot']))
      .stdout;
    expect(shown.replace(/ +/g, ' ')).toMatch(/old - yes\s+code - yes/);
    expect((await srunx(['ssh', 'show'])).stdout).toContain(`${code} -> /work/ada, without *.pt, with snapshots`);
    await ok(
      ...['ssh', 'mount', 'update', '--profile', 'lab', '--mount', 'code', '--remote', '/w//x', '--local', 'other'],
    );
    await ok(...['ssh', 'mount', 'update', 'lab', 'old', '-e', 'a,b', '-e', 'c']);
    await ok(...['ssh', 'mount', 'update', 'lab', 'code', '--no-exclude']);
    expect(read(file)).toMatchObject({
      profiles: {
        lab: {
          mounts: [
            { ...mounts[0], exclude_patterns: ['a,b', 'c'] },
            { name: 'code', local: other, remote: '/w/x', exclude_patterns: [] },
          ],
        },
      },
    });
    expect(await refused(2, 'ssh', 'mount', 'update', 'lab', 'code')).toContain('nothing was given');
    expect(await refused(7, 'ssh', 'mount', 'update', 'lab', 'cod', '--snapshot')).toContain('has no mount `cod`');
    expect(await refused(8, 'ssh', 'mount', 'update', 'lab', 'code', '--remote', '/etc')).toContain('of the system');
    await ok('ssh', 'mount', 'remove', 'lab', 'code');
    expect(read(extra)).toMatchObject({ profiles: { lab: { mount_options: { old: { snapshot: true } } } } });
    await ok('ssh', 'mount', 'remove', 'lab', 'old');
    expect(read(extra)).toEqual({ profiles: { lab: {} } });
  });

  it.each([
    [2, ['lab', 'm', 'code', 'relative'], 'is no full path'],
    [2, ['lab', 'm', 'code', '/a/../b'], 'goes up'],
    [2, ['lab', 'm', 'code', '/a\nb'], 'line break'],
    [2, ['lab', 'm', '', '/work'], 'is no directory'],
    [2, ['lab', 'a b', 'code', '/work'], 'is no name for a mount'],
    [2, ['lab', 'm', 'code'], 'no remote was given'],
    [8, ['lab', 'm', 'code', '/'], 'is a directory of the system'],
    [8, ['lab', 'm', 'code', '/etc/x'], 'is a directory of the system'],
    [8, ['lab', 'm', 'code', '/home/ada'], 'is a home directory itself'],
    [8, ['lab', 'm', '~', '/work'], 'holds more than a project'],
    [7, ['lab', 'm', 'missing', '/work'], 'there is no directory'],
    [7, ['other', 'm', 'code', '/work'], 'no profile `other`'],
  ] as const)('exits with %i for %j', async (code, words, message) => {
    write(file, older);
    mkdirSync(join(work, 'code'), { recursive: true });
    expect(await refused(code, 'ssh', 'mount', 'add', ...words)).toContain(message);
  });

  it('does not put a mount in the place of some that cannot be read', async () => {
    write(file, { profiles: { p: { hostname: 'h', mounts: [{ name: 'x', local: '/x', remote: 'y' }] } } });
    mkdirSync(join(work, 'code'), { recursive: true });
    expect(await refused(2, 'ssh', 'mount', 'add', 'p', 'code', 'code', '/work/x')).toContain('profiles.p.mounts');
  });

  it('is a group with a help of its own', async () => {
    expect((await srunx(['ssh', 'mount', '--help'])).stdout).toContain('ssh mount add');
    expect(await refused(2, 'ssh', 'mount')).toContain('needs a third word');
    expect(await refused(2, 'ssh', 'mount', 'ad')).toContain('Did you mean `srunx ssh mount add`?');
    expect(await refused(2, 'ssh', 'us')).toContain('Did you mean `srunx ssh use`?');
  });
});
