import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitUntil } from '../../dev/processes.ts';
import { useDevCluster } from '../support/dev-cluster.ts';
import { type ChaosRun, chaosReport } from './chaos-report.ts';
import { type ChaosShape, keyOf, type Place, shapes } from './chaos-shapes.ts';
import { handoverPid, killIfAlive, sessionOf } from './handover-process.ts';
import { ageClaims, stageOf } from './plan-directory.ts';
import { linesOf, type Records, readAccounting, readQueue } from './slurm-records.ts';
import {
  type ControlKind,
  controlKinds,
  controlWords,
  expectCellsEnded,
  isControl,
  repetitionOf,
} from './sweep-controls.ts';

/** Kills of all kinds together; the full proof is 300, in which what is in question is looked for as long as srunx does. */
const rounds = Number(process.env['SRUNX_CHAOS_ROUNDS'] ?? 14);
const isShort = process.env['SRUNX_CHAOS_ROUNDS'] === undefined;

const program = process.env['SRUNX_TEST_PROGRAM'] ?? join(import.meta.dirname, '..', '..', 'dist', 'srunx.js');
const runKinds = ['client', 'hand-over', 'machine', 'cancel', 'recover', 'observe', 'point'] as const;
const kindsOf = ({ controls }: ChaosShape): readonly (Kind | ControlKind)[] =>
  controls ? [...runKinds, ...controlKinds] : runKinds;
type Kind = (typeof runKinds)[number];
const points = [
  'run-recorded',
  'plan-written',
  'handover-answered',
  'handover-recorded',
  'look-taken',
  'look-recorded',
];

