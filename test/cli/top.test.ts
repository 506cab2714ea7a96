import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useDevCluster } from '../support/dev-cluster.ts';
import { terminalScreen } from '../support/terminal-screen.ts';
import { pathWithoutSlurm, type Started, useSandbox } from './sandbox.ts';

const cluster = useDevCluster();
const sandbox = useSandbox(() => cluster().env);
const { srunx, json, submit, dir, work } = sandbox;

/** The rule is 200 ms; the rest is for machines that do other things at the same time. */
const longestMs = 1_000;
const timeout = 20_000;
const size = { columns: 100, rows: 24 };
const name = `top-${process.pid}`;

interface Row {
  readonly job_id: string;
  readonly status: string;
  readonly reason: string | null;
}

interface Shown extends Started {
  /** What the terminal shows now. */
  readonly screen: () => string;
  readonly terminal: () => ReturnType<typeof terminalScreen>;
  readonly press: (keys: string) => void;
  readonly shows: (text: string | RegExp) => Promise<void>;
}

interface TopOptions {
  readonly size?: typeof size;
  readonly variables?: Readonly<Record<string, string>>;
  /** Around the program. */
  readonly script?: (words: string) => string;
}

/** The program in a terminal, and behind it what became of both. */
const report = (words: string) => `sh -c 'echo $$ >top.pid; exec "$@"' sh ${words}; echo "[code $?]"; stty -a`;

function startTop(args: readonly string[], { size: of = size, variables, script = report }: TopOptions = {}): Shown {
  const started = sandbox.startScript(script, { args: ['top', ...args], size: of, variables });
  const terminal = () => {
    const shown = terminalScreen(of);
    shown.write(started.stdout());
    return shown;
  };
  const screen = () => terminal().rows().join('\n');
  return {
    ...started,
    terminal,
    screen,
    press: started.write,
    shows: async (text) => {
      const matcher = typeof text === 'string' ? expect.stringContaining(text) : expect.stringMatching(text);
      await expect.poll(screen, { timeout }).toEqual(matcher);
    },
  };
}

function pid(): number {
  return Number(readFileSync(join(work, 'top.pid'), 'utf8'));
}

/** As a person wants to find it. */
async function expectRestored(shown: Shown, code: number): Promise<void> {
  const { stdout } = await shown.ended;
  expect(stdout).toContain(`[code ${code}]`);
  const terminal = shown.terminal();
  expect(terminal.isAlternate()).toBe(false);
  expect(terminal.isCursorHidden()).toBe(false);
  expect(stdout).toMatch(/(?<!-)icanon/);
  expect(stdout).toMatch(/(?<!-)echo /);
  // What was said before is below the screen that has gone, not on it.
  expect(stdout.indexOf('[code')).toBeGreaterThan(stdout.lastIndexOf('\x1b[?1049l'));
}

const held: string[] = [];

beforeAll(async () => {
  for (let index = 0; index < 3; index += 1) {
    held.push(await submit(['-H', '-J', `${name}-${index}`, '-o', '/dev/null', '--wrap', 'true']));
  }
}, 60_000);

afterAll(async () => {
  await srunx(['scancel', '--me', '-y', '-n', [0, 1, 2].map((index) => `${name}-${index}`).join(',')]);
});

async function rowOf(jobId: string): Promise<Row | undefined> {
  return (await json<Row[]>(['squeue', '-t', 'all', '-j', jobId]))[0];
}

