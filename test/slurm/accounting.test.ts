import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitUntil } from '../../dev/processes.ts';
import { createSlurmCluster } from '../../src/cluster/slurm/slurm-cluster.ts';
import { expandTaskSet, parseJobId } from '../../src/core/slurm/job-id.ts';
import type { JobObservation } from '../../src/core/slurm/job-observation.ts';
import { LocalShell } from '../../src/shell/local-shell.ts';
import { Bench, waitForFile } from '../contract/cluster/bench.ts';
import { useDevCluster } from '../support/dev-cluster.ts';

const devCluster = useDevCluster();
const createShell = async () => new LocalShell({ name: 'local', env: { ...process.env, ...devCluster().env } });

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.create({ create: async () => createSlurmCluster(await createShell()), createShell });
});
afterAll(() => bench.close());

const recordsOf = (jobId: string) => bench.cluster.accounting({ jobIds: [jobId], since: 0 });

/**
 * Status by task, or of the job itself. The accounting's row of the unstarted tasks is corrected late: a task that has a row
 * of its own is what that row says.
 */
function statesOf(rows: readonly JobObservation[]): Record<string, string> {
  const states = new Map<string | number, string>();
  const single = ({ jobId }: JobObservation) => parseJobId(jobId)?.task?.kind !== 'set';
  for (const row of [...rows.filter((row) => !single(row)), ...rows.filter(single)]) {
    const task = parseJobId(row.jobId)?.task;
    const tasks = task?.kind === 'set' ? expandTaskSet(task.set) : [task?.index ?? 'job'];
    for (const index of tasks) states.set(index, row.state.status);
  }
  return Object.fromEntries(states);
}

/** Both sources say this of a job; the accounting comes a few seconds later. */
async function bothSay(jobId: string, expected: Record<string, string>): Promise<void> {
  expect(statesOf(await bench.rows(jobId))).toEqual(expected);
  const agrees = async () => JSON.stringify(statesOf(await recordsOf(jobId))) === JSON.stringify(expected);
  await waitUntil(agrees, 20_000);
  expect(statesOf(await recordsOf(jobId))).toEqual(expected);
}

describe('controller and accounting', () => {
  it('agree about a job at each step', async () => {
    const gate = bench.path('gate');
    const jobId = await bench.submitOne({ script: `${waitForFile(gate)}; exit 5`, options: ['--hold'] });
    await bothSay(jobId, { job: 'PENDING' });
    await bench.cluster.release([jobId]);
    await bench.reaches(jobId, 'RUNNING');
    await bothSay(jobId, { job: 'RUNNING' });
    await bench.write(gate);
    const row = await bench.ended(jobId);
    await bothSay(jobId, { job: 'FAILED' });
    const [record] = await recordsOf(jobId);
    const facts = ({
      submitTime,
      startTime,
      endTime,
      exit,
      name,
      user,
      cpus,
      nodeList,
      partition,
    }: JobObservation) => ({
      ...{ submitTime, startTime, endTime, exit, name, user, cpus, nodeList, partition },
    });
    expect(record === undefined ? undefined : facts(record)).toEqual(facts(row));
  });

  it('agree about the tasks of an array, while it unfolds', async () => {
    const gates = [0, 1, 2].map((index) => bench.path(`gate${index}`));
    const cases = gates.map((gate, index) => `${index}) ${waitForFile(gate)} ;;`).join('\n');
    const jobId = await bench.submitOne({
      script: `case $SLURM_ARRAY_TASK_ID in\n${cases}\nesac\nexit $SLURM_ARRAY_TASK_ID`,
      options: ['--array=0-2%1'],
    });
    const ends = ['COMPLETED', 'FAILED', 'FAILED'];
    for (const [index, gate] of gates.entries()) {
      await bench.reaches(`${jobId}_${index}`, 'RUNNING');
      const expected = gates.map((_, task) => (task < index ? ends[task] : task === index ? 'RUNNING' : 'PENDING'));
      await bothSay(jobId, Object.fromEntries(expected.map((status, task) => [task, status ?? ''])));
      await bench.write(gate);
    }
    await bench.allEnded([jobId]);
    await bothSay(jobId, { 0: 'COMPLETED', 1: 'FAILED', 2: 'FAILED' });
  });

  it('agree about a job that took too much memory', async ({ skip }) => {
    if (!devCluster().memoryEnforced) skip('memory is not enforced here');
    const script = 'exec head -c 200000000 /dev/zero | tail';
    const jobId = await bench.submitOne({ script, options: ['--mem=50M'] });
    const row = await bench.ended(jobId);
    expect(row.state).toMatchObject({ raw: 'OUT_OF_MEMORY', failureKind: 'oom' });
    await bothSay(jobId, { job: 'FAILED' });
    expect((await recordsOf(jobId))[0]?.state.failureKind).toBe('oom');
  });

  it('keep the id of a requeued job, with another submit time', async () => {
    const starts = bench.path('starts');
    const jobId = await bench.submitOne({ script: `echo x >>'${starts}'; sleep 600`, options: ['--requeue'] });
    await bench.readOnce(starts, 'x\n');
    const [before] = await bench.rows(jobId);
    // Within one second the submit times would be equal.
    const isLater = () => Date.now() / 1000 > (before?.submitTime ?? 0) + 1;
    await waitUntil(isLater, 5_000);
    await bench.cluster.requeue([jobId]);
    const isAgain = async () => {
      const [after] = await bench.rows(jobId);
      return after?.restarts === 1 && (after.submitTime ?? 0) > (before?.submitTime ?? Number.POSITIVE_INFINITY);
    };
    expect(await waitUntil(isAgain, 20_000)).toBe(true);
    expect((await bench.rows(jobId))[0]?.jobId).toBe(jobId);
    await bench.cluster.cancel({ jobIds: [jobId] });
    await bothSay(jobId, { job: 'CANCELLED' });
  });
});