/** Everything is killed that may be under way, and now and then the database is gone. What Slurm has is counted in the end. */
describe.each(shapes)('kill -9 of anything in $name', (shape: ChaosShape) => {
  const cluster = useDevCluster();
  const scratch = mkdtempSync(join(tmpdir(), 'srunx-chaos-'));
  const runRoot = join(scratch, 'runs');
  const ran = join(scratch, 'ran');
  let env: NodeJS.ProcessEnv = {};
  let maxArraySize = 0;
  const kinds = kindsOf(shape);
  /** Runs that somebody told to end. */
  const cancelled = new Set<string>();
  /** What somebody else was told to do to runs, which is told again in the end. */
  const controlled = new Map<string, ControlKind>();
  const kills = new Map<string, number>();
  /** Ids of each token in the queue, of an array its own: of a job that is cancelled before it starts, the accounting may never hear. */
  const queued = new Map<string, Set<string>>();

  beforeAll(async () => {
    const dirs = { XDG_STATE_HOME: join(scratch, 'state'), XDG_CACHE_HOME: join(scratch, 'cache') };
    env = { ...process.env, ...cluster().env, ...dirs, SRUNX_RUN_DIR: runRoot };
    mkdirSync(runRoot);
    writeFileSync(join(scratch, 'flow.yaml'), shape.text(ran));
    const { stdout } = await run('scontrol', ['show', 'config']);
    maxArraySize = Number(/^MaxArraySize\s*= (\d+)/m.exec(stdout)?.[1]);
    expect(maxArraySize).toBeGreaterThan(1);
  });

  afterAll(async () => {
    const { stdout } = await run('squeue', ['-h', '-o', '%F %k %o']);
    const ids = [...readQueue(stdout, runRoot).values()].flatMap((own) => [...own]);
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
    for (const [id, kind] of controlled) await srunx(repetitionOf(kind, id)).ended;
    const questions = await answerQuestions(await settle());
    for (const id of cancelled) await srunx(['flow', 'cancel', id]).ended;
    const runs = await settle();
    await noteQueue();
    const accounted = await account(runs);
    noteIds(accounted.ids);
    const tokens = { queued, accounted, starts: linesOf(ran, '').length };
    console.log(chaosReport({ name: shape.name, rounds, kills, deletions, runs, cancelled, questions, ...tokens }));
    expectNothingTwice(runs);
    expectNothingLost(runs, accounted);
    expect((await run('squeue', ['-h', '-o', '%o'])).stdout, 'left in the queue').not.toContain(runRoot);
  });

  /** Kills one process of this kind at a random moment, and notes how far the run was by then. */
  async function killSomething(kind: Kind | ControlKind): Promise<void> {
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
      await client.kill(Math.random() * (find() === undefined ? 500 : shape.handoverMs));
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
      if (isControl(kind)) {
        controlled.set(id, kind);
        if (kind === 'resume') await srunx(controlWords('pause', id)).ended;
      }
      const words = isControl(kind)
        ? controlWords(kind, id)
        : kind === 'cancel'
          ? ['flow', 'cancel', id]
          : ['flow', 'attach', id, '-i', '1'];
      await srunx(words).kill(Math.random() * (kind === 'observe' ? 2_500 : 900));
      await client.ended;
    }
    const tokens = new Set(placesOf('').map(({ token }) => token)).size;
    const what = `${kind === 'point' ? `at ${point}` : kind}: ${stageOf(find(), tokens)}`;
    kills.set(what, (kills.get(what) ?? 0) + 1);
  }

  async function killHandover(find: () => string | undefined, { isWhole }: { readonly isWhole: boolean }) {
    const pid = await handoverPid(find);
    if (pid === undefined) return;
    await sleep(Math.random() * shape.handoverMs);
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
  async function settle(): Promise<readonly ChaosRun[]> {
    const deadline = performance.now() + 900_000;
    for (;;) {
      const text = await run(process.execPath, [program, 'flow', 'list', '--json', '--limit', '100000']);
      const runs = JSON.parse(text.stdout) as ChaosRun[];
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
  async function answerQuestions(runs: readonly ChaosRun[]): Promise<number> {
    const known = await account(runs);
    const open = runs.filter((one) => isOpen(one));
    for (const { run_id: id, jobs } of open) {
      const places = placesOf(id);
      const asked = jobs.flatMap(({ name, state }, row) =>
        state === 'unknown' ? [{ name, token: places[row]?.token ?? '' }] : [],
      );
      for (const { name, token } of asked)
        expect(known.ids.get(token), `${id} ${name} is in question, and Slurm has it`).toBeUndefined();
      expect(linesOf(ran, id), `${id} is in question, and has started`).toEqual([]);
      // Of an array, one of its tasks speaks for all.
      const names = [...new Map(asked.map(({ name, token }) => [token, name])).values()];
      await srunx(['flow', 'resume', id, '--detach', ...names.flatMap((name) => ['--submit', name])]).ended;
    }
    return open.length;
  }

  function placesOf(runId: string): readonly Place[] {
    return shape.places(runId, maxArraySize);
  }

  function expectNothingTwice(runs: readonly ChaosRun[]): void {
    const twice = [...queued].filter(([, ids]) => ids.size > 1);
    expect(twice, 'submitted twice').toEqual([]);
    const tokens = new Set(runs.flatMap(({ run_id: id }) => placesOf(id).map(({ token }) => token)));
    expect(
      [...queued.keys()].filter((token) => !tokens.has(token)),
      'submitted, but of no recorded run',
    ).toEqual([]);
    const lines = linesOf(ran, '');
    expect(lines.length, 'a job ran twice').toBe(new Set(lines).size);
  }

  function expectNothingLost(runs: readonly ChaosRun[], accounted: Records): void {
    expect(runs.length).toBeGreaterThan(0);
    for (const { run_id: id, status, handover, jobs } of runs) {
      const places = placesOf(id);
      expect(jobs.length, id).toBe(places.length);
      const known = places.map((place) => accounted.rows.get(keyOf(place))?.[0]);
      // What the store says of each job is what Slurm says.
      const ids = jobs.map(({ job_id: jobId, state }, row) => {
        const isAccounted = state === 'completed' || state === 'failed';
        return [jobId, isAccounted ? known[row]?.jobId : (queuedId(places[row]) ?? jobId)];
      });
      const other = ids.filter(([own, slurms]) => own !== slurms);
      expect(other, `${id} goes by other ids than Slurm`).toEqual([]);
      for (const state of ['completed', 'failed']) {
        const own = jobs.filter((one) => one.state === state).map(({ name }) => name);
        const slurms = jobs.filter((_, row) => known[row]?.state === state.toUpperCase()).map(({ name }) => name);
        expect(own, `${id} ${state}`).toEqual(slurms);
      }
      const lines = linesOf(ran, id);
      if (handover === 'interrupted') {
        expect([status, known.filter(Boolean), lines], id).toEqual(['cancelled', [], []]);
      } else if (controlled.get(id) === 'cells' && !cancelled.has(id)) {
        expectCellsEnded({ id, jobs, lines, shape });
      } else if (!cancelled.has(id)) {
        const rest = jobs.filter(({ state }) => state !== 'completed').map(({ name, state }) => [name, state]);
        expect([status, lines, Object.fromEntries(rest)], id).toEqual([shape.status, shape.lines, shape.states]);
      } else {
        expect(status, id).toMatch(/^(?:cancelled|completed|failed)$/);
        const begun = new Set(lines.map((line) => line.split(' ')[0]));
        const unmet = jobs.filter(({ name, state }) =>
          begun.has(name) ? ['skipped', 'withdrawn'].includes(state) : ['completed', 'failed'].includes(state),
        );
        expect(unmet, `${id} says of jobs what they do not`).toEqual([]);
      }
    }
  }

  /** As the queue had it, whatever became of it. */
  function queuedId(place: Place | undefined): string | undefined {
    const [id] = queued.get(place?.token ?? '') ?? [];
    return id === undefined || place?.task === undefined ? id : `${id}_${place.task}`;
  }

  async function noteQueue(): Promise<void> {
    noteIds(readQueue((await run('squeue', ['-h', '--states=all', '-o', '%F %k %o'])).stdout, runRoot));
  }

  function noteIds(ids: ReadonlyMap<string, ReadonlySet<string>>): void {
    for (const [token, own] of ids) queued.set(token, new Set([...(queued.get(token) ?? []), ...own]));
  }

  /** Accounting is some seconds late: asks until every job that ended by itself is there, or the time is over. */
  async function account(runs: readonly ChaosRun[]): Promise<Records> {
    const expected = runs.flatMap(({ run_id: id, jobs }) => {
      const places = placesOf(id);
      return jobs.flatMap(({ state }, row) => {
        const place = places[row];
        return place !== undefined && (state === 'completed' || state === 'failed') ? [keyOf(place)] : [];
      });
    });
    const deadline = performance.now() + 60_000;
    for (;;) {
      const known = runs.flatMap(({ jobs }) => jobs.flatMap(({ job_id: jobId }) => jobId?.replace(/_.*/, '') ?? []));
      // What was held while it ran is never eligible to the accounting (22.05): only its own id finds it.
      const named = known.length === 0 ? [] : [['-j', [...new Set(known)].join(',')]];
      const words = ['-X', '-n', '-P', '-S', 'now-1days', '-o', 'JobID,State,SubmitLine'];
      const texts = await Promise.all([[], ...named].map((more) => run('sacct', [...words, ...more])));
      const records = readAccounting(texts.map(({ stdout }) => stdout).join(''), runRoot);
      const ended = (key: string) => /^(?:COMPLETED|FAILED)$/.test(records.rows.get(key)?.[0]?.state ?? '');
      if (expected.every(ended) || performance.now() > deadline) return records;
      await sleep(500);
    }
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

function isOpen({ jobs }: ChaosRun): boolean {
  return jobs.some(({ state }) => state === 'unknown');
}
