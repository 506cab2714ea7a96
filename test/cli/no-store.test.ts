import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSandbox } from './sandbox.ts';

const cluster = useDevCluster();
const sandbox = useSandbox(() => cluster().env);
const { srunx, json, submit, write, work } = sandbox;

it('without a place for the database, jobs are still listed, read, watched and cancelled, but not submitted', async () => {
  const id = await submit(['-o', 'log', '--wrap', 'echo begun; sleep 300']);
  const env = { XDG_STATE_HOME: write('a file', '') };
  await expect.poll(async () => (await srunx(['tail', id], { env })).stdout, { timeout: 30_000 }).toBe('begun\n');
  expect((await json<unknown[]>(['squeue', '-j', id], { env })).length).toBe(1);
  const watched = await srunx(['watch', 'jobs', '-t', '0.5', id], { env });
  expect(watched).toMatchObject({ code: 124, stdout: expect.stringContaining(' RUNNING\n') });
  const before = await json<unknown[]>(['squeue', '-t', 'all', '--me'], { env });
  const refused = await srunx(['sbatch', '--wrap', 'true'], { env });
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toMatch(/^srunx: error\[store\.readonly\]: .*\n.*\nhint: Make the directory writable/);
  expect(await json(['squeue', '-t', 'all', '--me'], { env })).toHaveLength(before.length);
  expect(await srunx(['scancel', id], { env })).toMatchObject({ code: 0, stdout: `${id}: cancelled\n` });
});

// Below /proc, Node's own way of making directories never ends.
it('with a home that cannot be made, the queue is listed, and nothing is left here', async () => {
  const before = readdirSync(work);
  const none = { XDG_STATE_HOME: '', XDG_DATA_HOME: '', XDG_CACHE_HOME: '', XDG_CONFIG_HOME: '' };
  const ran = await srunx(['squeue', '--json'], { env: { ...none, HOME: '/proc/nonexistent' } });
  expect(ran).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\[/) });
  expect(readdirSync(work)).toEqual(before);
});

it('knows which jobs are over from a listing of the whole queue, for completion', async () => {
  const offered = async (line: string) => (await srunx(['__complete', '--', line])).stdout.split('\n');
  const end = (id: string) => execFileSync('scancel', [id], { env: { ...process.env, ...cluster().env } });
  const id = await submit(['-H', '-J', 'gone', '--wrap', 'true']);
  expect(await offered('srunx scancel ')).toContain(`${id}\tgone (PENDING)`);
  await srunx(['squeue']);
  end(id);
  await srunx(['squeue', '-j', id]);
  expect(await offered('srunx scancel ')).toContain(`${id}\tgone (PENDING)`);
  // Also where nothing is left of them.
  await srunx(['squeue', '--me']);
  expect((await offered('srunx scancel ')).join()).not.toContain(id);
  expect(await offered('srunx tail ')).toContain(`${id}\tgone`);
});

it('knows what it has cancelled itself', async () => {
  const offered = async (line: string) => (await srunx(['__complete', '--', line])).stdout.split('\n');
  const id = await submit(['-H', '-J', 'gone', '-a', '0-3', '--wrap', 'true']);
  await srunx(['squeue']);
  expect(await offered('srunx hold ')).toContain(`${id}_[0-3]\tgone (PENDING)`);
  await srunx(['scancel', id]);
  expect((await offered('srunx hold ')).join()).not.toContain(id);
});
