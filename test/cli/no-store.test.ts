import { expect, it } from 'vitest';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSandbox } from './sandbox.ts';

const cluster = useDevCluster();
const sandbox = useSandbox(() => cluster().env);
const { srunx, json, submit, write } = sandbox;

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
