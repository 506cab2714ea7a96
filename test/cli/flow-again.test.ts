import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSandbox } from './sandbox.ts';

const cluster = useDevCluster();
const { srunx, json, write, read, work } = useSandbox(() => cluster().env);

interface Run {
  readonly run_id: string;
  readonly status: string;
  readonly directory: string;
  readonly jobs: readonly { readonly name: string; readonly state: string; readonly reason: string | null }[];
}

function git(cwd: string, ...args: readonly string[]): string {
  const author = ['-c', 'user.name=a', '-c', 'user.email=a@b'];
  const ran = spawnSync('git', [...author, ...args], { cwd, encoding: 'utf8' });
  if (ran.status !== 0) throw new Error(ran.stderr);
  return ran.stdout.trim();
}

/** What became of each job: `completed`, `skipped: b failed (afterok)`. */
function endsOf({ jobs }: Run): Record<string, string> {
  const words = jobs.map(({ name, state, reason }) => [name, reason === null ? state : `${state}: ${reason}`]);
  return Object.fromEntries(words);
}

/** Adds a line to a file for each job that runs, and says which they were. */
function useJournal(name: string) {
  return {
    line: `echo "$SRUNX_JOB" >> ${name}`,
    take(): string {
      const path = join(work, name);
      const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
      rmSync(path, { force: true });
      return text.trim().split('\n').join(' ');
    },
  };
}

