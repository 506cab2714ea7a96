import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitUntil } from '../../dev/processes.ts';
import { useDevCluster } from '../support/dev-cluster.ts';
import { handoverPid, killIfAlive, sessionOf } from './handover-process.ts';
import { ageClaims, stageOf } from './plan-directory.ts';

/** Kills of all kinds together; the full proof is 300, in which what is in question is looked for as long as srunx does. */
const rounds = Number(process.env['SRUNX_CHAOS_ROUNDS'] ?? 14);
const isShort = process.env['SRUNX_CHAOS_ROUNDS'] === undefined;

const program = process.env['SRUNX_TEST_PROGRAM'] ?? join(import.meta.dirname, '..', '..', 'dist', 'srunx.js');
const scratch = mkdtempSync(join(tmpdir(), 'srunx-chaos-'));
const runRoot = join(scratch, 'runs');
const ran = join(scratch, 'ran');

const job = (name: string, more: string, command = '') =>
  `  - {name: ${name}, launcher: none, command: 'echo $SRUNX_RUN $SRUNX_JOB $SRUNX_ATTEMPT >> ${ran}${command}'${more}}`;
const workflow = `name: chaos
jobs:
${[
  job('first', ''),
  job('left', ', depends_on: [first]'),
  job('flaky', ', depends_on: [first], retry: {max: 3, delay: 1}', '; [ $SRUNX_ATTEMPT -ge 2 ]'),
  job('last', ', depends_on: [left, flaky]'),
].join('\n')}
`;
/** What a run that completes has written. */
const linesOfRun = ['first', 'flaky 1', 'flaky 2', 'last', 'left'];

interface Run {
  readonly run_id: string;
  readonly status: string;
  readonly handover: string;
  readonly jobs: readonly { readonly name: string; readonly job_id: string | null; readonly state: string }[];
}

interface Accounted {
  readonly jobId: string;
  readonly state: string;
}

const kinds = ['client', 'hand-over', 'machine', 'cancel', 'recover', 'observe', 'point'] as const;
const points = [
  'run-recorded',
  'plan-written',
  'handover-answered',
  'handover-recorded',
  'look-taken',
  'look-recorded',
];

