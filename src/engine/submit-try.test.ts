import { expect, it } from 'vitest';
import type { PlannedJob } from '../core/workflow/plan.ts';
import type { JobRow } from '../store/jobs.ts';
import type { RunRow } from '../store/runs.ts';
import { compileTry, patternOfFirst } from './submit-try.ts';

it.each([
  ['logs/%x_%j.log', 'logs/%x_12.log'],
  ['%5j-%A', '00012-12'],
  ['%%j %N', '%%j %N'],
])('writes %s into the log of the first attempt', (pattern, expected) =>
  expect(patternOfFirst(pattern, '12')).toBe(expected),
);

it('submits the same wrapper once more, and says which attempt it is', () => {
  const job = { name: 'a', kind: 'shell', script: '#!/bin/sh\n#SBATCH -n 2\ntrue\n', args: ['x y'], env: { A: 'b' } };
  const row = { token: 'r-3.t2', tries: 2, firstJobId: '12', jobId: '15' } as JobRow;
  const log = { pattern: 'l/%j', workDir: '/w', user: 'u', isArray: false };
  const batch = compileTry({ ...job, options: ['--mem=1G'], edges: [], wrapped: true } as PlannedJob, {
    ...{ run: { directory: "/runs/it's" } as RunRow, row, cwd: '/w' },
    next: { cause: 'node_fail', isUntold: true, delaySeconds: 20, options: ['--mem=2048M'] },
    described: { name: 'a', token: 'r-3', edges: [], options: [], variables: [], wrapped: true, log },
  });
  expect(batch.submissions).toEqual([
    expect.objectContaining({
      token: 'r-3.t3',
      options: ['--mem=1G', '--mem=2048M', '--output=l/12', '--begin=now+20'],
      ...{ args: ['x y'], env: { A: 'b' }, dependencies: [] },
    }),
  ]);
  expect(batch.files[0]).toEqual({
    path: "/runs/it's/tries/r-3.t3/r-3.t3.sh",
    mode: 0o700,
    content: `#!/bin/sh
#SBATCH -n 2
SRUNX_TRY='3 node_fail'
export SRUNX_TRY
exec /bin/sh '/runs/it'\\''s/r-3.sh' "$@"
`,
  });
});
