import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitUntil } from '../../dev/processes.ts';
import { type CrashPoint, sweepCrashPoints } from '../../src/engine/crash-points.ts';
import { useDevCluster } from '../support/dev-cluster.ts';
import { linesOf, readQueue } from './slurm-records.ts';
import { homeOf, type Run, useProgram } from './use-program.ts';

const scratch = mkdtempSync(join(tmpdir(), 'srunx-sweep-points-'));
const ran = join(scratch, 'ran');
afterAll(() => rmSync(scratch, { recursive: true }));

/** Six cells, of which two train until the file `go.RUN` is there; two of them ask for something else, so they are arrays of their own. */
const workflow = `name: points
sweep: {matrix: {mem: [100M, 200M], n: [0, 1, 2]}, max_parallel: 2}
jobs:
  - name: train
    launcher: none
    resources: {memory_per_node: "{{ mem }}"}
    command: 'echo $SRUNX_RUN train#$SRUNX_CELL >> ${ran}; until test -e ${scratch}/go.$SRUNX_RUN; do sleep 0.1; done'
  - {name: eval, command: 'echo $SRUNX_RUN eval#$SRUNX_CELL >> ${ran}', depends_on: [train]}
  - {name: sorry, command: 'echo $SRUNX_RUN sorry#$SRUNX_CELL >> ${ran}', depends_on: ["afternotok:train"]}
`;
interface Reasons {
  readonly jobs: readonly { readonly name: string; readonly reason: string | null }[];
}

const all = [0, 1, 2, 3, 4, 5];
/** Those that run at first: one of each array. */
const first = [0, 3];
const others = all.filter((cell) => !first.includes(cell));