describe('the terminal', () => {
  it('is taken while the program runs, and as before after q', async () => {
    const shown = startTop([]);
    await shown.shows(`${name}-0`);
    expect(shown.terminal().isAlternate()).toBe(true);
    expect(shown.terminal().isCursorHidden()).toBe(true);
    expect(shown.screen()).toMatch(/^srunx top {2}dev_\S+ .* data \ds old/);
    expect(shown.screen()).toContain('(JobHeldUser)');
    shown.press('q');
    await expectRestored(shown, 0);
  });

  it('is given back at once on Ctrl-C', async () => {
    const shown = startTop([]);
    await shown.shows(name);
    const at = performance.now();
    shown.press('\x03');
    await expect.poll(shown.stdout, { interval: 5 }).toContain('[code 130]');
    expect(performance.now() - at).toBeLessThan(longestMs);
    await expectRestored(shown, 130);
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGHUP', 129],
    ['SIGQUIT', 131],
  ] as const)('is given back on %s', async (signal, code) => {
    const shown = startTop([]);
    await shown.shows(name);
    process.kill(pid(), signal);
    await expectRestored(shown, code);
  });

  it('is given back by a defect, and the message is not lost with the screen', async () => {
    const crash = sandbox.write('crash.cjs', "setTimeout(() => { throw new Error('as a test') }, 3000).unref();");
    const shown = startTop([], {
      variables: { NODE_OPTIONS: `--require '${crash}'`.replace(/'(.*)'/s, (_, path: string) => JSON.stringify(path)) },
    });
    await shown.shows(name);
    await expectRestored(shown, 70);
    expect(shown.screen()).toContain('srunx has a defect: as a test');
  });

  it('is lent to the shell while the program is suspended', async () => {
    const script = (words: string) =>
      `set -m; sh -c 'echo $$ >top.pid; exec "$@"' sh ${words}; echo "[stopped]"; stty -a; read go; fg; echo "[code $?]"; stty -a`;
    for (const stop of [(shown: Shown) => shown.press('\x1a'), () => process.kill(pid(), 'SIGTSTP')]) {
      const shown = startTop([], { script });
      await shown.shows(name);
      stop(shown);
      await shown.shows('[stopped]');
      expect(shown.terminal().isAlternate()).toBe(false);
      await expect.poll(shown.stdout).toMatch(/(?<!-)icanon/);
      shown.press('\n');
      await shown.shows(name);
      expect(shown.terminal().isAlternate()).toBe(true);
      shown.press('q');
      await expectRestored(shown, 0);
    }
  });

  it('may change its size', async () => {
    rmSync(join(work, 'narrow'), { force: true });
    const resize = '(while [ ! -e narrow ]; do sleep 0.05; done; stty cols 40 rows 10 </dev/tty) & ';
    const shown = startTop([], { script: (words) => resize + report(words) });
    await shown.shows('NODELIST(REASON)');
    const before = shown.stdout().length;
    writeFileSync(join(work, 'narrow'), '');
    const small = () => {
      const terminal = terminalScreen({ columns: 40, rows: 10 });
      terminal.write(shown.stdout().slice(before));
      return terminal.rows().join('\n');
    };
    await expect.poll(small, { timeout }).toMatch(/ JOBID +ST. +NAME/);
    expect(small().split('\n')).toHaveLength(10);
    shown.press('q');
    await shown.ended;
  });
});

