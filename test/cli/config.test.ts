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
import { dirname, join, resolve } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { useSandbox } from './sandbox.ts';

const sandbox = useSandbox();
const { srunx, json, dir, work, write } = sandbox;
const home = join(dir, 'home', '.config', 'srunx');
const file = join(home, 'config.json');
const project = join(work, 'srunx.json');

beforeEach(() => {
  for (const path of [home, project, join(work, '.git'), join(dir, 'xdg')])
    rmSync(path, { recursive: true, force: true });
});

function configure(content: unknown, path = file): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(content, null, 2));
}

interface Row {
  readonly key: string;
  readonly value: unknown;
  readonly origin: string;
}

async function values(env: Readonly<Record<string, string>> = {}): Promise<Record<string, unknown>> {
  const rows = await json<Row[]>(['config', 'show'], { env });
  return Object.fromEntries(rows.map(({ key, value }) => [key, value]));
}

describe('srunx config', () => {
  it('writes only below the user’s directory unless told otherwise, for the owner alone', async () => {
    expect((await srunx(['config', 'init'])).stdout).toBe(`${file}\n`);
    expect([statSync(home).mode & 0o777, statSync(file).mode & 0o777]).toEqual([0o700, 0o600]);
    expect(existsSync(project)).toBe(false);
    expect(await values()).toEqual({});
    expect((await srunx(['config', 'init'])).code).toBe(8);
    expect((await srunx(['config', 'init', '--project'])).stdout).toBe(`${project}\n`);
    const env = { XDG_CONFIG_HOME: join(dir, 'xdg') };
    expect((await srunx(['config', 'init'], { env })).stdout).toBe(`${join(dir, 'xdg', 'srunx', 'config.json')}\n`);
    expect(JSON.parse(readFileSync(file, 'utf8'))['// resources.nodes']).toContain('a whole number from 1');
  });

  it('sets, gets and unsets one key, and leaves all else as it is', async () => {
    configure({ unknown_key: [1], profiles: { p: { hostname: 'h' } }, resources: { nodes: 3 } });
    expect((await srunx(['config', 'set', 'resources.partition', 'gpu'])).code).toBe(0);
    expect((await srunx(['config', 'set', 'qos', 'normal'])).code).toBe(0);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
      ...{ unknown_key: [1], profiles: { p: { hostname: 'h' } }, resources: { nodes: 3, partition: 'gpu' } },
    });
    expect(JSON.parse(readFileSync(join(home, 'extra.json'), 'utf8'))).toEqual({ qos: 'normal' });
    expect((await srunx(['config', 'get', 'resources.partition'])).stdout).toBe('gpu\n');
    expect((await srunx(['config', 'unset', 'resources.partition'])).code).toBe(0);
    expect((await srunx(['config', 'get', 'resources.partition'])).code).toBe(7);
    expect((await srunx(['config', 'unset', 'resources.partition'])).code).toBe(7);
    const wrong = await srunx(['config', 'set', 'resources.nodes', 'many']);
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect((await srunx(['config', 'set', 'resource.nodes', '1'])).stderr).toContain('Did you mean `resources.nodes`?');
  });

  it('goes from the system’s file to the variables, and says where each value is from', async () => {
    configure({ resources: { nodes: 1, partition: 'user', time_limit: '1' } });
    mkdirSync(join(work, '.git'));
    configure({ resources: { partition: 'project' }, environment: { conda: 'evil' } }, project);
    mkdirSync(join(work, 'deep', 'er'), { recursive: true });
    const ran = await srunx(['config', 'show', '--origin', '--json'], {
      cwd: join(work, 'deep', 'er'),
      env: { SRUNX_DEFAULT_TIME_LIMIT: '5' },
    });
    expect(JSON.parse(ran.stdout)).toMatchObject([
      { key: 'resources.nodes', value: 1, origin: `${file}:3` },
      { key: 'resources.time_limit', value: '5', origin: '$SRUNX_DEFAULT_TIME_LIMIT' },
      { key: 'resources.partition', value: 'project', origin: `${project}:3` },
    ]);
    expect(ran.stderr).toContain('is not trusted; `srunx config trust` lets it');
    expect((await srunx(['config', 'trust'])).code).toBe(0);
    expect((await values())['environment.conda']).toBe('evil');
    configure({ environment: { conda: 'worse' } }, project);
    expect((await values())['environment.conda']).toBeUndefined();
  });

  it('keeps one bad value from disabling the rest, and lists all that is wrong', async () => {
    configure({ resources: { nodes: 'x', partitoin: 'a' }, sync: { require_clean: true }, log_dir: 'l' });
    expect(await values()).toEqual({ 'sync.require_clean': true, log_dir: 'l' });
    const ran = await srunx(['config', 'validate', '--json']);
    expect(ran.code).toBe(2);
    expect(JSON.parse(ran.stdout)).toMatchObject([
      { severity: 'error', place: `${file}:3`, key: 'resources.nodes' },
      { severity: 'warning', place: `${file}:4`, hint: 'Did you mean `partition`?' },
    ]);
    const refused = await srunx(['sbatch', '--embedded', '--wrap', 'true']);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain(
      `error[config.invalid]: ${file}:3: resources.nodes: expected a whole number from 1\n`,
    );
    expect((await srunx(['squeue', '--embedded'])).code).toBe(0);
  });

  it('takes nothing from an untrusted project that could change what runs, or where', async () => {
    configure({ profiles: { dgx: { hostname: 'mine', mounts: [] } }, environment: { env_vars: { A: 'mine' } } });
    mkdirSync(join(work, '.git'));
    const evil = {
      ...{ modules: ['evil'], current_profile: 'evil', resources: { nodes: 2 } },
      environment: { venv: '/evil', env_vars: { A: 'evil', LD_PRELOAD: 'evil' }, container: { image: 'evil' } },
      sync: { owner_check: false },
      notifications: { slack_webhook_url: 'https://evil' },
      profiles: {
        dgx: { hostname: 'evil', proxy_jump: 'evil', mounts: [{ name: 'evil', local: '/', remote: '/evil' }] },
        embedded: { defaults: { modules: ['evil'], environment: { conda: 'evil', env_vars: { B: 'evil' } } } },
      },
    };
    configure(evil, project);
    expect(await values()).toEqual({
      ...{ 'resources.nodes': 2, 'environment.env_vars.A': 'mine' },
      ...{ 'profiles.dgx.hostname': 'mine', 'profiles.dgx.mounts': [] },
    });
    const shown = await srunx(['sbatch', '--embedded', '--dry-run', '--json', '--wrap', 'true']);
    expect(shown.stdout).not.toContain('evil');
    expect(shown.stderr).toContain(`${project} sets environments or switches, and is not trusted`);
    // What does not count stops nobody either.
    configure({ ...evil, environment: { conda: 1, env_vars: { SLURM_X: '1' } } }, project);
    expect((await srunx(['sbatch', '--embedded', '--dry-run', '--wrap', 'true'])).code).toBe(0);
  });

  it('warns of a key that is given twice, and does not change the one that has no effect', async () => {
    mkdirSync(home, { recursive: true });
    writeFileSync(file, '{\n  "log_dir": "a",\n  "resources": {},\n  "log_dir": "b"\n}\n');
    const got = await srunx(['sbatch', '--embedded', '--dry-run', '--wrap', 'true']);
    expect(got.stderr).toBe(
      `srunx: warning: ${file}:4: log_dir is given twice, in lines 2 and 4; the last one counts; Keep one of them.\n`,
    );
    expect(got.stdout).toContain(`configured: log_dir=b (${file}:4)`);
    expect((await srunx(['config', 'validate'])).code).toBe(0);
    const refused = await srunx(['config', 'set', 'log_dir', 'c']);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain('log_dir is given twice, in lines 2 and 4, so nothing was changed');
    expect((await srunx(['config', 'set', 'resources.nodes', '2'])).code).toBe(0);
  });

  it('loses nothing where many write at once, and nothing of what is not ours', async () => {
    mkdirSync(home, { recursive: true });
    writeFileSync(file, '{"big": 12345678901234567890, "one": 1.0}');
    const names = Array.from({ length: 8 }, (_, index) => `V${index}`);
    const ran = await Promise.all(
      names.map((name) => srunx(['config', 'set', `environment.env_vars.${name}`, 'x\ny'])),
    );
    expect(ran.map(({ code }) => code)).toEqual(names.map(() => 0));
    const text = readFileSync(file, 'utf8');
    expect(text).toContain('12345678901234567890');
    expect(text).toContain('1.0');
    expect(
      Object.keys((JSON.parse(text) as { environment: { env_vars: object } }).environment.env_vars).sort(),
    ).toEqual(names);
    expect(readdirSync(home)).toEqual(['config.json']);
  });

  it('goes by another file with --config', async () => {
    configure({ log_dir: 'other' }, join(work, 'mine.json'));
    expect((await srunx(['--config', 'mine.json', 'config', 'get', 'log_dir'])).stdout).toBe('other\n');
    expect((await srunx(['--config=mine.json', 'config', 'get', 'log_dir'])).stdout).toBe('other\n');
  });

  it('says that a file cannot be read, and goes on where nothing of it is needed', async () => {
    mkdirSync(file, { recursive: true });
    expect((await srunx(['config', 'show'])).code).toBe(0);
    const refused = await srunx(['sbatch', '--embedded', '--wrap', 'true']);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain(`${file}: it cannot be read`);
  });

  it.each([
    ['a place that nobody can make', '/proc/none', '/proc'],
    ['a file in its place', "a' file", join(work, "a' file")],
    ['a link that leads nowhere', 'nowhere', join(work)],
  ])('names %s, and the next step', async (_, place, part) => {
    write("a' file", '');
    rmSync(join(work, 'nowhere'), { force: true });
    symlinkSync('gone', join(work, 'nowhere'));
    write('srunx.json', '{}');
    const env = { XDG_CONFIG_HOME: resolve(work, place), EDITOR: 'true' };
    const commands = ['config set qos x', 'config set log_dir x', 'config init', 'config edit', 'config trust'];
    for (const command of commands) {
      const ran = await srunx(command.split(' '), { env });
      expect(ran, command).toMatchObject({ code: 1, stdout: '' });
      expect(ran.stderr).toMatch(
        /^srunx: error\[config\.unwritable\]: .*\/srunx\/\w+(\.edit)?\.json.* could not be written$/m,
      );
      expect(ran.stderr).toContain(`\nhint: Look at the permissions and the free space of ${part}.`);
    }
    const project = await srunx(['config', 'set', '--project', 'qos', 'x'], { cwd: '/proc/1' });
    expect(project).toMatchObject({ code: 1, stdout: '' });
    expect(project.stderr).toContain('error[config.unwritable]: /proc/1/srunx.json could not be written');
  });

  it('opens an editor on a copy, and takes it only if it is sound', async () => {
    configure({ log_dir: 'old' });
    const edit = (script: string) => srunx(['config', 'edit'], { env: { EDITOR: script } });
    const bad = await edit(`printf '{"resources": {"nodes": -1}}' > `);
    expect(bad.code).toBe(2);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ log_dir: 'old' });
    expect(readFileSync(`${file}.edit.json`, 'utf8')).toContain('-1');
    expect((await edit(`sed -i s/-1/4/`)).code).toBe(0);
    expect(await values()).toEqual({ 'resources.nodes': 4 });
    expect(existsSync(`${file}.edit.json`)).toBe(false);
    expect((await edit('rm')).stderr).toContain('is as it was');
    expect((await srunx(['config', 'edit'], { env: { EDITOR: undefined, VISUAL: undefined } })).code).toBe(2);
  });

  it('masks secrets', async () => {
    configure({ notifications: { slack_webhook_url: 'https://hooks.example/secret' } });
    for (const args of [
      ['config', 'show'],
      ['config', 'show', '--json'],
      ['config', 'get', 'notifications.slack_webhook_url'],
    ])
      expect((await srunx(args)).stdout).not.toContain('secret');
  });
});

