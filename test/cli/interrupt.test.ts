import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSandbox } from './sandbox.ts';

const cluster = useDevCluster();
const sandbox = useSandbox(() => cluster().env);
const { srunx, json, start } = sandbox;

/** The rule is 200 ms; the rest is for machines that do other things at the same time. */
const longestMs = 1_000;
const successLine = /^Submitted batch job|^\d+$|^\d+: cancelled|completed \(/m;

interface Job {
  readonly job_id: string;
  readonly name: string;
}

describe.each(['SIGINT', 'SIGTERM'] as const)('%s', (signal) => {
  const expected = signal === 'SIGINT' ? 130 : 143;

  // From before the program has begun to run to after its end.
  it.each([0, 30, 60, 90, 120, 180, 250, 350, 500])('after %i ms of a submission leaves it whole', async (ms) => {
    const name = `${signal}-${ms}`;
    const started = start(['sbatch', '-J', name, '-o', '/dev/null', '--wrap', 'true']);
    await Promise.race([sleep(ms), started.ended]);
    const ran = await started.interrupt(signal);
    expect([0, expected]).toContain(ran.code);
    expect(ran.ms).toBeLessThan(longestMs);
    if (ran.code !== 0) expect(ran.stdout).not.toMatch(successLine);
    if (ran.code !== 0 && ran.stderr.includes('handed over')) expect(ran.stderr).toContain('srunx flow status');
    // The hand-over, once begun, ends by itself: the job exists once, or not at all.
    const jobs = async () => (await json<Job[]>(['squeue', '--me', '-t', 'all', '-n', name])).length;
    await expect.poll(jobs, { timeout: 20_000 }).toBeLessThan(2);
    if (ran.code === 0) expect(await jobs()).toBe(1);
  });

  it.each([0, 2, 4, 6, 8, 10, 13, 16, 20])('%i ms after the last word changes nothing', async (ms) => {
    const started = start(['sbatch', '-o', '/dev/null', '--wrap', 'true']);
    await started.said;
    await Promise.race([sleep(ms), started.ended]);
    expect(await started.interrupt(signal)).toMatchObject({ code: 0, stdout: expect.stringMatching(successLine) });
  });

  it.each([
    ['squeue', ['squeue', '-i', '5']],
    ['watch jobs', ['watch', 'jobs', '-i', '60']],
    ['tail', ['tail', '-f', '--interval', '60']],
    ['sbatch', ['sbatch', '--wait', '-H', '--wrap', 'true']],
  ])('while `%s` waits ends it at once', async (name, args) => {
    const held = name === 'sbatch' || name === 'squeue' ? undefined : await sandbox.submit(['-H', '--wrap', 'true']);
    const started = start([...args, ...(held === undefined ? [] : [held])]);
    const said = () => `${started.stdout()}${started.stderr()}`;
    await expect.poll(said, { timeout: 20_000 }).toMatch(/JOBID|No jobs|PENDING|is pending/);
    const before = started.stdout();
    const ran = await started.interrupt(signal);
    expect(ran.code).toBe(expected);
    expect(ran.ms).toBeLessThan(longestMs);
    expect(ran.stdout.slice(before.length)).not.toMatch(successLine);
    await srunx(['scancel', '--me', '-t', 'PENDING', '-y']);
  });
});

it('twice ends it without any last words', async () => {
  const started = start(['squeue', '-i', '60']);
  await expect.poll(() => `${started.stdout()}${started.stderr()}`, { timeout: 20_000 }).not.toBe('');
  void started.interrupt();
  expect((await started.interrupt()).code).toBe(130);
});

it('at a question ends it, and nothing is cancelled', async () => {
  const name = `asked-${process.pid}`;
  const ids = await Promise.all([0, 1].map(() => sandbox.submit(['-H', '-J', name, '--wrap', 'true'])));
  const asked = sandbox.startAtTerminal(['scancel', '--me', '-n', name], { columns: 100, rows: 24 });
  await expect.poll(asked.stdout, { timeout: 20_000 }).toContain('[y/N] ');
  asked.write('\x03');
  expect((await asked.ended).code).toBe(130);
  expect(await json<Job[]>(['squeue', '-n', name])).toHaveLength(2);
  await srunx(['scancel', ...ids]);
});
