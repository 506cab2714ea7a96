import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../errors.ts';
import { parseCapabilities, type RsyncCapabilities, unknownCapabilities } from './rsync-capabilities.ts';
import { canMakePath, type RsyncCall, requireMaxDelete, rsyncWords } from './rsync-words.ts';

const modern = parseCapabilities(readFileSync('test/fixtures/rsync/3.5.0.txt', 'utf8'));
const without = (...options: readonly string[]): RsyncCapabilities => ({
  ...modern,
  options: new Set([...modern.options].filter((option) => !options.includes(option))),
});
/** As of 2.6.9: none of these were there. */
const ancient = without('--mkpath', '--info', '--secluded-args', '--old-args', '--out-format');

const call: RsyncCall = {
  options: {},
  excludes: ['.git/', '- x'],
  progress: false,
  local: modern,
  remote: modern,
  direction: 'push',
  rsh: ['ssh', '-F', '/run/x', '-o', 'ProxyCommand=exit 1', '-i', '/it\'s "mine"', '--'],
  host: 'dgx',
  localPath: '/work/p/',
  remotePath: '/home/ada/p',
};

describe('the words of a transfer', () => {
  it('are those of the policy, in their order', () => {
    expect(rsyncWords(call)).toEqual([
      '-az',
      '--mkpath',
      '-e',
      `ssh -F /run/x -o 'ProxyCommand=exit 1' -i '/it''s "mine"' --`,
      '--stats',
      '--partial-dir=.srunx-partial',
      '--exclude=/.srunx-write.*/',
      '--exclude=.git/',
      '--exclude=- x',
      '--',
      '/work/p/',
      'dgx:/home/ada/p',
    ]);
    const options = { delete: true, maxDelete: 5, dryRun: true, itemize: true, filters: [':- .gitignore'] };
    expect(rsyncWords({ ...call, options, progress: true }).slice(4)).toEqual([
      ...['--delete', '--max-delete=5', '-n', '-i', '--info=progress2', '--stats', '--partial-dir=.srunx-partial'],
      ...[
        '--exclude=/.srunx-write.*/',
        '--exclude=.git/',
        '--exclude=- x',
        '--filter=:- .gitignore',
        '--',
        '/work/p/',
        'dgx:/home/ada/p',
      ],
    ]);
  });

  it('begin at the other end when files are fetched', () => {
    expect(rsyncWords({ ...call, direction: 'pull' }).slice(-3)).toEqual(['--', 'dgx:/home/ada/p', '/work/p/']);
  });

  it('are those that both ends understand', () => {
    for (const [local, remote] of [
      [ancient, modern],
      [modern, ancient],
      [unknownCapabilities, unknownCapabilities],
    ] as const) {
      const words = rsyncWords({ ...call, local, remote, progress: true });
      expect(words).not.toContain('--mkpath');
      expect(words.includes('--info=progress2')).toBe(local === modern);
      expect(canMakePath({ ...call, local, remote })).toBe(false);
    }
    expect(canMakePath({ ...call, remote: ancient, direction: 'pull' })).toBe(true);
    expect(rsyncWords({ ...call, local: unknownCapabilities, remote: unknownCapabilities })).toEqual([
      ...[
        '-az',
        '-e',
        expect.anything(),
        '--exclude=/.srunx-write.*/',
        '--exclude=.git/',
        '--exclude=- x',
        '--',
        '/work/p/',
        'dgx:/home/ada/p',
      ],
    ]);
  });

  it('never mirror what was not asked for, and refuse a cap of nothing', () => {
    expect(rsyncWords({ ...call, options: { maxDelete: 3 } }).join(' ')).not.toContain('delete');
    for (const count of [0, -1, 1.5, Number.NaN]) expect(() => requireMaxDelete(count)).toThrow(UsageError);
    requireMaxDelete(1);
  });

  it('keep what is replaced, where both ends can', () => {
    const options = { backupDir: '/home/ada/old' };
    expect(rsyncWords({ ...call, options })).toEqual(
      expect.arrayContaining(['--backup', '--backup-dir=/home/ada/old']),
    );
    expect(() => rsyncWords({ ...call, options, remote: unknownCapabilities })).toThrow(/no --backup-dir/);
    expect(() => rsyncWords({ ...call, options: { filters: ['+ x'] }, remote: unknownCapabilities })).toThrow(
      /--filter/,
    );
  });

  it('share what is there already, where both ends can', () => {
    const options = { linkDest: ['/home/ada/s 1', '/home/ada/s2'] };
    expect(rsyncWords({ ...call, options })).toEqual(
      expect.arrayContaining(['--link-dest=/home/ada/s 1', '--link-dest=/home/ada/s2']),
    );
    expect(() => rsyncWords({ ...call, options, remote: unknownCapabilities })).toThrow(/no --link-dest/);
    // A blank would end it there.
    expect(() => rsyncWords({ ...call, options, local: ancient })).toThrow(/"\/home\/ada\/s 1"/);
  });

  it('may say what is compared, left alone and kept', () => {
    const options = { update: true, checksum: true, permissions: 'receiver' } as const;
    expect(rsyncWords({ ...call, options })).toEqual(
      expect.arrayContaining([
        '--update',
        '--checksum',
        '--no-owner',
        '--no-group',
        '--no-perms',
        '--executability',
        '--chmod=ugo=rwX',
      ]),
    );
  });

  it('may start over', () => {
    expect(rsyncWords({ ...call, options: { resume: false } }).join(' ')).not.toContain('--partial');
  });

  it('name the program where the login has it, if that needs no quoting', () => {
    const words = (path: string) => rsyncWords({ ...call, remote: { ...modern, path } });
    expect(words('/opt/rsync-3.2/bin/rsync')).toContain('--rsync-path=/opt/rsync-3.2/bin/rsync');
    expect(words('/opt/my rsync').join(' ')).not.toContain('--rsync-path');
  });

  it('put an address into brackets', () => {
    expect(rsyncWords({ ...call, host: 'fe80::1' }).at(-1)).toBe('[fe80::1]:/home/ada/p');
  });
});

