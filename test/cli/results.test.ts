import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { waitUntil } from '../../dev/processes.ts';
import { useSandbox } from './sandbox.ts';

const { srunx, json, write } = useSandbox();

async function begin(file: string, text: string): Promise<string> {
  write(file, text);
  const ran = await srunx(['flow', 'run', file, '--embedded', '--detach']);
  expect(ran.code, ran.stderr).toBe(0);
  const id = ran.stdout.trim();
  const status = async () => (await json<{ status: string }>(['flow', 'status', id])).status;
  await waitUntil(async () => !['running', 'pending'].includes(await status()), 60_000);
  return id;
}

it('metrics of cells are sorted, chosen and drawn', async () => {
  const id = await begin(
    'grid.yaml',
    `name: grid
sweep: {matrix: {lr: [0.10, 1e-5, "a,b"]}, max_parallel: 3}
jobs:
  - name: train
    command: |
      [ {{ cell.index }} -ne 2 ] || exit 3
      for s in 1 2 3; do echo "{\\"step\\": $s, \\"acc\\": $(( s * (1 + {{ cell.index }}) ))}" >> "$SRUNX_METRICS"; done
      echo 'no json' >> "$SRUNX_METRICS"
  - {name: eval, depends_on: [train], command: 'echo "{\\"f1\\": NaN}" >> "$SRUNX_METRICS"'}
`,
  );
  const results = (...args: readonly string[]) => srunx(['sweep', 'results', ...args]);
  expect(await json(['sweep', 'results', id, '--sort', '-acc'])).toEqual([
    { cell: 1, state: 'completed', lr: '1e-5', acc: 6, f1: null },
    { cell: 0, state: 'completed', lr: '0.10', acc: 3, f1: null },
    { cell: 2, state: 'failed', lr: 'a,b', acc: null, f1: null },
  ]);
  const csv = await results('--sort', 'acc.min', '--desc', '--format', 'csv', '--columns', 'cell,lr,acc.min,f1');
  expect(csv.stdout).toBe('cell,lr,acc.min,f1\n1,1e-5,2,NaN\n0,0.10,1,NaN\n2,"a,b",,\n');
  expect(csv.stderr).toContain('2 lines of metrics are no JSON objects');
  const drawn = await srunx(['sweep', 'results', id, '--where', 'acc>0', '--curves', 'acc'], {
    env: { SRUNX_ASCII: '0' },
  });
  expect(drawn.stdout.split('\n').map((line) => line.split(/ {2,}/).at(-1))).toEqual([
    'acc, by step',
    '▁▂▄',
    '▂▅█',
    '',
  ]);
  const best = await results(id, '--sort', '-acc', '--best', '--format', 'ids');
  expect(best.stdout).toBe('1\n');
  const unknown = await results(id, '--where', 'acd=1');
  expect(unknown).toMatchObject({ code: 2, stdout: '' });
  expect(unknown.stderr).toContain('Did you mean `acc`?');
  expect((await results(id, '--best')).stderr).toContain('--best needs --sort');
});

it('of another run, each job and each task of an array is a row', async () => {
  const id = await begin(
    'plain.yaml',
    `name: plain
jobs:
  - {name: one, command: 'echo "{\\"x\\": 1.5}" >> "$SRUNX_METRICS"'}
  - {name: many, array: "2-3", command: 'echo "{\\"x\\": $SLURM_ARRAY_TASK_ID}" >> "$SRUNX_METRICS"'}
  - {name: none, command: 'true'}
`,
  );
  expect(await json(['sweep', 'results', id, '--columns', 'job,x'])).toEqual([
    { job: 'one', x: 1.5 },
    { job: 'many[2]', x: 2 },
    { job: 'many[3]', x: 3 },
    { job: 'none', x: null },
  ]);
  const { directory } = await json<{ directory: string }>(['flow', 'status', id]);
  rmSync(join(directory, 'receipts'), { recursive: true });
  expect((await srunx(['sweep', 'results', id])).stderr).toContain('no job of run');
});