/** Everything is killed that may be under way, and now and then the database is gone. What Slurm has is counted in the end. */
describe('kill -9 of anything', () => {
  const cluster = useDevCluster();
  let env: NodeJS.ProcessEnv = {};
  /** Runs that somebody told to end. */
  const cancelled = new Set<string>();
  const kills = new Map<string, number>();
  /** Ids of each token in the queue: of a job that is cancelled before it starts, the accounting may never hear. */
  const queued = new Map<string, Set<string>>();

  beforeAll(() => {
    const dirs = { XDG_STATE_HOME: join(scratch, 'state'), XDG_CACHE_HOME: join(scratch, 'cache') };
    env = { ...process.env, ...cluster().env, ...dirs, SRUNX_RUN_DIR: runRoot };
    mkdirSync(runRoot);
    writeFileSync(join(scratch, 'flow.yaml'), workflow);
  });

  afterAll(async () => {
    const { stdout } = await run('squeue', ['-h', '-o', '%A %o']);
    const ids = stdout.split('\n').flatMap((line) => (line.includes(runRoot) ? (line.split(' ')[0] ?? []) : []));
    if (ids.length > 0) await run('scancel', ids);
    rmSync(scratch, { recursive: true });
  });

  it(`${rounds} times loses nothing and doubles nothing`, async () => {
    let deletions = 0;
    for (let round = 0; round < rounds; round += 1) {
      const other = round % 3 === 0 ? srunx(['flow', 'list', '--json']) : undefined;
      await killSomething(kinds[round % kinds.length] ?? 'client');
      await other?.ended;
      await noteQueue();
      if (round % 10 !== 9) continue;
      rmSync(join(scratch, 'state'), { recursive: true, force: true });
      deletions += 1;
    }
    const questions = await answerQuestions(await settle());
    for (const id of cancelled) await srunx(['flow', 'cancel', id]).ended;
    const runs = await settle();
    await noteQueue();
    const accounted = await accountedByToken(runs);
    for (const [token, jobs] of accounted)
      queued.set(token, new Set([...(queued.get(token) ?? []), ...jobs.map(({ jobId }) => jobId)]));
    report({ runs, accounted, questions, deletions });
    expectNothingTwice(runs);
    expectNothingLost(runs, accounted);
    expect((await run('squeue', ['-h', '-o', '%o'])).stdout, 'left in the queue').not.toContain(runRoot);
  });

  /** Kills one process of this kind at a random moment, and notes how far the run was by then. */
  async function killSomething(kind: (typeof kinds)[number]): Promise<void> {
    const before = new Set(readdirSync(runRoot));
    const find = () => {
      const name = readdirSync(runRoot).find((candidate) => !before.has(candidate));
      return name === undefined ? undefined : join(runRoot, name);
    };
    const args = ['flow', 'run', '--local', ...(kind === 'point' ? ['-i', '1'] : ['--detach']), 'flow.yaml'];
    const point = points[Math.floor(Math.random() * points.length)] ?? '';
    const client = srunx(args, kind === 'point' ? { SRUNX_CRASH_AT: point } : {});
    if (kind === 'client') {
      // Half of them anywhere from the start of the program on, half around the hand-over, which takes a tenth of the time.
      if (Math.random() < 0.5) await waitUntil(() => find() !== undefined, 10_000);
      await client.kill(Math.random() * (find() === undefined ? 500 : 80));
    } else if (kind === 'point') await client.ended;
    else if (kind === 'hand-over' || kind === 'machine' || kind === 'recover') {
      await killHandover(find, { isWhole: kind === 'machine' });
      await client.kill(kind === 'machine' ? 0 : Math.random() * 100);
      if (kind === 'recover') await srunx(['flow', 'list']).kill(Math.random() * 500);
    } else {
      // The hand-over may be under way.
      await Promise.race([client.ended, waitUntil(() => find() !== undefined, 10_000)]);
      if (Math.random() < 0.6) await client.ended;
      const id = basename(find() ?? '');
      if (Math.random() < 0.6) await sleep(Math.random() * 1_500);
      if (kind === 'cancel') cancelled.add(id);
      const words = kind === 'cancel' ? ['flow', 'cancel', id] : ['flow', 'attach', id, '-i', '1'];
      await srunx(words).kill(Math.random() * (kind === 'cancel' ? 700 : 2_500));
      await client.ended;
    }
    const what = `${kind === 'point' ? `at ${point}` : kind}: ${stageOf(find(), 4)}`;
    kills.set(what, (kills.get(what) ?? 0) + 1);
  }

  async function killHandover(find: () => string | undefined, { isWhole }: { readonly isWhole: boolean }) {
    const pid = await handoverPid(find);
    if (pid === undefined) return;
    await sleep(Math.random() * 80);
    for (const victim of isWhole ? [...sessionOf(pid), pid] : [pid]) killIfAlive(victim);
  }

  function srunx(args: readonly string[], more: NodeJS.ProcessEnv = {}) {
    const options = { cwd: scratch, env: { ...env, ...more }, stdio: 'ignore' } as const;
    const child = spawn(process.execPath, [program, ...args], options);
    const ended = once(child, 'exit');
    const kill = async (afterMs: number) => {
      await Promise.race([sleep(afterMs), ended]);
      child.kill('SIGKILL');
      await ended;
    };
    return { ended, kill };
  }

  /** Fresh processes go on with what was left, until every run has ended or only a person can go on. */
  async function settle(): Promise<readonly Run[]> {
    const deadline = performance.now() + 900_000;
    for (;;) {
      const text = await run(process.execPath, [program, 'flow', 'list', '--json', '--limit', '100000']);
      const runs = JSON.parse(text.stdout) as Run[];
      const moving = runs.filter(({ jobs }) =>
        jobs.some(({ state }) => ['waiting', 'pending', 'running'].includes(state)),
      );
      if (moving.every((one) => isOpen(one))) return runs;
      if (performance.now() > deadline) throw new Error(`still moving: ${JSON.stringify(moving.slice(0, 3))}`);
      await sleep(1_000);
      // It would be looked for during two minutes.
      if (isShort) for (const { run_id: id } of moving) ageClaims(join(runRoot, id));
    }
  }

  /** A person looks into the queue and the accounting for what srunx could not find, and decides. */
  async function answerQuestions(runs: readonly Run[]): Promise<number> {
    const known = await accountedByToken(runs);
    const open = runs.filter((one) => isOpen(one));
    for (const { run_id: id, jobs } of open) {
      const names = jobs.filter(({ state }) => state === 'unknown').map(({ name }) => name);
      for (const name of names) {
        const ordinal = jobs.findIndex((one) => one.name === name);
        expect(known.get(`${id}-${ordinal}`), `${id} ${name} is in question, and Slurm has it`).toBeUndefined();
      }
      expect(linesOf(id), `${id} is in question, and has started`).toEqual([]);
      await srunx(['flow', 'resume', id, '--detach', ...names.flatMap((name) => ['--submit', name])]).ended;
    }
    return open.length;
  }

  function expectNothingTwice(runs: readonly Run[]): void {
    const twice = [...queued].filter(([, ids]) => ids.size > 1);
    expect(twice, 'submitted twice').toEqual([]);
    const tokens = new Set(runs.flatMap(({ run_id: id, jobs }) => jobs.map((_, ordinal) => `${id}-${ordinal}`)));
    expect(
      [...queued.keys()].filter((token) => !tokens.has(token)),
      'submitted, but of no recorded run',
    ).toEqual([]);
    const lines = linesOf('');
    expect(lines.length, 'a job ran twice').toBe(new Set(lines).size);
  }

  function expectNothingLost(runs: readonly Run[], accounted: ReadonlyMap<string, readonly Accounted[]>): void {
    expect(runs.length).toBeGreaterThan(0);
    for (const { run_id: id, status, handover, jobs } of runs) {
      const known = jobs.map((_, ordinal) => accounted.get(`${id}-${ordinal}`)?.[0]);
      // What the store says of each job is what Slurm says.
      const ids = jobs.map(({ job_id: jobId, state }, ordinal) => {
        const [queuedId = jobId] = queued.get(`${id}-${ordinal}`) ?? [];
        return [jobId, state === 'completed' || state === 'failed' ? known[ordinal]?.jobId : queuedId];
      });
      const other = ids.filter(([own, slurms]) => own !== slurms);
      expect(other, `${id} goes by other ids than Slurm`).toEqual([]);
      if (handover === 'interrupted') {
        expect([status, known.filter(Boolean), linesOf(id)], id).toEqual(['cancelled', [], []]);
      } else if (!cancelled.has(id)) {
        expect([status, linesOf(id)], id).toEqual(['completed', linesOfRun]);
      } else {
        const completed = jobs.filter(({ state }) => state === 'completed').map(({ name }) => name);
        const inSlurm = jobs.filter((_, ordinal) => known[ordinal]?.state === 'COMPLETED').map(({ name }) => name);
        expect(completed, id).toEqual(inSlurm);
        expect(status, id).toMatch(/^(?:cancelled|completed|failed)$/);
      }
    }
  }

  async function noteQueue(): Promise<void> {
    const { stdout } = await run('squeue', ['-h', '--states=all', '-o', '%A %k %o']);
    for (const line of stdout.split('\n')) {
      const [, jobId = '', token = ''] = /^(\d+) .*srunx:([\w-]+)/.exec(line) ?? [];
      if (line.includes(runRoot)) queued.set(token, new Set([...(queued.get(token) ?? []), jobId]));
    }
  }

  /** Accounting is some seconds late: asks until every job that ended by itself is there, or the time is over. */
  async function accountedByToken(runs: readonly Run[]): Promise<ReadonlyMap<string, readonly Accounted[]>> {
    const states = runs.flatMap(({ jobs }) => jobs.map(({ state }) => state));
    const expected = states.filter((state) => state === 'completed' || state === 'failed').length;
    const deadline = performance.now() + 60_000;
    for (;;) {
      const text = await run('sacct', ['-X', '-n', '-P', '-S', 'now-1days', '-o', 'JobID,State,SubmitLine']);
      const jobs = new Map<string, readonly Accounted[]>();
      for (const line of text.stdout.split('\n')) {
        const [, jobId = '', state = '', token = ''] = /^(\d+)\|([A-Z_]+).*srunx:([\w-]+)/.exec(line) ?? [];
        // Other suites submit to the same cluster.
        if (token !== '' && line.includes(runRoot)) jobs.set(token, [...(jobs.get(token) ?? []), { jobId, state }]);
      }
      if (jobs.size >= expected || performance.now() > deadline) return jobs;
      await sleep(500);
    }
  }

  interface Figures {
    readonly runs: readonly Run[];
    readonly accounted: ReadonlyMap<string, readonly Accounted[]>;
    readonly questions: number;
    readonly deletions: number;
  }

  function report({ runs, accounted, questions, deletions }: Figures): void {
    const states = Object.groupBy(runs, ({ status, handover }) => (handover === 'interrupted' ? handover : status));
    const counts = Object.entries(states).map(([state, ones]) => `${ones?.length} ${state}`);
    const submissions = [...queued.values()].reduce((sum, { size }) => sum + size, 0);
    console.log(
      [
        ...[...kills].sort().map(([what, count]) => `${String(count).padStart(4)} ${what}`),
        `${rounds} kills, ${deletions} databases deleted, ${runs.length} runs (${counts.join(', ')}), ${cancelled.size} cancelled`,
        `${submissions} submissions of ${queued.size} tokens, ${accounted.size} of them in the accounting, ${questions} runs waited for a person`,
      ].join('\n'),
    );
  }

  function run(file: string, args: readonly string[]): Promise<{ readonly stdout: string }> {
    return new Promise((resolve, reject) => {
      execFile(file, args, { cwd: scratch, env, maxBuffer: 256 << 20 }, (error, stdout) => {
        if (error === null) resolve({ stdout });
        else reject(error);
      });
    });
  }
});

function isOpen({ jobs }: Run): boolean {
  return jobs.some(({ state }) => state === 'unknown');
}

/** What the jobs have written, of one run or of all. */
function linesOf(runId: string): readonly string[] {
  const lines = existsSync(ran) ? readFileSync(ran, 'utf8').trim().split('\n') : [];
  const own = lines.filter((line) => line.startsWith(runId));
  return runId === '' ? own : own.map((line) => line.slice(runId.length + 1).trim()).sort();
}
