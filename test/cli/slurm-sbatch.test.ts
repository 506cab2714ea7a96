import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSandbox } from './sandbox.ts';

const cluster = useDevCluster();
const sandbox = useSandbox(() => cluster().env);
const { srunx, json, submit, write, read, work, dir } = sandbox;

async function slurm(...argv: readonly [string, ...string[]]): Promise<Buffer> {
  const [command, ...args] = argv;
  const env = { ...process.env, ...cluster().env };
  return (await promisify(execFile)(command, args, { env, encoding: 'buffer' })).stdout;
}

/** The command line that Slurm saw, without the program, the token and the script. */
async function submitLine(id: string): Promise<string> {
  let line = '';
  const look = async () => {
    line = String(await slurm('sacct', '-X', '-n', '-P', '-j', id, '-o', 'SubmitLine')).trim();
    return line;
  };
  await expect.poll(look, { timeout: 30_000 }).not.toBe('');
  return line.replace(/^\S+ --parsable /, '').replace(/--comment=srunx:\S+ \S+\.sh/, 'SCRIPT');
}

describe('srunx sbatch on Slurm', () => {
  it('runs a command that needs a GPU, through the shell of the node', async () => {
    const args = [
      '--gpus-per-node',
      '1',
      '--wait',
      '-o',
      'gpu.out',
      '--wrap',
      'hostname; nvidia-smi || true; echo "$CUDA_VISIBLE_DEVICES"',
    ];
    const ran = await srunx(['sbatch', ...args]);
    expect(ran.code, ran.stderr).toBe(0);
    expect(ran.stdout).toMatch(/^Submitted batch job \d+\n$/);
    expect(ran.stderr).toMatch(/^srunx: job \d+ \(job\) handed over to Slurm: you may close the laptop\n/);
    // What srun brings from standard error may stand before or behind what it brings from standard output.
    expect(read('gpu.out')).toMatch(/^\S+\n/);
    expect(read('gpu.out')).toMatch(/^[01]$/m);
  });

  it('runs a command once, as sbatch does, or once per task where that is asked for', async () => {
    const line = 'echo "task $SLURM_PROCID"; wait; srun -n 2 echo step';
    expect((await srunx(['sbatch', '-n', '2', '--wait', '-o', 'once.out', '--wrap', line])).code).toBe(0);
    expect(read('once.out')).toBe('task 0\nstep\nstep\n');
    const each = ['--launcher', 'srun', '-o', 'each.out', '--wrap', 'echo "task $SLURM_PROCID"'];
    expect((await srunx(['sbatch', '-n', '2', '--wait', ...each])).code).toBe(0);
    expect(read('each.out').split('\n').toSorted()).toEqual(['', 'task 0', 'task 1']);
  });

  it('ends a command as Slurm would: by its signal, and for want of memory', async () => {
    const state = async (...args: readonly string[]) => {
      const id = await submit(['-p', 'cpu', '-o', '/dev/null', ...args]);
      await srunx(['watch', 'jobs', id]);
      const [job] = await json<{ raw_state: string }[]>(['squeue', '-t', 'all', '-j', id]);
      return job?.raw_state;
    };
    const fill = `python3 -c 'x = bytearray(10**9)'; sleep 1`;
    expect(await state('--mem', '50', '--wrap', fill)).toBe('OUT_OF_MEMORY');
    expect(await state('--wrap', 'exit 3')).toBe('FAILED');
  });

  it('says on a terminal that Slurm takes a job that can never start', async () => {
    const { ended } = sandbox.startAtTerminal(['sbatch', '-p', 'cpu', '-t', '30-0', '--wrap', 'true'], {
      ...{ columns: 100, rows: 24 },
    });
    const { stdout } = await ended;
    expect(stdout).toContain('srunx: warning: partition cpu: 30-00:00:00 are asked for');
    await srunx(['scancel', /Submitted batch job (\d+)/.exec(stdout)?.[1] ?? '']);
  });

  it('leaves what stands behind the script to the script, and says so of its own options', async () => {
    write('behind.sh', '#!/bin/sh\necho "$@"\n');
    const ran = await srunx(['sbatch', '--wait', '-o', 'behind.out', 'behind.sh', '--dry-run', '-x']);
    expect(ran.code).toBe(0);
    expect(ran.stderr).toContain('srunx: warning: --dry-run stands behind the script');
    expect(read('behind.out')).toBe('--dry-run -x\n');
  });

  it('waits for jobs by their names', async () => {
    const first = await submit(['-H', '-J', 'first-of-two', '--wrap', 'true']);
    const second = await submit(['-d', 'afterok:first-of-two,after:first-of-two+5', '--wrap', 'true']);
    const shown = String(await slurm('scontrol', 'show', 'job', second));
    expect(shown).toContain(`Dependency=afterok:${first}(unfulfilled),after:${first}+5(unfulfilled)`);
    const wrong = await srunx(['sbatch', '-d', 'afterok:first-of-tow', '--wrap', 'true']);
    expect(wrong).toMatchObject({ code: 7, stdout: '' });
    expect(wrong.stderr).toContain('hint: Did you mean `first-of-two`?');
    const other = await submit(['-H', '-J', 'first-of-two', '--wrap', 'true']);
    const both = await srunx(['sbatch', '-d', 'afterok:first-of-two', '--wrap', 'true']);
    expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining(`For all of them: ${first}:${other}.`) });
    await srunx(['scancel', first, second, other]);
  });

  it('submits a file byte for byte', async () => {
    const text = '#!/bin/bash\n: "{{ a }} {% b %} ${#x[@]} {# #} \'$(y)\'"\nexit 0\n';
    const bytes = Buffer.concat([Buffer.from(text), Buffer.from([0xff, 0xfe, 0x80])]);
    writeFileSync(join(work, 'bytes.sh'), bytes);
    const id = await submit(['-H', 'bytes.sh']);
    const path = join(dir, 'batch-script');
    await slurm('scontrol', 'write', 'batch_script', id, path);
    expect(readFileSync(path).equals(bytes)).toBe(true);
    await srunx(['scancel', id]);
  });

  const forms: readonly (readonly [string, (args: readonly string[]) => Promise<string>])[] = [
    ['a script', (args) => submit([...args, 'script.sh'])],
    ['standard input', (args) => submit(args, { stdin: '#!/bin/sh\n#SBATCH --nodes=2\ntrue\n' })],
    ['a command', (args) => submit([...args, '--wrap', 'true'])],
  ];

  it.each(forms)('hands every typed option over once, and nothing else: %s', async (form, run) => {
    write('script.sh', '#!/bin/sh\n#SBATCH --nodes=2\ntrue\n');
    const typed = [
      ...['-N', '1', '--mem=100M', '-t', '5', '--gres', 'gpu:a100:1', '-H', '--comment', 'a b', '--begin=now+1hour'],
      ...['--signal', 'B:USR1@60', '--no-requeue', '-J', "n'm $(x)", '--open-mode=append', '--nice=10', '-x', 'c2'],
    ];
    const id = await run(typed);
    const line = await submitLine(id);
    await srunx(['scancel', id]);
    expect(line.replace(/ --comment=.*/s, ''), form).toBe(
      '--nodes=1 --mem=100M --time=5 --gres=gpu:a100:1 --hold --begin=now+1hour --signal=B:USR1@60 --no-requeue ' +
        `--job-name=n'm $(x) --open-mode=append --nice=10 --exclude=c2`,
    );
  });

  it.each(forms)('hands nothing over that was not typed: %s', async (form, run) => {
    write('script.sh', '#!/bin/sh\ntrue\n');
    const names: Readonly<Record<string, string>> = {
      'a script': 'script.sh',
      'standard input': 'sbatch',
      'a command': 'job',
    };
    expect(await submitLine(await run([]))).toBe(`--job-name=${names[form]} SCRIPT`);
  });

  it('lets a typed option beat the script, also where it equals the default', async () => {
    write('two.sh', '#!/bin/sh\n#SBATCH --nodes=2 --partition=all\nsrun hostname\n');
    const ran = await srunx(['sbatch', '-N', '1', '--wait', 'two.sh']);
    expect(ran.code, ran.stderr).toBe(0);
    const id = /\d+/.exec(ran.stdout)?.[0] ?? '';
    expect(String(await slurm('sacct', '-X', '-n', '-P', '-j', id, '-o', 'NNodes')).trim()).toBe('1');
  });

  it.each([
    ['exit 3', 3, 4],
    ['kill -9 $$', 1, 4],
    ['true', 0, 0],
  ])('--wait of `%s` exits with %i, or with the class %i', async (body, code, classCode) => {
    write('end.sh', `#!/bin/bash\n${body}\n`);
    const plain = sandbox.start(['sbatch', '--wait', 'end.sh'], { stdin: '' });
    const classed = sandbox.start(['sbatch', '--wait', '--wait-exit=class', 'end.sh'], { stdin: '' });
    expect((await plain.ended).code).toBe(code);
    expect((await classed.ended).code).toBe(classCode);
  });

  it('--wait exits with the highest code of an array', async () => {
    write('array.sh', '#!/bin/bash\nexit $((SLURM_ARRAY_TASK_ID * 2))\n');
    const ran = await srunx(['sbatch', '--wait', '-a', '0-3', 'array.sh']);
    expect(ran.code, ran.stderr).toBe(6);
  });

  it('--wait ends with a job that is cancelled while it waits', async () => {
    const started = sandbox.start(['sbatch', '--parsable', '--wait', '-H', '--wrap', 'true']);
    await expect.poll(started.stdout).toMatch(/\n/);
    await srunx(['scancel', started.stdout().trim()]);
    expect((await started.ended).code).toBe(1);
  });

  it('takes SBATCH_WAIT for --wait, and SBATCH_* for what sbatch takes them', async () => {
    const env = { SBATCH_WAIT: '1', SBATCH_JOB_NAME: 'from variable', SBATCH_PARTITION: 'cpu' };
    write('end.sh', '#!/bin/bash\nexit 3\n');
    const ran = await srunx(['sbatch', 'end.sh'], { env });
    expect(ran.code).toBe(3);
    const id = /\d+/.exec(ran.stdout)?.[0] ?? '';
    // The accounting learns of it a little later than the controller.
    const facts = async () =>
      String(await slurm('sacct', '-X', '-n', '-P', '-j', id, '-o', 'JobName,Partition')).trim();
    await expect.poll(facts, { timeout: 20_000 }).toBe('from variable|cpu');
  });

  it('asks Slurm with --test-only, and submits nothing', async () => {
    const before = await json<unknown[]>(['squeue', '-t', 'all']);
    const ran = await srunx(['sbatch', '--test-only', '-p', 'cpu', '--wrap', 'true']);
    expect(ran.code, ran.stderr).toBe(0);
    expect(ran.stdout).toMatch(/^Job \d+ to start at .* in partition cpu\n$/);
    expect(await srunx(['sbatch', '--test-only', '-N', '99', '--wrap', 'true'])).toMatchObject({ code: 3, stdout: '' });
    expect(await json<unknown[]>(['squeue', '-t', 'all'])).toHaveLength(before.length);
  });

  it('shows with --dry-run what would be sent and what Slurm says to it, and submits nothing', async () => {
    const text = '#!/bin/sh\n#SBATCH -N 2\ntrue\n';
    write('dry.sh', text);
    const args = ['sbatch', '--dry-run', '-J', 'dry', '--env', 'TOKEN=secret', 'dry.sh', 'a b'];
    const { code, stdout } = await srunx(args);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^submitted: sbatch --parsable --job-name=dry --export=ALL --comment=srunx:RUN-0 \S+\.sh 'a b'\n/m,
    );
    expect(stdout).toMatch(/^estimate: Job \d+ to start at \S+ using 2 processors/m);
    expect(stdout).toContain('variable: TOKEN=***\n');
    expect(stdout.endsWith(text)).toBe(true);
    const refused = await srunx(['sbatch', '--dry-run', '--json', '-N', '77', 'dry.sh']);
    expect(refused.code).toBe(3);
    expect(JSON.parse(refused.stdout)).toMatchObject({
      estimate: null,
      refusal: expect.stringContaining('not available'),
    });
    // Once, with what would be accepted.
    const told = await srunx(['sbatch', '--dry-run', '-p', 'nowhere', 'dry.sh']);
    expect(told).toMatchObject({ code: 3, stdout: expect.stringMatching(/^submitted: /) });
    expect((told.stdout + told.stderr).match(/invalid partition/g)).toHaveLength(1);
    expect((told.stdout + told.stderr).match(/here are: /g)).toHaveLength(1);
    expect(await json(['squeue', '-n', 'dry,dry.sh', '-t', 'all'])).toEqual([]);
  });

  it('hands variables over and, without any, leaves the choice to the script', async () => {
    write('env.sh', '#!/bin/sh\n#SBATCH --export=NONE\necho "[$MINE][$OUTER]"\n');
    const env = { OUTER: 'outer' };
    await srunx(['sbatch', '--wait', '-o', 'env.out', 'env.sh'], { env });
    expect(read('env.out')).toBe('[][]\n');
    await srunx(['sbatch', '--wait', '-o', 'env.out', '--env', 'MINE=a b', 'env.sh'], { env });
    expect(read('env.out')).toBe('[a b][outer]\n');
  });
});

