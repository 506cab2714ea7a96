import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRenderer } from '../../templates/minijinja-renderer.ts';
import { ConfigError, NotFoundError, SrunxError, UsageError } from '../errors.ts';
import { type Plan, type PlanInput, planWorkflow } from './plan.ts';

const renderer = createRenderer();
const everything = { from: undefined, to: undefined, only: [] };

const scripts: Readonly<Record<string, string>> = {
  'train.sh': '#!/bin/sh\necho {{ lr }} ${#a[@]}\n',
  'typed.sh': '#!/bin/sh\necho {{ lr }} {{ n + 1 }} {% if flag %}on{% endif %} ${#a[@]}\n',
  'own.sh': '#!/bin/sh\n#SBATCH --output=out/%x.log\n#SBATCH --job-name=other\ntrue\n',
  'both.sh': '#!/bin/sh\n#SBATCH -o a.log -e b.log\ntrue\n',
  'elsewhere.sh': '#!/bin/sh\n#SBATCH --chdir=/nodes/only\n#SBATCH --output=out/x.log\ntrue\n',
  'null.sh': '#!/bin/sh\n#SBATCH --output=/dev/null\ntrue\n',
  'error.sh': '#!/bin/sh\n#SBATCH --error=x.err\ntrue\n',
  'late.sh': '#!/bin/sh\ntrue\n#SBATCH --nodes=2\n',
  'bad.sh': 'echo hi\n',
  'crlf.sh': '#!/bin/sh\r\ntrue\r\n',
};

function plan(text: string, options: Partial<PlanInput> = {}): Plan {
  return planWorkflow({
    text,
    source: 'flow.yaml',
    overrides: {},
    selection: everything,
    renderer,
    launcher: 'none',
    readScript: (path) => scripts[path],
    hash: (content) => createHash('sha256').update(content).digest('hex'),
    ...options,
  });
}

/** One job with these lines, and these args. */
function job(lines: string, args = ''): string {
  return `${args === '' ? '' : `args: {${args}}\n`}jobs:\n  - name: a\n    ${lines.split('\n').join('\n    ')}\n`;
}

function only(text: string, options: Partial<PlanInput> = {}): Plan['jobs'][number] {
  const [first] = plan(text, options).jobs;
  if (first === undefined) throw new Error('no job');
  return first;
}

function failure(text: string, options: Partial<PlanInput> = {}): SrunxError {
  try {
    plan(text, options);
  } catch (error) {
    if (error instanceof SrunxError) return error;
    throw error;
  }
  throw new Error('the plan should have failed');
}

const logs = ['--output=logs/%x_%j.log', '--error=logs/%x_%j.log'];

