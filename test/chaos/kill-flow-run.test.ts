import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitUntil } from '../../dev/processes.ts';
import { useDevCluster } from '../support/dev-cluster.ts';
import { handoverPid, killIfAlive, sessionOf } from './handover-process.ts';

/** Rounds of each kind; the full proof is 200. */
const rounds = Number(process.env['SRUNX_CHAOS_ROUNDS'] ?? 20);

const program = join(import.meta.dirname, '..', '..', 'dist', 'srunx.js');
const scratch = mkdtempSync(join(tmpdir(), 'srunx-chaos-'));
const ran = join(scratch, 'ran');
const workflow = join(scratch, 'flow.yaml');
/** Large enough for two submissions to be under way at once. */
const wideWorkflow = join(scratch, 'wide.yaml');

interface Run {
  readonly run_id: string;
  readonly status: string;
  readonly handover: string;
  readonly jobs: readonly { readonly name: string; readonly job_id: string | null; readonly state: string }[];
}

/**
 * Whatever is killed at whatever moment: no job is submitted twice, and none of a recorded run is forgotten. Counted in
 * Slurm's accounting, by the token that every submission carries, and in what the jobs themselves wrote.
 */
describe('kill -9', () => {
  const cluster = useDevCluster();
  let env: NodeJS.ProcessEnv = {};

  beforeAll(() => {
    env = {
      ...process.env,
      ...cluster().env,
      XDG_STATE_HOME: join(scratch, 'state'),
      XDG_CACHE_HOME: join(scratch, 'cache'),
      SRUNX_RUN_DIR: join(scratch, 'runs'),
    };
    mkdirSync(join(scratch, 'runs'));
    const job = (name: string, parents: string) =>
      `  - {name: ${name}, launcher: none, command: 'echo $SRUNX_RUN $SRUNX_JOB >> ${ran}', depends_on: [${parents}]}`;
    const jobs = [job('first', ''), job('left', 'first'), job('right', 'first'), job('last', 'left, afterany:right')];
    writeFileSync(workflow, `name: chaos\njobs:\n${jobs.join('\n')}\n`);
    const wide = Array.from({ length: 24 }, (_, index) => job(`job${index}`, index % 3 === 1 ? 'job0' : ''));
    writeFileSync(wideWorkflow, `name: wide\njobs:\n${wide.join('\n')}\n`);
  });

  afterAll(async () => {
    // What waits for a person is held in the queue.
    const ids = (await listRuns()).flatMap(({ jobs }) => jobs.flatMap(({ job_id }) => job_id ?? []));
    for (let start = 0; start < ids.length; start += 500) await run('scancel', ids.slice(start, start + 500));
    rmSync(scratch, { recursive: true });
  });

  it(`of the client, ${rounds} times at random moments`, async () => {
    const whole = await timeOf(startRun());
    for (let round = 0; round < rounds; round += 1) {
      const before = new Set(directories());
      // Some of them stay and follow their run, which takes a few seconds.
      const follows = round % 5 === 0;
      const isWide = round % 8 === 7;
      const client = startRun({ follows, isWide });
      const ended = once(client, 'exit');
      // Half of them anywhere, from the start of the program on; half around the hand-over, which takes a tenth of the time.
      if (round % 2 === 1)
        await waitUntil(() => directories().length > before.size || client.exitCode !== null, 10_000);
      const moment = Math.random() * (follows ? 2_000 : isWide ? 400 : round % 2 === 1 ? 60 : whole * 1.2);
      // Somebody else looks at the same time, and must not take a run for abandoned that is not.
      const other = round % 3 === 0 ? listRuns() : undefined;
      await Promise.race([sleep(moment), ended]);
      client.kill('SIGKILL');
      await ended;
      await other;
    }
    const runs = await settle();
    const interrupted = runs.filter(({ handover }) => handover === 'interrupted');
    console.log(
      `killed ${rounds} clients within ${whole.toFixed(0)} ms each: ` +
        `${runs.length} runs recorded, ${interrupted.length} of them before anything was submitted`,
    );
    await expectExactlyOnce(runs);
    expect(runs.length).toBeGreaterThan(0);
    // Nothing that was started is left over by half.
    for (const run of runs) expect(run.status, run.run_id).toBe(interrupted.includes(run) ? 'cancelled' : 'completed');
  });

  it(`of the hand-over on the cluster, ${rounds} times at random moments`, async () => {
    for (let round = 0; round < rounds; round += 1) {
      const before = new Set(directories());
      const isWide = round % 4 >= 2;
      const client = startRun({ isWide });
      const ended = once(client, 'exit');
      const pid = await handoverPid(() => newDirectory(before));
      if (pid !== undefined) {
        await sleep(Math.random() * (isWide ? 300 : 60));
        // Alone, or together with the sbatch that is under way, as when a login node goes down.
        for (const victim of round % 4 === 3 ? [...sessionOf(pid), pid] : [pid]) killIfAlive(victim);
      }
      if (round % 2 === 0) await sleep(Math.random() * 100);
      client.kill('SIGKILL');
      await ended;
    }
    // A claim whose submission nobody has seen is looked for during two minutes.
    const runs = await settle();
    const open = runs.filter(({ status }) => status === 'unknown');
    console.log(`killed ${rounds} hand-overs: ${runs.length} runs in all, ${open.length} wait for a person`);
    await expectExactlyOnce(runs);
    // Of a claim whose submission no source knows nobody guesses what became of it, and none of its run has started.
    for (const { run_id, jobs } of open) {
      expect(
        jobs.map(({ state }) => state),
        run_id,
      ).toContain('unknown');
      expect(linesOf(run_id), run_id).toEqual([]);
    }
    for (const { run_id, status, handover } of runs.filter((run) => !open.includes(run))) {
      expect(status, run_id).toBe(handover === 'interrupted' ? 'cancelled' : 'completed');
    }
  });

  function startRun({ follows = false, isWide = false } = {}) {
    const file = isWide ? wideWorkflow : workflow;
    const args = [program, 'flow', 'run', '--local', ...(follows ? [] : ['--detach']), file];
    return spawn(process.execPath, args, { cwd: scratch, env, stdio: 'ignore' });
  }

  async function listRuns(): Promise<readonly Run[]> {
    return JSON.parse(await run(process.execPath, [program, 'flow', 'list', '--json', '--limit', '100000'])) as Run[];
  }

  /** Fresh processes go on with what was left, until every run has ended or only a person can go on. */
  async function settle(): Promise<readonly Run[]> {
    const deadline = performance.now() + 900_000;
    for (;;) {
      const runs = await listRuns();
      const moving = runs.filter(({ jobs }) =>
        jobs.some(({ state }) => ['waiting', 'pending', 'running'].includes(state)),
      );
      const stuck = moving.filter(({ jobs }) => jobs.some(({ state }) => state === 'unknown'));
      if (moving.length === stuck.length) return runs;
      if (performance.now() > deadline) throw new Error(`still moving: ${JSON.stringify(moving.slice(0, 3))}`);
      await sleep(1_000);
    }
  }

  async function expectExactlyOnce(runs: readonly Run[]): Promise<void> {
    const counts = await submissionsOf(runs);
    const twice = [...counts].filter(([, ids]) => ids.length > 1);
    expect(twice, 'submitted twice').toEqual([]);
    const known = new Set(runs.map(({ run_id }) => run_id));
    const strangers = [...counts.keys()].filter((token) => !known.has(token.replace(/-\d+$/, '')));
    expect(strangers, 'submitted, but of no recorded run').toEqual([]);
    for (const { run_id, handover, jobs } of runs) {
      const submitted = jobs.filter((_, ordinal) => counts.has(`${run_id}-${ordinal}`)).length;
      const finished = handover === 'done';
      if (handover === 'interrupted') expect(submitted, run_id).toBe(0);
      if (finished) expect(submitted, run_id).toBe(jobs.length);
    }
    const lines = linesOf();
    expect(lines.length, 'a job ran twice').toBe(new Set(lines).size);
    const completed = runs.filter(({ status }) => status === 'completed');
    const expected = completed.flatMap(({ run_id, jobs }) => jobs.map(({ name }) => `${run_id} ${name}`));
    expect(
      expected.filter((line) => !lines.includes(line)),
      'a job never ran',
    ).toEqual([]);
  }

  /** Accounting is some seconds late: asks until every job that was handed over is there, or the time is over. */
  async function submissionsOf(runs: readonly Run[]): Promise<Map<string, string[]>> {
    const whole = runs.filter(({ handover }) => handover === 'done');
    const handedOver = whole.reduce((sum, { jobs }) => sum + jobs.length, 0);
    const deadline = performance.now() + 60_000;
    for (;;) {
      const counts = await submissionsByToken();
      if (counts.size >= handedOver || performance.now() > deadline) return counts;
      await sleep(500);
    }
  }

  /** Job ids by the token on the command line of their submission, as the accounting has it. */
  async function submissionsByToken(): Promise<Map<string, string[]>> {
    const text = await run('sacct', ['-X', '-n', '-P', '-S', 'now-1days', '-o', 'JobID,SubmitLine']);
    const ids = new Map<string, string[]>();
    for (const line of text.split('\n')) {
      const [, id = '', token = ''] = /^(\d+)\|.*srunx:([\w-]+)/.exec(line) ?? [];
      // Other suites submit to the same cluster.
      if (token === '' || !line.includes(join(scratch, 'runs'))) continue;
      ids.set(token, [...(ids.get(token) ?? []), id]);
    }
    return ids;
  }

  /** What the jobs have written, of one run or of all. */
  function linesOf(runId = ''): string[] {
    const lines = existsSync(ran) ? readFileSync(ran, 'utf8').trim().split('\n') : [];
    return lines.filter((line) => line.startsWith(runId));
  }

  function directories(): string[] {
    return readdirSync(join(scratch, 'runs'));
  }

  /** The plan directory of a run that was not there before. */
  function newDirectory(before: ReadonlySet<string>): string | undefined {
    const name = directories().find((candidate) => !before.has(candidate));
    return name === undefined ? undefined : join(scratch, 'runs', name);
  }

  async function run(file: string, args: readonly string[]): Promise<string> {
    return (await promisify(execFile)(file, args, { cwd: scratch, env, maxBuffer: 256 << 20 })).stdout;
  }
});

async function timeOf(child: ReturnType<typeof spawn>): Promise<number> {
  const start = performance.now();
  await once(child, 'exit');
  return performance.now() - start;
}
