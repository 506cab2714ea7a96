import { describe, expect, it } from 'vitest';
import { mergeLayers } from '../config/config.ts';
import { readConfigFile } from '../config/read-config.ts';
import { accountOf, findProfile, mountOptions, profileNames } from './profile.ts';

const config = (...files: readonly unknown[]) =>
  mergeLayers(files.map((content, index) => readConfigFile(JSON.stringify(content), `${index}.json`)));

/** As the reference writes them. */
const direct = {
  ...{ hostname: 'login.example', username: 'ada', key_filename: '/home/ada/.ssh/id', port: 22, description: null },
  ...{ ssh_host: null, proxy_jump: null, mounts: [{ name: 'code', local: '/home/ada/code', remote: '/work/code' }] },
};
const alias = { ...direct, hostname: '', username: '', key_filename: '', ssh_host: 'dgx', mounts: [] };

describe('a profile of the configuration', () => {
  it('is read from all files, empty texts being absent', () => {
    const found = config({ profiles: { d: direct, a: alias } }, { profiles: { a: { run_dir: '/scratch/runs' } } });
    expect(findProfile(found, 'd')).toEqual({
      ...{ name: 'd', hostname: 'login.example', username: 'ada', key_filename: '/home/ada/.ssh/id', port: 22 },
      mounts: [{ name: 'code', local: '/home/ada/code', remote: '/work/code', exclude_patterns: [] }],
    });
    expect(findProfile(found, 'a')).toEqual({
      ...{ name: 'a', ssh_host: 'dgx', port: 22, run_dir: '/scratch/runs', mounts: [] },
    });
  });

  it('says of its mounts what older tools do not know', () => {
    const said = {
      code: { snapshot: true },
      gone: { gitignore: true },
      'a b': { snapshot: true },
      odd: { snapshot: 1 },
    };
    const found = findProfile(config({ profiles: { d: direct } }, { profiles: { d: { mount_options: said } } }), 'd');
    if (found === undefined) throw new Error('there is none');
    expect(mountOptions(found, 'code')).toEqual({ snapshot: true, gitignore: false });
    for (const name of ['a b', 'odd', 'other', 'toString', '__proto__'])
      expect(mountOptions(found, name)).toEqual({ snapshot: false, gitignore: false });
    expect(profileNames(config({ profiles: { x: { mount_options: said } } }))).toEqual([]);
  });

  it('is none where only jobs are spoken of, and one where it cannot be read', () => {
    const jobs = { defaults: { account: 'lab' } };
    const found = config({ profiles: { local: jobs, jobs, bad: { port: 'x' }, worse: 5, d: direct } });
    expect(profileNames(found)).toEqual(['d', 'bad', 'worse']);
    expect(findProfile(found, 'bad')).toEqual({ name: 'bad', mounts: [] });
    expect(findProfile(found, 'local')).toBeUndefined();
    expect(findProfile(found, 'other')).toBeUndefined();
  });

  it.each(['__proto__', 'constructor', 'toString'])('may be called %s, which is none by itself', (name) => {
    expect(findProfile(config({ profiles: { d: direct } }), name)).toBeUndefined();
  });

  it('leads to the account that it describes, or to what ssh has under that name', () => {
    expect(accountOf({ ...direct, description: undefined, ssh_host: undefined, proxy_jump: 'gate' })).toEqual({
      ...{ host: 'login.example', user: 'ada', port: 22, keyFile: '/home/ada/.ssh/id', proxyJump: 'gate' },
      configFile: undefined,
    });
    expect(accountOf({ ssh_host: 'dgx', port: 22, username: 'ada', ssh_config: '/c' })).toEqual({
      ...{ host: 'dgx', configFile: '/c' },
    });
  });
});