describe('a job with a command', () => {
  it('asks Slurm for what was written, and nothing else', () => {
    expect(only(job('command: python train.py'))).toEqual({
      name: 'a',
      kind: 'command',
      wrapped: true,
      edges: [],
      args: [],
      options: ['--job-name=a', ...logs],
      env: {},
      logDir: 'logs',
      script: '#!/bin/bash\n\npython train.py\n',
    });
  });

  it.each([
    ['resources: {nodes: 2}', '--nodes=2'],
    ['nodes: 2', '--nodes=2'],
    ['nodes: 2\nresources: {nodes: 2}', '--nodes=2'],
    ['resources: {nodes: 2}\ngpus_per_node: 1', '--gpus-per-node=1'],
    ['resources:\nnodes: 2', '--nodes=2'],
    ['gpus_per_node: "{{ n }}"', '--gpus-per-node=3'],
    ['time_limit: 90', '--time=1:30:00'],
    ['time_limit: 1:30:00', '--time=1:30:00'],
    ['memory_per_node: 32G', '--mem=32G'],
    ['account: "0123"', '--account=0123'],
    ['sbatch_args: [--gpu-bind=closest]', '--gpu-bind=closest'],
    ['work_dir: /data/{{ n }}', '--chdir=/data/3'],
    ['work_dir: "a b/$(x)"', '--chdir=a b/$(x)'],
  ])('%j becomes %s', (line, option) => {
    expect(only(job(`command: x\n${line}`, 'n: 3')).options).toContain(option);
  });

  it.each([
    'resources:',
    'environment: ~',
    'depends_on:',
    'depends_on: []',
    'x-note: {anything: [goes]}',
    'resources: {x-note: 1}',
    'environment: {x-note: {a: 1}}',
  ])('is the same with %s', (line) => expect(only(job(`command: x\n${line}`))).toEqual(only(job('command: x'))));

  it.each([
    ['command: [python, -c, "a; b", 0.10, true]', "exec python -c 'a; b' 0.10 true"],
    ['command: |\n  one\n  two\n', 'one\ntwo'],
    ['command: x\nlauncher: srun\nsrun_args: --mpi=none', 'exec srun --mpi=none bash -c x'],
    ['command: [x]\nenvironment: {modules: [cuda]}', 'module load cuda'],
    ['command: [x]\nmodules: cuda', 'module load cuda'],
    ['command: [x]\nenvironment:\nmodules: cuda', 'module load cuda'],
    [
      'command: [x]\ncontainer: {runtime: apptainer, image: i.sif, nv: "{{ gpu }}"}',
      'exec apptainer exec --nv i.sif x',
    ],
  ])('%j runs %s', (line, words) => expect(only(job(line, 'gpu: true')).script).toContain(words));

  it.each(['resources:', 'environment: ~'])('has what is configured, with %s', (line) => {
    const defaults = {
      resources: { partition: 'gpu' },
      environment: { conda: 'research' },
      variables: { A: '1' },
      logDir: undefined,
      workDir: undefined,
      values: [],
    };
    const planned = only(job(`command: x\n${line}`), { defaults });
    expect(planned.options).toContain('--partition=gpu');
    expect(planned.env).toEqual({ A: '1' });
    expect(planned.script).toContain('research');
  });

  it('uses the launcher of the target unless it names its own', () => {
    expect(only(job('command: [x]'), { launcher: 'srun' }).script).toContain('exec srun x');
    expect(only(job('command: [x]\nlauncher: none'), { launcher: 'srun' }).script).toBe('#!/bin/bash\n\nexec x\n');
  });

  it('leaves a command that starts its own steps to itself', () => {
    const script = (line: string) => only(job(line), { launcher: 'srun' }).script;
    expect(script('command: cd a && srun x')).toBe('#!/bin/bash\n\ncd a && srun x\n');
    expect(script('command: [mpirun, x]')).toBe('#!/bin/bash\n\nexec mpirun x\n');
    expect(script('command: srun x\nlauncher: srun')).toContain("exec srun bash -c 'srun x'");
    expect(script('command: srun x\ncontainer: {image: a, runtime: apptainer}')).toContain('exec apptainer exec a');
    expect(script('command: srun x\ncontainer: a')).toContain('exec srun --container-image=a');
  });

  it('carries its variables in the environment of the submission, as they were written', () => {
    const planned = only(
      job('command: x\nenv_vars: {A: 1, B: "a b", C: yes, D: "{{ lr }}", E: 0.10, F: True}', 'lr: 1e-5'),
    );
    expect(planned.env).toEqual({ A: '1', B: 'a b', C: 'yes', D: '1e-5', E: '0.10', F: 'True' });
    expect(planned.options).toEqual(['--job-name=a', ...logs, '--export=ALL']);
  });

  it('keeps an --export of its own', () => {
    const planned = only(job('command: x\nenv_vars: {A: 1}\nsbatch_args: ["--export=NONE"]'));
    expect(planned.options.filter((option) => option.startsWith('--export'))).toEqual(['--export=NONE']);
  });
});