describe.each(['--local', '--embedded'])('runs of workflows, %s', (target) => {
  const run = (file: string, code: number, args: readonly string[] = []) =>
    json<Run>(['flow', 'run', target, '-i', '0.2', file, ...args], { code });
  const again = (words: readonly string[], code: number) => json<Run>(['flow', ...words, '-i', '0.2'], { code });

  it('are recorded with where they came from', async () => {
    const repository = join(work, `repo${target}`);
    const at = `repo${target}/flow.yaml`;
    mkdirSync(repository);
    git(repository, 'init', '-q', '-b', 'main');
    write(at, 'args: {word: hi, api_key: none}\njobs:\n  - {name: a, command: "echo {{ word }} {{ api_key }}"}\n');
    git(repository, 'add', '.');
    git(repository, 'commit', '-q', '-m', 'x');
    const text = `${readFileSync(join(work, at), 'utf8')}# changed\n`;
    write(at, text);
    write(`repo${target}/notes.txt`, 'mine');
    const env = { LOADEDMODULES: 'gcc/12:cuda/12', CONDA_DEFAULT_ENV: 'research', SOME_TOKEN: 'abc123' };
    const args = ['--arg', 'word=ho', '--arg', 'api_key=top-secret'];
    const ran = await json<Run>(['flow', 'run', target, '-i', '0.2', at, ...args], { env });
    const shown = JSON.parse((await srunx(['history', 'show', '--json', ran.run_id])).stdout) as Record<
      string,
      unknown
    >;
    expect(shown['provenance']).toMatchObject({
      argv: ['flow', 'run', '--json', target, '-i', '0.2', at, '--arg', 'word=ho', '--arg', 'api_key=***'],
      file: { path: join(work, at), sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      given: { word: 'ho', api_key: '***' },
      args: { word: 'ho', api_key: '***' },
      code: {
        ...{ root: repository, commit: git(repository, 'rev-parse', 'HEAD'), branch: 'main', dirty: true },
        ...{ untracked: ['notes.txt'], diff: { file: 'dirty.diff', is_cut: false } },
      },
      environment: { modules: ['gcc/12', 'cuda/12'], conda: 'research' },
    });
    const { directory } = ran;
    expect(readFileSync(join(directory, 'dirty.diff'), 'utf8')).toContain('+# changed\n');
    const words = (await srunx(['history', 'show', ran.run_id])).stdout;
    for (const fact of ['submitted by', 'on main, with changes', 'gcc/12, cuda/12']) expect(words).toContain(fact);
    const plan = readFileSync(join(directory, 'plan.json'), 'utf8');
    expect(statSync(join(directory, 'plan.json')).mode & 0o777).toBe(0o600);
    expect(JSON.parse(plan)).toMatchObject({
      plan: { written: { files: [{ source: at, text }], args: { word: 'ho', api_key: 'top-secret' } } },
    });
    const described = readFileSync(join(directory, 'run.json'), 'utf8');
    for (const secret of ['top-secret', 'abc123']) expect(described).not.toContain(secret);
  });

  it('are run once more from the stored plan, whole or in part', async () => {
    const journal = useJournal(`rerun${target}`);
    const text = `name: first
jobs:
  - name: a
    command: ${journal.line}; echo "k=$SRUNX_RUN" >> "$SRUNX_EXPORTS"
    env_vars: {SECRET: "s'1"}
  - {name: b, command: '${journal.line}; echo {{ runtime.deps.a.k }} "$SECRET" > got${target}.txt', depends_on: [a], env_vars: {SECRET: "s'2"}}
  - {name: c, command: '${journal.line}', depends_on: [b]}
`;
    write('rerun.yaml', text);
    const first = await run('rerun.yaml', 0);
    expect(journal.take()).toBe('a b c');
    // Nobody reads it again, and nobody is asked for values of variables.
    write('rerun.yaml', 'name: other\njobs: [{name: x, command: "false"}]\n');
    const second = await again(['rerun', first.run_id.slice(0, 8)], 0);
    expect([second.status, second.run_id === first.run_id, journal.take()]).toEqual(['completed', false, 'a b c']);
    expect(read(`got${target}.txt`)).toBe(`${second.run_id} s'2\n`);
    // What a wrote in that run is there for b.
    const part = await again(['rerun', first.run_id, '--job', 'b'], 0);
    expect([endsOf(part), journal.take()]).toEqual([{ b: 'completed' }, 'b']);
    expect(read(`got${target}.txt`)).toBe(`${first.run_id} s'2\n`);
    const shown = JSON.parse((await srunx(['history', 'show', '--json', second.run_id])).stdout) as object;
    expect(shown).toMatchObject({ repeats: { run: first.run_id, how: 'rerun' } });
    expect((await srunx(['flow', 'rerun', first.run_id, '--job', 'x'])).code).toBe(7);
    expect((await srunx(['flow', 'rerun', first.run_id, '--dry-run', '--from', 'b'])).stdout).toContain(
      'b does not wait for a, which is not part of this run',
    );
    rmSync(join(first.directory, 'plan.json'));
    const gone = await srunx(['flow', 'rerun', first.run_id]);
    expect([gone.code, gone.stderr]).toEqual([7, expect.stringContaining('run the workflow file instead')]);
  });

  it('are tried again where they failed', async () => {
    const journal = useJournal(`retry${target}`);
    const flag = `works${target}`;
    write(
      'retry.yaml',
      `name: retry
jobs:
  - {name: a, command: '${journal.line}; echo "k=v $SRUNX_RUN" >> "$SRUNX_EXPORTS"', on_failure: [false]}
  - {name: b, command: '${journal.line}; echo {{ runtime.deps.a.k }} "$SRUNX_DEPS" > tried${target}.txt; test -e ${flag}', depends_on: [a], on_failure: '${journal.line}'}
  - {name: c, command: '${journal.line}', depends_on: [b, a]}
  - {name: d, command: '${journal.line}', depends_on: [a]}
  - {name: never, command: '${journal.line}', depends_on: ["afternotok:a", b]}
finally:
  - {name: end, command: '${journal.line}'}
`,
    );
    const first = await run('retry.yaml', 4);
    expect(journal.take().split(' ').sort().join(' ')).toBe('a b b.on_failure d end');
    write(flag, '');
    const second = await again(['retry', first.run_id], 0);
    expect(journal.take()).toBe('b c end');
    const where = `in run ${first.run_id}`;
    expect(endsOf(second)).toEqual({
      b: 'completed',
      'b.on_failure': 'skipped: b completed (afternotok)',
      c: 'completed',
      end: 'completed',
      a: `skipped: completed ${where}`,
      'a.on_failure': `skipped: skipped ${where}: a completed (afternotok)`,
      d: `skipped: completed ${where}`,
      never: 'skipped: a completed (afternotok)',
    });
    expect(read(`tried${target}.txt`)).toBe(`v ${first.run_id} a.k=v ${first.run_id}\n\n`);
    const nothing = await srunx(['flow', 'retry', second.run_id]);
    expect(nothing).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('nothing to do') });
    expect(await json(['flow', 'retry', second.run_id])).toEqual({ run_id: null, jobs: 0, verdict: null });
  });

  it('are not tried again while they run, unless somebody insists', async () => {
    const journal = useJournal(`moves${target}`);
    write(
      'moves.yaml',
      `name: moves
jobs:
  - {name: slow, command: 'while [ ! -e go${target} ]; do sleep 0.2; done'}
  - {name: bad, command: '${journal.line}; exit 3'}
  - {name: next, command: '${journal.line}', depends_on: ["afterany:bad"]}
  - {name: both, command: '${journal.line}', depends_on: ["afterany:bad", slow]}
`,
    );
    const { stdout } = await srunx(['flow', 'run', target, '--detach', 'moves.yaml']);
    const id = stdout.trim();
    const status = () => json<Run>(['flow', 'status', id]);
    await expect.poll(async () => endsOf(await status())['next'], { timeout: 30_000, interval: 300 }).toBe('completed');
    const refused = await srunx(['flow', 'retry', id]);
    expect(refused).toMatchObject({
      code: 8,
      stderr: expect.stringMatching(/slow \(running\) and 1 more .* --force/s),
    });
    journal.take();
    const forced = await again(['retry', id, '--force'], 4);
    expect([endsOf(forced), journal.take()]).toEqual([
      {
        bad: 'failed: exit',
        next: 'completed',
        slow: `skipped: is still running in run ${id}`,
        both: `skipped: is still pending in run ${id}`,
      },
      'bad next',
    ]);
    write(`go${target}`, '');
    await expect.poll(async () => (await status()).status, { timeout: 30_000, interval: 300 }).toBe('failed');
  });

  it('go on from what is done and unchanged', async () => {
    const journal = useJournal(`resume${target}`);
    const at = `re'sume ${target}`;
    const text = (c: string) => `name: resume${target}
jobs:
  - {name: a, work_dir: "${at}", command: '${journal.line.replace('>> ', '>> ../')}; sort in.txt > "a b.txt"', inputs: in.txt, outputs: ["a*.txt"]}
  - {name: b, work_dir: "${at}", command: '${journal.line.replace('>> ', '>> ../')}; cp "a b.txt" b.txt; echo k=v >> "$SRUNX_EXPORTS"', depends_on: [a], inputs: [a b.txt], outputs: b.txt, hash: true}
  - {name: c, command: '${journal.line}; ${c} {{ runtime.deps.b.k }}', depends_on: [b], on_failure: '${journal.line}'}
finally:
  - {name: end, command: '${journal.line}'}
`;
    const file = `resume${target}.yaml`;
    const resumed = (code: number, ...args: readonly string[]) => run(file, code, [...args, '--resume']);
    write(file, text('false'));
    mkdirSync(join(work, at));
    const missing = await srunx(['flow', 'run', target, '--validate', file]);
    expect(missing).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/:3:\d+: job `a`: there is no input in.txt/),
    });
    write(`${at}/in.txt`, 'y\nx\n');
    const first = await run(file, 4);
    expect(journal.take()).toBe('a b c c.on_failure end');
    write(file, text('echo'));
    const second = await resumed(0);
    const done = `skipped: done in run ${first.run_id} and unchanged`;
    const ends = { c: 'completed', end: 'completed', 'c.on_failure': 'skipped: c completed (afternotok)' };
    expect([endsOf(second), journal.take()]).toEqual([{ ...ends, a: done, b: done }, 'c end']);
    // What that run left out, the run before has done.
    const nothing = await srunx(['flow', 'run', target, file, '--resume', second.run_id]);
    expect(nothing).toMatchObject({ code: 0, stderr: expect.stringContaining('nothing to do') });
    expect(nothing.stderr).toContain(`a is skipped: done in run ${first.run_id}`);
    const rerun = await srunx(['flow', 'rerun', second.run_id, '--dry-run']);
    const why = `a is skipped: left out as in run ${second.run_id}, which had it from run ${first.run_id}`;
    expect(`${rerun.stdout}${rerun.stderr}`).toContain(why);
    const shown = (word: string) => srunx(['history', 'show', word, '--utc']);
    expect(await shown(second.directory)).toEqual(await shown(second.run_id));
    expect((await shown(join(work, at))).code).toBe(7);
    // A copy of what b needs is as good, but a was to make it.
    // With another time: those that are compared are whole seconds.
    utimesSync(write(`${at}/a b.txt`, 'x\ny\n'), 1_000_000, 1_000_000);
    const output = await srunx(['flow', 'run', '--resume', file, target, '--dry-run']);
    expect(output.stderr).toMatch(/a runs again: output a b.txt has changed\n.*b runs again: a runs\n/);
    expect(output.stdout).toContain('inputs: in.txt\noutputs: ');
    expect([(await resumed(0)).status, journal.take()]).toEqual(['completed', 'a b c end']);
    expect((await resumed(0)).run_id).toBeNull();
    // A run that never started a job says nothing about it.
    write(file, text('echo').replace('sort in.txt', 'false'));
    const broken = await resumed(4);
    expect(endsOf(broken)['c']).toBe('skipped: b skipped (afterok)');
    journal.take();
    write(file, text('echo'));
    expect((await srunx(['flow', 'run', target, file, '--resume', '--dry-run'])).stderr).toMatch(
      new RegExp(
        `a runs again: in run ${broken.run_id} it ended as failed\n.*b runs again: a runs\n.*c runs again: b runs\n`,
      ),
    );
    expect((await srunx(['flow', 'run', target, '--resume'])).code).toBe(2);
  });

  it('have failed where an output was not made', async () => {
    write(
      'outputs.yaml',
      'jobs:\n  - {name: a, command: "echo x > made.txt", outputs: [made.txt, "no*.txt"], log_dir: files}\n',
    );
    const ran = await json<Run & { jobs: { job_id: string; exit_code: number }[] }>(
      ['flow', 'run', target, '-i', '0.2', 'outputs.yaml'],
      { code: 4 },
    );
    expect(ran.jobs[0]).toMatchObject({ state: 'failed', exit_code: 73 });
    expect(read(`files/a_${ran.jobs[0]?.job_id}.log`)).toBe(
      'srunx: there is no output no*.txt: the job counts as failed\n',
    );
  });

  it('are compared', async () => {
    const text = (lr: string, more: string) => `name: compared
args: {lr: ${lr}}
jobs:
  - {name: a, command: "echo {{ lr }}", env_vars: {SECRET: "s-{{ lr }}"}}
${more}`;
    const detached = async (content: string) => {
      write('compared.yaml', content);
      return (await srunx(['flow', 'run', target, '--detach', 'compared.yaml'])).stdout.trim();
    };
    const first = await detached(text('0.1', ''));
    const second = await detached(text('0.2', '  - {name: b, command: "true", depends_on: [a]}\n'));
    const diff = async (one: string, other: string) =>
      JSON.parse((await srunx(['flow', 'diff', '--json', one, other])).stdout) as { same: boolean };
    expect(await diff(first, first)).toMatchObject({ same: true, jobs: { removed: [], added: [], changed: [] } });
    expect(await diff(first, second)).toMatchObject({
      ...{ before: first, after: second, same: false, without_plan: [] },
      args: [{ what: 'lr', before: '0.1', after: '0.2' }],
      files: [{ source: 'compared.yaml' }],
      jobs: {
        ...{ removed: [], added: ['b'] },
        changed: [
          {
            name: 'a',
            variables: { changed: ['SECRET'] },
            script: expect.arrayContaining([
              expect.stringMatching(/^-.*echo 0\.1/),
              expect.stringMatching(/^\+.*echo 0\.2/),
            ]),
          },
        ],
      },
    });
    const words = await srunx(['flow', 'diff', second, first.slice(0, 8)]);
    expect(words.code).toBe(0);
    expect(words.stdout).toContain(`arg lr: 0.2 -> 0.1\n--- ${second}/compared.yaml\n+++ ${first}/compared.yaml\n@@ `);
    expect(words.stdout).toContain(`job b: only in run ${second}\njob a:\n  variable SECRET: another value\n`);
    expect(words.stdout).not.toContain('s-0.1');
    const { directory } = await json<Run>(['flow', 'status', first]);
    rmSync(join(directory, 'plan.json'));
    const less = await srunx(['flow', 'diff', first, second]);
    expect(less).toMatchObject({ code: 0, stderr: expect.stringContaining(`the plan of run ${first} is gone`) });
    expect((await srunx(['flow', 'diff', first, 'nosuchrun'])).code).toBe(7);
  });
});
