import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSandbox } from './sandbox.ts';

const sandbox = useSandbox();
const { srunx, json, dir, write } = sandbox;
const home = join(dir, 'home', '.config', 'srunx', 'templates');
const file = join(home, 'mine.slurm.jinja');
const notes = join(home, 'meta.json');
const text = '#!/bin/bash\n#SBATCH --time={{ minutes|default(5) }}\n{{ launch }}\n';

beforeEach(() => rmSync(join(dir, 'home', '.config'), { recursive: true, force: true }));

interface Row {
  readonly name: string;
  readonly origin: string;
  readonly description: string;
  readonly use_case: string;
  readonly problem: string | null;
}

describe('srunx template', () => {
  it('keeps, shows, replaces and removes a template of the user', async () => {
    write('mine.jinja', text);
    const add = ['template', 'add', 'mine', 'mine.jinja', '--description', 'Mine', '--use-case', 'all'];
    expect((await srunx(add)).code).toBe(0);
    expect([statSync(home).mode & 0o777, statSync(file).mode & 0o777]).toEqual([0o700, 0o600]);
    expect((await srunx(['template', 'show', 'mine'])).stdout).toBe(text);
    const rows = await json<Row[]>(['template', 'list']);
    expect(rows.find(({ name }) => name === 'mine')).toMatchObject({
      ...{ origin: 'user', description: 'Mine', use_case: 'all' },
    });
    expect((await srunx(add)).code).toBe(8);
    expect((await srunx(['template', 'add', 'mine', '-', '--force'], { stdin: `${text}true\n` })).code).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe(`${text}true\n`);
    const replaced = await json<Row[]>(['template', 'list']);
    expect(replaced.find(({ name }) => name === 'mine')).toMatchObject({ description: 'Mine', use_case: 'all' });
    expect((await srunx(['template', 'remove', 'mine', '-y'])).code).toBe(0);
    expect(existsSync(file)).toBe(false);
    expect(readFileSync(notes, 'utf8')).toBe('{}\n');
    expect((await srunx(['template', 'remove', 'mine', '--yes'])).code).toBe(7);
    expect(readdirSync(home)).toEqual(['meta.json']);
  });

  it.each([
    ['mine', '#!/bin/sh\n{% if x %}\n{{ x }}\n', 'unexpected end of input'],
    ['mine', '#!/bin/sh\n{{ x y }}\n', 'in line 2'],
    ['mine', 'true\n', 'does not begin with #!'],
    ['-', text, 'is no name'],
  ])('keeps nothing that could never be used: %s, %j', async (name, content, words) => {
    write('bad.jinja', content);
    const refused = await srunx(['template', 'add', name, 'bad.jinja']);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain(words);
    expect((await json<Row[]>(['template', 'list'])).every(({ origin }) => origin === 'built-in')).toBe(true);
  });

  it('takes the signs of a shell for none of its own', async () => {
    const script = '#!/bin/bash\na=(1 2); echo ${#a[@]} {{ command }}\n';
    write('shell.jinja', script);
    expect(await srunx(['template', 'add', 'shell', 'shell.jinja'])).toMatchObject({ code: 0 });
    await srunx(['template', 'remove', 'shell', '--yes']);
  });

  it('asks before it removes one, and removes nothing where there is nobody to ask', async () => {
    write('mine.jinja', text);
    await srunx(['template', 'add', 'mine', 'mine.jinja']);
    const refused = await srunx(['template', 'remove', 'mine', '-q']);
    expect(refused).toMatchObject({ code: 8, stdout: '' });
    expect(refused.stderr).toContain(`error[template.not_confirmed]: ${file} was not removed`);
    expect(refused.stderr).toContain('hint: Add --yes');
    const answer = async (words: string, code: number) => {
      const started = sandbox.startAtTerminal(['template', 'remove', 'mine'], { columns: 200, rows: 30 });
      await expect.poll(started.stdout, { timeout: 20_000 }).toContain(`Remove ${file}? [y/N] `);
      started.write(words);
      expect((await started.ended).code).toBe(code);
    };
    await answer('\n', 8);
    await answer('n\n', 8);
    await answer('\u0004', 8);
    expect(readFileSync(file, 'utf8')).toBe(text);
    await answer('y\n', 0);
    expect(existsSync(file)).toBe(false);
    // What cannot be removed is no question.
    expect((await srunx(['template', 'remove', 'mine'])).code).toBe(7);
    expect((await srunx(['template', 'remove', 'cpu'])).code).toBe(8);
  });

  it.each([
    ['{"mine": {"description": "x"', 'JSON'],
    ['[1]', 'it must be one JSON object'],
    [Buffer.from([0xff, 0]), 'JSON'],
  ])('loses nothing where all descriptions are damaged: %j', async (damaged, reason) => {
    write('mine.jinja', text);
    for (const name of ['mine', 'other']) await srunx(['template', 'add', name, 'mine.jinja', '--description', 'D']);
    writeFileSync(notes, damaged);
    const listed = await srunx(['template', 'list']);
    expect(listed.code).toBe(0);
    expect(listed.stderr).toContain(`${notes} cannot be read, so your templates have no descriptions: `);
    expect(listed.stderr).toContain(reason);
    const rows = await json<Row[]>(['template', 'list']);
    expect(rows.map(({ name }) => name)).toEqual(expect.arrayContaining(['mine', 'other', 'cpu']));
    expect(rows.find(({ name }) => name === 'mine')?.problem).toContain(reason);
    expect(rows.find(({ name }) => name === 'cpu')?.problem).toBeNull();
    for (const words of ['add new mine.jinja', 'add mine mine.jinja --force', 'remove mine --yes']) {
      const refused = await srunx(['template', ...words.split(' ')]);
      expect(refused, words).toMatchObject({ code: 2, stdout: '' });
      expect(refused.stderr).toContain('error[template.notes_damaged]');
      expect(refused.stderr).toMatch(/^hint: Correct the file/m);
    }
    expect(readFileSync(notes)).toEqual(Buffer.from(damaged));
    expect(readdirSync(home).sort()).toEqual(['meta.json', 'mine.slurm.jinja', 'other.slurm.jinja']);
    expect((await srunx(['template', 'show', 'mine'])).stdout).toBe(text);
  });

  it.each([
    ['3', 'it must be an object'],
    ['{"description": ["x"], "author": "me"}', '`description` must be text'],
    ['{"description": "x", "use_case": 5}', '`use_case` must be text'],
  ])('loses nothing where the description of one is damaged: %s', async (damaged, reason) => {
    write('mine.jinja', text);
    for (const name of ['constructor', '__proto__', 'mine']) await srunx(['template', 'add', name, 'mine.jinja']);
    const content = (more: string) => `{"mine": ${damaged}, "gone": {"by": "another program"}${more}}`;
    writeFileSync(notes, content(''));
    const listed = await srunx(['template', 'list']);
    expect(listed.code).toBe(0);
    expect(listed.stdout).toMatch(/^mine +user/m);
    expect(listed.stderr).toMatch(/^srunx: .*meta\.json: what it says of `mine` cannot be read: .*\n$/);
    expect(listed.stderr).toContain(reason);
    const refused = await srunx(['template', 'add', 'mine', '-', '--force'], { stdin: '#!/bin/sh\n' });
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain(reason);
    expect([readFileSync(notes, 'utf8'), readFileSync(file, 'utf8')]).toEqual([content(''), text]);
    expect((await srunx(['template', 'add', 'new', 'mine.jinja', '--description', 'N'])).code).toBe(0);
    const added = content(', "new": {"description": "N", "use_case": ""}');
    expect(JSON.parse(readFileSync(notes, 'utf8'))).toEqual(JSON.parse(added));
  });

  it('keeps what another program says of a template', async () => {
    write('mine.jinja', text);
    await srunx(['template', 'add', 'mine', 'mine.jinja', '--description', 'old', '--use-case', 'all']);
    writeFileSync(notes, '{"mine": {"description": "old", "use_case": "all", "author": "me"}}');
    expect((await srunx(['template', 'add', 'mine', 'mine.jinja', '--force', '--description', ''])).code).toBe(0);
    const kept = { mine: { description: '', use_case: 'all', author: 'me' } };
    expect(JSON.parse(readFileSync(notes, 'utf8'))).toEqual(kept);
  });

  it('loses no description where many are added at once', async () => {
    write('mine.jinja', text);
    const names = Array.from({ length: 6 }, (_, index) => `t${index}`);
    await Promise.all(names.map((name) => srunx(['template', 'add', name, 'mine.jinja', '--description', name])));
    expect(Object.keys(JSON.parse(readFileSync(notes, 'utf8')) as object).sort()).toEqual(names);
  });

  it('reads nothing that is no file, and waits for nobody', async () => {
    execFileSync('mkfifo', [join(sandbox.work, 'a pipe')]);
    mkdirSync(join(sandbox.work, 'a directory'));
    symlinkSync('loop', join(sandbox.work, 'loop'));
    for (const [name, what] of [
      ['a pipe', 'is a named pipe, and no file'],
      ['a directory', 'is a directory, and no file'],
      ['/dev/zero', 'is a device, and no file'],
      ['missing', 'there is no file for the template missing'],
      ['loop', 'cannot be read'],
    ] as const) {
      const ran = await srunx(['template', 'add', 'mine', name]);
      expect(ran.stdout).toBe('');
      expect(ran.code, ran.stderr).toBe(name === 'missing' ? 7 : 2);
      expect(ran.stderr).toContain(what);
      expect(ran.stderr).toMatch(/^hint: ./m);
    }
    expect(
      (await srunx(['template', 'add', 'mine', '-'], { stdin: Buffer.from('#!/bin/sh\n# \xe9\n', 'latin1') })).code,
    ).toBe(2);
    expect(existsSync(home)).toBe(false);
    const line = `exec ${process.execPath} "$0" template add mine <(cat mine.jinja) -q`;
    write('mine.jinja', text);
    const env = { PATH: process.env['PATH'], HOME: join(dir, 'home') };
    execFileSync('bash', ['-c', line, join(import.meta.dirname, '..', '..', 'dist', 'srunx.js')], {
      cwd: sandbox.work,
      env,
    });
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it('says where templates cannot be kept', async () => {
    write('mine.jinja', text);
    const refused = await srunx(['template', 'add', 'mine', 'mine.jinja'], { env: { XDG_CONFIG_HOME: '/proc/none' } });
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('error[config.unwritable]: /proc/none/srunx/templates/');
    mkdirSync(join(home, '..'), { recursive: true });
    writeFileSync(home, '');
    expect((await srunx(['template', 'list'])).stderr).toContain(
      `error[template.unreadable]: your templates in ${home}`,
    );
  });

  it('takes the user’s own before a built-in one, and never `base`', async () => {
    write('mine.jinja', text);
    expect((await srunx(['template', 'add', 'gpu', 'mine.jinja'])).code).toBe(0);
    expect((await srunx(['template', 'show', 'gpu'])).stdout).toBe(text);
    expect((await json<Row[]>(['template', 'list'])).filter(({ name }) => name === 'gpu')).toHaveLength(1);
    expect((await srunx(['template', 'add', 'base', 'mine.jinja'])).code).toBe(8);
    expect((await srunx(['template', 'remove', 'cpu'])).code).toBe(8);
    expect((await srunx(['template', 'add', '../x', 'mine.jinja'])).code).toBe(2);
    expect((await srunx(['template', 'add', 'x', '-'], { stdin: 'no script' })).code).toBe(2);
    expect((await srunx(['template', 'add', 'x', '-'], { stdin: '#!/bin/sh\n{{ x' })).stderr).toContain('no `}}`');
  });

  it('renders by name and by path, and says what is missing', async () => {
    write('mine.jinja', text);
    const render = (...args: string[]) => srunx(['template', 'render', '--embedded', ...args]);
    const body = "\nbash -c 'a b'\n";
    expect((await render('./mine.jinja', '--wrap', 'a b')).stdout).toBe(`#!/bin/bash\n#SBATCH --time=5${body}`);
    const given = await render('./mine.jinja', '--wrap', 'a b', '--var', 'minutes=9');
    expect(given.stdout).toBe(`#!/bin/bash\n#SBATCH --time=9${body}`);
    expect(await render('mine.jinja', '--wrap', 'x')).toMatchObject({ code: 7, stdout: '' });
    expect((await render('mine.jinja')).stderr).toContain('./mine.jinja');
    expect((await render('toruchrun')).stderr).toContain('Did you mean `torchrun`?');
    expect(await render('gpu')).toMatchObject({ code: 2, stdout: '' });
    expect((await render('gpu', '--wrap', 'x', '--var', 'nodse=1')).code).toBe(2);
    expect((await render('gpu', '--wrap', 'x', '--var', 'container=x')).stderr).toContain('--container');
  });

  it('fills templates with what is configured', async () => {
    await srunx(['config', 'set', 'resources.cpus_per_task', '7']);
    await srunx(['config', 'set', 'environment.venv', '/opt/v']);
    const { stdout } = await srunx(['template', 'render', 'cpu', '--embedded', '--wrap', 'x']);
    expect(stdout).toContain('#SBATCH --cpus-per-task=7\n');
    expect(stdout).toContain('. /opt/v/bin/activate');
  });
});

describe('srunx sbatch with templates', () => {
  const preview = (...args: string[]) => srunx(['sbatch', '--embedded', '--dry-run', ...args]);

  it('renders a script only where somebody says so', async () => {
    const script = '#!/bin/bash\n#SBATCH -J {{name}}-x\necho "${#a[@]}" {{ name|shell }}\n';
    write('job.sh', script);
    write('plain.sh', '#!/bin/bash\necho {{ name }} {% if %} {#\n');
    expect((await preview('plain.sh')).stdout).toContain('\necho {{ name }} {% if %} {#\n');
    expect((await preview('--var', 'name=n', 'job.sh')).stdout).toContain('#SBATCH -J n-x\necho "${#a[@]}" n\n');
    expect(await preview('--render', 'job.sh')).toMatchObject({ code: 2, stdout: '' });
    expect((await preview('--var', 'x=1', '--wrap', 'a')).stderr).toContain('--var has no effect');
    writeFileSync(write('latin.sh', ''), Buffer.from('#!/bin/sh\n# \xe9\n', 'latin1'));
    expect((await preview('--render', 'latin.sh')).stderr).toContain('UTF-8');
  });

  it('refuses what would have no effect', async () => {
    write('fixed.jinja', '#!/bin/bash\nhostname\n');
    expect((await preview('--template', './fixed.jinja')).stdout).toContain('\nhostname\n');
    expect((await preview('--template', './fixed.jinja', '--wrap', 'x')).stderr).toContain('--wrap has no effect');
    expect((await preview('--template', './fixed.jinja', '--conda', 'x')).stderr).toContain('--conda has no effect');
    expect((await preview('--template', 'gpu', 'fixed.jinja')).stderr).toContain('both --template and the script');
  });

  it('puts configured directories beside a template that names none', async () => {
    await srunx(['config', 'set', 'log_dir', 'out']);
    expect((await preview('--template', 'gpu', '--wrap', 'x')).stdout).toContain('--output=out/%x_%j.log');
    write('own.jinja', '#!/bin/bash\n#SBATCH -o own.log\nx {{ log_dir }}\n');
    const own = (await preview('--template', './own.jinja')).stdout;
    expect(own).not.toContain('--output');
    expect(own).toContain('\nx out\n');
  });
});

describe('the built-in templates on Slurm', () => {
  const cluster = useDevCluster();

  it.each([
    ['base', []],
    ['cpu', []],
    ['gpu', []],
    ['gpu', ['--gres=gpu:2']],
    ['torchrun', ['-N', '2', '--gpus-per-node=2']],
    ['array', ['-a', '1-4%2']],
    ['container', ['--container=train.sif', '--container-runtime=apptainer']],
  ])('%s %j would be taken', async (name, options) => {
    const args = ['sbatch', '--test-only', '--template', name, ...options, '--wrap', 'hostname'];
    const ran = await srunx(args, { env: cluster().env });
    expect(ran.code, ran.stderr).toBe(0);
    expect(ran.stdout).toContain('to start at');
  });
});
