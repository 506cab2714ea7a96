import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConfigError } from '../errors.ts';
import type { JobEnvironment } from './environment-schema.ts';
import { lintScript } from './lint-script.ts';
import { type Launcher, launchers, renderScript, type ScriptSpec, startsSteps } from './render-script.ts';

// Real shells on a machine that may be busy.
vi.setConfig({ testTimeout: 20_000 });

let dir: string;
let log: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "srunx script '$(x) "));
  log = join(dir, 'log');
  writeFileSync(log, '');
  // Each stand-in writes down its words and starts what stands behind its own options.
  const record = `{ printf '%s\\037' "\${0##*/}" "$@"; printf '\\036'; } >>"$LOG"`;
  const skip = 'while :; do case $1 in -*) shift ;; *) break ;; esac; done; exec "$@"';
  tool('bin/srun', `${record}; ${skip}`);
  tool('bin/mpirun', `${record}; ${skip}`);
  tool('bin/torchrun', `${record}; ${skip}`);
  tool(
    'bin/apptainer',
    `${record}; shift; while :; do case $1 in -*) shift ;; *) break ;; esac; done; shift; exec "$@"`,
  );
  tool('bin/show', `[ $# -eq 0 ] || printf '%s\\037' "$@"`);
});

afterEach(() => rmSync(dir, { recursive: true, force: true }));

function tool(path: string, body: string): void {
  mkdirSync(dirname(join(dir, path)), { recursive: true });
  writeFileSync(join(dir, path), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
}

function spec(overrides: Partial<ScriptSpec>): ScriptSpec {
  return { command: ['show'], launcher: 'none', environment: {}, ...overrides };
}

function environment(variables: Readonly<Record<string, string>>): Record<string, string> {
  return { PATH: `${join(dir, 'bin')}:/usr/bin:/bin`, HOME: join(dir, 'home'), LOG: log, ...variables };
}

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  /** What `show` was given. */
  readonly shown: readonly string[];
  /** What each stand-in was given, in order. */
  readonly calls: readonly (readonly string[])[];
}

function run(overrides: Partial<ScriptSpec>, variables: Readonly<Record<string, string>> = {}): Ran {
  writeFileSync(log, '');
  const file = join(dir, 'script.sh');
  writeFileSync(file, renderScript(spec(overrides)), { mode: 0o755 });
  const { status, stdout, stderr } = spawnSync(file, [], { cwd: dir, encoding: 'utf8', env: environment(variables) });
  const calls = readFileSync(log, 'utf8').split('\x1e').slice(0, -1);
  return {
    code: status,
    out: stdout,
    err: stderr,
    shown: stdout.split('\x1f').slice(0, -1),
    calls: calls.map((call) => call.split('\x1f').slice(0, -1)),
  };
}

const hostile = [
  'a b',
  `a'b`,
  '$(touch x)',
  '`x`',
  '-rf',
  '--',
  'a\nb',
  '日本語',
  '*',
  '',
  '"',
  '\\',
  '~',
  '$HOME',
  '#',
  ';',
  '&&',
  '!',
];

describe('what is rendered', () => {
  it.each<[Partial<ScriptSpec>, string]>([
    [{ command: 'make all && ./run' }, 'make all && ./run'],
    [{ command: ['python', 'train.py', '--name', 'a b'] }, "exec python train.py --name 'a b'"],
    [{ command: 'a | b', launchPrefix: 'nice -n 5' }, "nice -n 5 bash -c 'a | b'"],
    [{ command: ['a'], launchPrefix: 'X=1 nice\n' }, 'X=1 nice a'],
    [{ command: ['a'], launcher: 'mpirun', srunArgs: '--mpi=pmix' }, 'exec mpirun a'],
  ])('%j is %s', (overrides, last) => expect(renderScript(spec(overrides))).toBe(`#!/bin/bash\n\n${last}\n`));

  it('is srun, with the CPUs per task that the job has', () => {
    const script = renderScript(
      spec({ launcher: 'srun', srunArgs: ' --mpi=pmix \\\n  -v\n', launchPrefix: 'numactl -m0' }),
    );
    expect(script.split('\n').slice(3)).toEqual(['exec srun --mpi=pmix -v numactl -m0 show', '']);
    expect(run({ launcher: 'srun', command: 'printenv SRUN_CPUS_PER_TASK' }, { SLURM_CPUS_PER_TASK: '3' }).out).toBe(
      '3\n',
    );
    const own = { SLURM_CPUS_PER_TASK: '3', SRUN_CPUS_PER_TASK: '2' };
    expect(run({ launcher: 'srun', command: 'printenv SRUN_CPUS_PER_TASK' }, own).out).toBe('2\n');
    expect(run({ launcher: 'srun', command: 'printenv SRUN_CPUS_PER_TASK || echo none' }).out).toBe('none\n');
  });

  it('has no directive, no shell option and no default of ours', () => {
    for (const launcher of launchers) {
      const script = renderScript(spec({ launcher, environment: { conda: 'c', modules: ['m'], envSetup: ['e'] } }));
      expect(script).not.toMatch(/SBATCH|set -|WORLD_SIZE/);
      expect(lintScript(script)).toEqual([]);
    }
  });

  it.each(['none', 'mpirun'] as const)('refuses pyxis under %s', (launcher) => {
    const render = () => renderScript(spec({ launcher, environment: { container: { image: 'x' } } }));
    expect(render).toThrow(ConfigError);
    expect(render).toThrow(`pyxis containers need srun, but the launcher is ${launcher}`);
  });
});

