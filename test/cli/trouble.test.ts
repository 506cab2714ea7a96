import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { listDaemons } from '../../dev/daemon.ts';
import { waitUntil } from '../../dev/processes.ts';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSandbox } from './sandbox.ts';

/** Its daemons are ended one after another, so this cluster is the suite's own. */
const cluster = useDevCluster({ nodes: 2 });
const sandbox = useSandbox(() => cluster().env);
const { srunx, submit, start, work } = sandbox;

const timeout = 60_000;

async function endDaemon(name: string): Promise<void> {
  const find = () => listDaemons(cluster().dir).find((daemon) => daemon.name === name);
  process.kill(find()?.pid ?? Number.NaN, 'SIGKILL');
  if (!(await waitUntil(() => find()?.isRunning === false, 10_000))) throw new Error(`${name} does not end`);
}

let ended = '';
let running = '';
let settled: string[] = [];
let following: ReturnType<typeof start>;
let watching: ReturnType<typeof start>;
let waiting: ReturnType<typeof start>;

beforeAll(async () => {
  writeFileSync(
    join(work, 'two.yaml'),
    'name: two\njobs:\n  - {name: a, command: "true"}\n  - {name: b, command: "true", depends_on: [a]}\n',
  );
  ended = await submit(['-o', 'ended.out', '--wrap', 'echo done']);
  await srunx(['watch', 'jobs', ended]);
  const run = 'name: RUN\njobs:\n  - {name: a, launcher: none, command: "echo broke; exit 3"';
  writeFileSync(join(work, 'bad.yaml'), `${run.replace('RUN', 'bad')}}\n`);
  writeFileSync(join(work, 'bad-array.yaml'), `${run.replace('RUN', 'bad-array')}, array: 0-1}\n`);
  settled = await Promise.all(
    ['bad', 'bad-array'].map(async (name) => {
      const { stdout } = await srunx(['flow', 'run', '-i', '0.2', '--json', `${name}.yaml`]);
      return (JSON.parse(stdout) as { run_id: string }).run_id;
    }),
  );
  running = await submit(['-o', 'running.out', '--wrap', 'echo begun; sleep 600']);
  following = start(['tail', '-f', '--interval', '0.1', running]);
  watching = start(['watch', 'jobs', '-i', '0.2', running]);
  await waitUntil(() => following.stdout() === 'begun\n' && watching.stdout().includes('RUNNING'), timeout);
  // One of the two nodes has a job.
  waiting = start(['watch', 'resources', '--nodes', '2', '-i', '0.2']);
  await waiting.said;
}, 120_000);

describe('without the accounting database', () => {
  beforeAll(() => endDaemon('slurmdbd'));

  it.each([['squeue'], ['sbatch -o more.out --wrap true'], ['flow run --detach two.yaml']])(
    '`%s` works',
    async (line) => {
      expect((await srunx(line.split(' '))).code).toBe(0);
    },
  );

  it('an old log is found', async () => {
    expect(await srunx(['tail', ended])).toMatchObject({ code: 0, stdout: 'done\n' });
  });

  it.each([['tail 4000000'], ['watch jobs 4000000'], ['scancel 4000000']])(
    '`%s` says that it cannot tell, instead of that there is no such job',
    async (line) => {
      const { code, stdout, stderr } = await srunx(line.split(' '));
      expect({ code, stdout }).toEqual({ code: 6, stdout: '' });
      expect(stderr).toMatch(/^srunx: error\[slurm\.accounting_unavailable\]: the accounting database of local /);
      expect(stderr).toMatch(/^sacct: error: /m);
      expect(stderr.match(/^hint: /gm)).toHaveLength(1);
    },
  );
});

describe('without the controller', () => {
  beforeAll(() => endDaemon('slurmctld'));

  const lines = [
    'squeue',
    'squeue --me --json',
    'sbatch --wrap true',
    'sbatch --test-only --wrap true',
    'scancel 1',
    'scancel --me --yes',
    'tail 4000000',
    'watch jobs 1',
    'flow run two.yaml',
    'sinfo',
    'sinfo -T --json',
    'gpus',
    'limits',
    'watch resources -g 1',
    'watch cluster --once',
  ];

  // Slurm's own commands take several seconds to give up, so all of ours run at once.
  it('every command says so, in its own words and Slurm’s, and does nothing by half', async () => {
    const ran = await Promise.all(lines.map((line) => srunx(line.split(' '))));
    ran.forEach(({ code, stdout, stderr }, index) => {
      const line = lines[index];
      expect({ line, code, stdout }, stderr).toEqual({ line, code: 6, stdout: '' });
      const text = stderr.startsWith('{') ? formatJson(stderr) : stderr;
      expect(text, line).toMatch(/^srunx: error\[slurm\.controller_unavailable\]: the Slurm controller of local /);
      expect(text, line).toMatch(/Unable to contact slurm controller/i);
      expect(text.match(/^hint: Try again in a minute/gm), line).toHaveLength(1);
    });
    const listed = await srunx(['flow', 'list', '--json']);
    expect(listed.code, listed.stderr).toBe(0);
    expect((JSON.parse(listed.stdout) as unknown[]).length).toBe(1 + settled.length);
    expect(listed.stderr).toMatch(/local is shown as it was seen last/);
  }, 180_000);

  it('a run that has ended is shown all the same, with the errors of its jobs', async () => {
    const [plain, array] = await Promise.all(settled.map((id) => srunx(['flow', 'status', id])));
    expect(plain).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('exit 3): a\n    broke\n') });
    expect(array).toMatchObject({ code: 0, stdout: expect.stringContaining('failed (exit 3): a') });
  }, 60_000);

  it('doctor says so among all the rest', async () => {
    const { code, stdout, stderr } = await srunx(['doctor']);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toMatch(/^fail {2}controller +\S+ \(primary\) is down\n +Nothing can be submitted now/m);
    expect(stdout).toMatch(/^ok {4}database /m);
    expect(stdout).toMatch(/^skip {2}accounting +the controller does not answer$/m);
  }, 180_000);

  it('the log of a job of ours is still shown', async () => {
    expect(await srunx(['tail', ended])).toMatchObject({ code: 0, stdout: 'done\n' });
  });

  it('what follows or watches says so once, and goes on', async () => {
    await expect.poll(following.stderr, { timeout }).toContain('; the log goes on\n');
    await expect.poll(watching.stderr, { timeout }).toContain('; still watching\n');
    await expect.poll(waiting.stderr, { timeout }).toContain('; still watching\n');
    writeFileSync(join(work, 'running.out'), 'begun\nmore\n');
    await expect.poll(following.stdout, { timeout }).toBe('begun\nmore\n');
    for (const started of [following, watching, waiting]) {
      const { code, ms, stderr } = await started.interrupt();
      expect(code).toBe(130);
      expect(ms).toBeLessThan(1_000);
      expect(stderr.match(/does not answer/g)).toHaveLength(1);
    }
  });
});

function formatJson(text: string): string {
  const { error } = JSON.parse(text) as { error: { code: string; message: string; detail: string; hint: string } };
  return `srunx: error[${error.code}]: ${error.message}\n${error.detail}\nhint: ${error.hint}\n`;
}
