import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSandbox } from './sandbox.ts';

const sandbox = useSandbox();
const { srunx, json, dir, write } = sandbox;
const home = join(dir, 'home', '.config', 'srunx', 'templates');
const file = join(home, 'mine.slurm.jinja');
const text = '#!/bin/bash\n#SBATCH --time={{ minutes|default(5) }}\n{{ launch }}\n';

beforeEach(() => rmSync(join(dir, 'home', '.config'), { recursive: true, force: true }));

interface Row {
  readonly name: string;
  readonly origin: string;
  readonly description: string;
  readonly use_case: string;
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
    expect((await srunx(['template', 'remove', 'mine'])).code).toBe(0);
    expect(existsSync(file)).toBe(false);
    expect((await srunx(['template', 'remove', 'mine'])).code).toBe(7);
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
