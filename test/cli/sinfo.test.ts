import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSandbox } from './sandbox.ts';

const cluster = useDevCluster();
const { srunx, json } = useSandbox(() => cluster().env);

function scontrol(...args: readonly string[]): void {
  const { status, stderr } = spawnSync('scontrol', args, {
    env: { ...process.env, ...cluster().env },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
}

/** Takes a node out of use for as long as `work` takes. */
async function drained<T>(node: string, reason: string, work: () => Promise<T>): Promise<T> {
  scontrol('update', `NodeName=${node}`, 'State=DRAIN', `Reason=${reason}`);
  try {
    return await work();
  } finally {
    scontrol('update', `NodeName=${node}`, 'State=RESUME');
  }
}

describe('srunx sinfo', () => {
  it('lists partitions as sinfo does', async () => {
    const { code, stdout, stderr } = await srunx(['sinfo', '-p', 'gpu,cpu']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {2,}/));
    expect(lines[0]).toEqual(['PARTITION', 'AVAIL', 'TIMELIMIT', 'NODES', 'STATE', 'NODELIST']);
    expect(lines[1]?.slice(0, 3)).toEqual(['gpu*', 'up', 'infinite']);
    expect(lines.find(([name]) => name === 'cpu')?.slice(0, 3)).toEqual(['cpu', 'up', '7-00:00:00']);
  });

  it('has these fields and no others', async () => {
    const [row] = await json<Record<string, unknown>[]>(['sinfo', '-p', 'gpu']);
    expect(row).toMatchObject({
      partition: 'gpu',
      is_default: true,
      avail: 'up',
      timelimit: 'infinite',
      nodelist: expect.any(String),
    });
    expect(Object.keys(row ?? {})).toEqual([
      ...[
        'partition',
        'is_default',
        'avail',
        'timelimit',
        'timelimit_seconds',
        'job_size',
        'root_only',
        'oversubscribe',
      ],
      ...[
        'groups',
        'nodes',
        'state',
        'state_class',
        'raw_states',
        'flags',
        'cpus_total',
        'cpus_allocated',
        'cpus_idle',
      ],
      ...['memory_mb', 'gpus', 'features', 'nodelist'],
    ]);
  });

  it('says which nodes are out of use, why, and who said so', async () => {
    const reason = 'bad | "fan" #7';
    await drained('c3', reason, async () => {
      const [node] = await json<Record<string, unknown>[]>(['sinfo', '-N', '-n', 'c3']);
      expect(node).toMatchObject({
        ...{ node: 'c3', partitions: ['cpu', 'all'], state_class: 'unavailable', flags: ['drain'], reason },
        ...{ meaning: 'takes no more jobs', reason_user: expect.any(String) },
        reason_time: expect.stringMatching(/^\d{4}-.*Z$/),
      });
      const listed = await srunx(['sinfo', '-R', '--no-header']);
      expect(listed.stdout).toMatch(/^bad \| "fan" #7 +\S+ +\d{4}-\d\d-\d\dT\S+ +c3\n$/);
      expect((await srunx(['sinfo', '-N', '-t', 'drain', '--format', 'ids'])).stdout).toBe('c3\n');
      const [cpu] = await json<Record<string, unknown>[]>(['sinfo', '-s', '-p', 'cpu']);
      expect(cpu).toMatchObject({ nodes_other: 1, nodes_total: 2 });
    });
  });

  it('takes the patterns and names of sinfo', async () => {
    const patterned = await srunx(['sinfo', '-p', 'cpu', '--no-header', '-o', '%R|%.5a|%l|%N']);
    expect(patterned.stdout).toMatch(/^cpu\| {3}up\|7-00:00:00\|c/);
    const named = await srunx(['sinfo', '-N', '-n', 'c1', '--no-header', '-O', 'NodeList,CPUsState,Gres']);
    expect(named.stdout).toMatch(/^c1 +\d+\/\d+\/0\/16 +a100:[0-2]\/2\n$/);
    expect((await srunx(['sinfo', '-p', 'cpu', '--noheader', '-o', '%R %c %m %F'])).stdout).toMatch(
      /^cpu 16 4000 \d\/\d\/0\/\d\n/,
    );
  });

  it.each([
    // Features of one node, %b, would have the title of %f.
    ['-N', '-p', 'gpu', '-n', 'c1', '-o', '%N~%G~%f~%E~%u~%H~%w~%t~%T~%C~%c~%m~%D'],
    ['-p', 'gpu', '-n', 'c2', '-o', '%P~%R~%h~%G~%f~%g~%s~%l~%a~%r~%t~%T~%D~%c~%m~%N'],
  ])('prints what sinfo prints for its letters, title and text: %j', async (...args) => {
    const native = () =>
      spawnSync('sinfo', args, { env: { ...process.env, ...cluster().env }, encoding: 'utf8' }).stdout;
    await expect
      .poll(async () => {
        const [theirs, { stdout }] = [native(), await srunx(['sinfo', ...args])];
        return stdout === theirs ? 'the same' : { theirs, stdout };
      })
      .toBe('the same');
  });

  it('has a line for each node where only nodes have such a column', async () => {
    const patterned = await srunx(['sinfo', '-p', 'gpu', '--noheader', '-o', '%n %D %c %m']);
    expect(patterned.stdout).toBe('c1 1 16 4000\nc2 1 16 4000\n');
    const named = await json<object[]>(['sinfo', '-p', 'gpu', '-O', 'NodeHost,FreeMem']);
    expect(named.map((row) => Object.keys(row))).toEqual([
      ['node', 'memory_mb_free'],
      ['node', 'memory_mb_free'],
    ]);
    const wrong = await srunx(['sinfo', '-o', 'nosuch']);
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
  });

  it('hands words to sinfo itself', async () => {
    expect(await srunx(['sinfo', '--slurm-arg=--nosuch'])).toMatchObject({ stdout: '' });
    expect((await srunx(['sinfo', '-N', '--slurm-arg=-n', '--slurm-arg=c2', '--format', 'ids'])).stdout).toBe('c2\n');
  });

  it.each([
    [['-p', 'gpuu'], 7, 'Did you mean `gpu`?'],
    [['-n', 'c9'], 7, 'Did you mean `c1`?'],
    [['-t', 'dran'], 2, 'Did you mean `drain`?'],
    [['-N', '-s'], 2, 'Keep the one you mean.'],
    [['-o', 'nodelst'], 2, 'Did you mean `nodelist`?'],
    [['-i', '1', '--json'], 2, 'Keep the one you mean.'],
  ])('%j fails with %d', async (args, code, hint) => {
    const ran = await srunx(['sinfo', ...args]);
    expect(ran).toMatchObject({ code, stdout: '' });
    expect(ran.stderr).toContain(hint);
  });

  it('shows this machine where there is no Slurm', async () => {
    const [node] = await json<Record<string, unknown>[]>(['sinfo', '-N', '--embedded'], {
      env: { SRUNX_EMBEDDED_GPUS: '2' },
    });
    expect(node).toMatchObject({ state: 'idle', cpus_total: 4, gpus: [{ type: '', total: 2, used: 0 }] });
  });
});
