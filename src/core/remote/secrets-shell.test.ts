import { spawn, spawnSync } from 'node:child_process';
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
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { renderSecretRecord } from './secret.ts';
import {
  parseSecretsFault,
  renderReadSecrets,
  renderRunWithSecrets,
  secretsFaultCode,
  secretsScript,
} from './secrets-shell.ts';

const root = mkdtempSync(join(tmpdir(), 'srunx-secrets-'));
afterAll(() => rmSync(root, { recursive: true }));

const isRoot = process.getuid?.() === 0;
const shells = ['dash', 'bash', 'busybox']
  .filter((shell) => spawnSync(shell, ['true'], { stdio: 'ignore' }).error === undefined)
  .map((shell) => ({ shell, words: shell === 'busybox' ? ['busybox', 'sh'] : [shell] }));

let home = '';
let count = 0;
const directory = () => join(home, '.config/srunx');
const file = () => join(directory(), 'secrets.env');
beforeEach(() => {
  count += 1;
  home = join(root, `${count} h'ome $(x) 日本語`);
  mkdirSync(home);
});

function keep(content: string | Uint8Array, mode = 0o600): void {
  mkdirSync(dirname(file()), { recursive: true, mode: 0o700 });
  writeFileSync(file(), content, { mode });
}

describe.each(shells)('with $shell', ({ words: [program = 'sh', ...words] }) => {
  const run = (action: string, names: readonly string[] = [], { stdin = '', env = {} as NodeJS.ProcessEnv } = {}) => {
    const argv = [...words, '-c', secretsScript, 'sh', action, `${process.pid.toString(16)}aa`, ...names];
    const { status, stdout, stderr } = spawnSync(program, argv, {
      input: stdin,
      env: { PATH: process.env['PATH'], HOME: home, ...env },
      encoding: 'utf8',
    });
    return { code: status, said: stdout, stderr };
  };
  const set = (name: string, value: string) => run('set', [name], { stdin: renderSecretRecord(name, value) });
  const faultOf = ({ code, said }: { readonly code: number | null; readonly said: string }) => {
    expect(code).toBe(secretsFaultCode);
    return parseSecretsFault(said)?.kind;
  };
  const isClean = () => readdirSync(directory()).filter((name) => name !== 'secrets.env').length === 0;
  /** What a job would get. */
  const deliver = (except: readonly string[] = []) => {
    const script = `${renderReadSecrets(except)}
secrets=$(read_secrets) || { printf %s "$secrets"; exit 1; }
eval "$secrets"
exec env -0`;
    const ran = spawnSync(program, [...words, '-c', script], {
      env: { PATH: process.env['PATH'], HOME: home },
      encoding: 'utf8',
    });
    if (ran.status !== 0) return parseSecretsFault(ran.stdout)?.text;
    const usual = new Set(['PATH', 'HOME', 'PWD', 'OLDPWD', 'SHLVL', '_']);
    const entries = ran.stdout.split('\0').map((entry) => /^([^=]+)=(.*)$/s.exec(entry) ?? []);
    return Object.fromEntries(entries.flatMap(([, name = '', value]) => (usual.has(name) ? [] : [[name, value]])));
  };

  it('keeps values byte for byte, in the order in which they came', () => {
    const values = {
      A: "it's",
      b: '$(touch x)`"\\',
      _C: 'a\tb  c ',
      D: '日本語 🔑 é',
      E: '',
      F: "'",
      G: '-n',
      H: "''\\''",
    };
    for (const [name, value] of Object.entries(values)) expect(set(name, value)).toMatchObject({ code: 0, stderr: '' });
    expect(readFileSync(file(), 'utf8')).toBe(
      Object.entries(values)
        .map(([name, value]) => renderSecretRecord(name, value))
        .join(''),
    );
    expect(deliver()).toEqual(values);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(statSync(directory()).mode & 0o777).toBe(0o700);
    expect(isClean()).toBe(true);
  });

  it('replaces in place, and says what there was', () => {
    for (const name of ['A', 'AB', 'C']) set(name, `old ${name}`);
    expect(set('A', 'new').said).toBe('A\nAB\nC\n');
    expect(readFileSync(file(), 'utf8')).toBe("export A='new'\nexport AB='old AB'\nexport C='old C'\n");
    expect(run('list').said).toBe('A\nAB\nC\n');
  });

  it('removes names, and the file with the last of them', () => {
    for (const name of ['A', 'B', 'C']) set(name, name);
    expect(run('unset', ['B', 'X'])).toMatchObject({ code: 0, said: 'A\nB\nC\n' });
    expect(readFileSync(file(), 'utf8')).toBe("export A='A'\nexport C='C'\n");
    expect(run('unset', ['A', 'C']).code).toBe(0);
    expect(existsSync(file())).toBe(false);
    expect(isClean()).toBe(true);
    expect(run('unset', ['A'])).toMatchObject({ code: 0, said: '' });
    expect(run('list')).toMatchObject({ code: 0, said: '' });
  });

  it('takes what another tool has written: blank lines, no line break at the end, open directory', () => {
    keep("\nexport A='1'\n  \nexport B='2'");
    chmodSync(directory(), 0o755);
    expect(run('list').said.trim()).toBe('A\nB');
    expect(deliver()).toEqual({ A: '1', B: '2' });
    expect(set('C', '3').code).toBe(0);
    expect(readFileSync(file(), 'utf8')).toBe("export A='1'\nexport B='2'\nexport C='3'\n");
    expect(statSync(directory()).mode & 0o777).toBe(0o700);
  });

  it.each([
    ...['A=1', "export A='1' # x", 'export A="1"', "export A='1';id", "export A='$(id)' 'x'", "export A='1''2'"],
    ...["export A='a'b'", "export 1A=''", " export A='1'", "export A='1' ", "export A='a\\'b'", '# a remark'],
    ...["export A='\u0001'", "export A='1'\r", "export A='x", "export A-B='1'", "export A='\0'", 'export A'],
  ])('does not touch a file that has been tampered with: %j', (line) => {
    const content = `export OK='1'\n${line}\n`;
    keep(content);
    expect(faultOf(set('B', '2'))).toBe('tampered');
    expect(faultOf(run('unset', ['OK']))).toBe('tampered');
    expect(faultOf(run('list'))).toBe('tampered');
    expect(readFileSync(file(), 'utf8')).toBe(content);
    expect(deliver()).toMatch(/secrets\.env.* has a line that srunx has not written/);
    expect(isClean()).toBe(true);
  });

  it('says which line it is, and not what stands there', () => {
    keep("export OK='1'\n\nexport A=hunter2\n");
    const { said } = set('B', '2');
    expect(parseSecretsFault(said)?.text).toContain('secrets.env:3 has a line');
    expect(said).not.toContain('hunter2');
  });

  it('follows no symbolic link', () => {
    const elsewhere = join(root, `elsewhere ${count}`);
    writeFileSync(elsewhere, "export A='1'\n");
    mkdirSync(directory(), { recursive: true });
    symlinkSync(elsewhere, file());
    for (const ran of [set('B', '2'), run('unset', ['A']), run('list')]) expect(faultOf(ran)).toBe('symlink');
    expect(deliver()).toMatch(/is a symbolic link/);
    rmSync(file());
    symlinkSync('/nowhere', file());
    expect(faultOf(set('B', '2'))).toBe('symlink');
    rmSync(directory(), { recursive: true });
    mkdirSync(`${elsewhere}.d`);
    symlinkSync(`${elsewhere}.d`, directory());
    expect(faultOf(set('B', '2'))).toBe('symlink');
    expect(readFileSync(elsewhere, 'utf8')).toBe("export A='1'\n");
    expect(readdirSync(`${elsewhere}.d`)).toEqual([]);
  });

  it.skipIf(!isRoot)('refuses what belongs to another account', () => {
    keep("export A='1'\n");
    chownSync(file(), 65534, 65534);
    for (const ran of [set('B', '2'), run('unset', ['A']), run('list')]) expect(faultOf(ran)).toBe('foreign');
    expect(deliver()).toMatch(/belongs to another account/);
    chownSync(file(), 0, 0);
    chownSync(directory(), 65534, 65534);
    expect(faultOf(set('B', '2'))).toBe('foreign');
    expect(readFileSync(file(), 'utf8')).toBe("export A='1'\n");
  });

  it('refuses what is no file', () => {
    mkdirSync(file(), { recursive: true });
    expect(faultOf(set('B', '2'))).toBe('kind');
    expect(deliver()).toMatch(/is not what srunx has made/);
    rmSync(directory(), { recursive: true });
    writeFileSync(directory(), '');
    expect(faultOf(set('B', '2'))).toBe('kind');
  });

  it('keeps within what fits into a variable', () => {
    expect(faultOf(set('A', 'x'.repeat(66_000)))).toBe('large');
    expect(existsSync(file())).toBe(false);
    expect(set('A', 'x'.repeat(65_000)).code).toBe(0);
    expect(faultOf(set('B', 'x'.repeat(1_000)))).toBe('large');
    expect(run('list').said).toBe('A\n');
    expect(isClean()).toBe(true);
  });

  it('changes nothing where the record has not arrived', () => {
    set('A', '1');
    expect(faultOf(run('set', ['A']))).toBe('write');
    expect(readFileSync(file(), 'utf8')).toBe("export A='1'\n");
    expect(isClean()).toBe(true);
  });

  it('loses nothing where ten write at the same moment', async () => {
    const names = Array.from({ length: 10 }, (_, index) => `KEY_${index}`);
    await Promise.all(
      names.map((name, index) => {
        const argv = [...words, '-c', secretsScript, 'sh', 'set', `0000000${index}`, name];
        const child = spawn(program, argv, { env: { PATH: process.env['PATH'], HOME: home }, stdio: 'pipe' });
        child.stdin.end(renderSecretRecord(name, `value ${index}`));
        return new Promise<void>((resolve, reject) =>
          child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`${name}: ${code}`)))),
        );
      }),
    );
    expect(run('list').said.split('\n').filter(Boolean).toSorted()).toEqual(names);
    expect(isClean()).toBe(true);
  });

  it('gives no job what steers the shell, the loader or Slurm, whoever wrote it', () => {
    keep("export PATH='/evil'\nexport LD_PRELOAD='x.so'\nexport UID='7'\nexport SLURM_JOB_ID='1'\nexport PATHS='2'\n");
    expect(deliver()).toEqual({ PATHS: '2' });
    expect(run('unset', ['PATH', 'LD_PRELOAD', 'UID', 'SLURM_JOB_ID']).code).toBe(0);
    expect(readFileSync(file(), 'utf8')).toBe("export PATHS='2'\n");
  });

  it('leaves out what is said elsewhere', () => {
    keep("export A='1'\nexport AB='2'\n");
    expect(deliver(['A'])).toEqual({ AB: '2' });
    expect(deliver()).toEqual({ A: '1', AB: '2' });
  });

  it('runs a command with them, and says that it does; and without where they are not safe', () => {
    const script = renderRunWithSecrets({ except: ['mine'], more: ['--export=ALL'] });
    const command = ['sh', '-c', 'echo "$secrets|$A|$mine|$*"', 'x', 'a b'];
    const runWith = () =>
      spawnSync(program, [...words, '-c', script, 'sh', ...command], {
        env: { PATH: process.env['PATH'], HOME: home, mine: 'own' },
        encoding: 'utf8',
      }).stdout.trim();
    expect(runWith()).toBe('||own|a b');
    keep("export A='1'\nexport mine='theirs'\nexport secrets='s'\n");
    expect(runWith()).toBe('s|1|own|a b --export=ALL');
    keep("export A='1'\nid\n");
    expect(runWith()).toBe('||own|a b');
  });

  it('delivers nothing where nothing is kept', () => {
    expect(deliver()).toEqual({});
    mkdirSync(directory(), { recursive: true });
    expect(deliver()).toEqual({});
  });
});

it('waits for who holds the lock, and gives up at last', { timeout: 60_000 }, () => {
  mkdirSync(join(directory(), '.secrets.lock'), { recursive: true });
  const env = { PATH: `${join(root, 'bin')}:${process.env['PATH']}`, HOME: home };
  mkdirSync(join(root, 'bin'));
  writeFileSync(join(root, 'bin/sleep'), '#!/bin/sh\n', { mode: 0o755 });
  const argv = ['-c', secretsScript, 'sh', 'set', '00000000', 'A'];
  const { status, stdout } = spawnSync('sh', argv, { env, input: renderSecretRecord('A', '1'), encoding: 'utf8' });
  expect(status).toBe(secretsFaultCode);
  expect(parseSecretsFault(stdout)).toMatchObject({ kind: 'locked', path: join(directory(), '.secrets.lock') });
  expect(existsSync(file())).toBe(false);
});
