import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSandbox } from './sandbox.ts';

/** A site without accounting, whose controller forgets at once: nobody but srunx remembers a job. */
const cluster = useDevCluster({ accounting: false, minJobAge: 2, nodes: 2 });
const sandbox = useSandbox(() => cluster().env);
const { srunx, submit, work } = sandbox;

const timeout = 60_000;

async function forgotten(id: string): Promise<void> {
  await expect.poll(async () => (await srunx(['squeue', '-q', '-t', 'all', '-j', id])).stdout, { timeout }).toBe('');
}

it('finds the log of a job that the controller has forgotten', async () => {
  const plain = await submit(['--log-dir', 'logs', '-J', 'a b', '--wrap', 'echo plain']);
  const array = await submit(['-a', '1-2', '-o', 'array/%A-%a.txt', '--wrap', 'echo "task $SLURM_ARRAY_TASK_ID"']);
  await forgotten(plain);
  await forgotten(array);
  expect(await srunx(['tail', plain])).toMatchObject({ code: 0, stdout: 'plain\n' });
  expect((await srunx(['tail', '--path', plain])).stdout).toBe(`${work}/logs/a b_${plain}.log\n`);
  expect(await srunx(['tail', `${array}_2`])).toMatchObject({ code: 0, stdout: 'task 2\n' });
  const following = await srunx(['tail', '-f', '--interval', '0.1', plain]);
  expect(following).toMatchObject({ code: 0, stdout: 'plain\n', stderr: `srunx: job ${plain} ended: UNKNOWN\n` });
});

it('knows the end of a job that it has waited for', async () => {
  const ran = await srunx(['sbatch', '--parsable', '--wait', '--wrap', 'exit 3']);
  expect(ran.code).toBe(3);
  const id = ran.stdout.trim();
  await forgotten(id);
  const watched = await srunx(['watch', 'jobs', id]);
  expect(watched).toMatchObject({ code: 4, stdout: expect.stringContaining(` ${id} job FAILED (exit)\n`) });
});

it('waits for a job that somebody else cancels', async () => {
  const waiting = sandbox.start(['sbatch', '--parsable', '--wait', '--wait-exit', 'class', '--wrap', 'sleep 300']);
  await expect.poll(waiting.stderr, { timeout }).toContain('is running');
  await srunx(['scancel', waiting.stdout().trim()]);
  expect((await waiting.ended).code).toBe(5);
});

it('says that such a job is unknown where it is not its own', async () => {
  expect(await srunx(['tail', '4000000'])).toMatchObject({ code: 7, stdout: '' });
  expect(await srunx(['scancel', '4000000'])).toMatchObject({ code: 7, stdout: '' });
});

it('finds the log of a job of a workflow as well', async () => {
  sandbox.write('logs.yaml', 'jobs:\n  - {name: one, command: "echo from the flow", log_dir: flow logs}\n');
  const ran = await srunx(['flow', 'run', '--detach', 'logs.yaml']);
  expect(ran.code, ran.stderr).toBe(0);
  const path = join(work, 'flow logs');
  const logs = () =>
    (existsSync(path) ? readdirSync(path) : []).flatMap((name) => /^one_(\d+)\.log$/.exec(name)?.[1] ?? []);
  await expect.poll(logs, { timeout }).toHaveLength(1);
  const [id = ''] = logs();
  await forgotten(id);
  expect(await srunx(['tail', id])).toMatchObject({ code: 0, stdout: 'from the flow\n' });
});