describe('a command', () => {
  const containers: readonly JobEnvironment[] = [
    {},
    { container: { runtime: 'apptainer', image: 'a b.sif', nv: true } },
    { container: { image: 'img', env: { A: '1' } } },
  ];
  const combinations = launchers.flatMap((launcher) => {
    const usable = launcher === 'srun' || launcher === 'torchrun' ? containers : containers.slice(0, 2);
    return usable.map((env): [Launcher, JobEnvironment] => [launcher, env]);
  });

  it.each(combinations)('arrives byte for byte under %s with %j', (launcher, env) => {
    const { shown, code, err } = run({ launcher, environment: env, command: ['show', ...hostile] });
    expect(err).toBe('');
    expect(shown).toEqual(hostile);
    expect(code).toBe(0);
    expect(existsSync(join(dir, 'x'))).toBe(false);
  });

  it.each(combinations)('is shell text under %s with %j', (launcher, env) => {
    const command = `show "a  b" | tr a c && show "$((1 + 1))" '$x'\nfalse; (exit 7)`;
    const { shown, code } = run({ launcher, environment: env, command });
    expect(shown).toEqual(['c  b', '2', '$x']);
    expect(code).toBe(7);
  });

  it.each(launchers)('may hold what %s would take for its own', (launcher) => {
    expect(run({ launcher, command: ['show', 'a', ':', 'b'] }).shown).toEqual(['a', ':', 'b']);
    tool('bin/-x', 'show dashed');
    expect(run({ launcher, command: ['-x', ':'] }).shown).toEqual(['dashed']);
    const colons = run({ launcher, command: ['show', ':'] })
      .calls.flat()
      .filter((word) => word === ':');
    expect(colons).toEqual([]);
  });

  it('arrives whatever it holds', () => {
    const word = fc.string({ unit: 'grapheme' }).filter((text) => !/[\0\x1e\x1f]/.test(text));
    fc.assert(
      fc.property(fc.array(word), fc.constantFrom(...launchers), (command, launcher) => {
        expect(run({ launcher, command: ['show', ...command] }).shown).toEqual(command);
      }),
      { numRuns: 30 },
    );
  });

  it('ends the script as it ends, or says that it is not there', () => {
    expect(run({ command: ['sh', '-c', 'exit 3'] }).code).toBe(3);
    expect(run({ command: ['sh', '-c', 'kill -9 $$'], launcher: 'srun' }).code).toBeNull();
    const missing = run({ command: ['no such program'] });
    expect(missing.code).toBe(127);
    expect(missing.err).toContain('no such program');
  });

  it.each(['srun', 'torchrun', 'mpirun', 'none'] as const)(
    'gets the signals of the batch script under %s',
    async (launcher) => {
      tool('bin/wait-for-it', `sleep 60 & trap 'echo got it; kill $!; exit 0' USR1; echo ready; wait`);
      const script = renderScript(spec({ launcher, command: ['wait-for-it'] }));
      const child = spawn('bash', ['-c', script], { env: environment({}) });
      let out = '';
      child.stdout.on('data', (chunk) => {
        if (!out.includes('ready')) child.kill('SIGUSR1');
        out += String(chunk);
      });
      await new Promise((resolve) => child.once('close', resolve));
      expect(out).toBe('ready\ngot it\n');
    },
  );
});

