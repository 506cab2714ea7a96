import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { DevCluster } from '../../dev/dev-cluster.ts';
import { listProcesses, waitUntil } from '../../dev/processes.ts';
import { ageClaims } from '../chaos/plan-directory.ts';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSandbox } from './sandbox.ts';

const maxSubmit = 20;

interface SweepJson {
  readonly status: string;
  readonly tasks_deferred: number;
  readonly deferred_reason: string | null;
  readonly directory: string;
  readonly jobs: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

interface SweepCells {
  readonly cells: readonly { readonly index: number; readonly jobs: readonly { readonly job_id: string | null }[] }[];
}

interface RunJson {
  readonly status: string;
  readonly jobs: readonly { readonly name: string; readonly state: string; readonly reason: string | null }[];
}

/** Each task writes down its number, and how many run with it. */
function sweep(name: string, { cells = 30, parallel = 3, seconds = 0.3, command = 'true', more = '' } = {}): string {
  const count = (job: string) =>
    `mkdir -p ${name}/${job} && : > ${name}/${job}/{{ n }}; ls ${name}/${job} | wc -l >> ${name}.${job}.count; sleep ${seconds}; ` +
    `rm ${name}/${job}/{{ n }}; echo {{ n }} >> ${name}.${job}`;
  const job = (own: string, text: string, rest = '') =>
    `  - {name: ${own}, launcher: none, command: ${JSON.stringify(`${text}; ${count(own)}`)}${rest}}`;
  return `name: ${name}
sweep:
  matrix: {n: {range: [0, ${cells}]}}
  max_parallel: ${parallel}
${more}jobs:
${job('train', command)}
${job('eval', 'true', ', depends_on: [train]')}
`;
}

/** Who hands over the rest of a sweep: a job on the cluster, or any srunx that looks. */
export type Way = 'relay' | 'driver';

/** For a file of its own each: they take long, and can run side by side. */
export function describeSubmitLimits(way: Way): void {
  describe(`a sweep that is larger than the queue, with a ${way}`, () => {
    const cluster = useDevCluster({ nodes: 2, cpus: 16, maxSubmit });
    // Stands before the sandbox, so that it comes after the end of its programs, which would hand over more.
    afterEach(async () => {
      native('scancel', '-u', native('id', '-un').trim());
      expect(await waitUntil(() => queue() === 0, 60_000)).toBe(true);
    });
    const { srunx, json, write, read, work, start } = useSandbox(() => cluster().env);
    const native = (...argv: readonly string[]) =>
      execFileSync(argv[0] ?? '', argv.slice(1), { env: { ...process.env, ...cluster().env }, encoding: 'utf8' });
    const statusOf = (id: string) => json<SweepJson>(['sweep', 'status', id]);
    const begin = async (name: string, options: Parameters<typeof sweep>[1] = {}) => {
      write(`${name}.yaml`, sweep(name, options));
      const ran = await srunx(['flow', 'run', `${name}.yaml`, '--detach']);
      expect(ran.code, ran.stderr).toBe(0);
      return { id: ran.stdout.trim(), verdict: ran.stderr };
    };
    const numbersIn = (name: string) => (existsSync(join(work, name)) ? read(name).trim().split('\n').map(Number) : []);
    const all = (count: number) => Array.from({ length: count }, (_, index) => index);
    const ran = (name: string) => numbersIn(name).sort((a, b) => a - b);
    const queue = () => native('squeue', '-h', '-r', '-o', '%i').split('\n').length - 1;

    beforeAll(async () => {
      if (way === 'relay') expect((await srunx(['doctor', '--job'])).stdout).toContain('jobs may submit jobs');
    }, 120_000);

    it('runs all of it, never more at once than it may, whatever becomes of those who look', async () => {
      write('grid.yaml', sweep('grid'));
      const client = start(['flow', 'run', 'grid.yaml', '-i', '1']);
      expect(await waitUntil(() => /handed over \d+ of 60 tasks/.test(client.stderr()), 30_000)).toBe(true);
      await client.interrupt('SIGKILL');
      const [, verdict = '', id = ''] = /^(srunx: sweep (\w+): .*)$/m.exec(client.stderr()) ?? [];
      expect(verdict).toContain('account limited allows you 20 jobs in the queue, and 0 are there already');
      if (way === 'relay') {
        expect(verdict).toMatch(
          /handed over 18 of 60 tasks .*the rest follows by itself, by jobs on the cluster .*you may close the laptop/,
        );
        // Nobody looks.
        expect(await waitUntil(() => numbersIn('grid.eval').length >= 30, 90_000)).toBe(true);
      } else {
        expect(verdict).toMatch(
          /handed over 20 of 60 tasks .*the rest needs a srunx to keep running .*`srunx doctor --job` does$/,
        );
        for (let round = 0; round < 8; round += 1) {
          const driver = start(['flow', 'attach', id, '-i', '0.3']);
          await Promise.race([driver.ended, sleep(Math.random() * 2_500)]);
          await driver.interrupt('SIGKILL');
        }
        expect((await srunx(['flow', 'attach', id, '-i', '1'])).code).toBe(0);
      }
      expect(await waitUntil(async () => (await statusOf(id)).status === 'completed', 30_000)).toBe(true);
      expect([ran('grid.train'), ran('grid.eval')]).toEqual([all(30), all(30)]);
      expect(Math.max(...numbersIn('grid.train.count'), ...numbersIn('grid.eval.count'))).toBe(3);
      expect(await statusOf(id)).toMatchObject({
        ...{ tasks_deferred: 0, deferred_reason: null },
        jobs: { train: { completed: 30 }, eval: { completed: 30 } },
      });
      // Each array once, whoever submitted it.
      const tokens = native('squeue', '-h', '--states=all', '-o', '%F %k').match(/\d+ srunx:\S+-\d+$/gm) ?? [];
      const arrays = new Set(tokens);
      expect(arrays.size).toBe(new Set([...arrays].map((text) => text.split(' ')[1])).size);
    }, 180_000);

    it('comes to what is to run after all cells, also of what is added in several windows', async () => {
      const more = 'reduce:\n  - {name: sum, launcher: none, command: "wc -l < $SRUNX_CELLS >> summed.sums"}\n';
      const { id } = await begin('summed', { cells: 12, parallel: 8, seconds: 0, more });
      expect((await srunx(['flow', 'attach', id, '-i', '1'])).code).toBe(0);
      const cells = Array.from({ length: 12 }, (_, index) => index + 12).join(',');
      const added = await srunx(['sweep', 'extend', id, '--add', `n=${cells}`, '-i', '1']);
      expect([added.code, added.stderr]).toEqual([0, expect.stringMatching(/handed over \d+ of 24 tasks/)]);
      expect([ran('summed.train'), ran('summed.eval')]).toEqual([all(24), all(24)]);
      expect(numbersIn('summed.sums')).toEqual([12, 24]);
    }, 180_000);

    it('loses nothing and does nothing twice where those who hand it over are killed', async () => {
      const { id } = await begin('chaos');
      const { directory } = await statusOf(id);
      const follow = start(['flow', 'attach', id, '-i', '0.3']);
      let killed = 0;
      for (const until = Date.now() + 25_000; Date.now() < until && killed < 12; await sleep(Math.random() * 30)) {
        killed += killHandovers({ directory, cluster: cluster() });
      }
      expect(killed).toBeGreaterThan(0);
      await follow.interrupt('SIGKILL');
      const isOver = async () => {
        // What is in question would be looked for during two minutes; nobody looks any more, so it was not submitted.
        if (handoversOf({ directory, cluster: cluster() }).length === 0) ageClaims(directory);
        const { status, jobs } = await json<RunJson>(['flow', 'status', id]);
        const asked = jobs.flatMap(({ name, state }) => (state === 'unknown' ? ['--submit', name] : []));
        if (asked.length > 0) await srunx(['flow', 'resume', id, '--detach', ...asked]);
        await sleep(1_000);
        return status === 'completed';
      };
      expect(await waitUntil(isOver, 240_000)).toBe(true);
      expect([ran('chaos.train'), ran('chaos.eval')]).toEqual([all(30), all(30)]);
      expect(Math.max(...numbersIn('chaos.train.count'))).toBeLessThanOrEqual(3);
    }, 300_000);

    it.runIf(way === 'relay')(
      'is let go where it was seen already, and whoever submitted it was killed before that',
      async () => {
        const { id } = await begin('seen');
        const { directory } = await statusOf(id);
        const submitted = () => readFileSync(join(directory, 'handover.log'), 'utf8').match(/^job /gm)?.length ?? 0;
        const before = submitted();
        // It sees at one look that the first part has ended, and that the second is there.
        const follow = start(['flow', 'attach', id, '-i', '3']);
        for (const until = Date.now() + 60_000; submitted() < 2 * before && Date.now() < until; ) await sleep(1);
        expect(killHandovers({ directory, cluster: cluster() })).toBeGreaterThan(0);
        expect((await follow.ended).code).toBe(0);
        expect([ran('seen.train'), ran('seen.eval')]).toEqual([all(30), all(30)]);
      },
      180_000,
    );

    it.runIf(way === 'relay')(
      'goes on beside another one, neither with anybody who looks',
      async () => {
        await begin('one', { cells: 20 });
        // The rest of both is more than a part.
        expect(await waitUntil(() => numbersIn('one.eval').length >= 3 && queue() <= 12, 60_000)).toBe(true);
        const { verdict } = await begin('two', { cells: 20 });
        expect(verdict).toMatch(/handed over \d+ of 40 tasks .*the rest follows by itself/);
        const hasEnded = () => ['one', 'two'].every((name) => numbersIn(`${name}.eval`).length >= 20);
        expect(await waitUntil(hasEnded, 150_000)).toBe(true);
        expect([ran('one.eval'), ran('two.eval')]).toEqual([all(20), all(20)]);
      },
      240_000,
    );

    it('says how far it is, and is cancelled in the middle', async () => {
      const { id } = await begin('cut', { seconds: 4 });
      const status = await statusOf(id);
      const who =
        way === 'relay'
          ? /^earlier cells have to end first; then job \d+ hands it over$/
          : /; then a srunx that follows the run/;
      expect(status).toMatchObject({
        tasks_deferred: way === 'relay' ? 42 : 40,
        deferred_reason: expect.stringMatching(who),
      });
      expect((await srunx(['sweep', 'status', id])).stdout).toMatch(
        /^(?:18|20) of 60 tasks handed over: earlier cells/m,
      );
      const { jobs } = await json<RunJson>(['flow', 'status', id]);
      expect(jobs.find(({ name }) => name === 'eval#29')).toMatchObject({
        state: 'waiting',
        reason: status.deferred_reason,
      });
      expect((await srunx(['sweep', 'cancel', id, '--yes'])).code).toBe(0);
      expect(await waitUntil(() => queue() === 0, 30_000)).toBe(true);
      const after = await statusOf(id);
      expect(after).toMatchObject({ status: 'cancelled', tasks_deferred: 0 });
      await sleep(3_000);
      await srunx(['sweep', 'status', id]);
      expect(queue()).toBe(0);
      expect(numbersIn('cut.train').filter((n) => n >= 10)).toEqual([]);
    }, 120_000);

    it('ends when its cells have failed', async () => {
      const { id } = await begin('fails', { command: '[ {{ n }} -ne 2 ] || exit 3', more: '  fail_fast: true\n' });
      const follow = await srunx(['flow', 'attach', id, '-i', '0.5']);
      expect(follow.code).toBe(4);
      const { jobs } = await json<RunJson>(['flow', 'status', id]);
      const last = jobs.filter(({ name }) => name.endsWith('#29'));
      expect(last.map(({ state, reason }) => [state, reason])).toEqual([
        ['skipped', 'fail_fast: train#2 failed'],
        ['skipped', 'fail_fast: train#2 failed'],
      ]);
      expect(await waitUntil(() => queue() === 0, 30_000)).toBe(true);
    }, 120_000);

    it('is paused as a whole, and goes on', async () => {
      const { id } = await begin('rests', { cells: 14, seconds: 2 });
      expect((await srunx(['sweep', 'pause', id])).code).toBe(0);
      expect(await waitUntil(() => native('squeue', '-h', '-t', 'R').trim() === '', 30_000)).toBe(true);
      await srunx(['sweep', 'status', id]);
      const held = native('squeue', '-h', '-o', '%r').trim().split('\n');
      expect(new Set(held)).toEqual(new Set(['JobHeldUser']));
      expect(await json(['sweep', 'status', id])).toMatchObject({ paused: true, eta_seconds: null });
      expect((await srunx(['sweep', 'resume', id])).code).toBe(0);
      expect((await srunx(['flow', 'attach', id, '-i', '0.5'])).code).toBe(0);
      expect(ran('rests.eval')).toEqual(all(14));
    }, 180_000);

    it('does not go on too early where what was added is cancelled before it has begun', async () => {
      const { id } = await begin('early', {
        cells: 2,
        parallel: 2,
        command: 'until test -e early.go; do sleep 0.1; done',
      });
      expect(await waitUntil(async () => (await statusOf(id)).jobs['train']?.['running'] === 2, 30_000)).toBe(true);
      // The last ones have room beside what runs.
      const values = Array.from({ length: 9 }, (_, index) => index + 2).join(',');
      const added = await srunx(['sweep', 'extend', id, '--add', `n=${values}`, '--detach']);
      expect([added.code, added.stderr]).toEqual([0, expect.stringMatching(/handed over \d+ of 18 tasks/)]);
      const { cells } = await json<SweepCells>(['sweep', 'show', id]);
      const window = cells.filter(({ index, jobs }) => index > 1 && jobs.every((job) => job.job_id !== null));
      expect([window.length > 1, window.length < 9]).toEqual([true, true]);
      expect(
        (await srunx(['sweep', 'cancel', id, ...window.flatMap(({ index }) => ['--cell', `${index}`])])).code,
      ).toBe(0);
      // What was there before still runs, in all places.
      const hasGoneOn = async () => ((await statusOf(id)).jobs['train']?.['running'] ?? 0) > 2;
      expect(await waitUntil(hasGoneOn, 10_000)).toBe(false);
      write('early.go', '');
      await srunx(['flow', 'attach', id, '-i', '1']);
      const left = all(11).filter((cell) => window.every(({ index }) => index !== cell));
      expect([ran('early.eval'), Math.max(...numbersIn('early.train.count'))]).toEqual([left, 2]);
    }, 180_000);

    it('is given another limit, also for what is handed over later', async () => {
      const { id } = await begin('wider', { cells: 24, seconds: 2 });
      expect((await srunx(['sweep', 'set', id, '--max-parallel', '6'])).code).toBe(0);
      expect((await srunx(['flow', 'attach', id, '-i', '0.5'])).code).toBe(0);
      const last = numbersIn('wider.train.count').slice(-6);
      expect([ran('wider.eval'), Math.max(...last) > 3]).toEqual([all(24), true]);
      expect(Math.max(...numbersIn('wider.train.count'))).toBeLessThanOrEqual(6);
    }, 180_000);

    it('goes on for somebody who has only its plan directory', async () => {
      const { id } = await begin('found', { cells: 14 });
      const { directory } = await statusOf(id);
      const env = { XDG_STATE_HOME: join(work, 'elsewhere') };
      expect((await srunx(['flow', 'attach', directory, '-i', '0.5'], { env })).code).toBe(0);
      expect(ran('found.eval')).toEqual(all(14));
      expect(await statusOf(id)).toMatchObject({ status: 'completed' });
    }, 120_000);

    it('waits where others have filled the queue meanwhile', async () => {
      const { id } = await begin('full', { cells: 14, seconds: 1 });
      // Others take each place that its first part leaves.
      const isFull = async () => {
        const free = maxSubmit - queue();
        if (free > 0) native('sbatch', '--hold', `--array=0-${free - 1}`, '--wrap', 'true');
        return /^there is no room in the queue yet; then /.test((await statusOf(id)).deferred_reason ?? '');
      };
      expect(await waitUntil(isFull, 90_000)).toBe(true);
      native('scancel', '--state=PENDING', '--name=wrap');
      // The job on the cluster has gone back into the queue, and looks again after half a minute.
      if (way === 'relay') expect(await waitUntil(() => numbersIn('full.eval').length >= 14, 120_000)).toBe(true);
      expect((await srunx(['flow', 'attach', id, '-i', '1'])).code).toBe(0);
      expect(ran('full.eval')).toEqual(all(14));
    }, 180_000);

    it.runIf(way === 'relay')(
      'is not gone on with when all of it was cancelled by other means',
      async () => {
        const { id } = await begin('gone', { parallel: 9, seconds: 20 });
        expect(await waitUntil(() => native('squeue', '-h', '-t', 'R').trim().split('\n').length === 9, 30_000)).toBe(
          true,
        );
        native('scancel', '-u', native('id', '-un').trim());
        expect(await waitUntil(() => queue() === 0, 30_000)).toBe(true);
        for (let look = 0; look < 3; look += 1) await srunx(['sweep', 'status', id]);
        expect(queue()).toBe(0);
        expect(await statusOf(id)).toMatchObject({ status: 'cancelled', tasks_deferred: 0 });
      },
      120_000,
    );

    it('is refused where not even one cell has room, as is a workflow that has more jobs', async () => {
      native('sbatch', '--hold', '--array=0-18', '--wrap', 'true');
      write('full.yaml', sweep('full'));
      const ended = await srunx(['flow', 'run', 'full.yaml']);
      expect([ended.code, ended.stderr]).toEqual([
        8,
        expect.stringContaining(
          'does not even take the 2 jobs of one cell now: account limited allows you 20 jobs in the queue, and 19 are',
        ),
      ]);
      write('wide.yaml', 'name: wide\njobs:\n  - {name: a, array: 1-2, launcher: none, command: "true"}\n');
      const wide = await srunx(['flow', 'run', 'wide.yaml']);
      expect([wide.code, wide.stderr]).toEqual([
        8,
        expect.stringMatching(/does not take the 2 jobs of `wide` now: .*19 are there(?:.|\n)*Run it again when/),
      ]);
      expect(queue()).toBe(19);
      const refused = await srunx(['sbatch', '-a', '0-1', '--wrap', 'true']);
      expect([refused.code, refused.stderr]).toEqual([
        3,
        expect.stringMatching(/AssocMaxSubmitJobLimit(?:.|\n)*and 19 are there already/),
      ]);
    }, 60_000);
  });
}

/** Kills those who hand over a part at this moment, and says how many. */
function killHandovers(place: HandoverPlace): number {
  const pids = handoversOf(place);
  pids.forEach(kill);
  return pids.length;
}

interface HandoverPlace {
  readonly directory: string;
  readonly cluster: DevCluster;
}

/** Processes that hand it over: its script, and the relays of the cluster. */
function handoversOf({ directory, cluster }: HandoverPlace): readonly number[] {
  return listProcesses().flatMap(({ pid }) => {
    const command = commandOf(pid);
    // A relay is started from Slurm's copy of it, with a number behind it. Other clusters of this machine have theirs.
    const isRelay = /slurm_script\0\d+\0$/.test(command) && command.includes(`${cluster.dir}/`);
    return isRelay || command.includes(`${directory}/handover.sh`) ? [pid] : [];
  });
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    // Ended meanwhile.
    return '';
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
