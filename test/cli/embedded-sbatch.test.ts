import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pathWithoutSlurm, useSandbox } from './sandbox.ts';

const sandbox = useSandbox();
const { srunx, json, write, read, work, dir } = sandbox;
const embedded = (...args: readonly string[]) => ['sbatch', '--embedded', ...args];

interface Submitted {
  readonly job_id: string;
  readonly log: string;
}

describe('srunx sbatch', () => {
  it('prints what sbatch prints, and the verdict on standard error', async () => {
    const { code, stdout, stderr } = await srunx(embedded('--wrap', 'true'));
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Submitted batch job \d+\n$/);
    expect(stderr).toMatch(/^srunx: job \d+ \(job\) handed over to this machine, which .*\n$/);
  });

  it('shows what a script has that acts on a terminal, and gives a pipe its bytes', async () => {
    const text = '#!/bin/sh\necho good\nrm -rf x # \x1b[2K\x1b[A\u202e\n';
    write('hides.sh', text);
    const size = { columns: 80, rows: 24 };
    const shown = await sandbox.startAtTerminal(embedded('--dry-run', 'hides.sh'), size).ended;
    expect(shown.stdout).toContain('echo good\r\nrm -rf x # \\x1b[2K\\x1b[A\\u202e\r\n');
    const piped = await srunx(embedded('--dry-run', 'hides.sh'));
    expect(piped.stdout.endsWith(text)).toBe(true);
  });

  it('prints the id alone with --parsable, and nothing else with --quiet', async () => {
    expect(await srunx(embedded('--parsable', '-q', '--wrap', 'true'))).toMatchObject({
      stdout: expect.stringMatching(/^\d+\n$/),
      stderr: '',
    });
  });

  it('prints one JSON document whose fields do not change', async () => {
    const submitted = await json<Submitted>(embedded('-J', 'a b', '--wrap', 'true'), { env: { COLUMNS: '20' } });
    expect(submitted).toEqual({
      job_id: expect.stringMatching(/^\d+$/),
      name: 'a b',
      target: 'embedded',
      run_id: expect.stringMatching(/^[a-z0-9]{10}$/),
      script: null,
      log: `${work}/slurm-${submitted.job_id}.out`,
      verdict: expect.stringContaining('handed over'),
    });
  });

  it('hands arguments to the script as they are', async () => {
    const args = ['a b', "c'd", '$(x)', '-rf', '--json', 'new\nline', '日本語', ''];
    write('args.sh', '#!/bin/sh\nfor word do printf "%s\\0" "$word"; done\n');
    const ran = await srunx(embedded('--wait', '-o', 'args.out', 'args.sh', ...args));
    expect(ran.code, ran.stderr).toBe(0);
    expect(read('args.out').split('\0').slice(0, -1)).toEqual(args);
  });

  it.each([
    ['standard input', embedded('--parsable', '--wait', '-o', 'in.out')],
    ['standard input named -', embedded('--parsable', '--wait', '-o', 'in.out', '-', 'x')],
  ])('reads a script from %s', async (_, args) => {
    const { code, stderr } = await srunx(args, { stdin: '#!/bin/sh\necho "from stdin $SLURM_JOB_NAME"\n' });
    expect(code, stderr).toBe(0);
    expect(read('in.out')).toBe('from stdin sbatch\n');
  });

  it('reads a script from a pipe, and can be interrupted while nobody writes to it', async () => {
    const pipe = join(work, 'pipe');
    spawnSync('sh', ['-c', 'mkfifo -- "$1"', 'sh', pipe]);
    const waiting = sandbox.start(embedded('pipe'));
    const open = () => sandbox.processes().some((command) => command.includes('cat'));
    await expect.poll(open, { timeout: 20_000 }).toBe(true);
    const interrupted = await waiting.interrupt();
    expect(interrupted).toMatchObject({ code: 130, stdout: '' });
    expect(interrupted.ms).toBeLessThan(1_000);
    const reading = sandbox.start(embedded('--wait', '-o', 'pipe.out', 'pipe'));
    await writeFile(pipe, '#!/bin/sh\necho from a pipe\n');
    expect((await reading.ended).code).toBe(0);
    expect(read('pipe.out')).toBe('from a pipe\n');
  });

  it('submits a file byte for byte', async () => {
    const bytes = Buffer.concat([
      Buffer.from('#!/bin/sh\n: "{{ a }} {% b %} ${#x[@]} {# #}"\nexit 0\n'),
      Buffer.from([0xff, 0xfe, 0x80]),
    ]);
    writeFileSync(join(work, 'bytes.sh'), bytes);
    const { run_id } = await json<{ run_id: string }>(embedded('bytes.sh'));
    expect(readFileSync(join(dir, 'data', 'srunx', 'runs', run_id, `${run_id}-0.sh`)).equals(bytes)).toBe(true);
  });

  it.each([
    ['typed', ['-J', 'typed', 'own.sh'], 'typed'],
    ["the script's own", ['own.sh'], 'own'],
    ["the file's", ['plain name.sh'], 'plain name.sh'],
    ['of a command', ['--wrap', 'true'], 'job'],
  ])('names the job: %s', async (_, args, name) => {
    write('own.sh', '#!/bin/sh\n#SBATCH --job-name=own\ntrue\n');
    write('plain name.sh', '#!/bin/sh\ntrue\n');
    expect(await json(embedded(...args))).toMatchObject({ name });
  });

  it('sets variables, which nothing shows', async () => {
    const variables = ['--env', 'SECRET=s3cr3t $(x)', '--env', 'SECRET=last wins'];
    const shown = await srunx(embedded(...variables, '--dry-run', '--wrap', 'true'));
    expect(shown.stdout).toContain('variable: SECRET=***\n');
    expect(`${shown.stdout}${shown.stderr}`).not.toMatch(/s3cr3t|last wins/);
    await srunx(embedded(...variables, '--wait', '-o', 'env.out', '--wrap', 'echo "$SECRET"'));
    expect(read('env.out')).toBe('last wins\n');
  });

  it('makes the log directory', async () => {
    const args = ['--log-dir', 'new logs/deep', '-J', 'n', '--wrap', 'echo out; echo err >&2', '--wait'];
    const { log } = await json<Submitted>(embedded(...args));
    expect(log).toBe(join(work, 'new logs/deep', `n_${/(\d+)\.log$/.exec(log)?.[1]}.log`));
    expect(readFileSync(log, 'utf8')).toBe('out\nerr\n');
  });

  it('shows with --dry-run what would be submitted, and leaves nothing behind', async () => {
    const script = write('dry.sh', '#!/bin/bash\n#SBATCH -N 2\necho "$1"\n');
    const before = readdirSync(join(dir, 'data', 'srunx', 'runs'));
    const { code, stdout, stderr } = await srunx(embedded('--dry-run', '-N', '1', '-o', 'never/made', 'dry.sh', 'a b'));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(
      [
        'submitted: sbatch --parsable --nodes=1 --output=never/made --job-name=dry.sh --comment=srunx:RUN-0 ' +
          `${dir}/data/srunx/runs/RUN/RUN-0.sh 'a b'`,
        `from: ${work}`,
        'script: dry.sh, 35 bytes',
        readFileSync(script, 'utf8'),
      ].join('\n'),
    );
    expect(readdirSync(join(dir, 'data', 'srunx', 'runs'))).toEqual(before);
    expect(existsSync(join(work, 'never'))).toBe(false);
  });

  it('warns of what the script does not say', async () => {
    write('late.sh', '#!/bin/sh\ntrue\n#SBATCH -N 2\n');
    const { code, stderr } = await srunx(embedded('late.sh'));
    expect(code).toBe(0);
    expect(stderr).toContain('srunx: warning: late.sh:3: sbatch does not read directives after the first command');
  });
});

