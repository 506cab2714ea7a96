import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { listDaemons, startDaemon } from '../../dev/daemon.ts';
import { run, waitUntil } from '../../dev/processes.ts';
import { slurmctld, slurmdbd } from '../../dev/services.ts';
import { createSlurmCluster } from '../../src/cluster/slurm/slurm-cluster.ts';
import { followRuns } from '../../src/engine/follow-run.ts';
import { LocalShell } from '../../src/shell/local-shell.ts';
import { useDevCluster } from '../support/dev-cluster.ts';
import { type Client, EngineBench, type JobDraft, waitFor } from './engine-bench.ts';

// A cluster of its own, whose daemons are ended, and whose controller forgets finished jobs as soon as it can.
const devCluster = useDevCluster({ nodes: 2, minJobAge: 2 });
const env = (): NodeJS.ProcessEnv => ({ ...process.env, ...devCluster().env });
const connect = async () => createSlurmCluster(new LocalShell({ name: 'local', env: env() }));

let bench: EngineBench;
let client: Client;
beforeEach(async () => {
  bench = new EngineBench(connect, env());
  client = await bench.client();
});
afterEach(() => bench.close());

const gate = () => join(bench.work, 'gate');
const silent = (name: string, command = 'true'): JobDraft => ({ name, command, wrapped: false });

async function stop(name: string): Promise<void> {
  const daemon = listDaemons(devCluster().dir).find((candidate) => candidate.name === name);
  if (daemon === undefined) throw new Error(`no ${name}`);
  process.kill(daemon.pid, 'SIGTERM');
  const isGone = () => !listDaemons(devCluster().dir).some((other) => other.name === name && other.isRunning);
  expect(await waitUntil(isGone, 30_000)).toBe(true);
}

/** The controller looks for what it may forget every half minute. */
const forgotten = () =>
  waitUntil(async () => (await run(['squeue', '-h', '--states=all'], devCluster().env)) === '', 90_000);

it('an end that nobody saw is in the accounting', async () => {
  const runId = await client.start([silent('good'), silent('bad', 'exit 5'), { ...silent('never'), after: ['bad'] }]);
  expect(await forgotten()).toBe(true);
  expect(await client.settle(runId)).toEqual({
    good: 'completed',
    bad: 'failed: exit',
    never: 'skipped: bad failed (afterok)',
  });
});

it('a requeued job whose last attempt nobody saw is followed through the accounting', async () => {
  const runId = await client.start([silent('again', `sleep 1; ${waitFor(gate())}`)]);
  const isRunning = async () => {
    await client.look();
    return client.states(runId)['again'] === 'running';
  };
  expect(await waitUntil(isRunning, 30_000)).toBe(true);
  const jobId = String(client.engine.store.db.prepare('SELECT job_id FROM job').get()?.['job_id']);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  await run(['scontrol', 'requeue', jobId], devCluster().env);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  await run(['scontrol', 'update', `jobid=${jobId}`, 'starttime=now'], devCluster().env);
  writeFileSync(gate(), '');
  expect(await forgotten()).toBe(true);
  expect(await client.settle(runId)).toEqual({ again: 'completed' });
  const attempt = client.engine.store.db.prepare('SELECT max(number) AS last FROM attempt').get();
  expect(attempt?.['last']).toBe(2);
});

it('while the accounting is down a job keeps its state, and receipts and edges still count', async () => {
  const runId = await client.start([
    { name: 'noted', command: 'exit 6' },
    { ...silent('never'), after: ['noted'] },
    silent('silent'),
    silent('stays', waitFor(gate())),
  ]);
  const isRunning = async () => {
    await client.look();
    return client.states(runId)['stays'] === 'running';
  };
  expect(await waitUntil(isRunning, 30_000)).toBe(true);
  // As if nobody had looked since the submission.
  client.engine.store.db.exec(
    "UPDATE job SET state = 'pending', reason = NULL, final = 0, observation = NULL WHERE name <> 'stays'",
  );
  const isAlone = async () =>
    (await run(['squeue', '-h', '--states=all', '-o', '%T'], devCluster().env)).trim() === 'RUNNING';
  expect(await waitUntil(isAlone, 90_000)).toBe(true);
  await stop('slurmdbd');
  const { stale } = await client.look();
  expect(stale).toEqual([expect.stringContaining('the accounting database of local does not answer')]);
  expect(client.states(runId)).toEqual({
    noted: 'failed: exit',
    never: 'pending',
    silent: 'pending',
    stays: 'running',
  });
  await startDaemon(devCluster().dir, slurmdbd(devCluster().dir));
  writeFileSync(gate(), '');
  expect(await client.settle(runId)).toEqual({
    noted: 'failed: exit',
    never: 'skipped: noted failed (afterok)',
    silent: 'completed',
    stays: 'completed',
  });
});

it('while the controller is down nothing is concluded, and a follower says so once it is back', async () => {
  const runId = await client.start([silent('stays', waitFor(gate()))]);
  const isRunning = async () => {
    await client.look();
    return client.states(runId)['stays'] === 'running';
  };
  expect(await waitUntil(isRunning, 30_000)).toBe(true);
  await stop('slurmctld');
  await expect(client.look()).rejects.toMatchObject({ code: 'slurm.controller_unavailable' });
  expect(client.states(runId)).toEqual({ stays: 'running' });
  await startDaemon(devCluster().dir, slurmctld(devCluster().dir));
  writeFileSync(gate(), '');
  const steps: string[] = [];
  for await (const news of followRuns(client.engine, { runIds: [runId], intervalSeconds: 1 })) {
    steps.push(...news.map(({ toState }) => toState));
  }
  expect(steps).toEqual(['pending', 'running', 'completed']);
});
