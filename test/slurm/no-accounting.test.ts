import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSlurmCluster } from '../../src/cluster/slurm/slurm-cluster.ts';
import { LocalShell } from '../../src/shell/local-shell.ts';
import { Bench, idsOf } from '../contract/cluster/bench.ts';
import { useDevCluster } from '../support/dev-cluster.ts';

const devCluster = useDevCluster({ nodes: 1, cpus: 2, accounting: false });
const createShell = async () => new LocalShell({ name: 'local', env: { ...process.env, ...devCluster().env } });

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.create({ create: async () => createSlurmCluster(await createShell()), createShell });
});
afterAll(() => bench.close());

describe('a cluster that keeps no accounts', () => {
  it('says so', async () => {
    expect(await bench.cluster.capabilities()).toMatchObject({ accounting: false });
  });

  it('runs jobs and tells their ends', async () => {
    const batch = bench.batch([
      { name: 'good', script: 'exit 0' },
      { name: 'bad', script: 'exit 2', after: [['afterok', 'good']] },
    ]);
    const [good = '', bad = ''] = idsOf(await bench.cluster.submit(batch), batch);
    expect(await bench.endsOf({ good, bad })).toEqual({ good: 'COMPLETED', bad: 'FAILED' });
    expect(await bench.cluster.accounting({ jobIds: [good, bad], since: 0 })).toEqual([]);
  });

  it('knows what it does not know', async () => {
    const answers = await bench.cluster.cancel({ jobIds: ['67000000'] });
    expect(answers).toEqual([{ jobId: '67000000', outcome: 'not_found' }]);
  });
});
