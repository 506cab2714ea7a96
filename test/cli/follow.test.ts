import { appendFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSandbox } from './sandbox.ts';

const cluster = useDevCluster();
const sandbox = useSandbox(() => cluster().env);
const { srunx, submit, start, work } = sandbox;

interface Change {
  readonly at: string;
  readonly job_id: string;
  readonly name: string;
  readonly from: string | null;
  readonly to: string;
  readonly reason: string | null;
}

const timeout = 60_000;

/** Both kinds of cluster, by the same commands. */
describe.each(['--local', '--embedded'])('srunx tail %s', (target) => {
  const tail = (...args: readonly string[]) => srunx(['tail', target, ...args]);
  const run = async (script: string, ...args: readonly string[]) => {
    sandbox.write('job.sh', `#!/bin/bash\n${script}\n`);
    const id = await submit([target, ...args, 'job.sh']);
    expect((await srunx(['watch', 'jobs', target, '-i', '0.2', id])).code).toBe(0);
    return id;
  };

  it('shows the last ten lines of the default log, raw', async () => {
    const id = await run(String.raw`seq 1 12; printf 'caf\303\251 [red] \033[1m \377\n'`);
    const expected = Buffer.concat([
      Buffer.from('4\n5\n6\n7\n8\n9\n10\n11\n12\ncafé [red] \x1b[1m '),
      Buffer.from([0xff, 0x0a]),
    ]);
    const ran = await tail(id);
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(ran.bytes.equals(expected)).toBe(true);
    expect((await tail('-n', '2', id)).bytes.equals(expected.subarray(expected.indexOf('12\n')))).toBe(true);
    expect((await tail('--all', id)).stdout).toMatch(/^1\n2\n/);
    expect((await tail('--path', id)).stdout).toBe(`${work}/slurm-${id}.out\n`);
  });

  it('finds the log wherever the options put it', async () => {
    const id = await run('echo found', '-J', "n'm $(x)", '-o', "lo'gs/%x-%j-%u.txt");
    expect((await tail(id)).stdout).toBe('found\n');
    // Symbols that only later releases know: in the name as they are, or replaced.
    const younger = await run('echo found', '-o', 'young-%r-%j.txt');
    expect((await tail(younger)).stdout).toBe('found\n');
  });

  it('shows a log of several megabytes whole', async () => {
    const id = await run('seq 1 500000');
    const { stdout } = await tail('--all', id);
    expect(stdout.length).toBe(3_388_895);
    expect(stdout.endsWith('\n500000\n')).toBe(true);
    expect((await tail('-n', '1', id)).stdout).toBe('500000\n');
  });

  it('says which tasks an array has, and shows the log of the one that is named', async () => {
    const id = await run('echo "task $SLURM_ARRAY_TASK_ID"', '-a', '3,5');
    const whole = await tail(id);
    expect(whole).toMatchObject({ code: 2, stdout: '' });
    expect(whole.stderr).toMatch(
      new RegExp(
        `${id}_3  COMPLETED\n${id}_5  COMPLETED\nhint: Name one task, .srunx tail ${id}_3., or several: --array`,
      ),
    );
    expect((await tail(`${id}_5`)).stdout).toBe('task 5\n');
    expect((await tail('--path', `${id}_3`)).stdout).toBe(`${work}/slurm-${id}_3.out\n`);
    expect((await tail(`${id}_4`)).code).toBe(7);
  });

  it('exits 7 where nothing is known, and where there is no log', async () => {
    const unknown = await tail('4000000');
    expect(unknown).toMatchObject({ code: 7, stdout: '' });
    expect(unknown.stderr).toMatch(/^srunx: error\[job\.not_found\]: no job 4000000 is known on \w+\nhint: /);
    const held = await submit([target, '-H', '--wrap', 'true']);
    const none = await tail(held);
    expect(none).toMatchObject({ code: 7, stdout: '' });
    expect(none.stderr).toMatch(
      /^srunx: error\[log\.not_found\]: .*\(PENDING\).*\nhint: Use --follow to wait for it\.\n/,
    );
    await srunx(['scancel', target, held]);
  });

  it('follows to the end of the job, and ends soon after it', async () => {
    sandbox.write('slow.sh', '#!/bin/bash\nfor i in 1 2 3 4; do echo $i; sleep 0.3; done; exit 3\n');
    const id = await submit([target, 'slow.sh']);
    const ran = await tail('-f', '--interval', '0.1', '--exit-status', id);
    expect(ran.stdout).toBe('1\n2\n3\n4\n');
    expect(ran.stderr).toMatch(new RegExp(`srunx: job ${id} ended: FAILED\n$`));
    expect(ran.code).toBe(3);
  });

  it('waits for a job that has not started, and ends when it is cancelled', async () => {
    const id = await submit([target, '-H', '--wrap', 'true']);
    const following = start(['tail', target, '-f', '--interval', '0.1', id]);
    await expect.poll(following.stderr, { timeout }).toContain(`srunx: job ${id} is PENDING (JobHeldUser)\n`);
    await srunx(['scancel', target, id]);
    const { code, stdout, stderr } = await following.ended;
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toContain(`srunx: job ${id} ended: CANCELLED\n`);
  });

  it('goes on with a log that was emptied or replaced', async () => {
    const log = join(work, `own ${target}.log`);
    writeFileSync(log, 'one\ntwo\n');
    const id = await submit([target, '--open-mode=append', '-o', log, '--wrap', 'sleep 300']);
    const following = start(['tail', target, '-f', '--interval', '0.1', id]);
    await expect.poll(following.stdout, { timeout }).toBe('one\ntwo\n');
    truncateSync(log);
    await expect.poll(following.stderr, { timeout }).toContain(`srunx: the log of job ${id} was started anew\n`);
    appendFileSync(log, 'three\n');
    await expect.poll(following.stdout, { timeout }).toBe('one\ntwo\nthree\n');
    writeFileSync(`${log}.new`, 'four\n');
    renameSync(`${log}.new`, log);
    await expect.poll(following.stdout, { timeout }).toBe('one\ntwo\nthree\nfour\n');
    expect(await following.interrupt()).toMatchObject({ code: 130 });
    await srunx(['scancel', target, id]);
  });
});