describe('torchrun', () => {
  const command = ['python', 'train.py'];

  it('needs no srun on one node', () => {
    tool('bin/python', 'show "$@"');
    const { calls, shown } = run({ launcher: 'torchrun', command }, { SLURM_GPUS_ON_NODE: '4' });
    expect(calls).toEqual([['torchrun', '--standalone', '--nproc-per-node=4', '--no-python', ...command]]);
    expect(shown).toEqual(['train.py']);
  });

  it('starts one per node on several, which meet on the first', () => {
    tool('bin/python', 'show "$@"');
    const variables = { SLURM_JOB_NUM_NODES: '2', SLURM_JOB_ID: '12345', HOSTNAME: 'n1' };
    const { calls } = run({ launcher: 'torchrun', command, srunArgs: '-v', launchPrefix: 'env A=1' }, variables);
    const meet = ['--nnodes=2', '--rdzv-backend=c10d', '--rdzv-id=12345', '--rdzv-endpoint=n1:22345'];
    const started = ['torchrun', ...meet, '--nproc-per-node=1', '--no-python', 'env', 'A=1', ...command];
    expect(calls).toEqual([['srun', '--nodes=2', '--ntasks=2', '--ntasks-per-node=1', '-v', ...started], started]);
  });

  it('runs inside the container', () => {
    const { calls } = run({ launcher: 'torchrun', command: ['show'], environment: { container: { image: 'x' } } });
    expect(calls[0]?.slice(0, 6)).toEqual([
      'srun',
      '--nodes=1',
      '--ntasks=1',
      '--ntasks-per-node=1',
      '--container-image=x',
      'torchrun',
    ]);
  });
});

describe('conda', () => {
  const hook = `echo 'conda() { printf "%s\\037" "conda[$CONDA_SHLVL$CONDA_PREFIX]" "$@"; [ "$2" != gone ]; }'`;

  it.each([
    ['CONDA_EXE', 'opt/conda', 'CONDA_EXE'],
    ['PATH', 'bin/conda', undefined],
    ['~/miniconda3', 'home/miniconda3/bin/conda', undefined],
    ['~/anaconda3', 'home/anaconda3/bin/conda', undefined],
    ['~/miniforge3', 'home/miniforge3/bin/conda', undefined],
    ['~/mambaforge', 'home/mambaforge/bin/conda', undefined],
  ])('is found in %s', (_, path, variable) => {
    tool(path, `[ "$*" = 'shell.bash hook' ] && ${hook}`);
    const inherited = { CONDA_SHLVL: '1', CONDA_PREFIX: '/old' };
    const { shown, code } = run(
      { environment: { conda: "my env'$(x)" } },
      { ...inherited, ...(variable === undefined ? {} : { [variable]: join(dir, path) }) },
    );
    // An environment that was active at submission does not count.
    expect(shown).toEqual(['conda[]', 'activate', "my env'$(x)"]);
    expect(code).toBe(0);
  });

  it('ignores a CONDA_EXE of another machine', () => {
    tool('bin/conda', hook);
    expect(run({ environment: { conda: 'e' } }, { CONDA_EXE: '/nowhere/conda' }).shown).toEqual([
      'conda[]',
      'activate',
      'e',
    ]);
  });

  it('may be a path below the home directory', () => {
    tool('bin/conda', hook);
    expect(run({ environment: { conda: '~/envs/a b' } }).shown.at(-1)).toBe(join(dir, 'home/envs/a b'));
  });

  it.each([
    ['the environment is missing', 'gone', hook, '`conda activate gone` failed'],
    ['its hook fails', 'e', 'exit 3', 'conda shell.bash hook` failed'],
    ['its hook is empty', 'e', '[ $1 = shell.bash ]', '`conda activate e` failed'],
  ])('fails the job where %s', (_, conda, body, message) => {
    tool('bin/conda', body);
    const { code, err, calls } = run({ launcher: 'srun', environment: { conda } }, { SLURMD_NODENAME: 'n7' });
    expect(code).toBe(1);
    expect(err).toContain('srunx: on n7: ');
    expect(err).toContain(message);
    expect(calls).toEqual([]);
  });

  it.skipIf(existsSync('/opt/conda/bin/conda') || existsSync('/usr/bin/conda'))(
    'fails the job where there is none',
    () => {
      const { code, err, shown } = run({ environment: { conda: 'e' } });
      expect(code).toBe(1);
      expect(err).toMatch(/^srunx: on .*: conda not found: neither in CONDA_EXE nor on PATH/);
      expect(shown).toEqual([]);
    },
  );
});