describe('srunx sbatch --wait', () => {
  it.each([
    ['true', 0, 0],
    ['exit 3', 3, 4],
    ['kill -9 $$', 1, 4],
  ])('of `%s` exits with %i, or with the class %i', async (command, code, classCode) => {
    expect((await srunx(embedded('--wait', '--wrap', command))).code).toBe(code);
    expect((await srunx(embedded('-W', '--wait-exit=class', '--wrap', command))).code).toBe(classCode);
  });

  it('exits with the highest code of an array', async () => {
    const ran = await srunx(embedded('--wait', '-a', '0-3', '--wrap', 'exit $((SLURM_ARRAY_TASK_ID % 3))'));
    expect(ran.code, ran.stderr).toBe(2);
  });

  it('ends with the time limit, and with a cancellation', async () => {
    const started = sandbox.start(embedded('--parsable', '--wait', '--wait-exit', 'class', '--wrap', 'sleep 100'));
    await expect.poll(started.stderr).toContain('is running');
    const cancelled = await srunx(['scancel', '--embedded', started.stdout().trim()]);
    expect(cancelled.stdout).toMatch(/^\d+: cancelled\n$/);
    expect((await started.ended).code).toBe(5);
  });

  it('prints one JSON document, at the end', async () => {
    expect(await json(embedded('--wait', '--wrap', 'exit 3'), { code: 3 })).toMatchObject({
      status: 'failed',
      exit_code: 3,
    });
  });

  it('detaches at once when it is interrupted; the job goes on', async () => {
    const started = sandbox.start(embedded('--parsable', '--wait', '-o', 'on.out', '--wrap', 'sleep 1; echo done'));
    await expect.poll(started.stderr).toContain('is running');
    const { code, ms, stderr } = await started.interrupt();
    expect(code).toBe(130);
    expect(ms).toBeLessThan(1_000);
    const id = started.stdout().trim();
    expect(stderr).toContain(`srunx: detached; job ${id} goes on. \`srunx watch jobs ${id}\` follows it.\n`);
    expect((await srunx(['watch', 'jobs', '--embedded', id])).code).toBe(0);
    expect(read('on.out')).toBe('done\n');
  });
});

