import { describe, expect, it } from 'vitest';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSandbox } from './sandbox.ts';

const cluster = useDevCluster();
const { srunx, json } = useSandbox(() => cluster().env);

describe('srunx limits', () => {
  it('shows what partitions and accounts allow', async () => {
    const limits = await json<Record<string, unknown>>(['limits', '-p', 'cpu']);
    expect(limits).toMatchObject({
      ...{ max_array_size: expect.any(Number), max_job_count: 50_000, min_job_age_seconds: expect.any(Number) },
      accounts_problem: null,
      partitions: [
        { partition: 'cpu', state: 'UP', max_time_seconds: 604_800, default_time_seconds: 3_600, max_nodes: null },
      ],
    });
    // Whoever is not root may have none.
    for (const account of limits['accounts'] as unknown[]) expect(account).toMatchObject({ qos: expect.any(Array) });
    expect(limits['qos']).toContainEqual(expect.objectContaining({ qos: 'normal', max_time_seconds: null }));
    const { stdout } = await srunx(['limits']);
    expect(stdout).toMatch(/^PARTITION +STATE +MAX_TIME +DEFAULT_TIME +NODES .*\ngpu\* +UP /m);
  });

  it('knows the limits of this machine', async () => {
    const env = { SRUNX_EMBEDDED_GPUS: '2' };
    expect(await json(['limits', '--embedded'], { env })).toMatchObject({
      partitions: [{ partition: 'embedded', max_cpus_per_node: 4, gpus: [{ type: '', total: 2 }] }],
      ...{ accounts: null, accounts_problem: 'the embedded runner has no accounts' },
    });
  });
});

describe('a refused submission', () => {
  it.each([
    [['-p', 'gup'], 'Did you mean `gpu`? There are: gpu, cpu, all.'],
    [['-a', '0-99999999'], /Indices go from 0 to \d+/],
    [['--gres=gpu:h100:1'], /There are: gpu \(2 nodes of up to 16 CPUs and gpu:a100:2\), cpu /],
    [['--mem=900G'], 'The largest node has 4000 MiB'],
    [['-w', 'nosuch'], 'There are: c1, c2, c3, c4.'],
  ])('%j is told what would have been accepted', async (args, hint) => {
    const { code, stderr } = await srunx(['sbatch', ...args, '--wrap', 'true']);
    expect(code).toBe(3);
    expect(/^hint: (.*)$/m.exec(stderr)?.[1]).toMatch(hint);
  });

  it('is foreseen by a dry run, also where Slurm would queue the job for ever', async () => {
    const { code, stderr } = await srunx(['sbatch', '--dry-run', '-p', 'cpu', '-t', '8-0', '--wrap', 'true']);
    expect(code).toBe(0);
    expect(stderr).toBe('srunx: warning: partition cpu: 8-00:00:00 are asked for, at most 7-00:00:00 are allowed\n');
    expect((await srunx(['sbatch', '--dry-run', '--wrap', 'true'])).stderr).toBe('');
  });
});

describe('srunx watch cluster', () => {
  it('reports on the parts that are asked for', async () => {
    const report = await json<Record<string, unknown>>(['watch', 'cluster', '--once', '--include', 'jobs,resources']);
    expect(Object.keys(report)).toEqual(['at', 'cluster', 'jobs', 'resources', 'problem']);
    expect(report['resources']).toMatchObject({ nodes_total: 4 });
    expect((await srunx(['watch', 'cluster', '--once', '--embedded'])).stdout).toMatch(
      /^Jobs: 0 running, 0 waiting; /m,
    );
    expect(await srunx(['watch', 'cluster', '--include', 'job'])).toMatchObject({
      ...{ code: 2, stdout: '' },
      stderr: expect.stringContaining('Did you mean `jobs`?'),
    });
  });
});
