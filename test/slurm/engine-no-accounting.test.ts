import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run, waitUntil } from '../../dev/processes.ts';
import { createSlurmCluster } from '../../src/cluster/slurm/slurm-cluster.ts';
import { LocalShell } from '../../src/shell/local-shell.ts';
import { useDevCluster } from '../support/dev-cluster.ts';
import { describeEngine } from './describe-engine.ts';
import { EngineBench, waitFor } from './engine-bench.ts';

const devCluster = useDevCluster({ accounting: false, minJobAge: 2, nodes: 2 });
const env = (): NodeJS.ProcessEnv => ({ ...process.env, ...devCluster().env });
const connect = async () => createSlurmCluster(new LocalShell({ name: 'local', env: env() }));

describeEngine('a Slurm that keeps no accounts', connect, env);

describe('where only the controller remembers, and not for long', () => {
  let bench: EngineBench;
  beforeEach(() => {
    bench = new EngineBench(connect, env());
  });
  afterEach(() => bench.close());

  /** The controller looks for what it may forget every half minute. */
  const forgotten = () =>
    waitUntil(async () => (await run(['squeue', '-h', '--states=all'], devCluster().env)) === '', 90_000);

  it('receipts and edges tell how a run ended that nobody watched', async () => {
    const client = await bench.client();
    const runId = await client.start([
      { name: 'good', command: 'true' },
      { name: 'bad', command: 'exit 4' },
      { name: 'shot', command: 'kill -9 $$' },
      { name: 'never', command: 'true', after: ['bad'] },
      { name: 'anyway', command: 'true', after: ['afterany:never'] },
    ]);
    expect(await forgotten()).toBe(true);
    await client.look();
    expect(client.states(runId)).toEqual({
      good: 'completed',
      bad: 'failed: exit',
      shot: 'failed: exit',
      never: 'skipped: bad failed (afterok)',
      anyway: 'completed',
    });
  });

  it('a job without a receipt is lost in the end, and what follows it is not guessed', async () => {
    let now = Date.now();
    const client = await bench.client({}, { now: () => now });
    const runId = await client.start([
      { name: 'silent', command: 'true', wrapped: false },
      { name: 'next', command: 'true', wrapped: false, after: ['silent'] },
    ]);
    expect(await forgotten()).toBe(true);
    await client.look();
    expect(client.states(runId)).toEqual({ silent: 'pending', next: 'pending' });
    now += 121_000;
    await client.look();
    expect(client.states(runId)).toEqual({
      silent: 'lost: no source knows how it ended',
      next: 'lost: no source knows how it ended',
    });
  });

  it('a follower sees the end before it is forgotten', async () => {
    const client = await bench.client();
    const gate = join(bench.work, 'gate');
    const runId = await client.start([{ name: 'silent', command: waitFor(gate), wrapped: false }]);
    await client.look();
    writeFileSync(gate, '');
    expect(await client.settle(runId)).toEqual({ silent: 'completed' });
  });
});