describe('acting', () => {
  it('cancels the marked jobs after a yes, and shows how they ended', async () => {
    const hold = () => submit(['-H', '-J', `${name}-end`, '-o', '/dev/null', '--wrap', 'true']);
    const ids = [await hold(), await hold()];
    const shown = startTop(['-n', `${name}-end`]);
    await shown.shows(/2 PENDING/);
    shown.press('  c');
    await shown.shows(`Cancel 2 jobs: ${ids.join(', ')}? [y/N]`);
    shown.press('n');
    await shown.shows('nothing was done');
    expect((await rowOf(ids[0] ?? ''))?.status).toBe('PENDING');
    shown.press('cy');
    await shown.shows(`${ids.join(', ')}: cancelled`);
    await shown.shows(/~\d+ .* CANCELLED/);
    expect((await rowOf(ids[0] ?? ''))?.status).toBe('CANCELLED');
    // What has ended cannot be held: the refusal is on the screen, and nothing else is.
    shown.press('h');
    await shown.shows('already finished (CANCELLED)');
    shown.press('q');
    const { stderr } = await shown.ended;
    expect(stderr).toBe('');
    await expectRestored(shown, 0);
  });

  it('ends what was begun before it quits, and tells what became of it', async () => {
    const id = await submit(['-H', '-J', `${name}-late`, '-o', '/dev/null', '-a', '0-99', '--wrap', 'true']);
    const shown = startTop(['-n', `${name}-late`]);
    await shown.shows('100 PENDING');
    shown.press('cyq');
    await expectRestored(shown, 0);
    expect(shown.screen()).toMatch(new RegExp(`^srunx: ${id}_\\[0-99\\]: cancelled$`, 'm'));
    expect(await json<Row[]>(['squeue', '-j', id])).toEqual([]);
  });

  it('shows the cancelled tasks of an array in one row', async () => {
    await submit(['-H', '-J', `${name}-tasks`, '-o', '/dev/null', '-a', '0-99', '--wrap', 'true']);
    const shown = startTop(['-n', `${name}-tasks`]);
    await shown.shows('100 PENDING');
    shown.press('cy');
    await shown.shows(/0 RUNNING {2}0 PENDING[\s\S]*~\d+_\[0-99\] .*CANCELLED/);
    shown.press('q');
    await shown.ended;
  });

  it('releases and holds', async () => {
    const [id = ''] = held;
    const shown = startTop(['-j', id]);
    await shown.shows(name);
    await srunx(['update', id, '--begin', 'now+1hour']);
    shown.press('u');
    await shown.shows(`${id}: released`);
    expect((await rowOf(id))?.reason ?? '').not.toMatch(/^JobHeld/);
    shown.press('h');
    await shown.shows(`${id}: held`);
    expect((await rowOf(id))?.reason).toMatch(/^JobHeld/);
    shown.press('q');
    await shown.ended;
  });

  it('requeues after a yes', async () => {
    const id = await submit(['-J', `${name}-again`, '-o', '/dev/null', '--wrap', 'sleep 300']);
    await expect.poll(async () => (await rowOf(id))?.status, { timeout }).toBe('RUNNING');
    const shown = startTop(['-n', `${name}-again`]);
    await shown.shows('RUNNING');
    shown.press('R');
    await shown.shows(`Requeue job ${id} (${name}-again)? [y/N]`);
    shown.press('y');
    await shown.shows(`${id}: requeued`);
    const restarts = async () => (await json<{ restarts: number }[]>(['squeue', '-j', id]))[0]?.restarts;
    await expect.poll(restarts, { timeout }).toBe(1);
    shown.press('cy');
    await shown.shows(`${id}: cancelled`);
    shown.press('q');
    await shown.ended;
  });

  it('shows all that is known of a job, and its log as it grows', async () => {
    const id = await submit([
      '-J',
      `${name}-log`,
      '-o',
      'top.log',
      '--wrap',
      'echo begun; while [ ! -e more ]; do sleep 0.1; done; echo over',
    ]);
    await expect.poll(async () => (await rowOf(id))?.status, { timeout }).toBe('RUNNING');
    const shown = startTop(['-n', `${name}-log`]);
    await shown.shows(name);
    shown.press('i');
    await shown.shows(/identity\n {2}raw id +\d+/);
    shown.press('q');
    await shown.shows('JOBID');
    shown.press('t');
    await shown.shows(/log of job \d+ {2}following\nbegun/);
    writeFileSync(join(work, 'more'), '');
    await shown.shows(/begun\nover/);
    shown.press('q');
    await shown.shows('JOBID');
    shown.press('q');
    await expectRestored(shown, 0);
  });
});