describe('what is configured reaches jobs', () => {
  interface Preview {
    readonly argv: readonly string[];
    readonly configured: readonly { readonly key: string; readonly value: unknown; readonly origin: string }[];
    readonly env: Readonly<Record<string, string>>;
    readonly script: string;
  }
  const preview = (...args: readonly string[]) => json<Preview>(['sbatch', '--embedded', '--dry-run', ...args]);
  const options = ({ configured }: Preview) =>
    configured.flatMap(({ key, value }) => (key.startsWith('resources.') ? [`${key.slice(10)}=${value}`] : []));

  it('where nothing nearer says it: an option, the script, a variable of sbatch', async () => {
    configure({
      resources: { nodes: 1, time_limit: '30', memory_per_node: '100M', partition: 'gpu' },
      environment: { env_vars: { A: '1', B: '1' }, conda: 'ml' },
      log_dir: 'configured-logs',
    });
    write('limited.sh', '#!/bin/sh\n#SBATCH --time=7\ntrue\n');
    expect(options(await preview('limited.sh'))).toEqual(['nodes=1', 'memory_per_node=100M']);
    expect(options(await preview('--mem-per-cpu', '10', 'limited.sh'))).toEqual(['nodes=1']);
    const wrapped = await preview('--env', 'B=2', '--wrap', 'true');
    expect(options(wrapped)).toEqual(['nodes=1', 'time_limit=30', 'memory_per_node=100M']);
    expect(Object.keys(wrapped.env)).toEqual(['A', 'B']);
    expect(wrapped.argv.join(' ')).toContain('--output=configured-logs/%x_%j.log');
    expect(wrapped.script).toContain('conda activate ml');
    const typed = await preview('--venv', '/v', '--log-dir', 'typed', '--wrap', 'true');
    expect(typed.script).not.toContain('conda');
    expect(typed.argv.join(' ')).not.toContain('configured-logs');
  });

  it('and a preview marks every one with where it is from, but nothing that was typed or has no effect', async () => {
    configure({
      ...{ log_dir: 'l', work_dir: work, modules: ['cuda'] },
      resources: { nodes: 1, partition: 'gpu' },
      environment: {
        ...{ conda: 'ml', env_vars: { A: 's3cret', B: '1' } },
        container: { image: 'a.sif', runtime: 'apptainer', nv: true, env: { C: 's3cret' } },
      },
    });
    const keys = async (...args: readonly string[]) => (await preview(...args)).configured.map(({ key }) => key);
    const all = [
      ...['resources.nodes', 'modules', 'environment.conda', 'environment.env_vars.A', 'environment.env_vars.B'],
      ...['image', 'runtime', 'nv', 'env.C'].map((key) => `environment.container.${key}`),
    ];
    expect((await keys('--wrap', 'true')).sort()).toEqual([...all, 'log_dir', 'work_dir'].sort());
    const typed = ['--env', 'B=2', '--container', 'b.sif', '--venv', '/v', '-o', 'log', '-D', '/', '-N', '1'];
    expect((await keys(...typed, '--wrap', 'true')).sort()).toEqual(
      ['environment.container.runtime', 'environment.env_vars.A', 'modules'].sort(),
    );
    write('plain.sh', '#!/bin/sh\ntrue\n');
    const inScript = ['resources.nodes', 'environment.env_vars.A', 'environment.env_vars.B'];
    expect(await keys('plain.sh')).toEqual(inScript);
    write('template.sh', '#!/bin/sh\n#SBATCH -N {{ nodes }}\n{{ environment_setup }}\n');
    expect((await keys('--render', 'template.sh')).sort()).toEqual(
      [...inScript, 'modules', 'environment.conda'].sort(),
    );
    const shown = await srunx(['sbatch', '--embedded', '--dry-run', '--wrap', 'true']);
    expect(shown.stdout).toContain(`configured: environment.conda=ml (${file}:12)\n`);
    expect(shown.stdout).toContain(`configured: environment.env_vars.A=*** (${file}:14)\n`);
    expect(shown.stdout).not.toMatch(/configured:.*s3cret/);
  });

  it('and one that cannot be used is blamed on its line, but not where it is not used', async () => {
    configure({ environment: { container: { image: 'a.sif', nv: true, mounts: ['a,b'] } }, log_dir: '~/logs' });
    const fault = async (...args: readonly string[]) =>
      (await srunx(['sbatch', '--embedded', '--dry-run', ...args])).stderr.split('\n')[0];
    const mount = '`a,b`: a mount must not contain a comma; write one entry for each';
    const invalid = 'srunx: error[config.invalid]:';
    expect(await fault('--wrap', 'true')).toBe(`${invalid} ${file}:6: environment.container.mounts: ${mount}`);
    expect(await fault('--container-mounts', '/a', '--wrap', 'true')).toBe(
      `${invalid} ${file}:5: environment.container.nv: nv: only for apptainer and singularity, not for pyxis`,
    );
    const mixed = ['--container-mounts', '/a', '--container-runtime', 'pyxis', '--wrap', 'true'];
    expect((await srunx(['sbatch', '--embedded', ...mixed])).stderr.split('\n').slice(0, 3)).toEqual([
      'srunx: error[usage.environment]: container: nv: only for apptainer and singularity, not for pyxis',
      `configured: environment.container.image=a.sif (${file}:4)`,
      `configured: environment.container.nv=true (${file}:5)`,
    ]);
    expect(await fault('--no-container', '--wrap', 'true')).toContain(`${invalid} ${file}:11: log_dir: `);
    write('plain.sh', '#!/bin/sh\ntrue\n');
    expect(await fault('plain.sh')).toBe('');
  });

  it('and where one of them fails a submission, the error says where it stands', async () => {
    configure({ work_dir: '/no/such', resources: { gpus_per_node: 99 }, environment: { conda: 'ml' } });
    const submit = async (...args: readonly string[]) => srunx(['sbatch', '--embedded', ...args, '--wrap', 'true']);
    const missing = await submit();
    expect(missing).toMatchObject({ code: 2, stdout: '' });
    expect(missing.stderr).toContain(`Not typed, but configured: work_dir=/no/such (${file}:2).\n`);
    const refused = await submit('-D', '/');
    expect(refused).toMatchObject({ code: 3, stdout: '' });
    expect(refused.stderr).toContain(`Not typed, but configured: resources.gpus_per_node=99 (${file}:4).\n`);
    const typed = await submit('-D', '/', '--gpus-per-node', '99');
    expect(typed.code).toBe(3);
    expect(typed.stderr).not.toContain('configured');
  });

  it('and a bad value stops only who would go by it', async () => {
    configure({ resources: { nodes: 'abc' }, log_dir: 7, environment: { conda: 3 }, qos: 4 });
    write('plain.sh', '#!/bin/sh\ntrue\n');
    const code = async (...args: readonly string[]) =>
      (await srunx(['sbatch', '--embedded', '--dry-run', '--qos', 'x', ...args])).code;
    expect(await code('plain.sh')).toBe(2);
    expect(await code('-N1', 'plain.sh')).toBe(0);
    expect(await code('-n4', 'plain.sh')).toBe(0);
    expect(await code('-N1', '--wrap', 'true')).toBe(2);
    expect(await code('-N1', '-o', 'x', '--wrap', 'true')).toBe(2);
    expect(await code('-N1', '-o', 'x', '--venv', 'v', '--wrap', 'true')).toBe(0);
    const ran = await srunx(['sbatch', '--embedded', '--dry-run', '-N1', 'plain.sh']);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr.split('\n')[0]).toMatch(/^srunx: error\[config\.invalid\]: .*: qos: /);
  });

  it('and a file that cannot be read at all is said once', async () => {
    configure({});
    writeFileSync(file, '{ bad');
    const { code, stderr } = await srunx(['sbatch', '--embedded', '--wrap', 'true']);
    expect([code, stderr.split(`${file}: `).length]).toEqual([2, 2]);
  });

  it('and of a workflow too', async () => {
    configure({ work_dir: '/no/such', resources: { gpus_per_node: 99 } });
    write('two.yaml', 'jobs:\n  - {name: a, command: x}\n  - {name: b, work_dir: /, command: x}\n');
    const run = async (...args: readonly string[]) => srunx(['flow', 'run', 'two.yaml', '--embedded', ...args]);
    const missing = await run();
    expect(missing).toMatchObject({ code: 2, stdout: '' });
    expect(missing.stderr).toContain(`Not typed, but configured: work_dir=/no/such (${file}:2).\n`);
    expect((await run('--validate')).stderr).toContain(`configured: work_dir=/no/such (${file}:2).\n`);
    const refused = await run('--job', 'b');
    expect(refused).toMatchObject({ code: 3, stdout: '' });
    expect(refused.stderr).toContain(`Not typed, but configured: resources.gpus_per_node=99 (${file}:4).\n`);
    expect((await run('--job', 'b', '--dry-run')).stdout).toContain(
      `\nconfigured: resources.gpus_per_node=99 (${file}:4)\n`,
    );
  });

  it('and what is said of the target counts above all files, below variables and options', async () => {
    configure({ resources: { nodes: 2, time_limit: '30' }, environment: { conda: 'ml' } });
    await srunx(['config', 'set', 'profiles.embedded.defaults.resources.time_limit', '5']);
    await srunx(['config', 'set', 'profiles.embedded.defaults.environment.venv', '/v']);
    await srunx(['config', 'set', 'profiles.local.defaults.account', 'lab']);
    configure({ resources: { time_limit: '40' } }, project);
    const wrapped = await preview('--wrap', 'true');
    expect(options(wrapped)).toEqual(['nodes=2', 'time_limit=5']);
    expect(wrapped.script).toContain('/v/bin/activate');
    expect(wrapped.script).not.toContain('conda');
    expect(options(await preview('-t', '7', '--wrap', 'true'))).toEqual(['nodes=2']);
    expect((await values({ SRUNX_DEFAULT_TIME_LIMIT: '9' }))['resources.time_limit']).toBe('9');
    const rows = await json<Row[]>(['config', 'show', '--local', '--origin']);
    expect(rows.find(({ key }) => key === 'account')).toMatchObject({
      value: 'lab',
      origin: `${join(home, 'extra.json')}:15 (profiles.local.defaults)`,
    });
    const get = (...args: readonly string[]) => srunx(['config', 'get', 'resources.time_limit', ...args]);
    expect([(await get('--local')).stdout, (await get('--embedded')).stdout]).toEqual(['40\n', '5\n']);
  });

  it('and those of a preset come before all others, but behind options, the script and variables of sbatch', async () => {
    configure({
      resources: { time_limit: '30', nodes: 1 },
      presets: {
        small: {
          ...{ partition: 'gpu', log_dir: 'preset-logs' },
          resources: { time_limit: '5', cpus_per_task: 2, nodes: null },
          environment: { venv: '/v', env_vars: { A: '1' } },
        },
        broken: { resources: { nodes: 0 } },
      },
    });
    const env = { SRUNX_DEFAULT_TIME_LIMIT: '40' };
    const wrapped = await json<Preview>(
      ['sbatch', '--embedded', '--dry-run', '--preset-job', 'small', '-c', '1', '--wrap', 'true'],
      { env },
    );
    expect(wrapped.configured.map(({ key, value }) => [key, value])).toEqual([
      ...[
        ['resources.time_limit', '5'],
        ['environment.venv', '/v'],
        ['environment.env_vars.A', '***'],
      ],
      ['log_dir', 'preset-logs'],
    ]);
    expect(wrapped.configured[0]?.origin).toBe(`${file}:11 (presets.small)`);
    write('own.sh', '#!/bin/sh\n#SBATCH --time=7\ntrue\n');
    const script = await srunx(['sbatch', '--embedded', '--dry-run', '--preset-job', 'small', '--json', 'own.sh']);
    expect(options(JSON.parse(script.stdout) as Preview)).toEqual(['cpus_per_task=2']);
    expect(script.stderr).toContain('in the preset: resources.time_limit, log_dir, environment.venv;');
    const unknown = await srunx(['sbatch', '--embedded', '--preset-job', 'smal', '--wrap', 'true']);
    expect(unknown).toMatchObject({ code: 2, stdout: '' });
    expect(unknown.stderr).toContain(
      'error[usage.unknown_preset]: there is no preset `smal`\nhint: Did you mean `small`?\n',
    );
    const broken = await srunx(['sbatch', '--embedded', '--preset-job', 'broken', '--wrap', 'true']);
    expect(broken.stderr).toContain(`error[config.invalid]: ${file}:24: presets.broken.resources.nodes: expected`);
    expect((await preview('--preset-job', 'small', '--wrap', 'true')).argv).not.toContain('--nodes=1');
    const rendered = await srunx(['template', 'render', 'cpu', '--preset-job', 'small', '--wrap', 'true']);
    expect(rendered.stdout).toContain('/v/bin/activate');
    const offered = await srunx(['__complete', '--', 'srunx sbatch --preset-job ']);
    expect(offered.stdout).toBe('words\nsmall\n');
  });

  it('and a preset of a project that nobody has trusted runs nothing of its own', async () => {
    mkdirSync(join(work, '.git'));
    const environment = { conda: 'evil', env_vars: { A: '1' }, container: { image: 'evil' } };
    configure(
      { presets: { p: { qos: 'q', modules: ['evil'], environment }, q: { environment: { conda: 'evil' } } } },
      project,
    );
    const { configured, script } = await preview('--preset-job', 'p', '--wrap', 'true');
    expect([configured, script.includes('evil')]).toEqual([[], false]);
    const unknown = await srunx(['sbatch', '--embedded', '--preset-job', 'q', '--wrap', 'true']);
    expect(unknown.stderr).toContain(`What ${project} says does not count before \`srunx config trust\``);
    await srunx(['config', 'trust']);
    expect((await preview('--preset-job', 'q', '--wrap', 'true')).script).toContain('evil');
  });

  it('and a bad value for one target stops nobody elsewhere', async () => {
    configure({ profiles: { local: { defaults: { resources: { nodes: 0 } } } } });
    expect((await preview('--wrap', 'true')).configured).toEqual([]);
    const refused = await srunx(['sbatch', '--local', '--wrap', 'true']);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain(`${file}:6: profiles.local.defaults.resources.nodes: expected a whole number`);
  });

  it('and jobs of a workflow, unless they say null', async () => {
    configure({ resources: { time_limit: '30', memory_per_node: '100M' }, environment: { env_vars: { A: '1' } } });
    write(
      'two.yaml',
      'jobs:\n  - {name: a, command: x}\n  - {name: b, command: x, resources: {time_limit: null, mem_per_cpu: 1G}}\n',
    );
    const plan = await json<{ jobs: { argv: string[] }[] }>(['flow', 'run', '--embedded', '--dry-run', 'two.yaml']);
    expect(plan.jobs[0]?.argv).toEqual(expect.arrayContaining(['--time=30:00', '--mem=100M']));
    expect(plan.jobs[1]?.argv.filter((option) => /--(?:time|mem)=/.test(option))).toEqual([]);
  });

  it('and sweeps that say nothing of how many run at once', async () => {
    const jobs = 'jobs:\n  - {name: a, command: "echo {{ x }}"}\n';
    write('silent.yaml', `name: silent\nsweep: {matrix: {x: [1, 2]}}\n${jobs}`);
    write('says.yaml', `name: says\nsweep: {matrix: {x: [1, 2]}, max_parallel: 2}\n${jobs}`);
    interface Planned {
      readonly max_parallel: number;
      readonly configured: readonly { readonly key: string; readonly origin: string }[];
    }
    const planned = async (words: readonly string[], env = {}) => {
      const read = await json<Planned>(['flow', 'plan', '--embedded', ...words], { env });
      return [read.max_parallel, read.configured.map(({ origin }) => origin)];
    };
    expect((await srunx(['flow', 'plan', '--embedded', 'silent.yaml'])).stderr).toContain('error[sweep.max_parallel]');
    await srunx(['config', 'set', 'sweep.max_parallel', '5']);
    expect(await values()).toEqual({ 'sweep.max_parallel': 5 });
    expect(await planned(['silent.yaml'])).toEqual([5, [`${join(home, 'extra.json')}:3`]]);
    const env = { SRUNX_SWEEP_MAX_PARALLEL: '4' };
    expect(await planned(['silent.yaml'], env)).toEqual([4, ['$SRUNX_SWEEP_MAX_PARALLEL']]);
    expect(await planned(['says.yaml'], env)).toEqual([2, []]);
    expect(await planned(['silent.yaml', '--max-parallel', '3'], env)).toEqual([3, []]);
    const wrong = await srunx(['flow', 'plan', '--embedded', 'silent.yaml'], {
      env: { SRUNX_SWEEP_MAX_PARALLEL: '0' },
    });
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('SRUNX_SWEEP_MAX_PARALLEL: expected a whole number from 1, not `0`');
    const typed = await srunx(['flow', 'plan', '--embedded', 'says.yaml', '--typed']);
    expect([typed.code, typed.stderr]).toEqual([2, expect.stringContaining('--typed has no meaning without --sweep')]);
  });
});