describe('what Slurm refuses', () => {
  it.each([
    [
      'an unknown partition',
      ['-p', 'nope', '--wrap', 'true'],
      'sbatch: error: invalid partition specified: nope',
      'There are: gpu',
    ],
    [
      'a feature that no node has',
      ['-C', 'nope', '--wrap', 'true'],
      'Invalid feature specification',
      'There are no features of nodes.',
    ],
    [
      'a resource that does not exist',
      ['--gres', 'nope:1', '--wrap', 'true'],
      'Invalid generic resource',
      'There are: gpu (2 nodes of up to 16 CPUs and gpu:a100:2)',
    ],
    [
      'an option of a plugin that is not there',
      ['--slurm-arg=--bell=2', '--wrap', 'true'],
      'unrecognized option',
      'Correct',
    ],
  ])('%s: its own words, one hint, nothing in the queue', async (_, args, words, hint) => {
    const before = await json<unknown[]>(['squeue', '-t', 'all']);
    const ran = await srunx(['sbatch', ...args]);
    expect(ran, ran.stderr).toMatchObject({ code: 3, stdout: '' });
    expect(ran.stderr).toMatch(
      /^srunx: error\[slurm\.submission_refused\]: local refused `job`; nothing was started\n/,
    );
    expect(ran.stderr).toContain(words);
    expect(ran.stderr).toContain(`hint: ${hint}`);
    expect(await json<unknown[]>(['squeue', '-t', 'all'])).toHaveLength(before.length);
  });

  it('says it as JSON too', async () => {
    const ran = await srunx(['sbatch', '--json', '-p', 'nope', '--wrap', 'true']);
    expect(ran).toMatchObject({ code: 3, stdout: '' });
    const [line = ''] = ran.stderr.split('\n').slice(-2);
    expect(JSON.parse(line)).toMatchObject({
      error: { code: 'slurm.submission_refused', kind: 'submission', exit: 3, detail: expect.stringContaining('nope') },
    });
  });

  it('a log directory below a file', async () => {
    write('a file', '');
    const ran = await srunx(['sbatch', '--log-dir', 'a file/logs', '--wrap', 'true']);
    expect(ran).toMatchObject({ code: 8, stdout: '' });
    expect(ran.stderr).toMatch(/^srunx: error\[log\.directory_unwritable\]: .*\n.*Not a directory\nhint: /);
  });
});