describe('looking', () => {
  const bin = join(dir, 'counting');
  const calls = join(dir, 'calls');
  const broken = join(dir, 'broken');
  const counted = (): Readonly<Record<string, string>> => ({ PATH: `${bin}:${process.env['PATH']}` });
  const count = (command: string) =>
    existsSync(calls)
      ? readFileSync(calls, 'utf8')
          .split('\n')
          .filter((line) => line === command).length
      : 0;

  beforeAll(() => {
    mkdirSync(bin);
    for (const command of ['squeue', 'sinfo', 'sacct', 'scontrol']) {
      const fault = `[ -e '${broken}' ] && { echo 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)' >&2; exit 1; }`;
      writeFileSync(
        join(bin, command),
        `#!/bin/sh\necho ${command} >>'${calls}'\n${fault}\nPATH=\${PATH#*:} exec ${command} "$@"\n`,
      );
      chmodSync(join(bin, command), 0o755);
    }
  });

  it('asks one question about all jobs and one about nodes at a time, and none while it is paused', async () => {
    const shown = startTop(['--interval', '1', '-a'], { variables: counted() });
    await expect.poll(() => count('squeue'), { timeout }).toBeGreaterThan(3);
    shown.press('p');
    await shown.shows('PAUSED');
    shown.press('q');
    await shown.ended;
    expect(Math.abs(count('squeue') - count('sinfo'))).toBeLessThanOrEqual(1);
    expect(count('sacct')).toBe(0);
    // Who the cluster is, once.
    expect(count('scontrol')).toBe(1);
  });

  it('shows what is wrong with the controller, goes on, and recovers', async () => {
    const shown = startTop(['--interval', '1'], { variables: counted() });
    await shown.shows(name);
    writeFileSync(broken, '');
    await shown.shows(/again in \S+: the Slurm controller of local does not answer squeue/);
    await shown.shows(name);
    rmSync(broken);
    // Now, and not when it is due.
    shown.press('\x0c');
    await expect.poll(shown.screen, { timeout }).not.toContain('does not answer');
    shown.press('q');
    await expectRestored(shown, 0);
  });

  it('is an error like any other where the controller never answered', async () => {
    writeFileSync(broken, '');
    const shown = startTop([], { variables: counted() });
    const { stdout } = await shown.ended;
    rmSync(broken);
    expect(stdout).toContain('[code 6]');
    expect(stdout).not.toContain('\x1b[?1049h');
  });

  it('changes between my jobs and all', async () => {
    const shown = startTop([]);
    await shown.shows('my jobs');
    shown.press('a');
    await shown.shows(/^srunx top .* all users/);
    shown.press('q');
    await shown.ended;
  });
});

describe('without a terminal', () => {
  it('is refused before any cluster is asked', async () => {
    const ran = await srunx(['top'], { env: { PATH: '/usr/bin:/bin' } });
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain('usage.no_terminal');
    expect(ran.stderr).toContain('srunx top --once');
    const dumb = await sandbox.startAtTerminal(['top'], size, { TERM: 'dumb' }).ended;
    expect(dumb.code).toBe(2);
    expect(dumb.stdout).not.toContain('\x1b[?');
  });

  it('one look is a plain table', async () => {
    const ran = await srunx(['top', '--once', '-n', `${name}-0`], { env: { TERM: 'xterm' } });
    expect(ran.code, ran.stderr).toBe(0);
    expect(ran.stdout).not.toContain('\x1b');
    expect(ran.stdout).toMatch(/^dev_\S+ {2}\d{4}-\d\d-\d\d \d\d:\d\d {2}my jobs, filtered\n0 RUNNING {2}1 PENDING/);
    expect(ran.stdout).toMatch(new RegExp(`\\n${held[0]} .* ${name}-0 `));
  });

  it.each([
    [['--once', '--interval', '5'], 'usage.option_conflict'],
    [['-a', '--me'], 'usage.option_conflict'],
    [['--once', '-o', 'nonsense'], 'usage.column'],
    [['--once', '-o', '%i'], 'usage.option_conflict'],
    [['--once', '-t', 'nonsense'], 'usage.job_state'],
  ])('%j is refused', async (args, code) => {
    const ran = await srunx(['top', ...args]);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain(code);
  });
});

describe('without Slurm', () => {
  it('shows and cancels jobs of the embedded runner', async () => {
    const variables = { PATH: pathWithoutSlurm(dir) };
    const job = await srunx(['sbatch', '--parsable', '-J', 'embedded-job', '--wrap', 'sleep 60'], { env: variables });
    const id = job.stdout.trim();
    const shown = startTop(['-q'], { variables });
    await shown.shows(/RUNNING .*/);
    await shown.shows('embedded-job');
    shown.press('cy');
    await shown.shows(`${id}: cancelled`);
    await shown.shows('CANCELLED');
    shown.press('q');
    await expectRestored(shown, 0);
  });
});