describe('a job with a script', () => {
  it('is that script, byte for byte and without a wrapper', () => {
    expect(only(job('script_path: train.sh\nscript_args: [1, "a b", 0.10]\nnodes: 2\nenv_vars: {A: 1}'))).toEqual({
      name: 'a',
      kind: 'shell',
      wrapped: false,
      edges: [],
      script: scripts['train.sh'],
      args: ['1', 'a b', '0.10'],
      options: ['--job-name=a', '--nodes=2', ...logs, '--export=ALL'],
      env: { A: '1' },
      logDir: 'logs',
    });
  });

  it.each(['path: train.sh', 'path: nope.sh\nscript_path: train.sh', 'script_path: train.sh\nscript_vars: {}'])(
    '%j names it',
    (lines) => expect(only(job(lines)).script).toBe(scripts['train.sh']),
  );

  it('is a template where it has variables, which are exported too', () => {
    const planned = only(job('script_path: typed.sh\nscript_vars: {lr: 0.10, n: 2, flag: true, t: "{{ x }}"}', 'x: y'));
    expect(planned.script).toBe('#!/bin/sh\necho 0.10 3 on ${#a[@]}\n');
    expect(planned.env).toEqual({ lr: '0.10', n: '2', flag: 'true', t: 'y' });
    expect(planned.wrapped).toBe(false);
  });

  it('gets a wrapper where others use its exports', () => {
    expect(only(job('script_path: train.sh\nexports: {k: v}')).wrapped).toBe(true);
  });

  it('is told of what looks wrong in it and is not', () => {
    const { warnings, jobs } = plan(job('script_path: late.sh'));
    expect(jobs).toHaveLength(1);
    expect(warnings).toEqual(['job a: late.sh:3: sbatch does not read directives after the first command']);
  });

  it('passes on the words of whoever could not read it', () => {
    const error = failure(job('script_path: x.sh'), {
      readScript: (path) => {
        throw new ConfigError(`the script ${path} is no file`, { code: 'script.unusable', hint: 'Name a script.' });
      },
    });
    expect(error.message).toBe('flow.yaml:3:18: job `a`: the script x.sh is no file');
    expect(error.hint).toBe('Name a script.');
  });
});

describe('the log of a job', () => {
  it.each([
    ['command: x\nlog_dir: out/', ['--output=out/%x_%j.log', '--error=out/%x_%j.log'], 'out'],
    ['command: x\nlog_dir: ""', ['--output=%x_%j.log', '--error=%x_%j.log'], undefined],
    ['command: x\nlog_dir: /', ['--output=/%x_%j.log', '--error=/%x_%j.log'], '/'],
    [
      'command: x\nlog_dir: /abs/%x/%j/x',
      ['--output=/abs/%x/%j/x/%x_%j.log', '--error=/abs/%x/%j/x/%x_%j.log'],
      '/abs/a',
    ],
    ['command: x\nlog_dir: "a b/$(x)"', ['--output=a b/$(x)/%x_%j.log', '--error=a b/$(x)/%x_%j.log'], 'a b/$(x)'],
    ['command: x\nsbatch_args: [-e, mine.err]', ['--error=mine.err', '--output=logs/%x_%j.log'], 'logs'],
    ['script_path: own.sh', [], 'out'],
    ['script_path: own.sh\nwork_dir: w', [], 'out'],
    ['script_path: elsewhere.sh', [], undefined],
    ['script_path: elsewhere.sh\nwork_dir: w', [], 'out'],
    ['script_path: null.sh', [], undefined],
    ['script_path: own.sh\nlog_dir: l', ['--output=l/%x_%j.log', '--error=l/%x_%j.log'], 'l'],
    ['script_path: both.sh', [], undefined],
    ['script_path: error.sh', ['--output=logs/%x_%j.log'], 'logs'],
  ])('%j', (lines, options, logDir) => {
    const planned = only(job(lines));
    expect(planned.options.filter((option) => /^--(?:output|error)=/.test(option))).toEqual(options);
    expect(planned.logDir).toBe(logDir);
  });
});