describe('a process that ends while it controls a sweep', () => {
  const cluster = useDevCluster();
  const env = () => homeOf(scratch, 'home', cluster().env);
  const { srunx, crash, newest } = useProgram(scratch, env);
  const reached = new Set<CrashPoint>();
  beforeAll(() => writeFileSync(join(scratch, 'sweep.yaml'), workflow));

  const begin = async (): Promise<string> => {
    const started = await srunx(['flow', 'run', '--local', '--detach', 'sweep.yaml']);
    expect(started.code, started.stderr).toBe(0);
    const id = started.stdout.trim();
    await expect.poll(() => linesOf(ran, id), { timeout: 30_000 }).toEqual(first.map((cell) => `train#${cell}`));
    return id;
  };
  const endAt = async (point: CrashPoint, ...args: readonly string[]) => {
    await crash(point, ...args);
    reached.add(point);
  };
  const repeat = async (...args: readonly string[]) => {
    const again = await srunx(args);
    expect(again.code, again.stderr).toBe(0);
    return again;
  };
  /** Lets it go on; these cells end as ever, and of the others nothing runs any more. */
  const expectEnd = async (id: string, cells: readonly number[]) => {
    writeFileSync(join(scratch, `go.${id}`), '');
    await waitUntil(async () => !['running', 'pending'].includes((await newest()).status), 60_000);
    const run: Run = await newest();
    expect([run.run_id, run.status]).toEqual([id, cells.length === all.length ? 'completed' : 'cancelled']);
    const completed = run.jobs.flatMap(({ name, state }) => (state === 'completed' ? [name] : []));
    const expected = cells.flatMap((cell) => [`train#${cell}`, `eval#${cell}`]);
    expect(completed.sort()).toEqual([...expected].sort());
    const begun = first.filter((cell) => !cells.includes(cell)).map((cell) => `train#${cell}`);
    expect(linesOf(ran, id)).toEqual([...expected, ...begun].sort());
    const text = await native('squeue', '-h', '--states=all', '-o', '%F %k %o');
    const ids = readQueue(text, join(env()['SRUNX_RUN_DIR'] ?? '', id));
    expect([...ids.values()].map(({ size }) => size)).toEqual(Array(6).fill(1));
  };
  const native = (command: string, ...args: readonly string[]) =>
    new Promise<string>((resolve) => execFile(command, args, { env: env() }, (_, stdout) => resolve(stdout)));

  it('at pause-noted can be told again to pause, and then to resume', async () => {
    const id = await begin();
    await endAt('pause-noted', 'sweep', 'pause', id);
    expect((await repeat('sweep', 'pause', id)).stdout).toBe('16 tasks held; 2 tasks running\n');
    expect((await repeat('sweep', 'resume', id)).stdout).toBe('16 tasks released; 2 tasks running\n');
    await expectEnd(id, all);
  });

  it('at pause-noted has held nothing: the sweep goes on', async () => {
    const id = await begin();
    await endAt('pause-noted', 'sweep', 'pause', id);
    await expectEnd(id, all);
  });

  it('at resume-sent can be told again to resume, and keeps nothing held', async () => {
    const id = await begin();
    await repeat('sweep', 'pause', id);
    await endAt('resume-sent', 'sweep', 'resume', id);
    await repeat('sweep', 'resume', id);
    const { directory } = await newest();
    expect(JSON.parse(readFileSync(join(directory, 'held.json'), 'utf8'))).toMatchObject({ jobs: [] });
    await expectEnd(id, all);
  });

  it.each(['cancelled', 'resumed'])('at cells-held leaves cells that can be %s', async (what) => {
    const id = await begin();
    await endAt('cells-held', 'sweep', 'cancel', id, '--pending-only', '--yes');
    const status = JSON.parse((await srunx(['sweep', 'status', id, '--json'])).stdout) as { tasks_held: number };
    expect(status.tasks_held).toBe(others.length);
    if (what === 'resumed') await repeat('sweep', 'resume', id);
    else await repeat('sweep', 'cancel', id, '--pending-only', '--yes');
    await expectEnd(id, what === 'resumed' ? all : first);
  });

  it.each(['cancel-marked', 'cancel-sent'] as const)('at %s can be told again to cancel cells', async (point) => {
    const id = await begin();
    await crash(point, 'sweep', 'cancel', id, '--cell', '0', '--cell', '4', '--yes');
    await repeat('sweep', 'cancel', id, '--cell', '0', '--cell', '4', '--yes');
    await expectEnd(id, [1, 2, 3, 5]);
  });

  it('at limit-sent can be told again to change the limits', async () => {
    const id = await begin();
    await endAt('limit-sent', 'sweep', 'set', id, '--max-parallel', '5');
    await repeat('sweep', 'set', id, '--max-parallel', '5');
    const arrays = new Set((await newest()).jobs.map(({ job_id: jobId }) => jobId?.replace(/_.*/, '')));
    const limits = await Promise.all([...arrays].map((array) => native('scontrol', 'show', 'job', `${array}`)));
    const throttles = limits.map((text) => /ArrayTaskThrottle=(\d+)/.exec(text)?.[1]);
    expect(throttles.sort()).toEqual(['2', '2', '2', '3', '3', '3']);
    await expectEnd(id, all);
  });

  describe('amid fail_fast', () => {
    /** So many that some are left on a slow machine, too. */
    const many = Array.from({ length: 12 }, (_, cell) => cell);
    /** In the place of a command of Slurm, on the node: at this call it ends all processes of the task. */
    const failWith = async ({ call, does }: { readonly call: string; readonly does: string }): Promise<string> => {
      const bin = mkdtempSync(join(scratch, 'bin-'));
      for (const tool of ['scancel', 'scontrol']) {
        const end = 'kill -9 "-$(cut -d" " -f5 /proc/$$/stat)"';
        const act = does === 'before' ? end : `"$real" "$@"; ${end}`;
        writeFileSync(
          join(bin, tool),
          `#!/bin/sh
real=$(PATH=\${PATH#*:} command -v ${tool})
case "$SLURM_JOB_ID ${tool} $*" in [0-9]*${call}) mkdir ${bin}/done && { ${act}; } ;; esac
exec "$real" "$@"
`,
          { mode: 0o755 },
        );
      }
      const path = `${bin}:${env()['PATH']}`;
      const started = await srunx(['flow', 'run', '--local', '--detach', 'fail.yaml'], { PATH: path });
      expect(started.code, started.stderr).toBe(0);
      await waitUntil(() => existsSync(join(bin, 'done')), 30_000);
      expect(existsSync(join(bin, 'done')), 'the moment never came').toBe(true);
      return started.stdout.trim();
    };
    const expectStopped = async (id: string) => {
      await waitUntil(async () => !['running', 'pending'].includes((await newest()).status), 30_000);
      const run = await newest();
      expect([run.run_id, run.status]).toEqual([id, 'failed']);
      const why = JSON.parse((await srunx(['flow', 'status', id, '--json'])).stdout) as Reasons;
      expect(why.jobs.find(({ name }) => name === 'train#1')?.reason, 'it was not killed').toBe('signal');
      const begun = many.filter((cell) => linesOf(ran, id).includes(`train#${cell}`));
      const good = begun.filter((cell) => cell !== 1);
      const completed = [...good.flatMap((cell) => [`train#${cell}`, `eval#${cell}`]), 'sorry#1'];
      const states = (wanted: string) => run.jobs.flatMap(({ name, state }) => (state === wanted ? [name] : [])).sort();
      expect([states('failed'), states('completed')]).toEqual([['train#1'], completed.sort()]);
      expect(states('skipped')).toHaveLength(3 * many.length - 1 - completed.length);
      expect(linesOf(ran, id)).toEqual([...completed, 'train#1'].sort());
      expect(await native('squeue', '-h', '-o', '%o')).not.toContain(id);
      return begun;
    };
    beforeAll(() =>
      writeFileSync(
        join(scratch, 'fail.yaml'),
        `name: fail
sweep: {matrix: {n: {range: [0, 12]}}, max_parallel: 2, fail_fast: true}
jobs:
  - {name: train, launcher: none, command: 'echo $SRUNX_RUN train#$SRUNX_CELL >> ${ran}; [ {{ n }} -ne 1 ] || exit 3; sleep 8'}
  - {name: eval, command: 'echo $SRUNX_RUN eval#$SRUNX_CELL >> ${ran}', depends_on: [train]}
  - {name: sorry, command: 'echo $SRUNX_RUN sorry#$SRUNX_CELL >> ${ran}', depends_on: ["afternotok:train"]}
`,
      ),
    );

    it.each([
      { call: '*StartTime=now+3600', does: 'before' },
      { call: '*StartTime=now+3600', does: 'behind' },
      { call: '*scancel*', does: 'before' },
      { call: '*scancel*', does: 'behind' },
      { call: '*StartTime=now', does: 'before' },
    ])('a job killed $does $call leaves the rest to whoever looks', async (moment) => {
      const begun = await expectStopped(await failWith(moment));
      // Its place is free until somebody looks.
      if (moment.call.endsWith('3600') && moment.does === 'before') expect(begun.length).toBeLessThan(many.length);
      else expect(begun).toEqual([0, 1]);
    });

    it.each(['end-held', 'cells-stopped'] as const)(
      'whoever looks is killed at %s, too: the next one goes on',
      async (point) => {
        const id = await failWith({ call: '*StartTime=now+3600', does: 'behind' });
        await endAt(point, 'flow', 'attach', id, '-i', '1');
        await expectStopped(id);
      },
    );
  });

  it('has been ended at every point that there is', () => {
    expect([...reached].sort()).toEqual([...sweepCrashPoints].sort());
    expect(existsSync(ran)).toBe(true);
  });
});
