import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run, waitUntil } from '../../dev/processes.ts';
import { createSlurmCluster } from '../../src/cluster/slurm/slurm-cluster.ts';
import { createObserver } from '../../src/engine/observer.ts';
import { LocalShell } from '../../src/shell/local-shell.ts';
import { useDevCluster } from '../support/dev-cluster.ts';
import { describeEngine } from './describe-engine.ts';
import { type Client, EngineBench, type JobDraft, waitFor } from './engine-bench.ts';

const devCluster = useDevCluster();
const env = (): NodeJS.ProcessEnv => ({ ...process.env, ...devCluster().env });
const connect = async () => createSlurmCluster(new LocalShell({ name: 'local', env: env() }));
const slurm = (...argv: [string, ...string[]]) => run(argv, devCluster().env);

describeEngine('a real Slurm', connect, env);

describe('on a real Slurm', () => {
  let bench: EngineBench;
  let client: Client;
  beforeEach(async () => {
    bench = new EngineBench(connect, env());
    client = await bench.client();
  });
  afterEach(() => bench.close());

  const gate = () => join(bench.work, 'gate');
  const waiting = (name = 'waits', options: readonly string[] = []): JobDraft => ({
    name,
    options,
    command: waitFor(gate()),
  });
  const idOf = (runId: string, name: string): string =>
    String(
      client.engine.store.db.prepare('SELECT job_id FROM job WHERE run_id = ? AND name = ?').get(runId, name)?.[
        'job_id'
      ],
    );
  const reaches = async (runId: string, name: string, state: string): Promise<void> => {
    const hasReached = async () => {
      await client.look();
      return client.states(runId)[name] === state;
    };
    expect(await waitUntil(hasReached, 30_000), `${name}: ${client.states(runId)[name]}`).toBe(true);
  };

  it('a job that somebody requeues after its end begins anew', async () => {
    const runId = await client.start([{ name: 'again', command: `sleep 0.2; [ -e '${gate()}' ]` }]);
    expect(await client.settle(runId)).toEqual({ again: 'failed: exit' });
    writeFileSync(gate(), '');
    await slurm('scontrol', 'requeue', idOf(runId, 'again'));
    // Slurm loses a job that is to start in the second in which it was requeued.
    await reaches(runId, 'again', 'pending: BeginTime');
    await sleep(1_100);
    await slurm('scontrol', 'update', `jobid=${idOf(runId, 'again')}`, 'starttime=now');
    expect(await client.settle(runId)).toEqual({ again: 'completed' });
    const attempts = client.engine.store.db.prepare('SELECT number, exit_code FROM attempt ORDER BY number').all();
    expect(attempts.map((row) => ({ ...row }))).toEqual([
      { number: 1, exit_code: 1 },
      { number: 2, exit_code: 0 },
    ]);
  });

  it('a job that is requeued while it runs stays one job', async () => {
    const runId = await client.start([waiting()]);
    await reaches(runId, 'waits', 'running');
    // Slurm fails a job that is requeued while its script is being launched.
    await sleep(1_500);
    await slurm('scontrol', 'requeue', idOf(runId, 'waits'));
    await reaches(runId, 'waits', 'pending: BeginTime');
    await sleep(1_100);
    await slurm('scontrol', 'update', `jobid=${idOf(runId, 'waits')}`, 'starttime=now');
    await reaches(runId, 'waits', 'running');
    writeFileSync(gate(), '');
    expect(await client.settle(runId)).toEqual({ waits: 'completed' });
  });

  it('another job that has our id is not ours', async () => {
    const foreign = (
      await slurm('sbatch', '--parsable', '--output=/dev/null', '--comment=theirs', '--wrap', 'exit 1')
    ).trim();
    await sleep(1_100);
    const runId = await client.start([waiting()]);
    await reaches(runId, 'waits', 'running');
    const ours = idOf(runId, 'waits');
    const setId = (id: string) =>
      client.engine.store.db.prepare('UPDATE job SET job_id = ? WHERE run_id = ?').run(id, runId);
    setId(foreign);
    await waitUntil(
      async () => (await slurm('squeue', '-h', '-j', foreign, '-o', '%T', '--states=all')).includes('FAILED'),
      30_000,
    );
    // The controller and the accounting both have a job of that id, and it has failed.
    await client.look();
    expect(client.states(runId)).toEqual({ waits: 'running' });
    setId(ours);
    writeFileSync(gate(), '');
    expect(await client.settle(runId)).toEqual({ waits: 'completed' });
  });

  it('a job that was submitted, and whose id nobody was told, is found by its token', async () => {
    const runId = await client.start([waiting()]);
    const ours = idOf(runId, 'waits');
    client.engine.store.db
      .prepare(
        "UPDATE job SET job_id = NULL, submission = 'withdrawn', state = 'withdrawn', final = 1 WHERE run_id = ?",
      )
      .run(runId);
    client.engine.store.db.prepare("UPDATE run SET handover = 'interrupted' WHERE id = ?").run(runId);
    await reaches(runId, 'waits', 'running');
    expect(idOf(runId, 'waits')).toBe(ours);
    writeFileSync(gate(), '');
    expect(await client.settle(runId)).toEqual({ waits: 'completed' });
    expect(client.handover(runId)).toBe('done');
  });

  it('jobs that are cancelled, too long, too large or stopped by a signal are told apart', async () => {
    const runId = await client.start([
      waiting('cancelled'),
      { name: 'killed', command: 'kill -9 $$' },
      { name: 'after', command: 'true', after: ['cancelled'] },
      { name: 'anyway', command: 'true', after: ['afternotok:cancelled'] },
    ]);
    await reaches(runId, 'cancelled', 'running');
    await client.engine.cluster.cancel({ jobIds: [idOf(runId, 'cancelled')] });
    expect(await client.settle(runId)).toEqual({
      cancelled: 'cancelled',
      killed: 'failed: exit',
      after: 'skipped: cancelled cancelled (afterok)',
      anyway: 'completed',
    });
  });

  it('a refused job takes its whole run back', async () => {
    const { runId, report } = await bench.begin(client, [
      waiting('root'),
      { name: 'bad', command: 'true', options: ['--partition=no-such'], after: ['root'] },
      { name: 'never', command: 'true', after: ['bad'] },
    ]);
    expect(report.phase).toBe('refused');
    expect(client.states(runId)).toEqual({
      root: 'withdrawn: bad was refused',
      bad: expect.stringContaining('refused: ') as string,
      never: 'withdrawn: bad was refused',
    });
    await client.look();
    expect(client.states(runId)['root']).toBe('withdrawn: bad was refused');
  });

  it('following 1,000 jobs costs the controller one squeue per look', async () => {
    const drafts = Array.from({ length: 1_000 }, (_, index) => ({
      ...{ name: `j${index}`, command: 'true', wrapped: false },
      // They wait, so that nothing else happens meanwhile.
      options: ['--begin=now+1hour', '--mem=10'],
    }));
    const runId = await client.start(drafts);
    await using observer = createObserver(client.engine);
    await observer.look();
    await waitUntil(async () => (await observer.look())?.changed === 0, 30_000);
    const requests = async () => {
      const text = await slurm('sdiag');
      return [...text.matchAll(/REQUEST_JOB_\w*INFO\w*\s*\(.*?count:(\d+)/g)].reduce(
        (sum, [, count]) => sum + Number(count),
        0,
      );
    };
    const before = await requests();
    for (let look = 0; look < 5; look += 1) await observer.look();
    expect((await requests()) - before).toBe(5);
    await slurm('scancel', ...drafts.map(({ name }) => idOf(runId, name)));
    const states = new Set(Object.values(await client.settle(runId)));
    expect([...states]).toEqual(['cancelled']);
  });
});