describe('templates', () => {
  it('see the args, and the command line before the file', () => {
    const planned = only(job('command: x\nenv_vars: {V: "{{ lr }} {{ extra }}"}', 'lr: 0.10'), {
      overrides: { lr: '1e3', extra: 'new' },
    });
    expect(planned.env['V']).toBe('1e3 new');
  });

  it('may stand in names and dependencies', () => {
    const text = `args: {x: prep, y: afterany}
jobs:
  - {name: "{{ x }}-1", command: x}
  - {name: b, command: y, depends_on: "{{ y }}:{{ x }}-1"}
`;
    const { jobs } = plan(text);
    expect(jobs.map(({ name }) => name)).toEqual(['prep-1', 'b']);
    expect(jobs[1]?.edges).toEqual([{ type: 'afterany', parent: 'prep-1' }]);
  });

  it('leave keys alone', () => {
    const planned = only(job('command: x\nx-{{ nope }}: 1\nenv_vars: {A: "{{ x }}"}', 'x: "B: 1\\n    C"'));
    expect(planned.env).toEqual({ A: 'B: 1\n    C' });
  });

  it('cannot make a key or a second job', () => {
    const evil = JSON.stringify('x\n  - name: evil\n    command: y\n    retry: 3');
    expect(plan(job('command: "{{ text }}"', `text: ${evil}`)).jobs).toHaveLength(1);
  });

  it.each(['b', 'after:b', 'afterany:b', 'afternotok:b'])('see the exports of a dependency of the kind %s', (edge) => {
    const text = `args: {root: /data}
jobs:
  - {name: use, command: 'cat {{ deps.b.out }} {{ deps["b"].n }} {{ deps.b.items }}', depends_on: ['${edge}']}
  - {name: b, command: x, exports: {out: "{{ root }}/o", n: 0.30, items: i}}
`;
    expect(plan(text).jobs[1]?.script).toContain('cat /data/o 0.30 i');
  });

  it('build exports from exports', () => {
    const text = `jobs:
  - {name: c, command: 'cat {{ deps.b.dir }}', depends_on: b}
  - {name: b, command: x, depends_on: a, exports: {dir: '{{ deps.a.dir }}/b'}}
  - {name: a, command: x, exports: {dir: /a}}
`;
    expect(plan(text).jobs.at(-1)?.script).toContain('cat /a/b');
  });

  it('hide an arg called deps where there are dependencies to see', () => {
    expect(failure(job('command: "{{ deps.x }}"', 'deps: {x: 1}')).message).toContain('`deps.x` is undefined');
  });
});

describe('a selection', () => {
  const text = `jobs:
  - {name: d, command: x, depends_on: [b, afterany:c]}
  - {name: a, command: x}
  - {name: b, command: x, depends_on: a}
  - {name: c, command: x, depends_on: after:a}
  - {name: e, command: x}
`;
  it.each([
    [{}, 'a b c d e', ''],
    [{ from: 'b' }, 'b d', 'b<-a d<-afterany:c'],
    [{ to: 'b' }, 'a b', ''],
    [{ from: 'c', to: 'd' }, 'c d', 'c<-after:a d<-b'],
    [{ from: 'e', to: 'e' }, 'e', ''],
    [{ only: ['d'] }, 'd', 'd<-b d<-afterany:c'],
    [{ only: ['c', 'a', 'c'] }, 'a c', ''],
  ])('%j keeps %s', (selection, names, satisfied) => {
    const planned = plan(text, { selection: { ...everything, ...selection } });
    expect(planned.jobs.map(({ name }) => name).join(' ')).toBe(names);
    const edges = planned.satisfied.map(
      ({ job: child, edge }) => `${child}<-${edge.type === 'afterok' ? '' : `${edge.type}:`}${edge.parent}`,
    );
    expect(edges.join(' ')).toBe(satisfied);
    const kept = new Set(planned.jobs.map(({ name }) => name));
    for (const { edges: inside } of planned.jobs) for (const { parent } of inside) expect(kept).toContain(parent);
  });

  it('needs no script of a job that it leaves out', () => {
    const planned = plan('jobs: [{name: a, command: x}, {name: b, path: nope.sh}]', {
      selection: { ...everything, only: ['a'] },
    });
    expect(planned.jobs).toHaveLength(1);
  });

  it.each([
    [{ only: ['z'] }, NotFoundError, '--job z: the workflow has no such job', 'There are: '],
    [{ from: 'bb' }, NotFoundError, '--from bb: the workflow has no such job', 'Did you mean `b`?'],
    [{ to: 'zzz' }, NotFoundError, '--to zzz: the workflow has no such job', 'There are: a, b, c, d, e.'],
    [{ only: ['a'], to: 'b' }, UsageError, '--job cannot be used together with --from or --to', 'Use --job'],
    [{ from: 'd', to: 'a' }, UsageError, 'no job lies between d and a', 'exchange them'],
  ])('%j is refused', (selection, kind, words, hint) => {
    const error = failure(text, { selection: { ...everything, ...selection } });
    expect(error).toBeInstanceOf(kind);
    expect(error.message).toBe(words);
    expect(error.hint).toContain(hint);
  });

  it('is judged after the file', () => {
    const error = failure('jobs: [{name: a}]', { selection: { ...everything, only: ['z'] } });
    expect(error.message).toContain('job `a` must have either');
  });
});

