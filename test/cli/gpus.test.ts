import { afterAll, describe, expect, it } from 'vitest';
import { waitUntil } from '../../dev/processes.ts';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSandbox } from './sandbox.ts';

const cluster = useDevCluster();
const { srunx, json, submit } = useSandbox(() => cluster().env);

interface Row {
  readonly partition: string | null;
  readonly type: string | null;
  readonly [key: string]: unknown;
}

interface Report {
  readonly gpus_total: number;
  readonly gpus_in_use: number;
  readonly gpus_available: number;
  readonly jobs_running: number;
  readonly total: Row;
  readonly gpus: readonly Row[];
}

describe('srunx gpus', () => {
  const ids: string[] = [];
  afterAll(async () => {
    await srunx(['scancel', ...ids]);
  });

  it('counts what is used, free and waited for, each node once in all', async () => {
    const before = await json<Report>(['gpus']);
    ids.push(await submit(['-p', 'gpu', '-w', 'c1', '--gres=gpu:a100:2', '-t', '5', '--wrap', 'sleep 600']));
    ids.push(await submit(['-H', '-p', 'gpu', '-a', '0-3', '--gres=gpu:a100:1', '--wrap', 'true']));
    const used = async () => (await json<Report>(['gpus'])).gpus_in_use;
    await waitUntil(async () => (await used()) === before.gpus_in_use + 2, 30_000);
    const report = await json<Report>(['gpus', '-p', 'gpu']);
    expect(report.gpus).toEqual([
      {
        ...{
          partition: 'gpu',
          type: 'a100',
          total: 4,
          used: 2,
          free: 2,
          free_on_one_node: 2,
          reserved: 0,
          unavailable: 0,
        },
        ...{ pending: 4, pending_jobs: 4, nodes: 2 },
      },
    ]);
    expect(report).toMatchObject({
      ...{ partition: 'gpu', gpus_total: 4, gpus_in_use: 2, gpus_available: 2, jobs_running: 1, nodes_total: 2 },
      ...{ nodes_idle: 1, nodes_down: 0, shared: [] },
    });
    const all = await json<Report>(['gpus']);
    expect(all.total).toMatchObject({ partition: null, type: null, total: 8, used: 2, nodes: 4, pending: 4 });
    expect(all.gpus.find(({ partition, type }) => partition === 'all' && type === 'a100')).toMatchObject({
      total: 4,
      used: 2,
    });
  });

  it('shows a table with a line for everything', async () => {
    const { code, stdout } = await srunx(['gpus']);
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]?.split(/ +/)).toEqual(
      'PARTITION TYPE TOTAL USED FREE ON_ONE_NODE DOWN WAITED_FOR NODES'.split(' '),
    );
    expect(lines.at(-1)).toMatch(/^TOTAL +all +8 +2 +6 /);
    const rows = (await srunx(['gpus', '--format', 'csv', '--no-header'])).stdout;
    expect(rows).not.toContain('TOTAL');
  });

  it('knows the GPUs of this machine', async () => {
    const env = { SRUNX_EMBEDDED_GPUS: '2' };
    expect(await json<Report>(['gpus', '--embedded'], { env })).toMatchObject({
      ...{ gpus_total: 2, gpus_in_use: 0, gpus: [{ partition: 'embedded', type: '', total: 2 }] },
    });
    expect(await srunx(['gpus', '--embedded'], { env: { SRUNX_EMBEDDED_GPUS: '0' } })).toMatchObject({
      code: 0,
      stdout: '',
      stderr: 'No GPUs\n',
    });
  });
});