describe.each(['--local', '--embedded'])('srunx watch jobs %s', (target) => {
  const watch = (...args: readonly string[]) => srunx(['watch', 'jobs', target, '-i', '0.2', ...args]);
  const untilSeen = 'until test -e seen; do sleep 0.1; done';
  beforeEach(() => rmSync(join(work, 'seen'), { force: true }));
  /** The job goes on when it was seen running. */
  const watchFromStart = async (...args: readonly string[]) => {
    const watching = start(['watch', 'jobs', target, '-i', '0.2', ...args]);
    await expect.poll(watching.stdout, { timeout }).toContain('RUNNING');
    sandbox.write('seen', '');
    return watching.ended;
  };
  const changes = (text: string) =>
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Change);

  it('reports one line per transition', async () => {
    const id = await submit([target, '-J', 'a b', '--wrap', untilSeen]);
    const { code, stdout, stderr } = await watchFromStart(id);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    for (const line of lines) expect(line).toMatch(new RegExp(`^\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z ${id} a b `));
    expect(lines.at(-1)).toMatch(/ RUNNING -> COMPLETED$/);
  });

  it('reports JSON lines whose fields do not change', async () => {
    const id = await submit([target, '-J', 'x\ty', '--wrap', `${untilSeen}; exit 2`]);
    const { code, stdout } = await watchFromStart('--json', id);
    expect(code).toBe(4);
    expect(changes(stdout).at(-1)).toEqual({
      ...{ at: expect.stringMatching(/^\d{4}-.*Z$/), job_id: id, name: 'x\ty', from: expect.anything(), to: 'FAILED' },
      reason: 'exit',
    });
  });

  it('ends with an array whose unstarted tasks are cancelled one by one and together', async () => {
    const id = await submit([target, '-a', '0-7%1', '--wrap', '[ $SLURM_ARRAY_TASK_ID = 0 ] || sleep 300; sleep 1']);
    const watching = start(['watch', 'jobs', target, '--json', '-i', '0.2', id]);
    await expect.poll(watching.stdout, { timeout }).toContain(`"job_id":"${id}_0"`);
    expect((await srunx(['scancel', target, `${id}_3`, `${id}_[5-6]`])).code).toBe(0);
    await expect.poll(watching.stdout, { timeout }).toContain(`"job_id":"${id}_6"`);
    expect((await srunx(['scancel', target, id])).code).toBe(0);
    const { code, stdout } = await watching.ended;
    const cancelled = changes(stdout).flatMap(({ job_id, to }) => (to === 'CANCELLED' ? [job_id] : []));
    expect(cancelled).toEqual(expect.arrayContaining([`${id}_3`, `${id}_5`, `${id}_6`]));
    expect(code).toBe(5);
  });

  it('exits by the worst end: 0, 5, then 4', async () => {
    const [good, held, bad] = await Promise.all([
      submit([target, '--wrap', 'true']),
      submit([target, '-H', '--wrap', 'true']),
      submit([target, '--wrap', 'exit 1']),
    ]);
    await srunx(['scancel', target, held]);
    expect((await watch(good)).code).toBe(0);
    expect((await watch(good, held)).code).toBe(5);
    expect((await watch(good, held, bad)).code).toBe(4);
  });

  it('exits 124 when the time is over, and 7 for a job that nobody knows', async () => {
    const id = await submit([target, '-H', '--wrap', 'true']);
    const late = await watch('-t', '1', id);
    expect(late.code).toBe(124);
    expect(late.stderr).toMatch(/^srunx: error\[watch\.timeout\]: not all jobs had ended after 1 s\nhint: /);
    const unknown = await watch(id, '4000000');
    expect(unknown.code).toBe(7);
    expect(unknown.stderr).toMatch(/^srunx: error\[job\.not_found\]: 4000000: no such job on \w+\nhint: /);
    await srunx(['scancel', target, id]);
  });

  it('ends when all have started, when the first has ended, or when one has failed', async () => {
    const [quick, slow] = await Promise.all([
      submit([target, '--wrap', 'sleep 1; exit 3']),
      submit([target, '--wrap', 'sleep 300']),
    ]);
    const watch = (...args: string[]) => srunx(['watch', 'jobs', target, '-i', '0.2', quick, slow, ...args]);
    const [started, first, failed] = await Promise.all([
      watch('--until', 'running'),
      watch('--until', 'any'),
      watch('--fail-fast'),
    ]);
    expect([first.code, failed.code], first.stderr + failed.stderr).toEqual([4, 4]);
    // The quick one may have ended before it was looked at.
    expect([0, 4]).toContain(started.code);
    expect(await watch('--until', 'soon')).toMatchObject({ code: 2, stdout: '' });
    await srunx(['scancel', target, slow]);
  });

  it('watches jobs by their names', async () => {
    const name = `watched ${target}`;
    const ids = await Promise.all([0, 1].map(() => submit([target, '-J', name, '--wrap', 'sleep 2'])));
    const { code, stdout } = await watch('--json', '--name', name);
    expect(code).toBe(0);
    expect(new Set(changes(stdout).map(({ job_id }) => job_id))).toEqual(new Set(ids));
    expect(await watch('--name', name)).toMatchObject({ code: 0, stdout: '', stderr: 'No job to watch\n' });
  });
});
