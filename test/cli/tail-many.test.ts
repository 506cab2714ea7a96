import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSandbox } from './sandbox.ts';

const cluster = useDevCluster();
const sandbox = useSandbox(() => cluster().env);
const { srunx, submit, start, startAtTerminal, work } = sandbox;

const timeout = 60_000;

/** Several logs at once, both streams, and what is left out of them; on both kinds of cluster. */
describe.each(['--local', '--embedded'])('srunx tail %s', (target) => {
  const tail = (...args: readonly string[]) => srunx(['tail', target, ...args]);
  const lines = (text: string) => text.trim().split('\n');
  const end = (...ids: readonly string[]) => srunx(['watch', 'jobs', target, '-i', '0.2', ...ids]);
  const run = async (...args: readonly string[]) => {
    const id = await submit([target, ...args]);
    expect((await end(id)).code).toBe(0);
    return id;
  };

  it('shows all tasks of an array, or some, behind their ids', async () => {
    const id = await run('-a', '0-2', '--wrap', 'seq 1 20; printf "end of $SLURM_ARRAY_TASK_ID"');
    const all = await tail(id, '--array', 'all', '-n', '2');
    expect(all).toMatchObject({ code: 0, stderr: '' });
    expect(lines(all.stdout)).toEqual([0, 1, 2].flatMap((n) => [`${id}_${n} | 20`, `${id}_${n} | end of ${n}`]));
    const some = await tail(id, '--array', '0,2', '--grep', '^END', '--ignore-case');
    expect(lines(some.stdout)).toEqual([`${id}_0 | end of 0`, `${id}_2 | end of 2`]);
    expect(lines((await tail(`${id}_[1-2]`, '-n', '1')).stdout)).toEqual([`${id}_1 | end of 1`, `${id}_2 | end of 2`]);
    expect(await tail(`${id}_1`, '--array', '1')).toMatchObject({ code: 2, stdout: '' });
    // One task has one log: it is shown as it is.
    expect((await tail(id, '--array', '1', '-n', '1')).stdout).toBe('end of 1');
  });

  it('shows logs of several jobs, and says of which there is none', async () => {
    const [a, b] = await Promise.all([run('--wrap', 'echo a'), run('--wrap', 'echo b')]);
    expect(lines((await tail(a, b)).stdout)).toEqual([`${a} | a`, `${b} | b`]);
    const held = await submit([target, '-H', '--wrap', 'true']);
    const some = await tail(a, held);
    expect(some).toMatchObject({ code: 0, stdout: `${a} | a\n` });
    expect(some.stderr).toBe('srunx: 1 job has not started, and no log yet\n');
    await srunx(['scancel', target, held]);
    const lost = await run('-o', '/dev/null', '--wrap', 'true');
    expect(await tail(a, `${lost}0000`)).toMatchObject({ code: 7, stdout: '' });
  });

  it('keeps the streams of a job apart', async () => {
    const id = await run('-o', 'o-%j.txt', '-e', 'e-%j.txt', '--wrap', 'echo out; echo err >&2');
    expect(await tail(id)).toMatchObject({ stdout: 'out\n', stderr: '' });
    expect(await tail('--stderr', id)).toMatchObject({ stdout: '', stderr: 'err\n' });
    expect(await tail('--both', id)).toMatchObject({ stdout: 'out\n', stderr: 'err\n' });
    expect((await tail('--both', '--path', id)).stdout).toBe(`${work}/o-${id}.txt\n${work}/e-${id}.txt\n`);
    const one = await run('--wrap', 'echo out; echo err >&2');
    expect(await tail('--both', one)).toMatchObject({ stdout: 'out\nerr\n', stderr: '' });
    expect(await tail('--stderr', one)).toMatchObject({ stdout: 'out\nerr\n', stderr: '' });
  });

  it('finds the last lines that match in a large log, and the last bytes', async () => {
    const id = await run('--wrap', 'for i in 1 2 3; do echo "[hit] $i"; seq 1 200000; done');
    const found = await tail('--grep', String.raw`\[hit\]`, '-n', '2', id);
    expect(found).toMatchObject({ code: 0, stdout: '[hit] 2\n[hit] 3\n' });
    expect((await tail('--grep', 'nowhere', id)).stdout).toBe('');
    expect((await tail('--tail-bytes', '7', id)).stdout).toBe('200000\n');
    expect((await tail('--tail-bytes', '1K', id)).stdout).toHaveLength(1024);
  });

  it('prints JSON lines', async () => {
    const id = await run('--wrap', String.raw`printf 'a\tb \033[1m\n\377\n'`);
    const ran = await tail('--json', '-f', id);
    expect(lines(ran.stdout).map((line) => JSON.parse(line))).toEqual([
      { job_id: id, stream: 'stdout', line: 'a\tb \u001b[1m' },
      { job_id: id, stream: 'stdout', line: '\ufffd' },
      { job_id: id, event: 'ended', status: 'COMPLETED', exit_code: 0 },
    ]);
    expect(JSON.parse((await tail('--json', '--path', id)).stdout)).toEqual([
      { job_id: id, stdout: `${work}/slurm-${id}.out`, stderr: `${work}/slurm-${id}.out` },
    ]);
  });

  it('follows several jobs to their ends, line by line', async () => {
    const script = 'for i in 1 2 3; do printf "$0"; sleep 0.2; echo " $i"; done; exit $1';
    sandbox.write('slow.sh', `#!/bin/bash\nset -- \${SLURM_ARRAY_TASK_ID}\n${script.replace('$0', 'step')}\n`);
    const id = await submit([target, '-a', '0,3', 'slow.sh']);
    const ran = await tail('-f', '--interval', '0.1', '--exit-status', '--array', 'all', id);
    for (const task of [0, 3]) {
      const own = lines(ran.stdout).filter((line) => line.startsWith(`${id}_${task} | `));
      expect(own.map((line) => line.replace(/^\S+ \| /, ''))).toEqual(['step 1', 'step 2', 'step 3']);
    }
    expect(ran.stderr).toContain(`srunx: job ${id}_0 ended: COMPLETED\n`);
    expect(ran.stderr).toContain(`srunx: job ${id}_3 ended: FAILED\n`);
    expect(ran.code).toBe(3);
  });

  it('takes no file of an earlier job for the log of one that waits', async () => {
    const log = join(work, `again ${target}.log`);
    writeFileSync(log, 'of yesterday\n');
    const id = await submit([target, '-H', '-o', log, '--wrap', 'echo of today']);
    expect(await tail(id)).toMatchObject({ code: 7, stdout: '' });
    const following = start(['tail', target, '-f', '--interval', '0.1', id]);
    await expect.poll(following.stderr, { timeout }).toContain('PENDING');
    expect((await srunx(['release', target, id])).code).toBe(0);
    expect(await following.ended).toMatchObject({ code: 0, stdout: 'of today\n' });
  });

  it('opens the log in the pager', async () => {
    const id = await run('-o', "it's $(x) %j.txt", '--wrap', 'echo page');
    const opened = await startAtTerminal(['tail', target, '--open', id], { columns: 80, rows: 24 }, { PAGER: 'cat -n' })
      .ended;
    expect(opened.stdout).toMatch(/1\s+page\r\n/);
    expect(await tail('--open', id)).toMatchObject({ code: 2, stdout: '' });
  });

  it.each([
    [['--all', '-n', '3'], '--last and --all cannot be used together'],
    [['--grep', '['], '`[` is no regular expression'],
    [['--tail-bytes', '3X'], '`3X` is no size for --tail-bytes'],
    [['--array', '3-1'], '`3-1` names no tasks'],
    [['--ignore-case'], '--ignore-case has no effect without --grep'],
    [['--stderr', '--both'], '--stderr and --both cannot be used together'],
  ])('%j is refused', async (options, message) => {
    const ran = await tail(...options, '1');
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toContain(message);
  });
});

it('asks Slurm once, whatever the number of logs', async () => {
  const bin = join(sandbox.dir, 'counting');
  mkdirSync(bin);
  const calls = join(sandbox.dir, 'calls');
  const { PATH: path = '' } = { ...process.env, ...cluster().env };
  for (const name of ['squeue', 'sacct', 'scontrol']) {
    writeFileSync(join(bin, name), `#!/bin/sh\necho ${name} >> '${calls}'\nPATH='${path}' exec ${name} "$@"\n`, {
      mode: 0o755,
    });
  }
  const id = await submit(['--local', '-a', '0-30', '-H', '--wrap', 'true']);
  writeFileSync(calls, '');
  const ran = await srunx(['tail', '--local', ...Array.from({ length: 30 }, (_, n) => `${id}_${n}`)], {
    env: { PATH: `${bin}:${path}` },
  });
  expect(ran.code).toBe(7);
  expect(
    readFileSync(calls, 'utf8')
      .split('\n')
      .filter((name) => name === 'squeue'),
  ).toHaveLength(1);
  await srunx(['scancel', '--local', id]);
});