describe('a remote path', () => {
  const path = '/home/ada/a b\'c"$(x)[1]*\\日!';
  const word = (changes: Partial<RsyncCall>) => rsyncWords({ ...call, remotePath: path, ...changes }).at(-1);

  it('is guarded by rsync itself, but for wildcards', () => {
    expect(word({})).toBe('dgx:/home/ada/a b\'c"$(x)\\[1\\]\\*\\日!');
  });

  it('is guarded by us where the rsync of this machine is older', () => {
    expect(word({ local: ancient })).toBe('dgx:/home/ada/a\\ b\\\'c\\"\\$\\(x\\)\\[1\\]\\*\\\\日\\!');
  });

  it('goes another way with a line break in it, if there is one', () => {
    const words = rsyncWords({ ...call, remotePath: '/a\nb[1]' });
    expect([words[1], words.at(-1)]).toEqual(['-s', 'dgx:/a\nb[1]']);
    expect(() => word({ remotePath: '/a\nb', local: ancient })).toThrow(/line break/);
  });
});

describe('what an rsync says of itself', () => {
  it('is its version and its options', () => {
    expect(modern.version).toBe('3.5.0');
    expect(modern.options.has('--mkpath') && modern.options.has('--secluded-args')).toBe(true);
  });

  it('is little where it is openrsync', () => {
    const text =
      'openrsync: protocol version 29\nrsync version 2.6.9 compatible\nusage: rsync [-aBdEhIklnoprtvz] [-e program] [--address=sourceaddr] [--bwlimit=limit]';
    expect(parseCapabilities(text)).toEqual({ version: '2.6.9', options: new Set(['--address', '--bwlimit']) });
  });

  it('may be nothing', () => {
    expect(parseCapabilities('')).toEqual(unknownCapabilities);
  });
});
