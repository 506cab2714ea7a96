import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DevCluster } from '../../dev/dev-cluster.ts';
import { useDevCluster } from '../support/dev-cluster.ts';

const program = join(import.meta.dirname, '..', '..', 'dist', 'srunx.js');
const scratch = mkdtempSync(join(tmpdir(), 'srunx-engine-'));
afterAll(() => rmSync(scratch, { recursive: true }));

interface Run {
  readonly run_id: string;
  readonly status: string;
  readonly jobs: readonly { readonly name: string; readonly state: string; readonly reason: string | null }[];
}

/** Nine jobs, every kind of dependency, one failure; what each must come to. */
const dag = `name: nine
jobs:
  - {name: first, command: sleep 1}
  - {name: fails, command: exit 3}
  - {name: ok, command: 'true', depends_on: [first]}
  - {name: any, command: 'true', depends_on: ['afterany:fails']}
  - {name: not, command: 'true', depends_on: ['afternotok:fails']}
  - {name: after, command: 'true', depends_on: ['after:first']}
  - {name: never, command: 'true', depends_on: [fails]}
  - {name: never2, command: 'true', depends_on: [never]}
  - {name: end, command: 'true', depends_on: [ok, any, 'afterany:never2', 'afternotok:never']}
`;
const expected = {
  first: ['completed', null],
  fails: ['failed', 'exit'],
  ok: ['completed', null],
  any: ['completed', null],
  not: ['completed', null],
  after: ['completed', null],
  never: ['skipped', 'fails failed (afterok)'],
  never2: ['skipped', 'never skipped (afterok)'],
  end: ['completed', null],
};

describe.each([
  { title: 'with accounting', options: undefined },
  { title: 'without accounting', options: { accounting: false } },
  { title: 'without accounting, after the controller forgot the jobs', options: { accounting: false, minJobAge: 3 } },
])('a run whose client is killed right after the submission, $title', ({ title, options }) => {
  const cluster = useDevCluster(options);
  const dir = mkdtempSync(join(scratch, 'run-'));
  let runId = '';

  beforeAll(async () => {
    writeFileSync(join(dir, 'dag.yaml'), dag);
    const client = spawn(process.execPath, [program, 'flow', 'run', '--local', 'dag.yaml'], {
      cwd: dir,
      env: environment(cluster(), dir),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const [verdict] = (await once(client.stderr, 'data')) as [Buffer];
    client.kill('SIGKILL');
    runId = /run (\w+)/.exec(String(verdict))?.[1] ?? '';
    expect(String(verdict)).toContain('you may close the laptop');
  });

  it('ends every job as its edges say, and tells so from another process', async () => {
    if (title.includes('forgot')) await waitUntilForgotten(cluster());
    expect(statesOf(await finished(cluster(), { dir, runId }))).toEqual(expected);
  });

  it('is found again after the database was deleted', async () => {
    rmSync(join(dir, 'state'), { recursive: true });
    const run = await finished(cluster(), { dir, runId });
    const states = statesOf(run);
    // What was skipped left no receipt: its edges say it all the same.
    expect(states).toEqual(expected);
    expect(run.status).toBe('failed');
  });
});

describe('a run', () => {
  const cluster = useDevCluster();

  it('that Slurm refuses starts nothing, and says why', async () => {
    const dir = mkdtempSync(join(scratch, 'run-'));
    const jobs = `jobs:
  - {name: one, command: 'touch started'}
  - {name: two, command: 'true', partition: no-such-partition}
`;
    writeFileSync(join(dir, 'flow.yaml'), jobs);
    const failure = (await srunx(cluster(), { dir, args: ['flow', 'run', '--local', 'flow.yaml'] }).catch(
      (error: unknown) => error,
    )) as { readonly code: number; readonly stderr: string };
    expect(failure.code).toBe(3);
    expect(failure.stderr).toContain('invalid partition specified');
    const [run] = JSON.parse(await srunx(cluster(), { dir, args: ['flow', 'list', '--json'] })) as [Run];
    expect(run.status).toBe('failed');
    expect(run.jobs.map(({ state }) => state)).toEqual(['withdrawn', 'refused']);
    expect(existsSync(join(dir, 'started'))).toBe(false);
  });

  it('of hostile texts gives every job its own', async () => {
    const dir = mkdtempSync(join(scratch, 'run-'));
    const texts = ["a'b", '$(touch evil)', 'a "b" \\', '日本語', '-rf', '`id`', 'two  words ', '%j|%x', '*'];
    const jobs = texts.map(
      (text, index) =>
        `  - {name: j${index}, launcher: none, command: [printf, '%s', ${JSON.stringify(text)}], env_vars: {V: ${JSON.stringify(text)}}}`,
    );
    writeFileSync(join(dir, 'flow.yaml'), `jobs:\n${jobs.join('\n')}\n`);
    const run = JSON.parse(
      await srunx(cluster(), { dir, args: ['flow', 'run', '--local', '--json', 'flow.yaml'] }),
    ) as {
      readonly jobs: readonly { readonly job_id: string }[];
    };
    const logs = run.jobs.map(({ job_id }, index) =>
      readFileSync(join(dir, 'logs', `j${index}_${job_id}.log`), 'utf8'),
    );
    expect(logs).toEqual(texts);
    expect(existsSync(join(dir, 'evil'))).toBe(false);
  });
});

function statesOf(run: Run): Record<string, readonly [string, string | null]> {
  return Object.fromEntries(run.jobs.map(({ name, state, reason }) => [name, [state, reason]] as const));
}

async function finished(
  cluster: DevCluster,
  { dir, runId }: { readonly dir: string; readonly runId: string },
): Promise<Run> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const run = JSON.parse(await srunx(cluster, { dir, args: ['flow', 'status', '--json', runId] })) as Run;
    const isMoving = run.jobs.some(({ state }) => ['waiting', 'pending', 'running', 'unknown'].includes(state));
    if (!isMoving || performance.now() > deadline) return run;
    await sleep(500);
  }
}

async function waitUntilForgotten(cluster: DevCluster): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (performance.now() < deadline) {
    const { stdout } = await promisify(execFile)('squeue', ['-h', '--states=all'], {
      env: { ...process.env, ...cluster.env },
    });
    if (stdout === '') return;
    await sleep(500);
  }
  throw new Error('the controller still remembers jobs');
}

async function srunx(cluster: DevCluster, { dir, args }: { readonly dir: string; readonly args: readonly string[] }) {
  const options = { cwd: dir, env: environment(cluster, dir) };
  return (await promisify(execFile)(process.execPath, [program, ...args], options)).stdout;
}

function environment(cluster: DevCluster, dir: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    ...cluster.env,
    XDG_STATE_HOME: join(dir, 'state'),
    XDG_CACHE_HOME: join(dir, 'cache'),
    SRUNX_RUN_DIR: join(dir, 'runs'),
  };
}