describe('srunx init', () => {
  it('asks at a terminal, and keeps the answers', async () => {
    const started = sandbox.startAtTerminal(['init'], { columns: 100, rows: 30 }, { PATH: '/usr/bin:/bin' });
    const answer = async (question: string, text: string) => {
      await expect.poll(started.stdout, { timeout: 20_000 }).toContain(question);
      started.write(`${text}\n`);
    };
    await answer('Time limit', 'soon');
    await answer('2:00:00 or 1-12', '45');
    await answer('Conda environment', '');
    expect((await started.ended).code).toBe(0);
    expect(await values()).toEqual({ 'resources.time_limit': '45' });
  });

  it('says where an answer cannot be kept', async () => {
    const variables = { PATH: '/usr/bin:/bin', XDG_CONFIG_HOME: '/proc/none' };
    const started = sandbox.startAtTerminal(['init'], { columns: 100, rows: 30 }, variables);
    await expect.poll(started.stdout, { timeout: 20_000 }).toContain('Time limit');
    started.write('45\n');
    const { code, stdout } = await started.ended;
    expect(code).toBe(1);
    expect(stdout).toContain('error[config.unwritable]: /proc/none/srunx/config.json could not be written');
    expect(stdout).toContain('hint: Look at the permissions and the free space of /proc.');
  });

  it('says so where there is no terminal', async () => {
    expect(await srunx(['init'], { env: { PATH: '/nowhere' } })).toMatchObject({ code: 8, stdout: '' });
  });
});