describe('without sbatch on PATH', () => {
  const env = () => ({ PATH: bin });
  const bin = pathWithoutSlurm(dir);

  it('a job runs on this machine, and a line says so', async () => {
    const ran = await srunx(['sbatch', '--wait', '-o', 'none.out', '--wrap', 'echo here'], { env: env() });
    expect(ran.code, ran.stderr).toBe(0);
    expect(ran.stderr).toMatch(/^srunx: no sbatch on PATH: running on this machine with the embedded runner\n/);
    expect(read('none.out')).toBe('here\n');
    expect((await srunx(['squeue', '-q'], { env: env() })).stderr).toBe('');
  });

  it.each([
    ['squeue --local'],
    ['sbatch --local --wrap true'],
    ['scancel --local 1'],
    ['tail --local 1'],
    ['watch jobs --local 1'],
    ['sbatch --local --test-only --wrap true'],
  ])('`%s` says that Slurm is missing', async (line) => {
    const { code, stdout, stderr } = await srunx(line.split(' '), { env: env() });
    expect({ code, stdout }).toEqual({ code: 6, stdout: '' });
    expect(stderr).toMatch(/^srunx: error\[slurm\.slurm_missing\]: there is no \w+ on local\n/);
    expect(stderr).toMatch(/^hint: Put Slurm on PATH; .*`--embedded`/m);
  });
});

describe('what cannot be submitted', () => {
  it.each([
    ['a script that is not there', ['missing.sh'], 7, 'script.not_found'],
    ['a directory', ['.'], 2, 'script.unusable'],
    ['an empty script', ['empty.sh'], 2, 'script.empty'],
    ['a script without an interpreter', ['bare.sh'], 2, 'script.no_interpreter'],
    ['Windows line ends', ['dos.sh'], 2, 'script.crlf'],
    ['a log directory below a file', ['-o', 'empty.sh/logs/out', 'good.sh'], 8, 'log.directory_unwritable'],
    ['a log directory that nobody can make', ['-o', '/proc/none/out', 'good.sh'], 8, 'log.directory_unwritable'],
    ['conda for a script', ['--conda', 'ml', 'good.sh'], 2, 'usage.option_conflict'],
    ['an unknown key of a container', ['--container', 'image=a,mount=b', '--wrap', 'x'], 2, 'usage.container'],
    ['pyxis without srun', ['--container', 'a.sif', '--wrap', 'x'], 2, 'config.pyxis_launcher'],
    ['more GPUs than there are', ['--gpus', '1000', '--wrap', 'x'], 3, 'slurm.submission_refused'],
    ['a dependency on nothing', ['-d', 'afterok:999999', '--wrap', 'x'], 3, 'slurm.submission_refused'],
    ['a question that only Slurm answers', ['--test-only', '--wrap', 'x'], 2, 'usage.option_conflict'],
  ])('%s: one hint, nothing on standard output, nothing in the queue', async (_, args, code, kind) => {
    write('empty.sh', '');
    write('bare.sh', 'echo hello\n');
    write('dos.sh', '#!/bin/sh\r\ntrue\r\n');
    write('good.sh', '#!/bin/sh\ntrue\n');
    const before = await json<unknown[]>(['squeue', '--embedded', '-t', 'all']);
    const ran = await srunx(embedded(...args));
    expect(ran).toMatchObject({ code, stdout: '' });
    expect(ran.stderr).toMatch(new RegExp(`^srunx: error\\[${kind.replace('.', '\\.')}\\]: `));
    expect(ran.stderr.match(/^hint: /gm)).toHaveLength(1);
    expect(await json<unknown[]>(['squeue', '--embedded', '-t', 'all'])).toHaveLength(before.length);
  });

  it('leaves the working directory as it was', () => {
    expect(statSync(join(work, 'empty.sh')).size).toBe(0);
  });
});