describe('venv', () => {
  it.each(["v a'b$(x)", '-rf', '~/v', 'v/'])('activates %s', (venv) => {
    const place = venv.startsWith('~') ? join('home', venv.slice(2)) : venv;
    tool(`${place}/bin/activate`, 'ACTIVE="yes it is"; export ACTIVE');
    expect(run({ environment: { venv }, command: ['sh', '-c', 'echo "$ACTIVE"'] }).out).toBe('yes it is\n');
  });

  it.each([
    ['is missing', undefined],
    ['fails', 'return 3'],
  ])('fails the job where it %s', (_, body) => {
    if (body !== undefined) tool('v/bin/activate', body);
    const { code, err, calls } = run({ environment: { venv: 'v' }, launcher: 'srun' });
    expect([code, calls]).toEqual([1, []]);
    expect(err).toMatch(/srunx: on .*: `\. v\/bin\/activate` failed\n$/);
  });
});

describe('modules', () => {
  const define = `module() { printf '%s\\037' "$@"; [ "$2" != gone ]; }`;

  it('uses the function that is there', () => {
    const variables = { 'BASH_FUNC_module%%': `() { printf '%s\\037' "$@"; }` };
    expect(run({ environment: { modules: ['gcc/12', "a'$(x)"] } }, variables).shown).toEqual([
      'load',
      'gcc/12',
      "a'$(x)",
    ]);
  });

  it.each(['MODULESHOME', 'LMOD_PKG'])('defines it from %s', (variable) => {
    tool('modules home/init/bash', define);
    expect(run({ environment: { modules: ['m'] } }, { [variable]: join(dir, 'modules home') }).shown).toEqual([
      'load',
      'm',
    ]);
  });

  it('fails the job where one is missing', () => {
    tool('m/init/bash', define);
    const { code, err, calls } = run(
      { launcher: 'srun', environment: { modules: ['gone'] } },
      { MODULESHOME: join(dir, 'm') },
    );
    expect([code, calls]).toEqual([1, []]);
    expect(err).toContain('`module load gone` failed');
  });

  const installed = [
    '/etc/profile.d/lmod.sh',
    '/etc/profile.d/modules.sh',
    '/usr/share/lmod/lmod/init/bash',
    '/usr/share/modules/init/bash',
  ];
  it.skipIf(installed.some((path) => existsSync(path)))('fails the job where there is no such command', () => {
    const { code, err } = run({ environment: { modules: ['m'] } });
    expect(code).toBe(1);
    expect(err).toMatch(/there is no `module` command here/);
  });
});

describe('env_setup', () => {
  it('runs last, line by line, for the command to see', () => {
    tool('m/init/bash', `module() { A="$A modules"; }`);
    tool('v/bin/activate', 'A="$A venv"');
    const envSetup = [
      'export A="$A setup"',
      'for i in 1 2; do\n  A="$A $i"\ndone',
      '# a comment',
      "B='x\ny'; export B",
    ];
    const variables = { MODULESHOME: join(dir, 'm') };
    const command = ['sh', '-c', 'echo "$A|$B"'];
    const { out, code } = run({ environment: { venv: 'v', modules: ['m'], envSetup }, command }, variables);
    expect([out, code]).toEqual([' modules venv setup 1 2|x\ny\n', 0]);
  });

  it('fails the job with the line that failed', () => {
    const { code, err, calls } = run({
      launcher: 'srun',
      environment: { envSetup: ['true', `cd "no such 'place'"`, 'show'] },
    });
    expect([code, calls]).toEqual([1, []]);
    expect(err).toContain(`this line of env_setup failed: cd "no such 'place'"`);
  });

  it('may set traps for the end, and options for itself', () => {
    const envSetup = ['set -eu', `trap 'echo tidied' EXIT`];
    expect(run({ environment: { envSetup }, launcher: 'srun', command: 'echo ran; exit 4' })).toMatchObject({
      out: 'ran\ntidied\n',
      code: 4,
    });
  });
});

describe('startsSteps', () => {
  it.each([
    'srun hostname',
    '  srun -n2 x',
    'cd a && srun x',
    'A=1 B="2" exec srun x',
    'for i in 1 2; do\n  srun x &\ndone\nwait',
    'if true; then mpirun x; fi',
    '(srun x)',
    'x | mpiexec y',
    ['srun', 'x'],
    'srun',
  ])('is true of %j', (command) => expect(startsSteps(command)).toBe(true));

  it.each([
    'python srun.py',
    'echo srun',
    'srunx squeue',
    './srun x',
    'x --srun',
    'echo "a srun b"',
    ['x', 'srun'],
    [],
  ])('is false of %j', (command) => expect(startsSteps(command)).toBe(false));
});