describe('an arg of the command line that nothing uses', () => {
  it.each([
    ['lr: 1', 'lrr', 'Did you mean `lr`?'],
    ['lr: 1', 'zzzz', 'There are: lr.'],
    ['', 'lr', 'The file has no `args`.'],
  ])('{%s} %s', (args, name, hint) => {
    const error = failure(job('command: x', args), { overrides: { [name]: '1' } });
    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({ message: expect.stringContaining(`--arg ${name}: `), hint });
  });

  it('may be one of the file', () => {
    expect(plan(job('command: x', 'lr: 1'), { overrides: { lr: '2' } }).jobs).toHaveLength(1);
  });
});

describe('the hash of a plan', () => {
  const text = 'name: w\nargs: {lr: 1}\njobs: [{name: a, command: "x {{ lr }}", env_vars: {A: 1}}]';
  const hash = (changed: string, options: Partial<PlanInput> = {}) => plan(changed, options).hash;

  it('depends on nothing but what reaches the cluster', () => {
    const same = `# a remark\n${text.replace('lr: 1', 'lr: 1, unused: 2').replace('env_vars', 'environment: {env_vars').replace('{A: 1}', '{A: 1}}')}`;
    expect(hash(same, { source: 'other.yaml' })).toBe(hash(text));
    expect(hash(text)).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each([
    ['name: w', 'name: v'],
    ['x {{ lr }}', 'y {{ lr }}'],
    ['{A: 1}', '{A: 2}'],
    ['name: a', 'name: b'],
    ['command', 'nodes: 2, command'],
  ])('changes with %s', (before, after) => expect(hash(text.replace(before, after))).not.toBe(hash(text)));

  it('changes with an arg, a selection and a script', () => {
    expect(hash(text, { overrides: { lr: '2' } })).not.toBe(hash(text));
    const two = 'jobs: [{name: a, command: x}, {name: b, command: x, depends_on: a}]';
    expect(hash(two, { selection: { ...everything, to: 'a' } })).not.toBe(hash(two));
    const script = job('path: train.sh');
    expect(hash(script, { readScript: () => '#!/bin/sh\n' })).not.toBe(hash(script));
  });
});

describe('any workflow', () => {
  it('of any size is planned without recursion', () => {
    const count = 2_000;
    const jobs = Array.from({ length: count }, (_, index) => {
      const parent = index + 1 < count ? `, depends_on: j${index + 1}` : '';
      return `- {name: j${index}, command: x${parent}}`;
    });
    expect(plan(`jobs:\n${jobs.join('\n')}`).jobs.map(({ name }) => name)).toEqual(
      Array.from({ length: count }, (_, index) => `j${count - 1 - index}`),
    );
  });

  it('is planned, or refused with an error of ours', () => {
    const key = fc.constantFrom(
      ...['name', 'jobs', 'args', 'command', 'depends_on', 'resources', 'environment', 'env_vars', 'exports'],
      ...['script_path', 'script_vars', 'container', 'nodes', 'log_dir', 'x-y', 'retry', '__proto__', 'a'],
    );
    const leaf = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.double(),
      fc.boolean(),
      fc.constantFrom(null, '{{ a }}', '{{ deps.a.b | upper }}', '{% for x in a %}', 'train.sh', 'after:a', '\0', '{#'),
    );
    const value = fc.letrec((tie) => ({
      node: fc.oneof(
        { depthSize: 'small' },
        leaf,
        fc.array(tie('node'), { maxLength: 3 }),
        fc.dictionary(key, tie('node'), { maxKeys: 5 }),
      ),
    })).node;
    const jobs = fc.array(fc.dictionary(key, value, { maxKeys: 6 }), { maxLength: 4 });
    const survives = (text: string) => {
      try {
        plan(text);
      } catch (error) {
        expect(error).toBeInstanceOf(SrunxError);
      }
    };
    fc.assert(
      fc.property(fc.record({ args: value, jobs }), (tree) => survives(JSON.stringify(tree))),
      { numRuns: 500 },
    );
    fc.assert(fc.property(fc.string({ unit: 'binary' }), survives), { numRuns: 300 });
    const lines = fc.array(
      fc.tuple(fc.constantFrom('', '  ', '    ', '- ', '\t'), key, fc.constantFrom(': ', ':', ''), leaf),
    );
    fc.assert(
      fc.property(lines, (parts) => survives(parts.map((part) => part.join('')).join('\n'))),
      { numRuns: 300 },
    );
  });
});

describe('values that are known only when a job runs', () => {
  const two = (command: string, more = 'depends_on: a') =>
    `jobs:\n  - {name: a, path: own.sh}\n  - name: b\n    ${more}\n    command: ${command}\n`;

  it('stand in a command as variables, whatever quotes there are', () => {
    const [a, b] = plan(two(`'echo {{ runtime.deps.a.k }} "{{ runtime.deps["a"].k }}" {{ runtime.deps.a.j }}'`)).jobs;
    expect(b?.script).toContain('echo "$SRUNX_DEP_1" "${SRUNX_DEP_1}" "$SRUNX_DEP_2"');
    expect(b?.reads).toEqual([
      { parent: 'a', key: 'k', variable: 'SRUNX_DEP_1' },
      { parent: 'a', key: 'j', variable: 'SRUNX_DEP_2' },
    ]);
    // It gets the file to write to.
    expect([a?.wrapped, a?.reads]).toEqual([true, undefined]);
    expect(plan(two('echo')).jobs[0]?.wrapped).toBe(false);
  });

  it('stay one word in a list of words, also under srun', () => {
    const text = two(`[python, "x{{ runtime.deps.a.k }}", "it's"]`);
    expect(plan(text, { launcher: 'srun' }).jobs[1]?.script).toContain(
      `exec srun bash -c 'exec -- python '\\''x'\\'''"$SRUNX_DEP_1"'`.slice(0, 30),
    );
    expect(plan(text).jobs[1]?.script).toContain(`'x'"$SRUNX_DEP_1"''`);
  });

  it.each([
    ['echo {{ runtime.deps.c.k }}', 'depends_on: a', '`runtime.deps.c`: the job does not depend on `c`'],
    ['echo {{ runtime.deps.a }}', 'depends_on: a', 'write `runtime.deps.JOB.KEY`'],
    ['echo {{ runtime.x }}', 'depends_on: a', 'write `runtime.deps.JOB.KEY`'],
    ['echo {{ runtime.deps.a["k-1"] }}', 'depends_on: a', '`k-1` is no name of an export'],
    ['echo', 'depends_on: a\n    partition: "{{ runtime.deps.a.k }}"', 'so it may stand in `command` alone'],
    ['"cat <<E\\n{{ runtime.deps.a.k }}\\nE"', 'depends_on: a', 'cannot stand in a here-document'],
  ])('are refused in %j', (command, more, words) => {
    expect(failure(two(command, more)).message).toContain(words);
  });

  it('need their writer in the same run', () => {
    const selection = { from: undefined, to: undefined, only: ['b'] };
    const text = two("'echo {{ runtime.deps.a.k }}'");
    expect(failure(text, { selection }).message).toContain('`a` is not part of this run');
  });
});
