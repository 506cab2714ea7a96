import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSandbox } from './sandbox.ts';

// Its own: a node of it goes down.
const cluster = useDevCluster({});
const { srunx, start, json, write } = useSandbox(() => cluster().env);

interface FinalState {
  /** Slurm's word. */
  readonly state: string;
  readonly options: readonly string[];
  readonly command: string;
  /** What brings the end about, once the job is there. */
  readonly bringAbout?: (id: string) => Promise<void>;
  /** Of `sbatch --wait` and `tail -f --exit-status`; `undefined` where Slurm notes now a signal, now a code. */
  readonly own: number | undefined;
  readonly watched: number;
}

const failingNode = 'c4';
const drainedNode = 'c3';
const timeout = 300_000;

const finalStates: readonly FinalState[] = [
  { state: 'COMPLETED', options: [], command: 'sleep 1', own: 0, watched: 0 },
  { state: 'FAILED', options: [], command: 'sleep 1; exit 3', own: 3, watched: 4 },
  { state: 'FAILED', options: [], command: 'sleep 1; kill -KILL $$', own: 1, watched: 4 },
  { state: 'CANCELLED', options: ['-H'], command: 'true', bringAbout: cancel, own: 1, watched: 5 },
  { state: 'CANCELLED', options: [], command: 'sleep 300', bringAbout: cancelRunning, own: undefined, watched: 5 },
  { state: 'TIMEOUT', options: ['-t', '1'], command: 'sleep 300', own: undefined, watched: 4 },
  // Slurm heeds the deadline of jobs that it would start, not of held ones.
  {
    state: 'DEADLINE',
    options: ['-t', '1', '--deadline=now+65seconds', '-w', drainedNode, '-p', 'cpu'],
    command: 'true',
    own: 1,
    watched: 4,
  },
  {
    state: 'NODE_FAIL',
    options: ['--no-requeue', '-w', failingNode, '-p', 'cpu'],
    command: 'sleep 300',
    bringAbout: failNode,
    own: 1,
    watched: 4,
  },
  {
    state: 'OUT_OF_MEMORY',
    options: ['--mem=50M'],
    command: 'exec node -e "Buffer.alloc(200 << 20, 1)"',
    own: 1,
    watched: 4,
  },
];

async function stateOf(id: string): Promise<string | undefined> {
  const [job] = await json<{ raw_state: string }[]>(['squeue', '--local', '-t', 'all', '-j', id]);
  return job?.raw_state;
}

async function isRunning(id: string): Promise<void> {
  await expect.poll(() => stateOf(id), { timeout: 60_000, interval: 500 }).toBe('RUNNING');
}

async function cancel(id: string): Promise<void> {
  expect((await srunx(['scancel', '--local', id])).code).toBe(0);
}

async function cancelRunning(id: string): Promise<void> {
  await isRunning(id);
  await cancel(id);
}

async function failNode(id: string): Promise<void> {
  await isRunning(id);
  setNode(failingNode, 'DOWN');
}

function setNode(node: string, state: string): void {
  const args = ['update', `NodeName=${node}`, `State=${state}`, 'Reason=test'];
  const { status, stderr } = spawnSync('scontrol', args, {
    env: { ...process.env, ...cluster().env },
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
}

async function endOf({ options, command, bringAbout }: FinalState, index: number) {
  // Not by --wrap: a step of srun's ends in a way of its own.
  const script = write(`state-${index}.sh`, `#!/bin/bash\n${command}\n`);
  const waiting = start(['sbatch', '--local', '--wait', ...options, script]);
  await expect.poll(waiting.stdout, { timeout: 60_000 }).toMatch(/^Submitted batch job \d+\n/);
  const id = /\d+/.exec(waiting.stdout())?.[0] ?? '';
  const watching = start(['watch', 'jobs', '--local', '--json', '-i', '1', id]);
  const following = start(['tail', '--local', '-f', '--exit-status', id]);
  await expect.poll(watching.stdout, { timeout: 60_000 }).toContain(id);
  await bringAbout?.(id);
  const [waited, watched, followed] = await Promise.all([waiting.ended, watching.ended, following.ended]);
  const [job] = await json<{ state: string }[]>(['sacct', '--local', '-j', id]);
  return { id, waited, watched, followed, job };
}

it('sbatch --wait, watch jobs and tail -f end for every final state, with the documented code', {
  timeout,
}, async () => {
  const states = finalStates.filter(({ state }) => state !== 'OUT_OF_MEMORY' || cluster().memoryEnforced);
  setNode(drainedNode, 'DRAIN');
  const ends = await Promise.all(states.map(endOf));
  const found = ends.map(({ job, waited, watched, followed }, index) => {
    const codes = [waited.code, followed.code];
    const isSettled = states[index]?.own !== undefined;
    return [job?.state, ...(isSettled ? codes : codes.map((code) => (code > 0 ? undefined : code))), watched.code];
  });
  const words = ends.map(({ waited, watched, followed }) => [waited, watched, followed].map(({ stderr }) => stderr));
  expect(found, JSON.stringify(words)).toEqual(states.map(({ state, own, watched }) => [state, own, own, watched]));
});

it('sbatch --wait ends with 124 when the time is over, and shows the log of a job that fails', async () => {
  const late = await srunx(['sbatch', '--local', '--wait', '--timeout', '1', '-H', '--wrap', 'true']);
  expect(late.code).toBe(124);
  expect(late.stderr).toMatch(/srunx: error\[wait\.timeout\]: job \d+ had not ended after 1 s\nhint: The job goes on/);
  await cancel(/\d+/.exec(late.stdout)?.[0] ?? '');
  const failed = await srunx(['sbatch', '--local', '--wait', '--on-fail', 'tail=2', '--wrap', 'seq 1 9; exit 6']);
  expect(failed.code).toBe(6);
  expect(failed.stderr).toMatch(/srunx: the end of the log of job \d+:\n(?:8\n)?9\n/);
  const good = await srunx(['sbatch', '--local', '--wait', '--on-fail', 'tail=2', '--wrap', 'seq 1 9']);
  expect(good).toMatchObject({ code: 0, stderr: expect.not.stringContaining('the end of the log') });
  expect(await srunx(['sbatch', '--local', '--timeout', '1', '--wrap', 'true'])).toMatchObject({ code: 2, stdout: '' });
  expect(await srunx(['sbatch', '--local', '--wait', '--on-fail', 'x', '--wrap', 'true'])).toMatchObject({ code: 2 });
});
